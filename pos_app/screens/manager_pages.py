"""The manager's other pages: the week by day, members, campaigns, what wants looking at, the sync log. Pure."""

from typing import Final

from pos_app.languages.words import Words
from pos_app.manager import pages
from pos_app.manager.dashboard import Campaign, Dashboard
from pos_app.manager.reasons import reason_text
from pos_app.manager.telling import age_text, clock, pattern_text, share
from pos_app.screens.manager import NAME, beside, table_row
from pos_app.till.labels import label
from pos_app.widgets.rows import BLANK, Block, Role, row, wrapped
from sync.figures import COHORTS, Provision

RULE: Final = 23
CAMPAIGN: Final = (11, 9, 12, 9, 9, 5)


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


def members_page(found: Dashboard, words: Words, _width: int, height: int) -> Block:
    """Who of each month still comes, and what the chain owes its members."""
    heads = [words("after {n} months", n=after) for after in COHORTS]
    rows: Block = [
        row(
            (words("STILL COMING").ljust(20), Role.STRONG),
            (words("joined").rjust(9), Role.SOFT),
            *((text.rjust(16), Role.SOFT) for text in heads),
        )
    ]
    if not found.crowd.cohorts:
        rows.append(row((words("The ledger has not told it yet."), Role.SOFT)))
    for one in found.crowd.cohorts[: max(3, height - 10)]:
        cells = [share(count, one.joined, words).rjust(16) if count >= 0 else " " * 16 for count in one.still]
        rows.append(row(f"{one.month:%m/%Y}".ljust(20), words.number(one.joined).rjust(9), *cells))
    rows += [BLANK, *_provision(found, words)]
    alerts = ", ".join(str(member) for member in found.crowd.alerts[:12]) or words("nobody")
    rows += [BLANK, row((words("Red alerts (member numbers)"), Role.STRONG), f"  {alerts}")]
    return rows


def _provision(found: Dashboard, words: Words) -> Block:
    told = found.shop.told.provision if found.shop.told is not None else ()
    widths = (11, 11, 11, 11, 11)
    names = ("opened", "issued", "used", "lapsed", "closed")
    texts = (words("opened"), words("issued"), words("used"), words("lapsed"), words("closed"))
    head = [(text.rjust(width), Role.SOFT) for text, width in zip(texts, widths, strict=True)]
    rows: Block = [row((words("PROVISION").ljust(20), Role.STRONG), *head)]
    if not told:
        return [*rows, row((words("The ledger has not told it yet."), Role.SOFT))]
    assert len(names) == len(widths)
    return [*rows, *(_provision_row(one, found, words) for one in told[:5])]


def _provision_row(one: Provision, found: Dashboard, words: Words) -> tuple[tuple[str, Role], ...]:
    figures = (one.opened, one.issued, one.burned, one.lapsed + one.clawed, one.closed)
    name = pages.asset_name(one.asset, found.shop.programme, words)
    return row(name[:19].ljust(20), *(words.number(units).rjust(11) for units in figures))


def campaigns_page(found: Dashboard, words: Words, width: int, height: int) -> Block:
    """The rules in force: until when, what they gave and took this month, how often they were possible and taken."""
    texts = (words("until"), words("given"), words("cost"), words("used"), words("shown"), words("taken"))
    head = [(text.rjust(size), Role.SOFT) for text, size in zip(texts, CAMPAIGN, strict=True)]
    rows: Block = [row((words("IN FORCE").ljust(RULE), Role.STRONG), *head)]
    rows += [_campaign(one, found, words) for one in found.campaigns[: height - 4]]
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


def patterns_page(found: Dashboard, words: Words, width: int, _height: int) -> Block:
    """Everything that wants looking at since the week before."""
    rows: Block = [
        row(
            (words("TO LOOK AT"), Role.STRONG),
            "  ",
            (words("since {day}", day=words.date(found.shop.now.before)), Role.SOFT),
        )
    ]
    if not found.board.patterns:
        rows.append(row((words("nothing stands out"), Role.SOFT)))
    for one in found.board.patterns:
        rows += wrapped(width - 2, f"{words.date(one.day)}  {pattern_text(one, found.shop.staff, words)}")
    rows += [
        BLANK,
        *wrapped(width - 2, (words("These are figures, no verdicts: look at the tickets first."), Role.SOFT)),
    ]
    return rows


def sync_page(found: Dashboard, words: Words, width: int, height: int) -> Block:
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
    for one in found.sent[: max(3, height - 8)]:
        entries = words.plural("{n} entry", "{n} entries", one.entries)
        sent.append(row(clock(found.shop, one.at_ms, words), f"  {entries}"))
    aside: Block = [row((words("PUT ASIDE OR REMARKED ON"), Role.STRONG))]
    if not found.aside:
        aside.append(row((words("nothing"), Role.SOFT)))
    for kept in found.aside[: max(3, (height - 8) // 2)]:
        text = f"{clock(found.shop, kept.at_ms, words)}  {kept.kind} {kept.seq}: {reason_text(kept, words)}"
        aside += wrapped(width // 2 - 4, text)
    return [*rows, *beside(sent, aside, width)]
