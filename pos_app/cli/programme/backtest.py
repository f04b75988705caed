"""`assidu programme backtest`: one or several programmes over a history of tickets."""

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import click

from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, fail_on, programme_of, try_on
from pos_app.cli.speech import speaking, words_for
from pos_app.languages.words import Words
from pos_app.tools.backtest_text import as_csv, as_data, as_text
from rules.tools.comparison import compared


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--tickets", required=True, multiple=True, type=PATH, help="A history; may be repeated.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@click.option("--plot", is_flag=True, help="Draw points by month, on standard error beside csv and json.")
@click.option(
    "--redeem",
    type=click.Choice(["auto", "none"]),
    default="auto",
    show_default=True,
    help="auto: every ticket takes one step of the first redemption that is possible.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; by default one a processor.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "duckdb", "replay"]),
    default="auto",
    show_default=True,
    help="What adds lines up: DuckDB (the extra backtest), or the engine of the replay. The results are the same.",
)
@speaking
def backtest(
    files: tuple[Path, ...],
    tickets: tuple[Path, ...],
    form: str,
    plot: bool,
    redeem: str,
    jobs: int | None,
    engine: str,
    lang: str | None,
) -> None:
    """Try programmes on a history: points issued, burned and expired, cost, liability, who gains and who loses.

    Every programme is taken as in force for the whole history, whatever its dates. The first one is what the others
    are compared with.

    Example: assidu programme backtest today.toml tomorrow.toml --tickets 2026.ndjson.gz --plot
    """
    loaded = [programme_of(file) for file in files]
    sources = [data for data, _ in loaded]
    words = words_for(lang).paying(loaded[0][1].header.currency)
    tried, faults = try_on(
        sources, tickets, words, redeem=redeem == "auto", jobs=jobs, duckdb=_duckdb(engine, words)
    )
    outcomes, names = compared(tried), names_of(files)
    if form == "json":
        click.echo(json.dumps(as_data(outcomes, names), ensure_ascii=False, indent=2))
    else:
        click.echo(
            as_csv(outcomes, names) if form == "csv" else as_text(outcomes, names, words), nl=form == "table"
        )
    if plot:
        from pos_app.tools.plot import months_plot

        stream = sys.stdout if form == "table" else sys.stderr
        click.echo(months_plot(outcomes, names, words, colour=stream.isatty()), file=stream)
    fail_on(faults)


def _duckdb(engine: str, words: Words) -> bool:
    """Whether DuckDB is used, which is said on standard error. Raises Failure where it is asked for and missing."""
    there = find_spec("duckdb") is not None
    if engine == "duckdb" and not there:
        raise Failure("DuckDB is not installed: pip install 'assidu[backtest]', or --engine replay.")
    if engine == "replay" or not there:
        said = (
            words("Engine: replay")
            if engine == "replay"
            else words("Engine: replay (sooner with DuckDB: pip install 'assidu[backtest]')")
        )
        click.echo(said, err=True)
        return False
    click.echo(words("Engine: DuckDB {version}", version=version("duckdb")), err=True)
    return True


def names_of(files: Sequence[Path]) -> tuple[str, ...]:
    """What the columns are called: the file's name, its path where two share one."""
    stems = [file.stem for file in files]
    return tuple(
        [stem if stems.count(stem) == 1 else str(file) for stem, file in zip(stems, files, strict=True)]
    )
