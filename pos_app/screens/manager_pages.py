"""The manager's other pages: the week by day, members, campaigns, what wants looking at, the sync log. Pure."""

from collections.abc import Sequence
from typing import Final

from pos_app.languages.words import Words
from pos_app.manager import pages
from pos_app.manager.dashboard import Campaign, Dashboard
from pos_app.manager.member_pages import provision_figures, provision_head
from pos_app.manager.reasons import reason_text
from pos_app.manager.telling import age_text, clock, pattern_text, share
from pos_app.screens.manager import NAME, beside, table_row
from pos_app.screens.why import item_rows
from pos_app.till.labels import label
from pos_app.widgets.rows import BLANK, Block, Role, row, wrapped
from sync.figures import COHORTS

RULE: Final = 23
CAMPAIGN: Final = (11, 9, 12, 9, 9, 5)
GAP: Final = 2


def days_page(found: Dashboard, words: Words, width: int, height: int) -> Block:
    """The week by till and by day, and how it goes."""
    board = found.board
    head = row((words("WEEK").ljust(NAME), Role.STRONG), *_heads(words))
    lines = pages.period_lines(board.week, words("vs the week before"), words)
    rows: Block = [head, *(table_row(line) for line in lines[:-2])]
    rows += [table_row(lines[-2], Role.STRONG), table_row(lines[-1], Role.SOFT), BLANK]
    rows.append(row((words("DAYS").ljust(NAME), Role.STRONG), *_heads(words)))
    for day in board.days:
        rows.append(table_row(pages.till_line(day, pages.day_name(day.first, words), words)))
    rows += [BLANK, *wrapped(width - 2, (pages.compared(board.week.whole, words), Role.TEXT))]
    rows += wrapped(width - 2, (pages.more(board.week.whole, words), Role.TEXT))
    rows.append(row((age_text(found.shop, words), Role.SOFT)))
    room = height - len(rows) - 1
    return [*rows, BLANK, *_week_plot(found, words, width, room)] if room >= 6 else rows


def _heads(words: Words) -> list[tuple[str, Role]]:
    widths = (9, 8, 8, 13, 11, 10)
    return [(text.rjust(w), Role.SOFT) for text, w in zip(pages.head(words)[1:], widths, strict=True)]


def _week_plot(found: Dashboard, words: Words, width: int, room: int) -> Block:
    from pos_app.tools.bars import bars

    names = [pages.day_name(day.first, words).split()[0][:3] for day in found.board.days]
    drawn = bars(names, [day.cents // 100 for day in found.board.days], min(width, 100), min(room - 1, 14))
    title = words("Turnover by day, {unit}", unit=words.sign)
    return [row((title, Role.SOFT)), *(row((line, Role.BAR)) for line in drawn)]


def members_page(found: Dashboard, words: Words, width: int, _height: int) -> Block:
    """What the chain owes its members, who has a red alert, and who of each month still comes."""
    heads = [words("after {n} months", n=after) for after in COHORTS]
    alerts = ", ".join(str(member) for member in found.crowd.alerts) or words("nobody")
    rows: Block = [
        *_provision(found, words, width),
        BLANK,
        *wrapped(width, (words("Red alerts (member numbers)"), Role.STRONG), f"  {alerts}"),
        BLANK,
        row(
            (words("STILL COMING").ljust(20), Role.STRONG),
            (words("joined").rjust(9), Role.SOFT),
            *((text.rjust(16), Role.SOFT) for text in heads),
        ),
    ]
    if not found.crowd.cohorts:
        rows.append(row((words("The ledger has not told it yet."), Role.SOFT)))
    for one in found.crowd.cohorts:
        cells = [share(count, one.joined, words).rjust(16) if count >= 0 else " " * 16 for count in one.still]
        rows.append(row(f"{one.month:%m/%Y}".ljust(20), words.number(one.joined).rjust(9), *cells))
    return rows


def _provision(found: Dashboard, words: Words, width: int) -> Block:
    """Asset by asset."""
    told = found.shop.told.provision if found.shop.told is not None else ()
    head = provision_head(words)
    lines = [provision_figures(one, words) for one in told]
    sizes = [max(map(len, column)) + GAP for column in zip(head, *lines, strict=True)]
    first = width - sum(sizes)
    rows: Block = [row((words("PROVISION").ljust(first), Role.STRONG), *_right(head, sizes, Role.SOFT))]
    if not told:
        return [*rows, row((words("The ledger has not told it yet."), Role.SOFT))]
    for one, line in zip(told, lines, strict=True):
        asset = pages.asset_name(one.asset, found.shop.programme, words)[: first - 1].ljust(first)
        rows.append(row(asset, *_right(line, sizes, Role.TEXT)))
    return rows


def _right(cells: Sequence[str], sizes: Sequence[int], role: Role) -> list[tuple[str, Role]]:
    return [(text.rjust(size), role) for text, size in zip(cells, sizes, strict=True)]


def campaigns_page(found: Dashboard, words: Words, width: int, _height: int) -> Block:
    """The rules in force: until when, what they gave and took this month, how often they were possible and taken."""
    texts = (words("until"), words("given"), words("cost"), words("used"), words("shown"), words("taken"))
    head = [(text.rjust(size), Role.SOFT) for text, size in zip(texts, CAMPAIGN, strict=True)]
    rows: Block = [row((words("IN FORCE").ljust(RULE), Role.STRONG), *head)]
    rows += [_campaign(one, found, words) for one in found.campaigns]
    note = words("Given and used: points of the chain this month. Shown and taken: tickets of this store.")
    rows += [BLANK, *wrapped(width, (note, Role.SOFT))]
    return rows


def _campaign(one: Campaign, found: Dashboard, words: Words) -> tuple[tuple[str, Role], ...]:
    name = label(found.shop.programme, one.rule, words)
    until = words.date(one.last) if one.last is not None else ""
    given, used = (words.number(n) if n is not None else "?" for n in (one.given, one.redeemed))
    cost = words.money(one.cost) if one.cost is not None else "?"
    here = [words.number(count) if one.shown else "" for count in (one.shown, one.taken)]
    cells = zip((until, given, cost, used, *here), CAMPAIGN, strict=True)
    return row(name[: RULE - 1].ljust(RULE), *(text.rjust(size) for text, size in cells))


def to_look_at(found: Dashboard, words: Words) -> list[tuple[str, int]]:
    """Red alerts, then patterns since the week before, each with the member it is about (0 for none)."""
    alerts = [
        (words("Member {member}: red alert, see the incidents", member=one), one)
        for one in found.crowd.alerts
    ]
    lines = [
        (f"{words.date(one.day)}  {pattern_text(one, found.shop.staff, words)}", one.member)
        for one in found.board.patterns
    ]
    return [*alerts, *lines]


def patterns_page(
    found: Dashboard, words: Words, width: int, chosen: int = 0
) -> tuple[Block, tuple[int, int]]:
    """All of it with the line at `chosen` marked, and the first and the end of that line's rows."""
    rows: Block = [
        row(
            (words("TO LOOK AT"), Role.STRONG),
            "  ",
            (words("since {day}", day=words.date(found.shop.now.before)), Role.SOFT),
        ),
        *wrapped(width, (words("These are figures, no verdicts: look at the tickets first."), Role.SOFT)),
    ]
    marked = (0, 0)
    every = to_look_at(found, words)
    if not every:
        rows.append(row((words("nothing stands out"), Role.SOFT)))
    for n, (text, _) in enumerate(every):
        start = len(rows)
        rows += item_rows(text, width, chosen=n == chosen)
        marked = (start if n else 0, len(rows)) if n == chosen else marked
    return rows, marked


def sync_page(found: Dashboard, words: Words, width: int, _height: int) -> Block:
    """What waits, what was sent, and what the ledger put aside or remarked on, with the reason."""
    oldest = clock(found.shop, found.oldest_ms, words) if found.oldest_ms else words("nothing")
    heard = clock(found.shop, found.heard_ms, words) if found.heard_ms else words("never")
    rows: Block = [
        row((words("SYNC LOG"), Role.STRONG)),
        row(
            words(
                "Waiting {n}, oldest {oldest}; last answer of the ledger {heard}",
                n=words.number(found.waiting),
                oldest=oldest,
                heard=heard,
            )
        ),
        BLANK,
    ]
    sent: Block = [row((words("SENT"), Role.STRONG))]
    for one in found.sent:
        entries = words.plural("{n} entry", "{n} entries", one.entries)
        sent.append(row(clock(found.shop, one.at_ms, words), f"  {entries}"))
    aside: Block = [row((words("PUT ASIDE OR REMARKED ON"), Role.STRONG))]
    if not found.aside:
        aside.append(row((words("nothing"), Role.SOFT)))
    for kept in found.aside:
        text = f"{clock(found.shop, kept.at_ms, words)}  {kept.kind} {kept.seq}: {reason_text(kept, words)}"
        aside += wrapped(width // 2 - 4, text)
    return [*rows, *beside(sent, aside, width)]
