"""`assidu report today …`: the manager's figures without a screen, from a till's files, at work or not.

What only the ledger knows is asked of it as the screen does; without it, as it told the till last. The chain's
provision comes from the ledger alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pos_app.config import data_folder
from pos_app.languages.words import Words

from .asking import ask
from .database import on_database
from .failure import Failure
from .speech import day_of, speaking, words_for
from .till_line import line_of
from .till_store import reading

if TYPE_CHECKING:
    from pos_app.manager.shop import Shop
    from sync.ledger.database import Database

PATIENCE_MS = 10_000


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
    from sync.till.identity import identity

    with reading(folder) as connection:
        who = identity(connection)
        if who is None:
            raise Failure("this till is not paired, so it has no journal yet: nothing to check.")
        yield _told(shop_at(connection, who, int(time.time() * 1000)), folder)


def _told(shop: "Shop", folder: Path) -> "Shop":
    """`shop` with what the ledger tells now; with what it told the till last where it cannot be asked."""
    import msgspec

    from sync.figures import FiguresRequest, StoreFigures
    from sync.till.offline import Failure as NoAnswer

    if not shop.identity.paired:
        return shop
    with line_of(shop.identity, folder) as line:
        answer = line.ask("POST", "/figures", StoreFigures, FiguresRequest(shop.now), PATIENCE_MS)
    return shop if isinstance(answer, NoAnswer) else msgspec.structs.replace(shop, told=answer)


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


@click.command()
@of_store
def members(shop: "Shop", words: Words, form: str) -> str:
    """The store's members: levels, who moved, who stays away, red alerts, who of each month still comes.

    Example: assidu report members --data ./till1
    """
    from pos_app.manager import pages
    from pos_app.manager.crowd import crowd_of
    from pos_app.manager.member_pages import cohorts_csv, members_page

    crowd = crowd_of(shop)
    if form == "json":
        return pages.as_json(crowd)
    return cohorts_csv(crowd) if form == "csv" else members_page(crowd, words)


@click.command()
@of_store
def campaigns(shop: "Shop", words: Words, form: str) -> str:
    """The rules in force, what they gave and took this month, how often rewards were possible and taken.

    Example: assidu report campaigns --csv --data ./till1
    """
    from pos_app.manager import pages
    from pos_app.manager.dashboard import campaigns_of
    from pos_app.manager.member_pages import campaigns_csv, campaigns_page

    found = campaigns_of(shop)
    if form == "json":
        return pages.as_json(found)
    return campaigns_csv(found) if form == "csv" else campaigns_page(found, shop, words)


@click.command()
@on_database
@click.option("--since", metavar="DAY", help="First day; by default that of this month.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV, amounts in cents.")
@click.option("--json", "form", flag_value="json", help="Print JSON, amounts in cents.")
@speaking
def provision(database: "Database", since: str | None, form: str | None, lang: str | None) -> None:
    """What the chain owes its members: opened, issued, used, lapsed, taken back, closed; and what each rule gave.

    Example: assidu report provision --since 2026-11-01 --db chain.db
    """
    from datetime import UTC, datetime

    from pos_app.manager import pages
    from pos_app.manager.member_pages import provision_csv, provision_page
    from sync.ledger.figures import ReadProvision

    first = day_of(since) if since else datetime.now(UTC).date().replace(day=1)
    books = ask(database, ReadProvision(first))
    if form == "json":
        said = pages.as_json(books)
    elif form == "csv":
        said = provision_csv(books.provision)
    else:
        words = words_for(lang)
        words = words.paying(books.currency) if books.currency else words
        said = provision_page(books.provision, books.costs, words)
    click.echo(said.rstrip("\n"))


COMMANDS = (today, week, members, campaigns, provision, patterns)
