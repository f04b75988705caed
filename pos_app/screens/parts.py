"""Pieces that several screens show: the input field, bars, the member, the ticket, recent tickets."""

from collections.abc import Sequence

import msgspec

from pos_app.languages.words import Words
from pos_app.till.view import (
    Bar,
    EarnView,
    LineView,
    MemberView,
    RecentView,
    RewardView,
    StampCard,
    TicketView,
    Way,
)
from pos_app.widgets.rows import (
    BLANK,
    Block,
    Role,
    Row,
    bar,
    cells,
    fitted,
    row,
    rule,
    spread,
    width_of,
    wrapped,
)


def field(text: str, width: int, filler: str = "▒") -> Row:
    """The input field, `width` cells wide: the end of what was typed, the cursor, and room for more."""
    shown = end_of(text, width - 1)
    rest = filler * max(0, width - 1 - cells(shown))
    return row((shown, Role.FIELD), ("_", Role.CURSOR), (rest, Role.REST))


def end_of(text: str, width: int) -> str:
    """As much of the end of `text` as fits in `width` cells."""
    while cells(text) > width:
        text = text[1:]
    return text


def way_rows(ways: tuple[Way, ...], width: int) -> Block:
    """What comes next: a blank row around every bar, the cards and sentences between them close together."""
    lines: Block = []
    after_bar = True
    for way in ways:
        is_bar = isinstance(way, Bar)
        lines += [BLANK] if is_bar or after_bar else []
        after_bar = is_bar
        if isinstance(way, Bar):
            lines += bar_rows(way, width)
        else:
            lines += stamp_rows(way, width) if isinstance(way, StampCard) else wrapped(width, way)
    return lines


def bar_rows(what: Bar, width: int) -> Block:
    """The title, then the bar with what is left beside it, or under it when it is long."""
    side = cells(what.left) + 1 if what.left else 0
    lines = wrapped(width, (what.title, Role.TITLE))
    if width - side >= 10:
        return [*lines, (*bar(width - side, what.have, what.need), *row(" " if side else "", what.left))]
    return [*lines, bar(width, what.have, what.need), *wrapped(width, what.left)]


def stamp_rows(card: StampCard, width: int) -> Block:
    """A card: one square a step while they fit, else figures."""
    full, need = max(0, min(card.have, card.need)), max(0, card.need)
    marks = [("■" * full, Role.BAR), ("·" * (need - full), Role.REST)]
    if need > 20:
        marks = [(f"{card.have}/{card.need}", Role.STRONG)]
    lines = spread(width, [(card.title, Role.TITLE), "  ", *marks], [card.left])
    told = [(card.ready, Role.STRONG), (card.ends, Role.WARNING)]
    return [*lines, *(line for text, role in told if text for line in wrapped(width, (text, role)))]


def member_rows(member: MemberView, words: Words, width: int) -> Block:
    """Everything known about the member, the most needed first."""
    told = _told_rows(member, words, width)
    return [
        *_standing_rows(member, words, width),
        *([BLANK, *told] if told else []),
        *_past_rows(member, words, width),
        *_noted_rows(member, words, width),
    ]


def member_column(member: MemberView, words: Words, width: int, room: int) -> Block:
    """The member in `room` rows: what is to be said, asked and what was noted stays, F1 has the rest."""
    whole = member_rows(member, words, width)
    if len([line for line in whole if line]) <= room:
        return fitted(whole, room, "")
    kept = [*_told_rows(member, words, width), *_noted_rows(member, words, width)]
    return [*_folded(member, words, width, room - len(kept)), *kept]


def _folded(member: MemberView, words: Words, width: int, room: int) -> Block:
    """As many ways to go as fit whole, and that there is more; no sentence ends in the middle."""
    for n in range(len(member.ways), -1, -1):
        some = _standing_rows(msgspec.structs.replace(member, ways=member.ways[:n]), words, width)
        shown = [line for line in some if line]
        if len(shown) < room:
            return [*shown, row((words("more: F1"), Role.SOFT))]
    bare = _standing_rows(msgspec.structs.replace(member, ways=()), words, width)
    return [*[line for line in bare if line][: max(0, room - 1)], row((words("more: F1"), Role.SOFT))]


def _standing_rows(member: MemberView, words: Words, width: int) -> Block:
    """Who it is and where they stand: name, card, balance, vouchers, ways to go."""
    since = words("since {when}", when=member.tier_since) if member.tier_since else ""
    tier = " ".join(text for text in (member.tier, since) if text)
    lines = spread(width, [(member.name, Role.STRONG)], [(tier, Role.TITLE)])
    joined = words("member since {when}", when=member.member_since) if member.member_since else ""
    card = words("Card {card}", card=member.card) if member.card else ""
    lines += spread(width, [(card, Role.SOFT)], [(joined, Role.SOFT)])
    lines += [BLANK, *balance_rows(member, words, width)]
    if member.vouchers:
        lines.append(BLANK)
    for voucher in member.vouchers:
        lines += wrapped(width, (voucher, Role.STRONG))
    return [*lines, *way_rows(member.ways, width)]


def _told_rows(member: MemberView, words: Words, width: int) -> Block:
    """What the cashier says and asks."""
    lines: Block = []
    if member.say:
        lines += wrapped(width, (words("Say: "), Role.TITLE), (member.say, Role.STRONG))
    if member.question:
        lines += wrapped(width, (words("Ask (Q): "), Role.TITLE), member.question)
    return lines


def _past_rows(member: MemberView, words: Words, width: int) -> Block:
    """When the member was here, and what they usually take."""
    lines: Block = []
    last = words("Last visit {day}", day=member.last_visit) if member.last_visit else ""
    average = _average(member, words) if member.average else ""
    visits = " · ".join(text for text in (last, member.visits, average) if text)
    if visits:
        lines += [BLANK, *wrapped(width, (visits, Role.SOFT))]
    if member.usual:
        lines += wrapped(width, (words("Usual: {what}", what=", ".join(member.usual)), Role.SOFT))
    return lines


def _average(member: MemberView, words: Words) -> str:
    if member.everywhere:
        return words("average {amount}", amount=member.average)
    return words("average here {amount}", amount=member.average)


def _noted_rows(member: MemberView, words: Words, width: int) -> Block:
    """What the shop wrote down about the member, and the last incident."""
    note = wrapped(width, (words("Note: "), Role.TITLE), member.note) if member.note else []
    return [*note, *(wrapped(width, (member.incident, Role.WARNING)) if member.incident else [])]


def before_rows(member: MemberView, words: Words, width: int) -> Block:
    """The last visits, at all tills where the ledger told them, a line each."""
    if not member.before:
        return []
    title = words("LAST VISITS") if member.everywhere else words("LAST VISITS HERE")
    lines: Block = [row((title, Role.TITLE))]
    for day, what in member.before:
        lines += spread(width, (day, Role.SOFT), [(what, Role.SOFT)])
    return lines


def balance_rows(member: MemberView, words: Words, width: int) -> Block:
    """Balance, what of it can be used now, what is owed, what expires, and how old all this is."""
    if not member.has_points:
        return wrapped(width, (member.freshness, Role.SOFT))
    notes = [words("of which {n} pending", n=words.number(member.pending))] if member.pending else []
    if member.usable != member.balance - member.pending:
        notes.append(words("usable now {n}", n=words.number(member.usable)))
    if member.owed:
        notes.append(words("owed {n}", n=words.number(member.owed)))
    if member.worth:
        notes.append(words("worth {amount} now", amount=words.money(member.worth)))
    balance = f"{words.number(member.balance)} {member.unit}".rstrip(" ")
    lines = _with_notes(width, row((words("Balance"), Role.SOFT), "   ", (balance, Role.STRONG), "  "), notes)
    for text in (member.expiring, member.freshness):
        lines += wrapped(width, (text, Role.SOFT)) if text else []
    return lines


def _with_notes(width: int, head: Row, notes: Sequence[str]) -> Block:
    """`notes` behind `head`, commas between them; one that does not fit whole begins a row."""
    lines = [head]
    for n, note in enumerate(notes, 1):
        text = note if n == len(notes) else f"{note},"
        longer = row(*lines[-1], f" {text}")
        lines = [*lines[:-1], longer] if width_of(longer) <= width else [*lines, row(text)]
    return [part for line in lines for part in wrapped(width, *line)]


def item_rows(lines: tuple[LineView, ...], width: int, room: int, words: Words, marked: int = -1) -> Block:
    """The lines of a ticket; when not all fit in `room` rows, the last ones or those up to the marked one."""
    groups = [_item_rows(line, width, words, marked=line.index == marked) for line in lines]
    place = next((i for i, line in enumerate(lines) if line.index == marked), len(groups) - 1)
    return windowed(groups, place, room, words)


def windowed(groups: list[Block], place: int, room: int, words: Words) -> Block:
    """Lines of a row or more each; when not all fit in `room` rows, the last ones or those up to the one at `place`."""
    if sum(map(len, groups)) <= room:
        return [line for group in groups for line in group]
    begin, end = _window(groups, len(groups), room - 1)
    if place < begin:
        begin, end = _window(groups, place + 1, room - 2)
    above = [row((words("{n} more above", n=begin), Role.SOFT))] if begin else []
    below = [row((words("{n} more below", n=len(groups) - end), Role.SOFT))] if end < len(groups) else []
    return [*above, *(line for group in groups[begin:end] for line in group), *below]


def _window(groups: list[Block], end: int, room: int) -> tuple[int, int]:
    """The longest run of whole groups before `end` that fits in `room` rows."""
    begin = end
    while begin and room >= len(groups[begin - 1]):
        begin -= 1
        room -= len(groups[begin])
    return begin, end


def _item_rows(line: LineView, width: int, words: Words, *, marked: bool) -> Block:
    role = Role.CHOSEN if marked else Role.TEXT
    name = f"> {line.name}" if marked else line.name
    return spread(
        width, [(name, role)], [(times(line.qty), Role.SOFT), "  ", (words.money(line.cents), role)]
    )


def times(qty: str) -> str:
    """A quantity as written before its amount: nothing for one, else "3 x"."""
    return "" if qty in {"", "1"} else f"{qty} x"


def earn_rows(earn: tuple[EarnView, ...], words: Words, width: int, total: str = "") -> Block:
    """What the ticket will earn, a line a rule, and the points of all in `total`."""
    if not earn:
        return []
    lines: Block = [row((words("WILL EARN"), Role.TITLE))]
    for line in earn:
        lines += spread(width, line.label, [(line.amount, Role.GOOD)])
    if total:
        lines += spread(width, words("Total"), [(total, Role.STRONG)])
    return lines


def reward_rows(rewards: tuple[RewardView, ...], words: Words, width: int) -> Block:
    """The rewards that are possible now, with the digit that picks each."""
    possible = [reward for reward in rewards if reward.possible]
    if not possible:
        return []
    lines: Block = spread(width, [(words("AVAILABLE"), Role.TITLE)], [(words("* then number"), Role.SOFT)])
    for reward in possible:
        lines += reward_row(reward, width)
    return lines


def reward_row(reward: RewardView, width: int) -> Block:
    """One reward: a mark where it is taken, the digit that picks it, its name and price."""
    sign = "■" if reward.chosen else " "
    role = Role.CHOSEN if reward.chosen else Role.TEXT
    left = [(sign, Role.GOOD), (f"{reward.digit} ", Role.KEY), (reward.label, role)]
    return spread(width, left, [(reward.price, Role.SOFT)])


def sum_rows(ticket: TicketView, words: Words, width: int) -> Block:
    """What the ticket comes to; reward and remainder only when a reward is on it."""
    lines = spread(width, words("Total"), [(words.money(ticket.total), Role.STRONG)])
    if ticket.reward:
        lines += spread(width, words("Reward"), [(words.money(-ticket.reward), Role.GOOD)])
        lines += spread(width, words("To pay"), [(words.money(ticket.due), Role.STRONG)])
    return lines


def amount_rows(text: str, words: Words, width: int) -> Block:
    """The field for the amount inside the ticket."""
    name = words("Amount")
    room = max(8, min(12, width - cells(name) - cells(words.sign) - 4))
    return [row(name, " > ", *field(text, room, " "), f" {words.sign}")]


def ticket_head(ticket: TicketView, words: Words, width: int) -> Block:
    """The number of the ticket over a line."""
    return [*wrapped(width, (words("TICKET {number}", number=ticket.number), Role.TITLE)), rule(width)]


def recent_rows(recent: tuple[RecentView, ...], words: Words, width: int) -> Block:
    """The last tickets, columns under each other; the one that can still be undone says how."""
    block: Block = []
    names = max((cells(entry.member) for entry in recent), default=0)
    gains = max((cells(entry.earned) for entry in recent), default=0)
    paid = [words.paying(entry.currency).money(entry.cents) for entry in recent]
    amounts = max(map(cells, paid), default=0)
    for entry, amount in zip(recent, paid, strict=True):
        left = (
            f"{entry.time}  {entry.member:<{names}}  {entry.earned:<{gains}}  {amount:>{amounts}}",
            "  ",
            (words("ticket {number}", number=entry.number), Role.SOFT),
        )
        undo = words("Backspace: undo ({n} s)", n=entry.undo_s) if entry.undo_s > 0 else ""
        block += spread(width, left, [(undo, Role.SOFT)] if undo else "")
    return block
