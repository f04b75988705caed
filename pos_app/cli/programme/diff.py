"""`assidu programme diff`: what two versions of a programme do differently."""

import json
from pathlib import Path

import click
import msgspec

from pos_app.cli.programme.files import PATH, fail_on, programme_of, try_on
from pos_app.cli.speech import speaking, words_for
from pos_app.tools.backtest_text import as_data, as_text
from pos_app.tools.diff_text import diff_text
from pos_app.tools.tickets import Fault
from rules.tools.comparison import Outcome, compared
from rules.tools.difference import difference


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--history", multiple=True, type=PATH, help="Try both on this history too; may be repeated.")
@click.option("--jobs", type=click.IntRange(1), help="Processes for --history; by default one a processor.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@speaking
def diff(
    old: Path, new: Path, history: tuple[Path, ...], jobs: int | None, as_json: bool, lang: str | None
) -> None:
    """Name the rules added, removed and changed, key by key; with a history, what it would have come to.

    Example: assidu programme diff v1.toml v2.toml --history 2026.ndjson.gz
    """
    loaded = [programme_of(file) for file in (old, new)]
    sources = [data for data, _ in loaded]
    words = words_for(lang).paying(loaded[0][1].header.currency)
    found = difference(*sources)
    outcomes: tuple[Outcome, ...] = ()
    faults: tuple[Fault, ...] = ()
    if history:
        tried, faults = try_on(sources, history, words, redeem=True, jobs=jobs)
        outcomes = compared(tried)
    if as_json:
        data = msgspec.to_builtins(found) | (
            {"backtest": as_data(outcomes, ("old", "new"))} if outcomes else {}
        )
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        click.echo(diff_text(found, words))
        if outcomes:
            click.echo("\n" + as_text(outcomes, (words("old"), words("new")), words))
    fail_on(faults)
