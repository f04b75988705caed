"""How a till is put together: store, writer, connection to the ledger, use cases, scanners and printer.

Every entry point (terminal, headless, demo, tests) starts a till here; time, randomness, folder and crash points
come from outside.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from pos_app.config import ScannerConfig, TillConfig
from pos_app.devices.customer_display import CustomerDisplay, open_display
from pos_app.devices.framing import FramerConfig
from pos_app.devices.messages import PORT_SENTENCES
from pos_app.devices.serial_port import PRESETS, Feedback, PortConfig, PortReader, PortState, PortThread
from pos_app.faults import CannotStart
from pos_app.fittings import Fittings
from pos_app.languages.words import Words
from pos_app.lines import Lines
from pos_app.printing.printer import Printer
from pos_app.printing.profile import BadLayout, profile_of
from pos_app.till.facing import facing
from pos_app.till.machine import NotSetUp
from pos_app.till.parts import Options
from pos_app.till.slip import printed
from pos_app.till.till import Till
from pos_app.till.view import View
from rules.sentences import mark, sentence_of
from sync.clock import Clock
from sync.crash import Crash, no_crash
from sync.sqlite_driver import DatabaseError
from sync.till import config as published
from sync.till import hardware
from sync.till.client import Client
from sync.till.cursors import sync_state
from sync.till.database import Store, StoreError, open_store, translate
from sync.till.events import Event, Pulled
from sync.till.identity import Identity, identity
from sync.till.offline import SENTENCES
from sync.till.pair import PairingFailed, pair
from sync.till.rotate import is_due, note_age, rotate
from sync.till.tls import BadAuthority
from sync.till.writer import Writer

# A till that was just paired has no programme and knows nobody: it starts once the shop's files are here.
FIRST_FILES_S = 20.0


class Pairing(msgspec.Struct, frozen=True):
    """How to pair a till, for the first time or once more: the ledger's address and the one-time code."""

    url: str
    code: str
    name: str = ""


class RunningTill:
    """A till at work with all its threads; `close` ends them in an order in which nothing is lost.

    `turn` is held by whoever has a command of a register under way.
    """

    def __init__(
        self,
        folder: Path,
        config: TillConfig,
        clock: Clock,
        random: Callable[[int], bytes],
        *,
        pairing: Pairing | None = None,
        rotate_key: bool = False,
        here: bytes = b"",
        crash: Crash = no_crash,
    ) -> None:
        """Open everything, with a new key if asked, on the machine with the fingerprint `here`.

        Raises CannotStart, and then leaves nothing open.
        """
        self._clock, self._here = clock, here
        self._published = threading.Event()
        self.turn = threading.Lock()
        self._closing: list[Callable[[], None]] = []
        try:
            self._open(folder, config, random, pairing, rotate_key, crash)
        except BaseException as error:
            self.close()
            if isinstance(error, StoreError | PairingFailed | NotSetUp | BadAuthority | BadLayout):
                raise CannotStart(sentence_of(error)) from error
            if isinstance(error, DatabaseError):
                raise CannotStart(sentence_of(translate(error))) from error
            raise

    def close(self) -> None:
        """Stop scanners and printer, then the connection, then the writer, then close the store."""
        while self._closing:
            self._closing.pop()()

    def _open(
        self,
        folder: Path,
        config: TillConfig,
        random: Callable[[int], bytes],
        pairing: Pairing | None,
        rotate_key: bool,
        crash: Crash,
    ) -> None:
        store = open_store(folder)
        self._closing.append(store.close)
        writer = Writer(store, crash)
        writer.start()
        self._closing.append(writer.stop)
        line = Lines(config.ca, writer, self._clock, random)
        before = identity(store.reader())
        who = _identity(store, writer, self._clock, random, pairing, line)
        used = pairing is not None and who == before
        who = _with_fresh_key(who, store, writer, self._clock, random, line, asked=rotate_key)
        hardware.note(writer, who, self._here)
        scope = config.cache_scope
        client = Client(
            store,
            writer,
            who,
            self._clock,
            random,
            self._heard,
            transport=line.to(who),
            cache_scope=scope,
            neighbours=config.neighbours,
            serves=bool(config.door),
        )
        network = client if who.ledger_url else None
        self.till = Till(
            store, writer, self._clock, random, network, options=_options(config, folder), crash=crash
        )
        self.fittings = Fittings(folder, config, self.till.parts.options.codes, self.till.scanned)
        if used:
            self.till.tell("paired_before")
        if network is not None:
            client.start()
            self._closing.append(client.stop)
        if config.door:
            self._open_door(config.door, store, writer, who)
        if not published.staff(store.reader()):
            self._published.wait(FIRST_FILES_S)
        for scanner in config.scanners:
            self._start_scanner(scanner)
        if config.printer:
            self._start_printer(config, store, writer)
        if config.display:
            self._start_display(config)
        if config.register:
            self._open_register(folder, config.register, random)
        if config.inbox:
            self._watch_inbox(folder / config.inbox)

    def _open_door(self, address: str, store: Store, writer: Writer, who: Identity) -> None:
        """Answer the store's other tills from now on; most tills have no door and need not load what it takes."""
        from sync.till.bounded import BadAddress
        from sync.till.door import Door
        from sync.till.door_server import DoorServer

        try:
            server = DoorServer(address, Door(store, writer, who, self._clock, self.till.wait_ms))
        except BadAddress as error:
            raise CannotStart(sentence_of(error)) from error
        server.start()
        self._closing.append(server.stop)

    def _open_register(self, folder: Path, address: str, random: Callable[[int], bytes]) -> None:
        """Answer cash registers of this machine from now on."""
        from pos_app.headless.http_door import HttpDoor
        from pos_app.headless.remote import Hand, Remote
        from pos_app.headless.token import BadToken, token_in
        from sync.till.bounded import BadAddress

        hand = Hand(self.till)
        try:
            remote = Remote(hand, self.turn)
            door = HttpDoor(address, token_in(folder, random), remote.answer, remote.words)
        except (BadAddress, BadToken) as error:
            raise CannotStart(sentence_of(error)) from error
        door.start()
        self._closing += [door.stop, hand.stop]

    def _watch_inbox(self, folder: Path) -> None:
        """Record the finished tickets that a register leaves in `folder` from now on."""
        from pos_app.headless.inbox.folder import Folder
        from pos_app.headless.inbox.watch import Inbox
        from pos_app.headless.remote import Hand

        hand = Hand(self.till)
        inbox = Inbox(Folder(folder), hand, shown=str(folder))
        inbox.start()
        self._closing += [inbox.stop, hand.stop]

    def _heard(self, event: Event) -> None:
        self.till.heard(event)
        if isinstance(event, Pulled) and event.config:
            self._published.set()

    def _start_scanner(self, scanner: ScannerConfig) -> None:
        port = PortConfig(
            name=scanner.port,
            line=PRESETS[scanner.preset],
            framer=FramerConfig(prefix=scanner.strip_prefix.encode()),
            feedback=Feedback(good=bytes.fromhex(scanner.good), bad=bytes.fromhex(scanner.bad)),
        )
        reader = PortReader(
            port,
            self.fittings.scanned,
            watch=self._watch,
            now_ms=self._clock.mono_ms,
            tap=self.fittings.heard,
        )
        thread = PortThread(reader)
        thread.start()
        self._closing.append(thread.stop)

    def _watch(self, port: str, state: PortState) -> None:
        sentence = "" if state is PortState.OPEN else PORT_SENTENCES[state]
        self.till.device("scanner", sentence, port=port)

    def _start_printer(self, config: TillConfig, store: Store, writer: Writer) -> None:
        printer = Printer(
            config.printer,
            PRESETS[config.printer_preset],
            store,
            writer,
            self._clock,
            render=lambda job: printed(self.till.parts, job),
            watch=self._printer,
        )
        printer.start()
        self._closing.append(printer.stop)
        self.fittings.printer = printer

    def _start_display(self, config: TillConfig) -> None:
        line = PRESETS[config.display_preset]
        display = CustomerDisplay(lambda: open_display(config.display, line), config.display_dialect)
        display.start()
        self._closing.append(display.stop)
        self.fittings.display = display

    def face(self, view: View, words: Words) -> None:
        """Let the customer's display, if there is one, say what the screen shows."""
        if self.fittings.display is not None:
            self.fittings.display.show(facing(view, words))

    def _printer(self, sentence: str, port: str) -> None:
        self.till.device("printer", sentence, port=port)


def _identity(
    store: Store,
    writer: Writer,
    clock: Clock,
    random: Callable[[int], bytes],
    pairing: Pairing | None,
    line: Lines,
) -> Identity:
    who = identity(store.reader())
    if who is not None and pairing is None:
        return who
    if pairing is None:
        raise NotSetUp(
            mark("This till is not paired: ask for a code with `assidu ledger pair`, give it with --pair.")
        )
    transport = line.for_code(pairing.url, pairing.code)
    return pair(
        pairing.url, pairing.code, writer, random, clock.mono_ms, name=pairing.name, transport=transport
    )


def _with_fresh_key(
    who: Identity,
    store: Store,
    writer: Writer,
    clock: Clock,
    random: Callable[[int], bytes],
    line: Lines,
    *,
    asked: bool,
) -> Identity:
    """The till with a new key where that is due or asked for; off line it keeps the old one until another start."""
    state, now = sync_state(store.reader()), clock.wall_ms()
    if not who.paired or not (asked or is_due(state, now)):
        if who.paired and not state.key_ms:
            writer.run(lambda connection: note_age(connection, now))
        return who
    done = rotate(who, writer, random, clock.mono_ms, now, transport=line.to(who))
    if isinstance(done, Identity):
        return done
    if asked:
        raise CannotStart(done.sentence or SENTENCES[done.reason])
    return who


def _options(config: TillConfig, folder: Path) -> Options:
    return Options(
        language=config.language,
        ceiling_cents=config.ceiling_cents,
        lock_after_s=config.lock_after_s,
        find_names=config.find_names,
        implied_cents=config.implied_cents,
        printer=profile_of(config, folder),
        prints=bool(config.printer),
        stations={scanner.port: scanner.station for scanner in config.scanners if scanner.station},
    )
