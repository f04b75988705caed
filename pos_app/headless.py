"""The till as a co-process: one JSON command a line in, exactly one JSON answer a line out (docs/headless.md).

A command that cannot be read or carried out is answered with a code and a sentence; nothing ends the process but
the end of its input.
"""

import hmac
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

from pos_app.headless_answers import Answer, brief, explanation_of, record_of, recorded
from pos_app.headless_input import Refused, basket_line, event_of, zone_of
from pos_app.till.till import Till
from pos_app.till.view import Level, Stage, View
from sync.till import tickets
from sync.till.tickets import TicketResult

LONGEST_LINE = 1 << 20
TICK_S = 1.0
ACCOUNT_S = 0.3
HOLD_S = 2.0
_OPEN = frozenset({Stage.TICKET, Stage.REWARD, Stage.ENROL, Stage.RETURN, Stage.DONE})


class Command(msgspec.Struct, frozen=True):
    """Every field any command may have; `do` says which one it is. Unknown fields are ignored."""

    do: str
    code: str = ""
    badge: str = ""
    pin: str = ""
    ticket: str = ""
    member: str = ""
    pos_ref: str = ""
    refund_of: str = ""
    lines: tuple[Any, ...] = ()
    cents: int = 0
    rule: str = ""
    steps: int = 1
    of: str = ""
    card: str = ""
    contact: str = ""
    consent: int = 1
    first_name: str = ""
    birthday: str = ""
    sponsor: str = ""
    name: str = ""
    sku: str = ""
    ref: str = ""
    fields: dict[str, Any] = {}
    zone: str = ""
    language: str = ""
    confirm: bool = False
    timeout_s: float = 5.0


_decoder = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder(order="sorted")


def serve(till: Till, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer commands until the input ends."""
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(incoming, lines), name="commands", daemon=True).start()
    console = Headless(till)
    while True:
        try:
            line = lines.get(timeout=TICK_S)
        except queue.Empty:
            till.pump()
            till.tick()
            continue
        if line is None:
            return
        if line.strip():
            outgoing.write(console.answer(line) + b"\n")
            outgoing.flush()


def _read(incoming: BinaryIO, lines: "queue.SimpleQueue[bytes | None]") -> None:
    """Cut the input into lines; the rest of a line beyond LONGEST_LINE is thrown away."""
    skipping = False
    while True:
        try:
            piece = incoming.readline(LONGEST_LINE)
        except (OSError, ValueError):
            piece = b""
        if not piece:
            lines.put(None)
            return
        if not skipping:
            lines.put(piece)
        skipping = not piece.endswith(b"\n")


class Headless:
    """A till behind JSON lines. `answer` never raises."""

    def __init__(self, till: Till) -> None:
        """Listen to what other threads bring, to answer a command with what the ledger says to it."""
        self._till = till
        self._woken = threading.Event()
        till.on_change = self._woken.set
        self._does: dict[str, Callable[[Command], Answer]] = {
            "sign_in": self._sign_in,
            "scan": self._scan,
            "lines": self._lines,
            "amount": self._amount,
            "redeem": self._redeem,
            "event": self._event,
            "zone": self._zone,
            "close": self._close,
            "cancel": self._cancel,
            "undo": self._undo,
            "refund": self._refund,
            "enrol": self._enrol,
            "state": self._state,
            "explain": self._explain,
            "sync": self._sync,
            "close_day": self._close_day,
            "reprint": self._reprint,
            "lock": self._lock,
            "language": self._language,
        }

    def answer(self, line: bytes) -> bytes:
        """The answer to one command, as JSON without a line end."""
        try:
            self._till.pump()
            self._till.dismiss()
            found = self._run(line)
            return _encoder.encode({"ok": True, **found})
        except Refused as refused:
            return _encoder.encode({"ok": False, "code": refused.code, "sentence": str(refused)})
        except Exception as error:  # noqa: BLE001 - a register must get an answer, whatever is wrong
            sentence = f"The till could not do this ({type(error).__name__}): try again, then restart it."
            return _encoder.encode({"ok": False, "code": "fault", "sentence": sentence})

    def _run(self, line: bytes) -> Answer:
        try:
            command = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = str(error)[:200]
            raise Refused("bad_command", f"This is no command ({reason}): see docs/headless.md.") from error
        do = self._does.get(command.do)
        if do is None:
            names = ", ".join(sorted(self._does))
            raise Refused("unknown_command", f"There is no such command: send one of {names}.")
        return do(command)

    # --- commands

    def _sign_in(self, command: Command) -> Answer:
        self._till.scan_text(command.badge, "headless", guarded=False)
        self._till.pin(command.pin)
        if self._till.view().stage is Stage.LOCKED:
            self._refuse_if(lambda _view: True)
        return self._told()

    def _scan(self, command: Command) -> Answer:
        self._till.scan_text(command.code, "headless", guarded=False)
        self._wait(ACCOUNT_S, lambda: self._code() != "card_asked")
        self._confirm(command)
        return self._told()

    def _lines(self, command: Command) -> Answer:
        if command.refund_of:
            raise Refused("use_refund", "A return is a command of its own: send refund with of and lines.")
        stored = self._stored(command)
        if stored is not None:
            return {"recorded": record_of(stored), "again": True}
        entries = tuple(basket_line(raw) for raw in command.lines)
        if not entries:
            raise Refused("bad_lines", "There is no line: send at least one with its cents.")
        self._name(command)
        if command.member:
            self._scan(msgspec.structs.replace(command, code=command.member))
        self._till.put_lines(entries)
        return self._told()

    def _amount(self, command: Command) -> Answer:
        if not 0 < command.cents <= 9_999_999:
            raise Refused("amount_too_long", "Send the amount in whole cents, from 1 to 9999999.")
        stored = self._stored(command)
        if stored is not None:
            return {"recorded": record_of(stored), "again": True}
        self._name(command)
        self._till.put_amount(str(command.cents))
        self._confirm(command, asked="amount_ceiling", again=self._till.accept_amount)
        return self._told()

    def _redeem(self, command: Command) -> Answer:
        self._till.redeem(command.rule, command.steps)
        self._wait(HOLD_S, lambda: self._code() != "reward_asked")
        self._refuse_if(lambda _view: self._code() == "reward_beyond")
        return {**self._told(), "pending": self._code() in ("reward_asked", "reward_next_door")}

    def _event(self, command: Command) -> Answer:
        decision = self._till.happened(event_of(command.name, command.sku, command.ref, command.fields))
        told = self._told()
        given = decision.contributions if decision is not None else ()
        return {**told, "gained": [{"rule": g.rule, "asset": g.asset, "quantity": g.quantity} for g in given]}

    def _zone(self, command: Command) -> Answer:
        basket = self._till.state.basket
        self._till.zone(zone_of(command.zone, basket.zones if basket is not None else ()))
        told, basket = self._told(), self._till.state.basket
        return {**told, "zones": list(basket.zones if basket is not None else ())}

    def _close(self, command: Command) -> Answer:
        stored = self._stored(command)
        if stored is not None:
            return {"recorded": record_of(stored), "again": True}
        self._name(command)
        self._till.record()
        self._refuse_if(lambda view: view.stage is not Stage.DONE)
        done = self._till.state.done
        assert done is not None
        result = tickets.result(self._till.parts.reader, done.ticket)
        assert result is not None
        return {"recorded": record_of(result), "again": self._code() == "already_recorded"}

    def _cancel(self, _command: Command) -> Answer:
        while self._till.view().stage in _OPEN:
            self._till.escape()
        return self._told()

    def _undo(self, _command: Command) -> Answer:
        self._till.undo()
        return self._told()

    def _refund(self, command: Command) -> Answer:
        self._till.open_return()
        try:
            self._till.return_reference(command.of)
            self._refuse_if(lambda view: view.returning is None or not view.returning.reference)
            for index in command.lines:
                if not isinstance(index, int):
                    raise Refused("no_such_line", "Name the lines of a return by their places, from 0.")
                self._till.return_line(index)
                self._refuse_if()
            if command.cents:
                self._till.return_amount(command.cents)
                self._refuse_if()
            self._till.return_confirm()
            self._refuse_if()
        except Refused:
            self._till.escape()
            raise
        done = self._till.state.done
        return {**self._told(), **({"refund": recorded(done.result)} if done is not None else {})}

    def _enrol(self, command: Command) -> Answer:
        self._till.open_enrol()
        fields = {
            "card": command.card,
            "contact": command.contact,
            "consent": str(command.consent),
            "first_name": command.first_name,
            "birthday": command.birthday,
            "sponsor": command.sponsor,
        }
        try:
            for field, value in fields.items():
                if value:
                    self._till.enrol_set(field, value)
                    self._refuse_if()
            known = self._code() == "enrol_known" or bool((self._till.view().enrol or _NO_FORM).duplicate)
            self._refuse_if(lambda _view: known and not command.confirm)
            self._till.enrol_confirm()
            self._refuse_if()
        except Refused:
            self._till.escape()
            raise
        return self._told()

    def _state(self, _command: Command) -> Answer:
        self._till.tick()
        return {"view": msgspec.to_builtins(self._till.view())}

    def _explain(self, command: Command) -> Answer:
        """The begun ticket, or a recorded one by its printed reference or by the register's name for it."""
        if self._till.view().stage is Stage.LOCKED:
            raise Refused("locked", "The till is locked: sign in first.")
        stored = self._stored(command) if not command.of else None
        reference = stored.reference if stored is not None else command.of
        answer = explanation_of(self._till, reference)
        if answer is None and (reference or command.ticket or command.pos_ref):
            raise Refused(
                "ticket_unknown", "This till has no such ticket: send the reference of its receipt."
            )
        return answer or {"why": []}

    def _sync(self, command: Command) -> Answer:
        network = self._till.parts.network
        if network is None:
            raise Refused("no_ledger", "This till has no ledger: pair it to send its tickets.")
        network.wake_push()
        self._wait(min(max(command.timeout_s, 0.0), 60.0), lambda: not network.state().waiting)
        status = network.state()
        return {"online": status.online, "waiting": status.waiting}

    def _close_day(self, _command: Command) -> Answer:
        self._till.close_day()
        return self._told()

    def _reprint(self, _command: Command) -> Answer:
        self._till.reprint()
        return self._told()

    def _lock(self, _command: Command) -> Answer:
        self._till.lock()
        return {"stage": self._till.view().stage.value}

    def _language(self, command: Command) -> Answer:
        self._till.set_language(command.language)
        return self._told()

    # --- what they share

    def _stored(self, command: Command) -> TicketResult | None:
        """The first record of a ticket or receipt that the register sends again."""
        reader = self._till.parts.reader
        found = tickets.result(reader, self._ticket(command.ticket)) if command.ticket else None
        if found is None and command.pos_ref:
            found = tickets.by_pos_ref(reader, command.pos_ref)
        return found

    def _name(self, command: Command) -> None:
        """Let the begun ticket carry the register's own name, as 32 hex digits, and its receipt number."""
        for text in (command.ticket, command.pos_ref):
            if len(text) > 100 or not text.isprintable():
                raise Refused("bad_name", "A ticket name has at most 100 printable characters.")
        if command.ticket or command.pos_ref:
            basket = self._till.state.basket
            begun = basket.ticket if basket is not None else ""
            name = self._ticket(command.ticket) if command.ticket else begun
            self._till.name_ticket(name, command.pos_ref or (basket.pos_ref if basket is not None else None))

    def _ticket(self, name: str) -> str:
        key = self._till.parts.identity.lookup_key
        return hmac.digest(key, b"assidu-ticket/1\0" + name.encode(), "sha256")[:16].hex()

    def _confirm(
        self, command: Command, asked: str = "replace_member", again: Callable[[], None] | None = None
    ) -> None:
        """A question is a refusal, unless the command said yes beforehand."""
        if self._code() == asked and command.confirm:
            (again or self._till.enter)()
        self._refuse_if(lambda _view: self._till.state.question is not None)

    def _refuse_if(self, wrong: Callable[[View], bool] = lambda _view: False) -> None:
        view = self._till.view()
        notice = view.notice
        if notice is not None and (notice.level is Level.REFUSAL or wrong(view)):
            raise Refused(notice.code, notice.text)

    def _told(self) -> Answer:
        """What the till shows now, in short; a refusal is raised."""
        self._refuse_if()
        return brief(self._till.view())

    def _code(self) -> str:
        notice = self._till.state.notice
        return notice.code if notice is not None else ""

    def _wait(self, seconds: float, ready: Callable[[], bool]) -> None:
        """Take in what other threads bring until `ready`, for at most so many seconds."""
        end = time.monotonic() + seconds
        while not ready() and (left := end - time.monotonic()) > 0:
            self._woken.wait(min(left, 0.05))
            self._woken.clear()
            self._till.pump()


class _NoForm(msgspec.Struct, frozen=True):
    duplicate: str = ""


_NO_FORM = _NoForm()
