"""Reports as text, CSV and JSON: what `assidu report` prints and the manager's screen exports."""

import json
from collections.abc import Sequence
from datetime import date

import msgspec

from pos_app.languages.words import Words
from pos_app.manager.board import Board, Period
from pos_app.manager.shop import Shop
from pos_app.manager.telling import age_text, basket, change, pattern_text, points_change, share
from pos_app.till.labels import label, unit
from pos_app.tools.table import comma_separated, table
from rules.account import POINTS
from rules.programme.model import Programme
from sync.figures import Row

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]
_COLUMNS = tuple(name for name in Row.__struct_fields__ if name != "hours")


def as_json(report: object) -> str:
    """A report as JSON: every figure by its name, cents and points as integers."""
    return json.dumps(_named(report), ensure_ascii=False, indent=2)


def _named(value: object) -> object:
    """Structs as objects, also those that travel as arrays."""
    if isinstance(value, msgspec.Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list | tuple):
        return [_named(one) for one in value]
    if isinstance(value, dict):
        return {key: _named(one) for key, one in value.items()}
    return msgspec.to_builtins(value)


def rows_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV: cents and points as integers, one row a till."""
    return comma_separated(_COLUMNS, [tuple(getattr(row, name) for name in _COLUMNS) for row in rows])


def patterns_csv(board: Board) -> str:
    """What wants looking at, as CSV."""
    names = board.patterns[0].__struct_fields__ if board.patterns else ("kind",)
    return comma_separated(names, [msgspec.structs.astuple(one) for one in board.patterns])


def period_csv(period: Period, days: Sequence[Row] = ()) -> str:
    """Tills, all of them, the ones before and days where there are some."""
    before = (period.before,) if period.before.tickets or period.before.returned else ()
    return rows_csv((*period.tills, period.whole, *before, *days))


def head(words: Words) -> tuple[str, ...]:
    """The columns of the table of tills."""
    return (
        "",
        words("members"),
        words("tickets"),
        words("linked"),
        words("turnover"),
        words("given"),
        words("redeemed"),
    )


def till_line(row: Row, name: str, words: Words) -> tuple[str, ...]:
    """One line of the table of tills."""
    return (
        name,
        words.number(row.members),
        words.number(row.tickets),
        share(row.linked, row.tickets, words),
        words.money(row.cents),
        words.number(row.given),
        words.number(row.redeemed),
    )


def before_line(period: Period, name: str, words: Words) -> tuple[str, ...]:
    """The last line: what is more or less than before."""
    now, then = period.whole, period.before
    return (
        name,
        change(now.members, then.members, words),
        change(now.tickets, then.tickets, words),
        points_change(now, then, words),
        change(now.cents, then.cents, words),
        change(now.given, then.given, words),
        change(now.redeemed, then.redeemed, words),
    )


def till_name(till: str, words: Words) -> str:
    """A till as people call it."""
    return words("Till {name}", name=till) if till.isdecimal() else till


def period_lines(period: Period, before: str, words: Words) -> list[tuple[str, ...]]:
    """The table of a period without its head."""
    lines = [till_line(row, till_name(row.till, words), words) for row in period.tills]
    return [*lines, till_line(period.whole, words("Store"), words), before_line(period, before, words)]


def compared(whole: Row, words: Words) -> str:
    """Members beside tickets without a card: how many there are and what they are worth."""
    alone = whole.tickets - whole.linked
    return words(
        "Tickets with a card {linked}, average {basket}; without {alone}, average {other}",
        linked=words.number(whole.linked),
        basket=basket(whole.linked_cents, whole.linked, words) or "-",
        alone=words.number(alone),
        other=basket(whole.cents - whole.linked_cents, alone, words) or "-",
    )


def weekday(board: Board, words: Words) -> str:
    """What today is compared with."""
    return words("vs {day} before", day=words.weekday(board.day)[:3])


def today_page(board: Board, shop: Shop, words: Words) -> str:
    """Today by till."""
    period = board.today
    return "\n\n".join(
        [
            f"{board.store} · {words.date(board.day)}",
            table(head(words), period_lines(period, weekday(board, words), words)),
            compared(period.whole, words),
            more(period.whole, words),
            age_text(shop, words),
        ]
    )


def day_name(day: date, words: Words) -> str:
    """A day of the week: Sat 21/11, sam. 21/11."""
    return f"{words.weekday(day)[:3]} {words.date(day)[:5]}"


def asset_name(asset: str, programme: Programme | None, words: Words) -> str:
    """Points as the programme calls them, anything else by its rule."""
    if asset == POINTS:
        return unit(programme, words, 2)
    kind, _, rule = asset.partition(":")
    name = label(programme, rule, words)
    return words("free: {label}", label=name) if kind == "reward" else name


def week_page(board: Board, shop: Shop, words: Words) -> str:
    """The week by till and by day."""
    days = [till_line(row, day_name(row.first, words), words) for row in board.days]
    return "\n\n".join(
        [
            f"{board.store} · {words.date(board.week.first)} - {words.date(board.week.last)}",
            table(head(words), period_lines(board.week, words("vs the week before"), words)),
            table(head(words), days),
            compared(board.week.whole, words),
            more(board.week.whole, words),
            age_text(shop, words),
        ]
    )


def more(whole: Row, words: Words) -> str:
    """What else happened: new members, returns, rewards, typed numbers."""
    return words(
        "New members {new}; returns {returned}; rewards {off}; numbers typed {typed}",
        new=words.number(whole.enrolled),
        returned=words.money(whole.returned),
        off=words.money(whole.off),
        typed=words.number(whole.typed),
    )


def patterns_page(board: Board, shop: Shop, words: Words) -> str:
    """What wants looking at, the latest first."""
    lines = [f"{words.date(one.day)}  {pattern_text(one, shop.staff, words)}" for one in board.patterns]
    return "\n".join(lines or [words("Nothing stands out since {day}.", day=words.date(shop.now.before))])
