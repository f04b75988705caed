"""The manager's dashboard at the till: today by till, members, what wants looking at. Pure: figures to rows."""

from collections.abc import Sequence
from typing import Final

from pos_app.languages.words import Words
from pos_app.manager import pages
from pos_app.manager.dashboard import Dashboard
from pos_app.manager.telling import age_text, clock, pattern_text
from pos_app.manager.worth import liability_text
from pos_app.screens.frame import ROOMY
from pos_app.widgets.rows import BLANK, Block, Piece, Role, fitted, padded, row, width_of, wrapped

NAME: Final = 19
COLUMNS: Final = (9, 8, 8, 13, 11, 10)
LEAST: Final = 6
FIRST_HOUR, LAST_HOUR = 8, 20


def dashboard(found: Dashboard, words: Words, width: int, height: int) -> Block:
    """The body of the first page, at most `height` rows."""
    roomy = height >= ROOMY - 4
    tills = 8 if roomy else 3
    lines = period_table(found, words, tills=tills)
    lines += [*(_compared(found, words, width) if roomy else ()), _aged(found, words)]
    lines += [BLANK, *_members(found, words, width)]
    sync = _sync(found, words)
    spare = height - len(lines) - len(sync) - 1 - LEAST  # the plot's least rows and a blank one
    looked = patterns(found, words, width, max(2, min(8 if roomy else 4, spare)))
    room = max(LEAST, height - len(lines) - len(sync) - len(looked) - 1)
    levels = fitted(_levels(found, words), room, "...")
    lines += [BLANK, *beside(_hours(found, words, min(room, 17), width), levels, width)]
    return [*lines, *looked, *sync][:height]


def period_table(found: Dashboard, words: Words, tills: int) -> Block:
    """Today by till, of many tills only the first ones, and what is more or less than on the same day last week."""
    period = found.board.today
    lines = pages.period_lines(period, pages.weekday(found.board, words), words)
    shown = [*lines[:-2][:tills], *lines[-2:]]
    head = row((words("TODAY").ljust(NAME), Role.STRONG), *_cells(pages.head(words)[1:], Role.SOFT))
    roles = [Role.TEXT] * (len(shown) - 2) + [Role.STRONG, Role.SOFT]
    return [head, *(table_row(line, role) for line, role in zip(shown, roles, strict=True))]


def table_row(cells: Sequence[str], role: Role = Role.TEXT) -> tuple[tuple[str, Role], ...]:
    """A row of the table of tills."""
    return row((cells[0][: NAME - 1].ljust(NAME), role), *_cells(cells[1:], role))


def _cells(texts: Sequence[str], role: Role) -> list[Piece]:
    return [(text.rjust(width), role) for text, width in zip(texts, COLUMNS, strict=True)]


def beside(left: Block, right: Block, width: int) -> Block:
    """Two blocks side by side with a line between them."""
    half = max((width_of(line) for line in left), default=0)
    half = max(half, width // 2 - 2)
    count = max(len(left), len(right))
    rows = []
    for n in range(count):
        one = left[n] if n < len(left) else BLANK
        two = right[n] if n < len(right) else BLANK
        rows.append((*padded(one, half), (" │ ", Role.LINE), *two))
    return rows


def patterns(found: Dashboard, words: Words, width: int, most: int) -> Block:
    """What wants looking at on at most `most` rows, the latest first; how many there are beyond it."""
    every = found.board.patterns
    if not every:
        return [row((words("TO LOOK AT"), Role.STRONG), "  ", (words("nothing stands out"), Role.SOFT))]
    lines: Block = []
    shown = 0
    for one in every:
        text = wrapped(width - 1, (pattern_text(one, found.shop.staff, words), Role.WARNING))
        if len(lines) + len(text) >= most:
            break
        lines += text
        shown += 1
    more = f"  + {words.number(len(every) - shown)} (F8)" if len(every) > shown else ""
    return [row((words("TO LOOK AT"), Role.STRONG), (more, Role.SOFT)), *lines]


def _compared(found: Dashboard, words: Words, width: int) -> Block:
    """Members beside tickets without a card, and offers: behind F5 and F4 where the screen is small."""
    shown, taken = (sum(getattr(one, name) for one in found.campaigns) for name in ("shown", "taken"))
    offers = words(
        "Rewards this month: possible {shown} times, taken {taken} times (F4)",
        shown=words.number(shown),
        taken=words.number(taken),
    )
    return [*wrapped(width, pages.compared(found.board.today.whole, words)), row(offers)]


def _aged(found: Dashboard, words: Words) -> tuple[tuple[str, Role], ...]:
    return row((age_text(found.shop, words), Role.SOFT))


def _members(found: Dashboard, words: Words, width: int) -> Block:
    """New members and what the points are worth: one row, or two where it does not hold both."""
    new = words(
        "{today} today, {week} this week",
        today=words.number(found.crowd.joined_today),
        week=words.number(found.crowd.joined_week),
    )
    left: list[Piece] = [(words("NEW MEMBERS"), Role.STRONG), f"  {new}"]
    right: list[Piece] = [(words("LIABILITY"), Role.STRONG), f"  {liability_text(found, words)}"]
    gap = width - width_of(row(*left)) - width_of(row(*right))
    return [row(*left, " " * min(6, gap), *right)] if gap > 1 else [row(*left), row(*right)]


def _hours(found: Dashboard, words: Words, height: int, width: int) -> Block:
    from pos_app.tools.bars import bars

    hours = found.board.today.whole.hours
    busy = [n for n, count in enumerate(hours) if count]
    first, last = min([FIRST_HOUR, *busy]), max([LAST_HOUR, *busy])
    names = [str(n) if n % 2 == 0 and first < n < last else "" for n in range(first, last + 1)]
    drawn = bars(names, hours[first : last + 1], width // 2 - 2, max(5, height - 1))
    title = row((words("Tickets with a card, by hour"), Role.SOFT))
    return [title, *(row((line, Role.BAR)) for line in drawn)]


def _levels(found: Dashboard, words: Words) -> Block:
    lines = [row((f"{words('Levels'):<18}{words('members'):>9}{words('new today'):>11}", Role.SOFT))]
    for one in found.crowd.levels:
        name = one.tier or words("no level")
        moved = f"+ {words.number(one.today)}" if one.today else ""
        lines.append(row(f"{name[:17]:<18}{words.number(one.members):>9}", (f"{moved:>11}", Role.GOOD)))
    crowd = found.crowd
    lines.append(BLANK)
    for name, count, role in (
        (words("red alerts"), len(crowd.alerts), Role.WARNING if crowd.alerts else Role.TEXT),
        (words("at risk"), crowd.at_risk, Role.TEXT),
        (words("dormant"), crowd.dormant, Role.TEXT),
        (words("never bought"), crowd.never, Role.TEXT),
    ):
        lines.append(row((f"{name:<18}{words.number(count):>9}", role)))
    return lines


def _sync(found: Dashboard, words: Words) -> Block:
    last = found.sent[0] if found.sent else None
    when = clock(found.shop, last.at_ms, words) if last is not None else words("never")
    programme = found.shop.programme
    version = str(programme.header.version) if programme is not None else "-"
    return [
        row(
            (words("SYNC"), Role.STRONG),
            "  ",
            words(
                "last sent {when}, {waiting} waiting, {aside} put aside (F7) · rules version {version}",
                when=when,
                waiting=words.number(found.waiting),
                aside=words.number(len(found.aside)),
                version=version,
            ),
        )
    ]
