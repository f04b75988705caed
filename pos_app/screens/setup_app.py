"""The first start in a terminal: draws the set-up's step, hands on keys, scans of the keyboard and of every port."""

from collections.abc import Callable
from string import digits
from typing import Final, Protocol

from pos_app.screens.terminal_app import TerminalApp, now_ms  # sets Textual's switches, so it must come first

# isort: split
from textual import events
from textual.app import ComposeResult
from textual.message import Message

from pos_app.devices.wedge import WedgeConfig
from pos_app.faults import CannotStart
from pos_app.screens.frame import MINIMUM
from pos_app.screens.render import too_small
from pos_app.screens.setup import page, setup_screen
from pos_app.setup.listening import Heard, Listening, lasting
from pos_app.setup.progress import Step
from pos_app.setup.steps import Read, Setup
from pos_app.widgets.board import Board
from rules.sentences import Said, sentence_of

LOOK_EVERY: Final = 0.5  # seconds between looks at what is plugged in
LONGEST: Final = 120


class Told(Message):
    """Something that took time, or came from a port, is to be told to the set-up."""

    def __init__(self, tell: Callable[[Setup], None]) -> None:
        super().__init__()
        self.tell = tell


class Jobs(Protocol):
    """What takes time, called in threads. Both raise CannotStart with the sentence that is shown."""

    def pair(self, url: str, code: str) -> Said:
        """Pair the till; which one it is now."""

    def print_page(self, port: str, preset: str, title: str) -> None:
        """Print the test page."""


class SetupApp(TerminalApp[bool]):
    """Ends with True when the till can start; otherwise the set-up was left, to be taken up another day."""

    def __init__(
        self, make: "Callable[[SetupApp], Setup]", jobs: Jobs, theme: str, also: tuple[str, ...]
    ) -> None:
        """`make` makes the set-up that this app does the work for; `also` are ports that the machine does not list."""
        super().__init__(theme, WedgeConfig())
        self._jobs = jobs
        self._listening = Listening(also, self._heard, now_ms)
        self.setup = make(self)
        self._text = self._suggested()

    # --- the work of the set-up

    def pair(self, url: str, code: str) -> None:
        def job() -> Callable[[Setup], None]:
            till = self._jobs.pair(url, code)
            return lambda setup: setup.paired(till)

        self._in_thread(job)

    def print_page(self, port: str, preset: str) -> None:
        title = self.setup.words("Assidu: test page")

        def job() -> Callable[[Setup], None]:
            self._jobs.print_page(port, preset, title)
            return lambda setup: setup.printed(port, preset)

        self._in_thread(job)

    def next_speed(self, port: str) -> str:
        return self._listening.next_preset(port)

    def lasting(self, port: str) -> str:
        return lasting(port)

    def _in_thread(self, job: Callable[[], Callable[[Setup], None]]) -> None:
        def run() -> None:
            try:
                tell = job()
            except CannotStart as error:
                sentence = sentence_of(error)
                self.post_message(Told(lambda setup: setup.failed(sentence)))
            else:
                self.post_message(Told(tell))

        self.run_worker(run, thread=True, group="work", exit_on_error=False)

    # --- the screen

    def compose(self) -> ComposeResult:
        yield Board()

    def on_mount(self) -> None:
        self._listening.look()
        self.set_interval(LOOK_EVERY, self._look)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self._draw()

    def on_unmount(self) -> None:
        self._listening.stop()

    def _look(self) -> None:
        self._listening.look()
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if not width:
            return
        ports = self._listening.ports()
        self.setup.see(tuple(port for port, _, _ in ports))
        if width < MINIMUM[0] or height < MINIMUM[1]:
            rows = too_small(self.setup.words, width, height)
        else:
            rows = setup_screen(self.setup, ports, self._text, (width, height))
        board = self.query_one(Board)
        board.show(rows, self.palette)
        board.place_cursor()

    # --- keys and scans

    def on_told(self, message: Told) -> None:
        self._do(lambda: message.tell(self.setup))

    def _heard(self, heard: Heard) -> None:
        """In the port's thread."""
        self.post_message(Told(lambda setup: setup.heard(heard)))

    def scan_typed(self, text: str, _times: tuple[int, ...]) -> None:
        if not self.setup.busy:
            self._do(lambda: self.setup.scanned(Read("", "", text)))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        char = event.character if event.is_printable else None
        asks = bool(page(self.setup, (), self.setup.words).ask)
        if event.key in ("enter", "ctrl+j"):
            self._do(self._enter)
        elif event.key == "escape":
            self._do(self._back)
        elif event.key == "backspace":
            self._text = self._text[:-1]
        elif char and char in digits and not (asks and self._text) and self._offers(int(char)):
            self._do(lambda: self.setup.digit(int(char)))
        elif char and asks:
            self._text = (self._text + char)[:LONGEST]
        self._draw()

    def _offers(self, digit: int) -> bool:
        return digit in {one.digit for one in page(self.setup, (), self.setup.words).choices}

    def _enter(self) -> None:
        if self.setup.enter(self._text.strip()):
            self.exit(True)

    def _back(self) -> None:
        if not self.setup.back():
            self.exit(None)

    def _do(self, act: Callable[[], None]) -> None:
        """`act`, then the screen of the step after it; another step begins with its own text in the field."""
        before = (self.setup.step, self.setup.printed_on)
        act()
        if (self.setup.step, self.setup.printed_on) != before:
            self._text = self._suggested()
        self._draw()

    def _suggested(self) -> str:
        return self.setup.config.ledger if self.setup.step is Step.LEDGER else ""
