"""`assidu report today|week|patterns …`: the manager's figures from a till's files, at work or not, no screen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pos_app.config import data_folder
from pos_app.languages.words import Words

from .failure import Failure
from .speech import speaking, words_for

if TYPE_CHECKING:
    from pos_app.manager.shop import Shop


def of_store(command: Callable[..., str]) -> Callable[..., None]:
    """`command` gets the store of the till in `--data`, `words` and `form` (text, csv or json); it says the report."""

    @click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
    @click.option("--csv", "form", flag_value="csv", help="Print CSV, amounts in cents.")
    @click.option("--json", "form", flag_value="json", help="Print JSON, amounts in cents.")
    @speaking
    @wraps(command)
    def reports(data: Path | None, form: str | None, lang: str | None, **more: Any) -> None:
        with opened(data or data_folder()) as shop:
            words = words_for(lang).paying(shop.currency)
            said = command(shop=shop, words=words, form=form or "text", **more)
        click.echo(said.rstrip("\n"))

    return reports


@contextmanager
def opened(folder: Path) -> "Iterator[Shop]":
    """The store of the till in `folder`, which may be at work. Raises Failure."""
    from pos_app.manager.shop import shop_at
    from sync.sqlite_driver import DatabaseError, driver
    from sync.till.database import FILE_NAME, translate
    from sync.till.identity import identity

    path = folder / FILE_NAME
    if not path.exists():
        raise Failure("there is no till in {folder}: give its folder with --data.", folder=folder)
    try:
        connection = driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            who = identity(connection)
            if who is None:
                raise Failure("this till is not paired, so it has no journal yet: nothing to check.")
            yield shop_at(connection, who, int(time.time() * 1000))
        finally:
            connection.close()
    except DatabaseError as error:
        raise Failure.of(translate(error)) from error


@click.command()
@of_store
def today(shop: "Shop", words: Words, form: str) -> str:
    """Today by till: members, tickets, turnover, points; beside the same weekday before at this hour.

    Example: assidu report today --data ./till1
    """
    from pos_app.manager import pages
    from pos_app.manager.board import board_of

    board = board_of(shop)
    if form == "json":
        return pages.as_json(board.today)
    return pages.period_csv(board.today) if form == "csv" else pages.today_page(board, shop, words)


@click.command()
@of_store
def week(shop: "Shop", words: Words, form: str) -> str:
    """This week by till and by day, beside the week before up to the same hour.

    Example: assidu report week --csv --data ./till1
    """
    from pos_app.manager import pages
    from pos_app.manager.board import board_of

    board = board_of(shop)
    if form == "json":
        return pages.as_json({"week": board.week, "days": board.days})
    return pages.period_csv(board.week, board.days) if form == "csv" else pages.week_page(board, shop, words)


@click.command()
@of_store
def patterns(shop: "Shop", words: Words, form: str) -> str:
    """What wants looking at since the week before: velocity, own card, returns after use, typed numbers.

    Example: assidu report patterns --json --data ./till1
    """
    from pos_app.manager import pages
    from pos_app.manager.board import board_of

    board = board_of(shop)
    if form == "json":
        return pages.as_json(board.patterns)
    return pages.patterns_csv(board) if form == "csv" else pages.patterns_page(board, shop, words)


COMMANDS = (today, week, patterns)
