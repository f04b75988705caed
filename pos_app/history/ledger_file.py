"""The sales and returns that a ledger has accepted, out of its SQLite file, which is only read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from pos_app.history.reader import Complain, Entry, HistoryError
from rules.history.record import Record
from rules.sentences import said
from rules.ticket import Event, Line
from sync.entry import RefundBody, TicketBody
from sync.sqlite_driver import Connection, DatabaseError, driver

_SALES = (
    "SELECT s.sold_order, s.member, s.ticket, s.store, s.dev, s.body, '' AS refund "
    "FROM sale s WHERE s.state <> 'voided' "
)
_RETURNS = (
    "SELECT r.sold_order, r.member, s.ticket, s.store, r.dev, s.body, r.body AS refund FROM refund r "
    "JOIN sale s ON s.ticket = r.ticket AND s.member = r.member WHERE r.resolved = 1 AND s.state <> 'voided' "
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Sold(TicketBody, frozen=True):
    """What the ledger keeps of a sale: with `event` something that happened, which has no lines."""

    event: Event | None = None


class LedgerHistory:
    """The database of `assidu ledger serve`. A row counts as one line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read, self._total = 0, 1
        self._sale = msgspec.json.Decoder(_Sold)
        self._refund = msgspec.json.Decoder(RefundBody)

    def entries(self, complain: Complain) -> Iterator[Entry]:
        """Sales that stand and returns in order of sale; what cannot be read is named."""
        link = self._open()
        try:
            self._total = max(1, link.execute("SELECT count(*) FROM sale").fetchone()[0])
            rows = link.execute(f"{_SALES} UNION ALL {_RETURNS} ORDER BY 1")
            for number, row in enumerate(rows, 1):
                self._read = number
                try:
                    yield number, self._record(*row)
                except (msgspec.DecodeError, ValueError, LookupError, ArithmeticError) as error:
                    complain(number, said("the entry in the ledger cannot be read: {error}", error=error))
        except DatabaseError as error:
            raise self._no_ledger(error) from error
        finally:
            link.close()

    def returning(self) -> frozenset[str]:
        """The members of whom something comes back."""
        link = self._open()
        try:
            rows = link.execute("SELECT DISTINCT member FROM refund WHERE resolved = 1").fetchall()
            return frozenset(str(member) for (member,) in rows)
        except DatabaseError as error:
            raise self._no_ledger(error) from error
        finally:
            link.close()

    def fraction(self) -> float:
        """How much of the file was read."""
        return min(1.0, self._read / self._total)

    def _open(self) -> Connection:
        try:
            return driver.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        except DatabaseError as error:
            raise HistoryError(
                said("{path} cannot be opened ({error}): check your rights.", path=self._path, error=error)
            ) from error

    def _no_ledger(self, error: DatabaseError) -> HistoryError:
        return HistoryError(
            said(
                "{path} is no database of a ledger ({error}): name the file of assidu ledger serve.",
                path=self._path,
                error=error,
            )
        )

    def _record(
        self, order: str, member: int, ticket: str, store: str, dev: int, body: bytes, refund: bytes
    ) -> Record:
        at = _EPOCH + timedelta(milliseconds=int(order.partition(".")[0]))
        sold = self._sale.decode(body)
        lines, till = sold.lines, sold.till or str(dev)
        if not refund:
            return Record(ticket, at, lines, str(member), store, till, zones=sold.zones, event=sold.event)
        back = self._refund.decode(refund)
        parts = tuple(
            msgspec.structs.replace(lines[part.index], cents=part.cents, qty=part.qty) for part in back.lines
        )
        name = f"{ticket}/{order}"
        return Record(name, at, parts or (Line(back.cents),), str(member), store, till, refund_of=ticket)
