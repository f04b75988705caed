"""Which lines of a ticket a refund of a history means: it names goods, not places."""

from collections.abc import Sequence
from decimal import Decimal

from rules.history.record import RecordError
from rules.refund import LineReturn, Return
from rules.sentences import mark, said
from rules.ticket import Line

_NO_QTY = Decimal(0)


def returns_of(lines: Sequence[Line], before: Sequence[Return], refund: Sequence[Line]) -> tuple[Return, ...]:
    """What the lines of a `refund` bring back of a ticket with `lines`, of which `before` has come back already.

    A line goes to the ticket's lines of the same goods, in their order, as far as something of them is left. A
    line without goods is an amount over the whole ticket. Cents are those given back; a register that writes all
    of them as negative is understood too. Raises RecordError for goods that the ticket has not.
    """
    if not refund:
        raise RecordError(mark("name the lines or the amount that come back"))
    sign = -1 if sum([line.cents for line in refund]) < 0 and not _all_discounts(lines, refund) else 1
    left = _left(lines, before)
    found: list[LineReturn] = []
    amount = 0
    for line in refund:
        cents, qty = sign * line.cents, abs(line.qty)
        places = _places(lines, line)
        if places:
            found += _spread(lines, left, places, cents, qty)
        elif line.sku or line.category:
            raise RecordError(
                said("the ticket has no {goods} that could come back", goods=line.sku or line.category)
            )
        else:
            amount += cents
    if amount < 0:
        raise RecordError(mark("an amount that comes back is not negative"))
    whole = (Return(lines=tuple(found)),) if found else ()
    return (*whole, Return(cents=amount)) if amount else whole


def _all_discounts(lines: Sequence[Line], refund: Sequence[Line]) -> bool:
    """Whether only discounts come back, which are negative on the ticket too."""
    places = [n for line in refund for n in _places(lines, line)]
    return bool(places) and all(lines[n].cents < 0 for n in places)


def _places(lines: Sequence[Line], wanted: Line) -> list[int]:
    same = [n for n, line in enumerate(lines) if line.sku == wanted.sku]
    exact = [
        n for n in same if (lines[n].category, lines[n].subcategory) == (wanted.category, wanted.subcategory)
    ]
    return exact if exact or not wanted.sku else same


def _left(lines: Sequence[Line], before: Sequence[Return]) -> list[list[Decimal]]:
    """Cents and quantity that have not come back of every line."""
    left = [[Decimal(line.cents), abs(line.qty)] for line in lines]
    for part in [part for one in before for part in one.lines]:
        left[part.index][0] -= part.cents
        left[part.index][1] -= part.qty
    return left


def _spread(
    lines: Sequence[Line], left: list[list[Decimal]], places: Sequence[int], cents: int, qty: Decimal
) -> list[LineReturn]:
    """`cents` and `qty` over the lines at `places`, each as far as it goes; the last one takes what is over."""
    found = []
    for n in places:
        last = n == places[-1]
        room = int(left[n][0])
        part = cents if last or abs(cents) <= abs(room) else room
        if not (cents and part) and not last and lines[n].cents:
            continue
        count = qty if last else min(qty, max(_NO_QTY, left[n][1]))
        left[n][0] -= part
        left[n][1] -= count
        cents, qty = cents - part, qty - count
        found.append(LineReturn(n, part, count))
        if not cents and qty <= 0:
            break
    return found
