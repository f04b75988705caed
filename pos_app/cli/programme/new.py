"""`assidu programme new`: a programme of one's own, started from a finished one."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

import assets
from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, bytes_of
from pos_app.cli.speech import day_of, speaking, words_for
from pos_app.languages.words import Words
from rules.errors import ProgrammeError
from rules.sentences import mark
from rules.tools.start import Own, started

FOLDER = Path(assets.__file__).parent / "programmes"
_FILE = "programme.toml"
_SHOPS = {
    "bakery": mark("a bakery: stamps, the eleventh free"),
    "bookshop": mark("a bookshop: visits rather than turnover"),
    "coffee-shop": mark("a coffee shop"),
    "fashion": mark("a fashion chain: levels"),
    "grocer": mark("a grocer: points become vouchers by themselves"),
    "petrol": mark("a petrol station with a shop and a partner"),
}


def shops() -> dict[str, Path]:
    """The programmes to start from, by the kind of shop they are for."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


@click.command()
@click.argument("folder", default=".", type=PATH)
@click.option("--shop", help="Kind of shop; without it you are asked.")
@click.option("--name", help="Name of the programme; without it you are asked.")
@click.option("--starts", metavar="DATE", help="First day, like 2026-09-01; without it you are asked.")
@click.option("--timezone", help="Time zone of the shop; by default that of this machine.")
@speaking
def new(
    folder: Path,
    shop: str | None,
    name: str | None,
    starts: str | None,
    timezone: str | None,
    lang: str | None,
) -> None:
    """Ask three questions and write FOLDER/programme.toml, a complete programme for your kind of shop.

    Example: assidu programme new ./shop --shop bakery --name "My bread" --starts 2026-09-01
    """
    words = words_for(lang)
    target = folder / _FILE
    if target.exists():
        raise Failure("{target} exists: choose another folder, nothing is overwritten.", target=target)
    template = bytes_of(_template(shop or _ask_shop(words)))
    called = (name or click.prompt(words("What is your programme called?"))).strip()
    zone = _zone(timezone or _here())
    day = starts or click.prompt(words("From which day on?"), default=datetime.now(zone).date().isoformat())
    try:
        data = started(template, Own(called, day_of(day), zone.key))
    except ProgrammeError as error:
        text = "; ".join(problem.message for problem in error.problems)
        raise Failure(
            "this makes no programme ({text}): choose another name, day or time zone.", text=text
        ) from error
    _write(target, data)
    click.echo(words("{file} is ready: read it, change what you like, then run check.", file=target))


def _ask_shop(words: Words) -> str:
    known = shops()
    for shop in known:
        click.echo(f"  {shop}: {words(_SHOPS[shop]) if shop in _SHOPS else shop}")
    answer: str = click.prompt(
        words("What kind of shop is it?"), type=click.Choice(list(known)), show_choices=False
    )
    return answer


def _template(shop: str) -> Path:
    known = shops()
    if shop not in known:
        raise Failure(
            "there is no programme for {shop}: choose one of {shops}.", shop=shop, shops=", ".join(known)
        )
    return known[shop]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Failure("there is no time zone {name}: write one such as Europe/Paris.", name=name) from error


def _here() -> str:
    """The time zone of this machine by its name, Europe/Paris where the machine does not tell."""
    name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    return name if "/" in name else "Europe/Paris"


def _write(target: Path, data: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        try:
            part.write_bytes(data)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Failure(
            "{target} cannot be written ({reason}): choose another folder.",
            target=target,
            reason=error.strerror,
        ) from error
