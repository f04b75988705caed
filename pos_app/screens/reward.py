"""The reward screen: every reward with its digit, its price and the balance after it, or why it is not possible.

One that its number can still fetch keeps its digit.
"""

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.parts import sum_rows
from pos_app.till.view import RewardView, View
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, indented, spread, wrapped


def reward(view: View, _desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body: one box over the width."""
    room = width - 4
    lines: Block = []
    if view.member:
        balance = f"{words.number(view.member.usable)} {view.member.unit}"
        usable = words("usable now {n}", n=balance) if view.member.has_points else ""
        lines += [*spread(room, [(view.member.name, Role.STRONG)], [usable] if usable else ""), BLANK]
    rewards = view.ticket.rewards if view.ticket else ()
    for offer, following in zip(rewards, (*rewards[1:], None), strict=True):
        lines += _offer(offer, room)
        if not offer.possible and (following is None or following.reason != offer.reason):
            lines += indented(4, wrapped(room - 4, offer.reason))
    if not rewards:
        lines += wrapped(room, words("No reward can be used on this ticket yet."))
    if view.ticket:
        lines += [BLANK, *sum_rows(view.ticket, words, min(room, 40))]
    lines += [
        BLANK,
        *wrapped(room, (words("The number picks or leaves a reward, Enter goes back."), Role.SOFT)),
    ]
    return boxed([(width - 2, fitted(lines, height - 2, words("more: F1")))], height, [words("REWARD")])


def _offer(offer: RewardView, width: int) -> Block:
    if not offer.possible:
        digit = (f"{offer.digit} ", Role.KEY) if offer.asks else ("- ", Role.SOFT)
        name = [("  ", Role.SOFT), digit, (offer.label, Role.SOFT)]
        return spread(width, name, [(offer.price, Role.SOFT)])
    mark = "■ " if offer.chosen else "  "
    role = Role.CHOSEN if offer.chosen else Role.TEXT
    left = [(mark, Role.GOOD), (f"{offer.digit} ", Role.KEY), (offer.label, role)]
    return spread(width, left, [offer.price, (f"   {offer.after}" if offer.after else "", Role.SOFT)])
