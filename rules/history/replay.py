"""A whole history: every record goes to its member, and at the end there is one row a member."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date, timedelta

from rules.history.again import give_back
from rules.history.book import Book, Posting
from rules.history.columns import columns_of, row_of
from rules.history.member import Member
from rules.history.record import Record, RecordError, name_key
from rules.history.returns import returns_of
from rules.history.versions import Moment, Versions, nothing_on
from rules.programme.model import Budget, Programme
from rules.ticket import Ticket

Post = Callable[[Record | None, str, Posting], None]


class Replay:
    """Takes records in order and keeps the state of every member.

    `returning` are the members of whom something comes back: only their tickets are remembered. None stands for all.
    With `redeem` every ticket takes one step of the first redemption that is possible. Records from the business
    date `until` on are left out. `post` gets every line of the replay ledger with the record that caused it (None
    at the end) and the member.
    """

    def __init__(
        self,
        programmes: Sequence[Programme],
        *,
        redeem: bool = False,
        until: date | None = None,
        returning: Container[str] | None = None,
        post: Post | None = None,
    ) -> None:
        self.versions = Versions(programmes)
        self.members: dict[str, Member] = {}
        self.last_day: date | None = None
        self.tickets = self.refunds = self.later = self.strangers = 0
        self._redeem = redeem
        self._until = until
        self._returning = returning
        self._post = post
        self._now: Record | None = None
        self._stock = _budgets(programmes)

    def take(self, record: Record) -> None:
        """Count one record. Raises RecordError, and leaves everything as it was, when it cannot be counted."""
        moment = self.versions.at(record.at)
        bdate = self.versions.day_of(record.at) if moment is None else moment.bdate
        if self._until is not None and bdate >= self._until:
            self.later += 1
            return
        if moment is None:
            raise RecordError(nothing_on(bdate))
        if not record.member:
            self.strangers += 1
            return
        self._now = record
        if record.refund_of:
            self._refund(record, moment)
        else:
            self._sale(record, moment)
        if self.last_day is None or moment.bdate > self.last_day:
            self.last_day = moment.bdate

    def _sale(self, record: Record, moment: Moment) -> None:
        member = self.members.get(record.member)
        if member is None:
            member = self.members[record.member] = self._new(record.member)
        version, bdate, minute = moment
        ticket = Ticket(
            record.ticket,
            record.lines,
            bdate,
            minute,
            record.store,
            record.till,
            record.channel,
            record.zones,
            record.event,
        )
        stock = self._stock
        decision = member.sale(ticket, version, stock, redeem=self._redeem)
        self.tickets += record.event is None
        if stock is not None:
            for counter, units in decision.drawn.items():
                stock[counter] = stock.get(counter, 0) - units

    def _refund(self, record: Record, moment: Moment) -> None:
        member = self.members.get(record.member)
        sale = None if member is None else member.sales.get(record.refund_of)
        if member is None or sale is None:
            raise RecordError(f"the ticket {record.refund_of} of this member is not in the history before it")
        returns = returns_of(sale.ticket.lines, sale.returns, record.lines)
        give_back(member, sale, returns, record.ticket, moment.bdate)
        self.refunds += 1

    def _new(self, name: str) -> Member:
        keep = self._returning is None or name in self._returning
        post, to = None, self._post
        if to is not None:

            def post(posting: Posting) -> None:
                to(self._now, name, posting)

        return Member(name, len(self.members) + 1, Book(post, keep=keep))

    @property
    def stock(self) -> Mapping[str, int] | None:
        """What is left of the budgets of the campaigns; None where none has a limit."""
        return None if self._stock is None else dict(self._stock)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `rows`."""
        return columns_of(self.versions)

    def rows(self, as_of: date | None = None) -> Iterator[tuple[str | int, ...]]:
        """One row a member, by member: the state at 00:00 of `as_of`, by default the day after the last record."""
        self._now = None
        end = as_of or (self.last_day or date.min) + timedelta(days=1)
        version = self.versions.on(end - timedelta(days=1))
        for name in sorted(self.members, key=name_key):
            member = self.members[name]
            member.lapse(version, end)
            day = end - timedelta(days=1)
            member.reached(version, member.tier_on(version, day), day)
            yield row_of(member, self.versions)


def _budgets(programmes: Sequence[Programme]) -> dict[str, int] | None:
    """What the campaigns may give in all; None where none has a limit."""
    return {
        Budget.key(rule.id): rule.budget.total for one in programmes for rule in one.rules if rule.budget
    } or None
