"""The pages of the first start as rows: what each step says, its digits, its field."""

from collections.abc import Mapping
from typing import Final

from pos_app.devices.serial_port import PortState
from pos_app.languages.words import Words
from pos_app.screens.errand import job_box
from pos_app.screens.frame import key_bar, notice_rows
from pos_app.setup.progress import Step
from pos_app.setup.steps import LATER, Setup
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from pos_app.widgets.rows import BLANK, Block, Role, padded, row, rule
from rules.sentences import mark

Ports = tuple[tuple[str, str, PortState | None], ...]

_STATES: Final = {
    PortState.OPEN: mark("listening"),
    PortState.SILENT: mark("listening"),
    PortState.ABSENT: mark("cannot be opened"),
    PortState.DENIED: mark("no right: group dialout (uucp on Arch)"),
    PortState.BUSY: mark("used by another program"),
}
_COUNT: Final = len(Step) - 1
_SHOWN: Final = 6  # ports in the list; all are listened to


def setup_screen(setup: Setup, ports: Ports, text: str, size: tuple[int, int]) -> Block:
    """The whole screen at the set-up's step, with `text` in its field."""
    (width, height), words = size, setup.words
    job = page(setup, ports, words)
    keys = key_bar(_keys(setup, job, words), words, width)
    head = padded(row((" " + words("Assidu: first start"), Role.STATUS)), width, Role.STATUS)
    bottom = [*notice_rows(setup.notice, words, width), rule(width), *keys]
    box = job_box(job, text, words, width, height - len(bottom) - 2)
    return [padded(line, width) for line in (head, BLANK, *box, *bottom)]


def page(setup: Setup, ports: Ports, words: Words) -> ErrandView:
    """What the step asks."""
    number = list(Step).index(setup.step) + 1
    name = words(_TITLES[setup.step])
    title = words("{n} OF {count}: {step}", n=number, count=_COUNT, step=name) if number <= _COUNT else name
    if setup.busy:
        return ErrandView(title, (ErrandLine(setup.busy, Tone.STRONG),))
    lines, choices, ask = _PAGES[setup.step](setup, ports, words)
    return ErrandView(title, tuple(lines), tuple(choices), ask)


def _keys(setup: Setup, job: ErrandView, words: Words) -> Mapping[str, str]:
    if setup.busy:
        return {}
    last = setup.step is Step.DONE
    going = job.ask or setup.read is not None or setup.printed_on or last
    enter = {"Enter": words("Start the till") if last else words("Next")} if going else {}
    return {**enter, "Esc": words("Leave for now") if setup.step is Step.LANGUAGE else words("Back")}


_Parts = tuple[list[ErrandLine], list[ErrandChoice], str]


def _language(_setup: Setup, _ports: Ports, _words: Words) -> _Parts:
    both = [Words(language) for language in ("fr", "en")]
    lines = []
    for words in both:
        told = words(
            "This till is started for the first time. There are five questions; Esc goes back, and what was left is "
            "taken up by the next start."
        )
        lines += [ErrandLine(told), ErrandLine("")]
    return lines, [ErrandChoice(n, words("English")) for n, words in enumerate(both, start=1)], ""


def _ledger(_setup: Setup, _ports: Ports, words: Words) -> _Parts:
    lines = [
        ErrandLine(
            words(
                "The ledger keeps the members of the whole chain. Type its address as its operator gives it, such as "
                "http://192.0.2.10:8470 or https://ledger.example:8443."
            )
        ),
    ]
    return lines, [], words("Address")


def _code(setup: Setup, _ports: Ports, words: Words) -> _Parts:
    lines = [
        ErrandLine(
            words("On the ledger's machine: assidu ledger pair --db chain.db --store NAME"), Tone.STRONG
        ),
        ErrandLine(words("It shows a code for this store, good once and for ten minutes.")),
        ErrandLine(words("Scan its QR code, or type its 32 letters and digits; spaces do not count.")),
        ErrandLine(""),
        ErrandLine(words("Ledger: {url}", url=setup.config.ledger), Tone.SOFT),
    ]
    return lines, [], words("Code")


def _scanner(setup: Setup, ports: Ports, words: Words) -> _Parts:
    lines = (
        [ErrandLine(words("This is {till}.", till=setup.till), Tone.STRONG), ErrandLine("")]
        if setup.till
        else []
    )
    later = ErrandChoice(LATER, words("Later: go on without"))
    read = setup.read
    if read is None:
        lines += [
            ErrandLine(words("SCAN ANY PRINTED CODE, on a product or a card."), Tone.STRONG),
            ErrandLine(words("Every port and the keyboard are listened to at once:")),
            *_listened(ports, words),
        ]
        return lines, [later], ""
    if not read.port:
        lines += [
            ErrandLine(
                words("It types like a keyboard. There is nothing to set; a serial one (USB COM) is surer.")
            ),
            ErrandLine(words("Read: {text}", text=read.text), Tone.STRONG),
        ]
        return lines, [ErrandChoice(1, words("Keep this scanner")), later], ""
    lines.append(ErrandLine(words("Found at {port}, {preset}.", port=read.port, preset=read.preset)))
    if read.is_pairing:
        lines.append(ErrandLine(words("It has read the ledger's code rightly."), Tone.STRONG))
        return lines, [ErrandChoice(1, words("Keep this scanner")), later], ""
    lines += [
        ErrandLine(words("Read: {text}", text=read.text), Tone.STRONG),
        ErrandLine(words("Is this what stands under the code?")),
    ]
    choices = [
        ErrandChoice(1, words("Yes: keep this scanner")),
        ErrandChoice(2, words("No: listen at the next speed")),
        later,
    ]
    return lines, choices, ""


def _listened(ports: Ports, words: Words) -> list[ErrandLine]:
    if not ports:
        return [ErrandLine(words("No port is there: plug the scanner in."), Tone.SOFT)]
    lines = [
        ErrandLine(f"{port}  {preset}", Tone.SOFT, words(_STATES[state]) if state is not None else "")
        for port, preset, state in ports[:_SHOWN]
    ]
    more = len(ports) - _SHOWN
    text = words.plural("and {n} port more", "and {n} ports more", more)
    return [*lines, ErrandLine(text, Tone.SOFT)] if more > 0 else lines


def _printer(setup: Setup, _ports: Ports, words: Words) -> _Parts:
    later = ErrandChoice(LATER, words("Later: go on without"))
    if setup.printed_on:
        port, preset = setup.printed_on, setup.config.printer_preset
        lines = [
            ErrandLine(words("A page was sent to {port} at {preset}.", port=port, preset=preset)),
            ErrandLine(words("Did it come out, with every letter right?"), Tone.STRONG),
        ]
        choices = [
            ErrandChoice(1, words("Yes: keep this printer")),
            ErrandChoice(2, words("No: print it at the next speed")),
            ErrandChoice(3, words("No: another port")),
            later,
        ]
        return lines, choices, ""
    lines = [ErrandLine(words("Where is the receipt printer? A test page is printed there."), Tone.STRONG)]
    if setup.found is not None and setup.found.port:
        lines.append(ErrandLine(words("The scanner is at {port}.", port=setup.found.port), Tone.SOFT))
    choices = [ErrandChoice(n, port) for n, port in enumerate(setup.ports, start=1)]
    return lines, [*choices, later], words("Other port")


def _done(setup: Setup, _ports: Ports, words: Words) -> _Parts:
    config, none = setup.config, words("none yet")
    scanner = f"{config.scanners[0].port}  {config.scanners[0].preset}" if config.scanners else none
    printer = f"{config.printer}  {config.printer_preset}" if config.printer else none
    lines = [
        *([ErrandLine(words("This is {till}.", till=setup.till), Tone.STRONG)] if setup.till else []),
        ErrandLine(""),
        ErrandLine(words("Ledger"), right=config.ledger),
        ErrandLine(words("Serial scanner"), right=scanner),
        ErrandLine(words("Printer"), right=printer),
        ErrandLine(""),
        ErrandLine(
            words("All of it stands in till.toml and can be changed there; F9, 3 tries it out at any time.")
        ),
        ErrandLine(words("Enter starts the till, which asks for a badge.")),
    ]
    return lines, [], ""


_TITLES: Final = {
    Step.LANGUAGE: mark("LANGUE / LANGUAGE"),
    Step.LEDGER: mark("LEDGER"),
    Step.CODE: mark("STORE"),
    Step.SCANNER: mark("SCANNER"),
    Step.PRINTER: mark("PRINTER"),
    Step.DONE: mark("THE TILL IS SET UP"),
}
_PAGES: Final = {
    Step.LANGUAGE: _language,
    Step.LEDGER: _ledger,
    Step.CODE: _code,
    Step.SCANNER: _scanner,
    Step.PRINTER: _printer,
    Step.DONE: _done,
}
