"""What the ledger's row about the member tells of the units that this till's later entries took, and what it does not.

Grants come with every answer, rows only when the till pulls: a till may draw units of which the row does not tell yet.
They are part of what the member has (ledger-and-sync.md 4.8): without them a draw would lower the balance below what
is held. A return may take back units that have lapsed: they are no part of what the member has any more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from rules.account import Account, Holding
from rules.fold import balance_after
from sync.entry import Claw, Draw, Entry, TicketBody, body_of
from sync.grants import HeldSlice
from sync.remap import parse_lot


class Since:
    """The lots that a row and this till's own entries tell of, emptied ticket by ticket."""

    def __init__(self, row: Account, own: Sequence[Entry]) -> None:
        """`own` are the entries of this till that are not in `row`."""
        self._own = {(entry.dev, entry.inc, entry.seq): entry for entry in own}
        self._last_days = {holding.lot: holding.last_day for holding in row.holdings}
        self._left: defaultdict[tuple[str, str], int] = defaultdict(int)
        for holding in row.holdings:
            self._left[holding.asset, holding.lot] += holding.quantity
        self._unnamed: defaultdict[str, int] = defaultdict(int)
        for asset, quantity in row.balance.items():  # a thin row names no lots
            self._unnamed[asset] = quantity - sum([h.quantity for h in row.holdings if h.asset == asset])
            self._left[asset, ""] = self._unnamed[asset]

    def before(self, account: Account, entry: Entry, body: TicketBody) -> Account:
        """`account` with what the ticket of `entry` drew and nobody has told of yet, to be taken out first."""
        names = {one.old: one.new for one in entry.remap}
        come = [
            Holding(draw.asset, draw.lot, units, entry.bdate, entry.bdate, entry.bdate)
            for draw in _draws(body)
            if (units := self._untold(draw.asset, names.get(draw.lot, draw.lot), draw.quantity, entry.bdate))
        ]
        return _with(account, come)

    def put_back(self, body: TicketBody) -> None:
        """A ticket that the row holds was undone: what it drew is told of."""
        for draw in _draws(body):
            self._left[draw.asset, draw.lot] += draw.quantity

    def holding(self, account: Account, pieces: Iterable[HeldSlice], day: date) -> Account:
        """`account`, after all own entries, with what of newer grants the row does not tell of."""
        come = [
            Holding(piece.asset, piece.lot, units, day, day, piece.last_day)
            for piece in pieces
            if (units := self._untold(piece.asset, piece.lot, piece.quantity, min(day, piece.last_day)))
        ]
        return _with(account, come)

    def lapsed(self, claws: Iterable[Claw], day: date) -> dict[str, int]:
        """Units by asset that a return on `day` drew from lots that had lapsed by then."""
        units: dict[str, int] = {}
        for claw in claws:
            last_day = self._last_day(claw)
            if last_day is not None and last_day < day:
                units[claw.asset] = units.get(claw.asset, 0) + sum(draw.quantity for draw in claw.draws)
        return units

    def last_day(self, lot: str, asset: str, promised: date, today: date) -> date:
        """When a lot lapses that was to lapse on the `promised` day: the row knows better, where it names it.

        One that has lapsed by `today`, and that a row does not name which names all lots of the asset, had lapsed then.
        """
        if lot not in self._last_days and promised < today and not self._unnamed[asset]:
            return date.min
        return self._last_days.get(lot, promised)

    def _last_day(self, claw: Claw) -> date | None:
        """When the lot of `claw` lapses, None where neither the row nor an own entry tells: a thin row names no lots.

        A row that names all lots of the asset and not this one is of a day when it had lapsed.
        """
        place = parse_lot(claw.lot)
        born = None if place is None else self._own.get(place[:3])
        if place is not None and born is not None:
            body = body_of(born)
            promised = body.promised if isinstance(body, TicketBody) else ()
            return promised[place[3]].last_day if place[3] < len(promised) else None
        names_all = not self._unnamed[claw.asset]
        return self._last_days.get(claw.lot, date.min if names_all else None)

    def _untold(self, asset: str, lot: str, units: int, day: date) -> int:
        """Units that somebody has on `day`, less what the row tells of: nothing where it lets the lot lapse before."""
        place = parse_lot(lot)
        if place is not None and place[:3] in self._own:
            return 0
        if self._last_days.get(lot, day) < day:
            return units
        for name in (lot, ""):
            told = min(units, max(0, self._left[asset, name]))
            self._left[asset, name] -= told
            units -= told
        return units


def _with(account: Account, come: Sequence[Holding]) -> Account:
    if not come:
        return account
    change: dict[str, int] = {}
    for holding in come:
        change[holding.asset] = change.get(holding.asset, 0) + holding.quantity
    balance = balance_after(account, change)
    return msgspec.structs.replace(account, holdings=(*account.holdings, *come), balance=balance)


def _draws(body: TicketBody) -> Iterator[Draw]:
    for burn in body.burns:
        yield from burn.draws
    for card in body.converted:
        yield from card.draws
