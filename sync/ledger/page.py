"""One member's rows in memory, for as long as a batch of entries is applied."""

from collections.abc import Iterator, Sequence

from sync.ledger.memory import Changed, Memory
from sync.ledger.records import (
    Changes,
    Lot,
    MemberData,
    Posting,
    Sale,
    SettledRow,
    SliceRow,
    Visits,
)

RECORD = 0


class Page:
    """What is in memory of a member: the open books and what was named, tickets from some place on, and visits."""

    def __init__(self, data: MemberData, visits: Sequence[Visits]) -> None:
        self.record = {RECORD: data.record}
        self.lots = {lot.lot: lot for lot in data.lots}
        self.grants = {grant.id: grant for grant in data.grants}
        self.slices = {(piece.id, piece.lot): piece for piece in data.slices}
        self.owed = {debt.n: debt for debt in data.owed}
        self.covers = {(cover.n, cover.lot): cover for cover in data.covers}
        self.postings: dict[int, Posting] = {}
        self.sales: dict[str, Sale] = {}
        self.settled: dict[str, dict[tuple[str, str], SettledRow]] = {}
        self.visits = {row.store: row for row in visits}

    def data(self, names: Sequence[str]) -> MemberData:
        """The open books with the lots of these names, as `port.AccountOperations.member_data` gives them."""
        covers = tuple([one for one in self.covers.values() if one.quantity > 0])
        covered = {one.n for one in covers}
        owed = tuple([one for one in self.owed.values() if one.quantity > 0 or one.n in covered])
        wanted = {*names, *(one.lot for one in covers), *(one.lot for one in owed)}
        slices = [one for one in self.slices.values() if one.rem > 0 or one.lot in wanted]
        holding = {one.id for one in slices if one.rem > 0}
        return MemberData(
            self.record[RECORD],
            tuple(sorted(self._lots(wanted), key=_name)),
            tuple([self.grants[grant] for grant in sorted(holding)]),
            tuple(sorted(slices, key=_place)),
            owed,
            covers,
        )

    def _lots(self, wanted: set[str]) -> list[Lot]:
        return [one for one in self.lots.values() if one.available or one.granted or one.lot in wanted]

    def save(self, memory: Memory, changes: Changes) -> None:
        """Write what one entry changed in the books."""
        memory.put(self.record, RECORD, changes.record)
        for lot in changes.lots:
            memory.put(self.lots, lot.lot, lot)
        for grant in changes.grants:
            memory.put(self.grants, grant.id, grant)
        for piece in changes.slices:
            memory.put(self.slices, (piece.id, piece.lot), piece)
        for debt in changes.owed:
            memory.put(self.owed, debt.n, debt)
        for cover in changes.covers:
            memory.put(self.covers, (cover.n, cover.lot), cover)
        for posting in changes.postings:
            memory.put(self.postings, posting.n, posting)

    def learn_settled(self, row: SettledRow) -> None:
        """A row that was read; one that is here already is newer."""
        self.settled.setdefault(row.ticket, {}).setdefault((row.rule, row.asset), row)

    def save_settled(self, memory: Memory, row: SettledRow) -> None:
        """Write promised against settled."""
        memory.put(self.settled.setdefault(row.ticket, {}), (row.rule, row.asset), row)

    def all_settled(self) -> Iterator[SettledRow]:
        """Every row of promised against settled that is here."""
        for rows in self.settled.values():
            yield from rows.values()

    def changes(self, changed: Changed) -> Changes:
        """What has to be written of the books."""
        return Changes(
            self.record[RECORD],
            changed.rows(self.lots),
            changed.rows(self.grants),
            changed.rows(self.slices),
            changed.rows(self.owed),
            changed.rows(self.covers),
            changed.rows(self.postings),
        )

    def changed_settled(self, changed: Changed) -> list[SettledRow]:
        """What has to be written of promised against settled."""
        return [row for rows in self.settled.values() for row in changed.rows(rows)]


def _name(lot: Lot) -> str:
    return lot.lot


def _place(piece: SliceRow) -> tuple[str, str]:
    return piece.id, piece.lot
