"""One programme tried on the records of some members: what each of them earned, spent and has left.

A programme on trial is in force for the whole history, whatever its own dates say: next year's programme is tried on
last year's tickets. Windows and schedules of single rules hold as they are written.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec

from rules.account import POINTS
from rules.history.book import Posting, Sums
from rules.history.counters import Counters
from rules.history.member import Member
from rules.history.record import Record, RecordError
from rules.history.replay import Replay
from rules.programme.model import Programme
from rules.sentences import sentence_of
from rules.tools.offers import Paid, cheapest

_ISSUED = frozenset({"ACCRUE", "TOP_UP", "HONOUR"})
_BURNED = frozenset({"BURN", "RESTORE"})
_ALWAYS = date(1970, 1, 1), date(9999, 1, 1)


class Month(msgspec.Struct):
    """Points issued, burned (less what refunds gave back) and expired in a month, and cents of its redemptions.

    The cents are those given at the till, whatever came back later.
    """

    issued: int = 0
    burned: int = 0
    expired: int = 0
    cents: int = 0

    def add(self, other: "Month") -> None:
        """Count `other` in."""
        self.issued += other.issued
        self.burned += other.burned
        self.expired += other.expired
        self.cents += other.cents


class Result(msgspec.Struct, frozen=True):
    """What a programme came to for one member. Points unless said otherwise; `net` and `reward` are cents.

    `store` is where the member bought most often, `held` what is left by asset. `first_reward` is the first day on
    which something could be redeemed.
    """

    member: str
    store: str
    tier: str
    tickets: int
    visits: int
    net: int
    reward: int
    issued: int
    burned: int
    converted: int
    expired: int
    clawed: int
    held: Mapping[str, int]
    first_visit: date | None
    last_visit: date | None
    first_reward: date | None


class Trial(msgspec.Struct, frozen=True):
    """Results of members, figures by month ("2026-05"), and by asset what redemptions came to and the most ever held.

    `faults` are records that could not be counted: number of the line, and why.
    """

    results: tuple[Result, ...]
    months: Mapping[str, Month]
    paid: Mapping[str, Paid]
    peaks: Mapping[str, int]
    faults: tuple[tuple[int, str], ...]


def joined(trials: Iterable[Trial]) -> Trial:
    """The trials of parts of the members as one."""
    results: list[Result] = []
    months: dict[str, Month] = {}
    paid: dict[str, Paid] = {}
    peaks: dict[str, int] = {}
    faults: list[tuple[int, str]] = []
    for one in trials:
        results += one.results
        faults += one.faults
        for name, month in one.months.items():
            months.setdefault(name, Month()).add(month)
        for asset, done in one.paid.items():
            before = paid.get(asset, Paid())
            paid[asset] = Paid(before.units + done.units, before.cents + done.cents)
        for asset, most in one.peaks.items():
            peaks[asset] = max(most, peaks.get(asset, 0))
    return Trial(tuple(results), months, paid, peaks, tuple(faults))


def always_in_force(programme: Programme) -> Programme:
    """The programme with no end to its dates; itself where it has none."""
    if (programme.header.effective_from, programme.header.effective_to) == _ALWAYS:
        return programme
    header = msgspec.structs.replace(programme.header, effective_from=_ALWAYS[0], effective_to=_ALWAYS[1])
    return msgspec.structs.replace(programme, header=header)


def shares_counters(programme: Programme) -> bool:
    """Whether members draw on something common (a budget, a store's daily limit): they cannot be tried apart."""
    return Counters([programme]).any


def trial(
    programme: Programme,
    records: Iterable[tuple[int, Record]],
    returning: Container[str],
    last: datetime,
    *,
    redeem: bool,
) -> Trial:
    """Try `programme` on numbered records in the order of the history, up to the end of the day of `last`.

    `returning` are the members of whom something comes back. With `redeem` every ticket takes one step of the first
    redemption that is possible.
    """
    seen = _Seen(cheapest(programme))
    replay = Replay([always_in_force(programme)], redeem=redeem, returning=returning, post=seen.post)
    counted = count(replay, records)
    moment = replay.versions.at(last)
    end = (moment.bdate if moment is not None else date.min) + timedelta(days=1)
    replay.finish(end)
    results = tuple(
        [
            _result(member, counted.store_of(name), seen.first.get(name))
            for name, member in replay.members.items()
        ]
    )
    paid = {asset: Paid(units, cents) for asset, (units, cents) in seen.paid.items()}
    return Trial(results, seen.months, paid, seen.peaks, counted.faults)


class Counted(msgspec.Struct, frozen=True):
    """Records that could not be counted (number and why), and by member how many sales there were in each store."""

    faults: tuple[tuple[int, str], ...]
    stores: Mapping[str, Counter[str]]

    def store_of(self, member: str) -> str:
        """Where `member` bought most often, "" for nowhere."""
        sales = self.stores.get(member, Counter())
        return min(sales, key=lambda store: (-sales[store], store), default="")


def count(replay: Replay, records: Iterable[tuple[int, Record]]) -> Counted:
    """Count numbered records, in their order."""
    faults: list[tuple[int, str]] = []
    stores: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for number, record in records:
        try:
            replay.take(record)
        except RecordError as error:
            faults.append((number, sentence_of(error)))
            continue
        if record.member and record.event is None and not record.refund_of:
            stores[record.member][record.store] += 1
    return Counted(tuple(faults), stores)


class _Seen:
    """What the lines of the replay ledger tell while they go by."""

    def __init__(self, least: Mapping[str, int]) -> None:
        self.months: dict[str, Month] = {}
        self.first: dict[str, date] = {}
        self.peaks: dict[str, int] = {}
        self.paid: dict[str, tuple[int, int]] = {}
        self._least = least

    def post(self, _record: Record | None, member: str, posting: Posting) -> None:
        """Count one line of the replay ledger."""
        why, asset = posting.why, posting.asset
        if posting.quantity > 0:
            if posting.balance > self.peaks.get(asset, 0):
                self.peaks[asset] = posting.balance
            least = self._least.get(asset)
            if least is not None and posting.balance >= least and member not in self.first:
                self.first[member] = why.day
        if why.cause == "BURN":
            units, cents = self.paid.get(asset, (0, 0))
            self.paid[asset] = units - posting.quantity, cents + why.cents
        self._month(why.cause, asset, posting)

    def _month(self, cause: str, asset: str, posting: Posting) -> None:
        if cause not in _BURNED and asset != POINTS:
            return
        key = posting.why.day.isoformat()[:7]
        month = self.months.get(key)
        if month is None:
            month = self.months[key] = Month()
        if cause in _BURNED:
            month.cents += posting.why.cents
            month.burned -= posting.quantity if asset == POINTS else 0
        elif cause in _ISSUED:
            month.issued += posting.quantity
        elif cause == "EXPIRE":
            month.expired -= posting.quantity


def _result(member: Member, store: str, first_reward: date | None) -> Result:
    figures, history = member.figures, member.history
    points = member.book.sums.get(POINTS, Sums())
    held = {asset: sums.available for asset, sums in sorted(member.book.sums.items()) if sums.available}
    return Result(
        member=member.name,
        store=store,
        tier=member.tier,
        tickets=figures.tickets,
        visits=history.visits,
        net=figures.net,
        reward=figures.reward,
        issued=points.earned + points.honoured,
        burned=points.burned,
        converted=points.converted,
        expired=points.expired,
        clawed=points.clawed,
        held=held,
        first_visit=history.first_visit,
        last_visit=history.last_visit,
        first_reward=first_reward,
    )
