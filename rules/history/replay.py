"""A whole history: every record goes to its member, and at the end there is one row a member."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date, timedelta

from rules.account import Account
from rules.history.again import give_back
from rules.history.book import Book, Posting
from rules.history.columns import columns_of, rows_under
from rules.history.counters import Counters, refers
from rules.history.member import Member
from rules.history.passing import accepted_by, bring, moves_of
from rules.history.profile import Profile, profile_of
from rules.history.record import Record, RecordError, name_key
from rules.history.referring import pass_on
from rules.history.returns import returns_of
from rules.history.versions import Moment, Versions, nothing_on
from rules.kinds.transition import TERMS, is_about
from rules.programme.model import Programme
from rules.sentences import said
from rules.ticket import Ticket

Post = Callable[[Record | None, str, Posting], None]


class Replay:
    """Takes records in order and keeps the state of every member.

    `returning` are the members of whom something comes back: only their tickets are remembered. None stands for all;
    so does a programme with a referral, since what comes back concerns the sponsor too. With `redeem` every ticket
    takes one step of the first redemption that is possible. Records from the business date `until` on are left out.
    `post` gets every line of the replay ledger with the record that caused it (None at the end, and for a move to
    another programme) and the member.
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
        self.moves = moves_of(self.versions.all)
        self.refers = any(map(refers, programmes))
        self._counters = Counters(programmes)
        self.joined = self.refers or self._counters.any
        self.members: dict[str, Member] = {}
        self.last_day: date | None = None
        self.tickets = self.refunds = self.later = self.strangers = 0
        self._redeem = redeem
        self._until = until
        self._returning = None if self.refers else returning
        self._post = post
        self._now: Record | None = None
        self._records = 0
        self._numbered: list[Member] = []

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
        self._records += 1
        self._now = record
        if record.refund_of:
            self._refund(record, moment)
        else:
            self._sale(record, moment)
        if self.last_day is None or moment.bdate > self.last_day:
            self.last_day = moment.bdate

    def _sale(self, record: Record, moment: Moment) -> None:
        version, bdate, _ = moment
        profile = None
        if record.event is not None:
            profile = self._told(record, moment)
        member = self.member(record.member, bdate)
        if self.moves:
            self._bring(member, bdate)
        counters = self._counters
        decision = member.sale(
            ticket_of(record, moment),
            version,
            counters.left(version, record.store, bdate),
            redeem=self._redeem,
            order=self._records,
            profile=profile,
        )
        self.tickets += record.event is None
        if decision.drawn:
            counters.take(decision.drawn, record.store, bdate)
        if member.changed:
            self._pass_on(member, record, moment)

    def _told(self, record: Record, moment: Moment) -> Profile | None:
        """What an event tells of the member; an answer to new terms goes to the member at once."""
        event, day = record.event, moment.bdate
        assert event is not None, "asked for events only"
        if event.name == TERMS and self.moves:
            accepted, member = accepted_by(event), self.member(record.member, day)
            self._bring(member, day)
            coming = self.moves[member.moved :]
            if coming and is_about(event, coming[0].new.programme, day):
                member.answered = accepted, day
        programme = moment.version.programme

        def number(sponsor: str) -> int | None:
            return self.member(sponsor, day).number if self.refers else None

        return profile_of(event, record.member, day, programme, number)

    def _refund(self, record: Record, moment: Moment) -> None:
        member = self.members.get(record.member)
        sale = None if member is None else member.sales.get(record.refund_of)
        if member is None or sale is None:
            raise RecordError(
                said(
                    "the ticket {refund_of} of this member is not in the history before it",
                    refund_of=record.refund_of,
                )
            )
        if sale.ticket.event is not None:
            raise RecordError(
                said("{refund_of} is an event: only goods come back", refund_of=record.refund_of)
            )
        returns = returns_of(sale.ticket.lines, sale.returns, record.lines)
        self._bring(member, moment.bdate)
        give_back(member, sale, returns, record.ticket, moment.bdate)
        if member.changed:
            self._pass_on(member, record, moment)
        self.refunds += 1

    def member(self, name: str, day: date) -> Member:
        """The member called `name`; who is new on the business date `day` has no part in the moves before it."""
        member = self.members.get(name)
        if member is None:
            member = self.members[name] = self._new(name)
            member.moved = sum([move.day <= day for move in self.moves])
            self._numbered.append(member)
        return member

    def _new(self, name: str) -> Member:
        keep = self._returning is None or name in self._returning
        post, to = None, self._post
        if to is not None:

            def post(posting: Posting) -> None:
                to(self._now, name, posting)

        return Member(name, len(self.members) + 1, Book(post, keep=keep))

    def sponsor(self, name: str) -> Member | None:
        """Who brought the member called `name` in, as far as the history has told."""
        member = self.members.get(name)
        number = None if member is None else member.history.sponsor
        return None if number is None else self._numbered[number - 1]

    def _bring(self, member: Member, day: date) -> None:
        """Make the passages that lie before a member; no record causes them."""
        if member.moved < len(self.moves):
            now, self._now = self._now, None
            bring(member, self.moves, day)
            self._now = now

    def _pass_on(self, member: Member, record: Record, moment: Moment) -> None:
        version, bdate, _ = moment
        counters = self._counters

        def find(number: int) -> Member:
            sponsor = self._numbered[number - 1]
            self._bring(sponsor, bdate)
            return sponsor

        def happen(sponsor: Member, event: Ticket) -> None:
            stock = counters.left(version, record.store, bdate)
            decision = sponsor.sale(event, version, stock, order=self._records)
            counters.take(decision.drawn, record.store, bdate)

        pass_on(member, self._records, find, happen, record.ticket, bdate)

    def seen(self, record: Record, moment: Moment) -> tuple[Account, Mapping[str, int] | None]:
        """What the rules will see at the next record: the account, and what is left of shared counters."""
        day = moment.bdate
        stock = self._counters.left(moment.version, record.store, day)
        stock = None if stock is None else dict(stock)
        if not record.member:
            return Account(known="none"), stock
        profile = self._told(record, moment) if record.event is not None else None
        member = self.member(record.member, day)
        self._bring(member, day)
        member.lapse(moment.version, day)
        account = member.account()
        return (account if profile is None else profile.known(account)), stock

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `rows`."""
        return columns_of(self.versions)

    def finish(self, as_of: date | None = None) -> tuple[Member, ...]:
        """All members, by name, as they are at 00:00 of `as_of`, by default the day after the last record."""
        self._now = None
        end = as_of or (self.last_day or date.min) + timedelta(days=1)
        day = end - timedelta(days=1)
        version = self.versions.on(day)
        members = tuple([self.members[name] for name in sorted(self.members, key=name_key)])
        for member in members:
            self._bring(member, end)
            member.lapse(version, end)
            member.reached(version, member.tier_on(version, day), day)
        return members

    def rows(self, as_of: date | None = None) -> Iterator[tuple[str | int, ...]]:
        """One row for each member of `finish`, in the order of `columns`."""
        row_of = rows_under(self.versions)
        return (row_of(member) for member in self.finish(as_of))


def ticket_of(record: Record, moment: Moment) -> Ticket:
    """A record as the rules see it."""
    return Ticket(
        record.ticket,
        record.lines,
        moment.bdate,
        moment.minute,
        record.store,
        record.till,
        record.channel,
        record.zones,
        record.event,
    )
