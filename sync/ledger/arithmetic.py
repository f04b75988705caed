"""What no till that works can have written: an entry whose figures do not add up is put aside, not applied."""

from collections.abc import Iterable

from rules.decision import Contribution
from sync.entry import Burned, Converted, Draw, RefundBody, Slice, TicketBody
from sync.ledger.work import Quarantined

LIMIT = 10**12
_CODE = "arithmetic"


def check_ticket(body: TicketBody, *, event: bool = False) -> None:
    """Raises Quarantined for a ticket whose sums are impossible. What an `event` gives belongs to no line."""
    _within(line.cents for line in body.lines)
    if not 0 <= body.minute < 1440:
        raise Quarantined(_CODE)
    for burn in body.burns:
        _check_burn(burn, len(body.lines))
    for promised in body.promised:
        _check_promise(promised, len(body.lines), whole=event)
    for card in body.converted:
        _check_card(card)


def check_refund(body: RefundBody) -> None:
    """Raises Quarantined for a return whose sums are impossible."""
    _within([body.cents, *(line.cents for line in body.lines)])
    if body.cents < 0 or any(line.index < 0 for line in body.lines):
        raise Quarantined(_CODE)
    for claw in body.claws:
        _positive(claw.draws)
        if sum(draw.quantity for draw in claw.draws) > claw.quantity:
            raise Quarantined(_CODE)
        if any(draw.lot != claw.lot or draw.asset != claw.asset for draw in claw.draws):
            raise Quarantined(_CODE)


def check_slices(slices: Iterable[Slice]) -> None:
    """Raises Quarantined for a return of a grant with a quantity below 1."""
    if any(piece.quantity < 1 for piece in slices):
        raise Quarantined(_CODE)


def _check_burn(burn: Burned, lines: int) -> None:
    _positive(burn.draws)
    _within(burn.allocation)
    paid = sum(draw.quantity for draw in burn.draws) + burn.unsecured
    if (
        burn.unsecured < 0
        or not 0 < burn.quantity <= LIMIT
        or paid != burn.quantity
        or len(burn.allocation) not in (0, lines)
        or sum(burn.allocation) != burn.cents
        or any(draw.asset != burn.asset for draw in burn.draws)
    ):
        raise Quarantined(_CODE)


def _check_promise(promised: Contribution, lines: int, *, whole: bool) -> None:
    wrong = (
        not 0 < promised.quantity <= LIMIT
        or len(promised.allocation) != lines
        or sum(promised.allocation) != (0 if whole else promised.quantity)
        or promised.last_day < promised.available_on
    )
    if wrong:
        raise Quarantined(_CODE)


def _check_card(card: Converted) -> None:
    _positive(card.draws)
    if card.quantity < 1 or not card.draws:
        raise Quarantined(_CODE)


def _positive(draws: Iterable[Draw]) -> None:
    if any(not 0 < draw.quantity <= LIMIT for draw in draws):
        raise Quarantined(_CODE)


def _within(numbers: Iterable[int]) -> None:
    if any(abs(number) > LIMIT for number in numbers):
        raise Quarantined(_CODE)
