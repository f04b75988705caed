"""What grants brought to this till after the ledger's row about the member, seen from what its tickets drew.

Grants come with every answer, rows only when the till pulls: a till may draw units of which the row does not tell yet.
They are part of what the member has (ledger-and-sync.md 4.8): without them a draw would lower the balance below what
is held.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from rules.account import Account, Holding
from rules.fold import balance_after
from sync.entry import Draw, Entry, TicketBody
from sync.remap import parse_lot


class Since:
    """The lots that a row and this till's own entries tell of, emptied ticket by ticket."""

    def __init__(self, row: Account, own: Sequence[Entry]) -> None:
        """`own` are the entries of this till that are not in `row`."""
        self._own = {(entry.dev, entry.inc, entry.seq) for entry in own}
        self._left: defaultdict[tuple[str, str], int] = defaultdict(int)
        for holding in row.holdings:
            self._left[holding.asset, holding.lot] += holding.quantity
        for asset, quantity in row.balance.items():  # a thin row names no lots
            self._left[asset, ""] = quantity - sum([h.quantity for h in row.holdings if h.asset == asset])

    def before(self, account: Account, entry: Entry, body: TicketBody) -> Account:
        """`account` with what the ticket of `entry` drew and nobody has told of yet, to be taken out first."""
        names = {one.old: one.new for one in entry.remap}
        come = [
            Holding(draw.asset, draw.lot, units, entry.bdate, entry.bdate, entry.bdate)
            for draw in _draws(body)
            if (units := self._untold(draw, names.get(draw.lot, draw.lot)))
        ]
        if not come:
            return account
        change: dict[str, int] = {}
        for holding in come:
            change[holding.asset] = change.get(holding.asset, 0) + holding.quantity
        balance = balance_after(account, change)
        return msgspec.structs.replace(account, holdings=(*account.holdings, *come), balance=balance)

    def _untold(self, draw: Draw, lot: str) -> int:
        place = parse_lot(lot)
        if place is not None and place[:3] in self._own:
            return 0
        units = draw.quantity
        for name in (lot, ""):
            told = min(units, max(0, self._left[draw.asset, name]))
            self._left[draw.asset, name] -= told
            units -= told
        return units


def _draws(body: TicketBody) -> Iterator[Draw]:
    for burn in body.burns:
        yield from burn.draws
    for card in body.converted:
        yield from card.draws
