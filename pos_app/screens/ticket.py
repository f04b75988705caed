"""The member-and-ticket screen: who it is, what is sold, what it earns, before anything is final."""

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.parts import (
    amount_rows,
    before_rows,
    earn_rows,
    item_rows,
    member_column,
    recent_rows,
    reward_row,
    reward_rows,
    sum_rows,
    ticket_head,
)
from pos_app.till.view import MemberView, TicketView, View
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, indented, wrapped

WIDE = 112


def ticket(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body: two columns, three on a wide terminal with the last tickets under them."""
    if view.ticket is None:
        return []
    if width >= WIDE:
        return _wide(view, desk, words, width, height)
    inner = height - 2
    right = 31 if width < 100 else 40
    left = width - right - 3
    member = _member(view.member, words, left - 2, inner)
    sale = _sale(view.ticket, desk, words, right - 2, inner, with_rewards=True)
    return boxed([(left, member), (right, fitted(sale, inner, words("more: F1")))], height)


def _wide(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    sale = view.ticket
    assert sale is not None
    recent = indented(1, recent_rows(view.recent, words, width - 2))
    tall = height - len(recent) - (1 if recent else 0)
    third = (width - 4) // 3
    left, middle = width - 4 - 2 * third + 2, third
    right = width - 4 - left - middle
    columns = (
        (left, _member(view.member, words, left - 2, tall - 2)),
        (middle, _sale(sale, desk, words, middle - 2, tall - 2, with_rewards=False)),
        (right, [*_offers(sale, words, right - 2), *_after_blank(_before(view.member, words, right - 2))]),
    )
    fitting = [(size, fitted(block, tall - 2, words("more: F1"))) for size, block in columns]
    return [*boxed(fitting, tall), *([BLANK, *recent] if recent else [])]


def _member(member: MemberView | None, words: Words, width: int, room: int) -> Block:
    if member is not None:
        return member_column(member, words, width, room)
    return [
        *wrapped(width, (words("NO CARD"), Role.STRONG)),
        BLANK,
        *wrapped(width, words("Scan the card: the ticket then earns for it.")),
        *wrapped(width, (words("Without a card, Enter records the ticket as it is."), Role.SOFT)),
    ]


def _sale(sale: TicketView, desk: Desk, words: Words, width: int, room: int, *, with_rewards: bool) -> Block:
    head = ticket_head(sale, words, width)
    base = [*amount_rows(desk.text, words, width), *sum_rows(sale, words, width)]
    total = "" if with_rewards else sale.earn_total  # where one column has it all, there is no row to spare
    earn = _after_blank(earn_rows(sale.earn, words, width, total))
    offers = _after_blank(reward_rows(sale.rewards, words, width)) if with_rewards else []
    gap = _after_blank(wrapped(width, (sale.next_gap, Role.SOFT))) if with_rewards and sale.next_gap else []
    few = min(3, len(sale.lines))
    if _full([*head, *base, *earn, *offers, *gap], few, room):
        offers = _offers_in_short(sale, words, width) if with_rewards else []
        head = head[:-1]
    if _full([*head, *base, *earn, *offers, *gap], few, room):
        gap = []
    tail = [*base, *earn, *offers, *gap]
    free = max(few, room - len(head) - len([line for line in tail if line]))
    return [*head, *item_rows(sale.lines, width, free, words, desk.row), *tail]


def _after_blank(block: Block) -> Block:
    return [BLANK, *block] if block else []


def _full(block: Block, items: int, room: int) -> bool:
    return len([line for line in block if line]) + 2 * items > room


def _offers_in_short(sale: TicketView, words: Words, width: int) -> Block:
    possible = sum(1 for reward in sale.rewards if reward.possible)
    if not possible:
        return []
    text = words.plural("* {n} reward possible", "* {n} rewards possible", possible)
    taken = [line for reward in sale.rewards if reward.chosen for line in reward_row(reward, width)]
    return [*taken, *wrapped(width, (text, Role.GOOD))]


def _before(member: MemberView | None, words: Words, width: int) -> Block:
    return before_rows(member, words, width) if member is not None else []


def _offers(sale: TicketView, words: Words, width: int) -> Block:
    lines = reward_rows(sale.rewards, words, width)
    if not lines:
        lines = wrapped(width, (words("No reward can be used on this ticket yet."), Role.SOFT))
    if sale.next_gap:
        lines += [BLANK, *wrapped(width, sale.next_gap)]
    if sale.why:
        lines += [BLANK, *wrapped(width, (words("WHY"), Role.TITLE))]
        for reason in sale.why:
            lines += wrapped(width, (reason, Role.SOFT))
    return lines
