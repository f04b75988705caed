"""The set-up's steps: what each asks, what a key or a scan means in it. No screen and no port: `Work` does the work."""

from pathlib import Path
from typing import Final, Protocol

import msgspec

from pos_app.config import ConfigError, ScannerConfig, TillConfig
from pos_app.config_file import keep
from pos_app.devices.serial_port import PRESETS
from pos_app.languages.words import Words
from pos_app.setup import progress
from pos_app.setup.listening import Heard
from pos_app.setup.progress import Step
from pos_app.till.view import Level, Notice
from rules.sentences import Said, mark, said, sentence_of
from sync.pairing_code import NotACode, read_code

LATER: Final = 9
_ORDER: Final = tuple(Step)
_SPEEDS: Final = tuple(PRESETS)


class Work(Protocol):
    """What takes time or touches a port; each answers later by calling the method of `Setup` that is named."""

    def pair(self, url: str, code: str) -> None:
        """Pair and fetch the first files; then `paired` or `failed`."""

    def print_page(self, port: str, preset: str) -> None:
        """Print the test page; then `printed` or `failed`."""

    def next_speed(self, port: str) -> str:
        """Listen to the port at its next speed, and return that; answers at once."""

    def lasting(self, port: str) -> str:
        """The name of the port that holds when it is plugged in elsewhere; answers at once."""


class Read(msgspec.Struct, frozen=True):
    """A code that came from a scanner: its port (empty for the keyboard), the port's preset, the text."""

    port: str
    preset: str
    text: str

    @property
    def is_pairing(self) -> bool:
        """Whether it read the ledger's code, and so read rightly."""
        try:
            read_code(self.text)
        except NotACode:
            return False
        return True


class Setup:
    """One set-up, from where it was left. `notice` is what just happened, `busy` what is waited for."""

    def __init__(self, folder: Path, config: TillConfig, work: Work, till: Said | None = None) -> None:
        """`till` says which till of which store it is, when it is paired already."""
        self.step = progress.step_in(folder) or Step.LANGUAGE
        self.config = config
        self.till = till
        self.busy = ""
        self.notice: Notice | None = None
        self.read: Read | None = None
        self.printed_on = ""
        self._folder = folder
        self._work = work
        self.found: Read | None = None
        self.ports: tuple[str, ...] = ()
        if self.till is not None and self.step in (Step.LEDGER, Step.CODE):
            self.step = Step.SCANNER

    @property
    def words(self) -> Words:
        """The language chosen."""
        return Words(self.config.language)

    def see(self, ports: tuple[str, ...]) -> None:
        """The machine's ports are these now; `ports` keeps those that may be the printer's, not the scanner's own."""
        scanner = self.found.port if self.found is not None else ""
        self.ports = tuple(port for port in ports if port != scanner)[: LATER - 1]

    # --- keys

    def digit(self, digit: int) -> None:
        """A digit that the page offers."""
        if self.busy:
            return
        self.notice = None
        if self.step is Step.LANGUAGE and digit in (1, 2):
            self._keep(Step.LEDGER if self.till is None else Step.SCANNER, language=("fr", "en")[digit - 1])
        elif self.step in (Step.SCANNER, Step.PRINTER) and digit == LATER:
            self._go(_ORDER[_ORDER.index(self.step) + 1])
        elif self.step is Step.SCANNER and self.read is not None:
            self._scanner(self.read, right=digit == 1)
        elif self.step is Step.PRINTER and self.printed_on:
            self._printer(digit)
        elif self.step is Step.PRINTER and 1 <= digit <= len(self.ports):
            self._print(self.ports[digit - 1], _SPEEDS[0])

    def enter(self, text: str) -> bool:
        """Enter, with what stands in the field; True when the set-up is over and the till can start."""
        self.notice = None
        if self.busy:
            return False
        if self.step is Step.DONE:
            progress.finish(self._folder)
            return True
        if self.step is Step.LEDGER:
            self._ledger(text)
        elif self.step is Step.CODE:
            self._pair(text)
        elif self.step is Step.SCANNER and self.read is not None:
            self._scanner(self.read, right=True)
        elif self.step is Step.PRINTER and self.printed_on:
            self._printer(1)
        elif self.step is Step.PRINTER and text:
            self._print(text, _SPEEDS[0])
        return False

    def back(self) -> bool:
        """Esc: one step back; False on the first one, where it leaves the set-up to be taken up another day."""
        if self.busy:
            return True
        self.notice = None
        if self.read is not None and self.step is Step.SCANNER:
            self.read = None
        elif self.printed_on:
            self.printed_on = ""
        elif self.step is Step.LANGUAGE:
            return False
        elif self.step is Step.SCANNER and self.till is not None:
            self._go(Step.LANGUAGE)
        else:
            self._go(_ORDER[_ORDER.index(self.step) - 1])
        return True

    # --- scans

    def heard(self, heard: Heard) -> None:
        """A frame came on a port."""
        if self.busy:
            return
        if not heard.readable:
            preset = self._work.next_speed(heard.port)
            text = said(
                "{port} sent noise, now listening at {preset}: scan again.", port=heard.port, preset=preset
            )
            self.notice = Notice(Level.WARNING, self.words(text), "setup")
            return
        self.scanned(Read(heard.port, heard.preset, heard.frame.text))

    def scanned(self, read: Read) -> None:
        """A readable code, from a port or the keyboard; a paste comes as one, too."""
        self.notice = None
        if self.step is Step.LEDGER:
            self._ledger(read.text.strip())
        elif self.step is Step.CODE:
            self.found = read if read.port else self.found
            self._pair(read.text)
        elif self.step is Step.SCANNER:
            self.read = read

    # --- answers of the work

    def paired(self, till: Said) -> None:
        """The till is `till` ("till 2 of Lyon 3") from now on."""
        self.busy, self.till = "", till
        self._go(Step.SCANNER)
        self.read = self.found

    def printed(self, port: str, preset: str) -> None:
        """The page was sent."""
        self.busy, self.printed_on = "", port
        self.config = msgspec.structs.replace(self.config, printer=port, printer_preset=preset)

    def failed(self, sentence: str) -> None:
        """What was asked for could not be done."""
        self.busy = ""
        self.notice = Notice(Level.REFUSAL, self.words(sentence), "setup")

    # --- steps

    def _ledger(self, text: str) -> None:
        if not text.startswith(("http://", "https://")):
            self.failed(mark("The ledger address must look like https://ledger.example:8443."))
            return
        authority = {"ca": str(Path(self.config.ca).absolute())} if self.config.ca else {}
        self._keep(Step.CODE, ledger=text, **authority)

    def _pair(self, text: str) -> None:
        try:
            read_code(text)
        except NotACode as error:
            self.failed(sentence_of(error))
            return
        self.busy = self.words("Pairing, then fetching the programme, the products and the people...")
        self._work.pair(self.config.ledger, text)

    def _scanner(self, read: Read, *, right: bool) -> None:
        self.read = None
        if not right and read.port:
            preset = self._work.next_speed(read.port)
            text = said("Now listening to {port} at {preset}: scan again.", port=read.port, preset=preset)
            self.notice = Notice(Level.INFO, self.words(text), "setup")
        elif right and read.port:
            self.found = read
            port = ScannerConfig(self._work.lasting(read.port), read.preset)  # type: ignore[arg-type]
            self._keep(Step.PRINTER, scanners=(port,))
        elif right:
            self._go(Step.PRINTER)

    def _print(self, port: str, preset: str) -> None:
        self.busy = self.words("Sending a page to {port} at {preset}...", port=port, preset=preset)
        self._work.print_page(port, preset)

    def _printer(self, digit: int) -> None:
        port, preset = self.printed_on, self.config.printer_preset
        if digit == 1:
            self.printed_on = ""
            self._keep(Step.DONE, printer=self._work.lasting(port), printer_preset=preset)
        elif digit == 2:
            self._print(port, _SPEEDS[(_SPEEDS.index(preset) + 1) % len(_SPEEDS)])
        elif digit == 3:
            self.printed_on = ""

    def _keep(self, then: Step, **values: object) -> None:
        """Write what was found out into till.toml, then the next step."""
        try:
            for key, value in values.items():
                keep(self._folder, key, value)
        except ConfigError as error:
            self.failed(sentence_of(error))
            return
        self.config = msgspec.structs.replace(self.config, **values)
        self._go(then)

    def _go(self, step: Step) -> None:
        self.step, self.read, self.printed_on = step, None, ""
        try:
            progress.note(self._folder, step)
        except OSError as error:
            folder, reason = self._folder, error.strerror
            self.failed(
                said(
                    "{folder} cannot be written ({reason}): give this user the rights on it.",
                    folder=folder,
                    reason=reason,
                )
            )
