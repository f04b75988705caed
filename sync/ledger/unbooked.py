"""What entries in quarantine have spent: given to somebody, and in no account yet (G4 of ledger-and-sync.md 4.3)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sync.entry import Body, TicketBody, UnreadableEntry, VoidBody, body_of, decode
from sync.ledger.arithmetic import check_ticket
from sync.ledger.records import InboxRow
from sync.ledger.work import Quarantined

Name = tuple[int, int, int]
Units = Mapping[str, int]
_SPENDS = (b'"burns"', b'"converted"')


def unbooked(rows: Sequence[InboxRow]) -> dict[Name, Units]:
    """What each of these entries spent, by its name (dev, inc, seq): units by asset, of redemptions and full cards.

    Those that spent nothing are left out, as are tickets whose undo waits beside them and entries that cannot be read
    or whose sums are impossible: nobody can say what those spent.
    """
    undone = set(_undone(rows))
    found = {(row.dev, row.inc, row.seq): _spent(row) for row in rows if _is(row, _SPENDS)}
    return {name: units for name, units in found.items() if units and name not in undone}


def in_all(parts: Iterable[Units]) -> dict[str, int]:
    """The sum of several, by asset."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


def _undone(rows: Iterable[InboxRow]) -> Iterator[Name]:
    for row in rows:
        body = _body(row) if _is(row, (b'"VOID"',)) else None
        if isinstance(body, VoidBody):
            yield row.dev, row.inc, body.seq


def _spent(row: InboxRow) -> Units:
    body = _body(row)
    if not isinstance(body, TicketBody):
        return {}
    try:
        check_ticket(body)
    except Quarantined:
        return {}
    burned = [{burn.asset: burn.quantity} for burn in body.burns]
    return in_all([*burned, *[{one.asset: one.quantity} for card in body.converted for one in card.draws]])


def _is(row: InboxRow, words: Iterable[bytes]) -> bool:
    """Whether it may be one of those: many wait at once where a programme is missing, and few of them spent."""
    return any(word in row.data for word in words)


def _body(row: InboxRow) -> Body | None:
    try:
        return body_of(decode(row.data))
    except UnreadableEntry:
        return None
