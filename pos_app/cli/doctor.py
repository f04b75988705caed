"""`assidu doctor`: what a till stands on, and tests of its scanner and printer."""

import json
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_app.config import ConfigError, data_folder, load_config
from pos_app.devices.messages import PORT_SENTENCES
from pos_app.languages.words import Words
from rules.language.faults import printable

from .failure import Failure
from .speech import speaking, words_for

if TYPE_CHECKING:
    from pos_app.devices.burst import Burst
    from pos_app.devices.customer_display import Dialect

_PRESETS = ("9600 8N1", "115200 8N1", "9600 8E1", "9600 8O1", "9600 7E1", "9600 7S2")
_DIALECTS = ("cd5220", "escpos")


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option(
    "--scan", "scanner", metavar="PORT", help="Show what a scanner on this port sends, byte by byte."
)
@click.option("--print", "printer", metavar="PORT", help="Print a test page on this port.")
@click.option(
    "--preset",
    type=click.Choice(_PRESETS),
    default=_PRESETS[0],
    show_default=True,
    help="Speed and frame of PORT.",
)
@click.option("--display", metavar="PORT", help="Show a test on a customer's display on this port.")
@click.option(
    "--dialect",
    type=click.Choice(_DIALECTS),
    default=_DIALECTS[0],
    show_default=True,
    help="What it understands.",
)
@click.option("--report", is_flag=True, help="Print a block for a bug report, in English.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@speaking
def doctor(
    data: Path | None,
    scanner: str | None,
    printer: str | None,
    preset: str,
    display: str | None,
    dialect: "Dialect",
    report: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """Look at a till, running or not, and at the machine below it. Changes nothing; exit status 1 with a fault.

    What is printed holds nothing personal: it can be sent with a question as it is.

    Example: assidu doctor --data ./till1
    """
    words = words_for(lang)
    if scanner is not None:
        _scan(scanner, preset, data or data_folder(), words, as_json=as_json)
        return
    if printer is not None:
        _print(printer, preset, data or data_folder(), words)
        return
    if display is not None:
        _show(display, preset, dialect, words)
        return
    from pos_app.doctor.finding import Level
    from pos_app.doctor.visit import visit

    folder = data or data_folder()
    found = list(visit(folder))
    if report:
        from pos_app.doctor.report import block

        for line in block(found, folder, datetime.now(UTC)):
            click.echo(printable(line))
    elif as_json:
        rows = [{"level": one.level.value, "what": one.what, "text": one.text} for one in found]
        click.echo(json.dumps({"findings": rows}, indent=2))
    else:
        signs = {Level.GOOD: words("OK"), Level.LOOK: words("LOOK"), Level.FAULT: words("FAULT")}
        _table((signs[one.level], words(one.what), words(one.text)) for one in found)
    if any(one.level is Level.FAULT for one in found):
        raise SystemExit(1)


def _table(rows: Iterable[Sequence[str]]) -> None:
    lines = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
    for sign, what, text in lines:
        click.echo(f"{sign:<{widths[0]}}  {what:<{widths[1]}}  {text}")


def _scan(port: str, preset: str, folder: Path, words: Words, *, as_json: bool) -> None:
    """What comes, and what a till with the card numbers of the one in `folder` takes it for."""
    from pos_app.devices.serial_port import PORT_ERRORS, state_after
    from pos_app.doctor.scan_test import LONGEST_S, codes_of, kinds, scan_once

    click.echo(words("Scan a code within {seconds} seconds.", seconds=int(LONGEST_S)), err=True)
    try:
        seen = scan_once(port, preset, time.monotonic)
    except PORT_ERRORS as error:
        raise Failure(PORT_SENTENCES[state_after(error)], port=port) from error
    if seen is None:
        raise Failure("nothing came from {port}: check cable and preset, then scan again.", port=port)
    taken = kinds(seen, codes_of(folder))
    if as_json:
        facts = {"bytes": seen.data.hex(), "ms": seen.took_ms, "gap_ms": seen.gap_ms, "codes": taken}
        click.echo(json.dumps(facts))
        return
    size = words.plural("{n} byte", "{n} bytes", len(seen.data))
    click.echo(f"{seen.spelled}\n{seen.data.hex(' ')}\n{size} · {seen.took_ms} ms · {_gap(seen, words)}")
    for kind in taken:
        click.echo(words("The till takes it as: {kind}", kind=kind))


def _gap(seen: "Burst", words: Words) -> str:
    gap = words("longest gap {ms} ms", ms=seen.gap_ms)
    return f"{gap} · {words('ends with {sign}', sign=seen.ending) if seen.ending else words('no sign behind it')}"


def _print(port: str, preset: str, folder: Path, words: Words) -> None:
    """A page with the letters and the width of the till's configuration."""
    from pos_app.devices.serial_port import PORT_ERRORS
    from pos_app.doctor.test_page import print_page
    from pos_app.printing.profile import BadLayout, profile_of

    try:
        profile = profile_of(load_config(folder), folder)
    except (BadLayout, ConfigError) as error:
        raise Failure.of(error) from error
    try:
        print_page(port, preset, words("Assidu: test page"), profile)
    except PORT_ERRORS as error:
        raise Failure(
            "printer {port} took nothing: check cable, paper and cover, then try again.", port=port
        ) from error
    click.echo(
        words("A test page was sent to {port}: every letter, the amount to the right, and cut.", port=port)
    )


def _show(port: str, preset: str, dialect: "Dialect", words: Words) -> None:
    from pos_app.devices.serial_port import PORT_ERRORS
    from pos_app.doctor.display_test import SIGNS, show_page

    try:
        show_page(port, preset, dialect, words("Test of the display"))
    except PORT_ERRORS as error:
        raise Failure(
            "display {port} took nothing: check cable and preset, then try again.", port=port
        ) from error
    click.echo(
        words(
            "Sent to {port}: {signs} above, a sentence below; else try the other dialect.",
            port=port,
            signs=SIGNS,
        )
    )
