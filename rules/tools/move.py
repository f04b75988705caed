"""What a move from an old programme to a new one comes to: balances, vouchers, lapses, messages and the provision.

The old programme is tried on a history up to the day of the move, whatever its own dates; then every member makes the
passage as if the new terms were accepted, and, where they have to be, as if they were refused or nobody answered.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

import msgspec

from rules.account import POINTS, reward_asset, stamp_asset
from rules.history.book import Posting
from rules.history.member import Member
from rules.history.record import Record, name_key
from rules.history.replay import Replay
from rules.kinds.transition import Transition, announce_by, notices, transition_of
from rules.passage import Passage, answer, passage
from rules.programme.model import Programme
from rules.sentences import said
from rules.tools.offers import family, worth
from rules.tools.trial import always_in_force, count

ACCEPTED, REFUSED, SILENT = "accepted", "refused", "silent"
_SEEN = ((30, "30"), (90, "90"), (365, "365"))
_EARLIER = "earlier"
_USED = ("BURN", "RESTORE")
_TAKEN = ("CLAWBACK", "REPAY")


class NoMove(Exception):
    """The move cannot be made as it is written; one sentence that says what to do next."""


class Bill(msgspec.Struct, frozen=True):
    """What the passage of some members comes to, in cents: what they held, what they get for it and as a bonus.

    `by` and `name` say who: all, one tier, store or time since the last visit ("30" days, …), or an answer to new
    terms. `short` counts members whose vouchers are worth less than their balance: there must be none.
    """

    by: str
    name: str
    members: int
    with_balance: int
    held: int
    converted: int
    vouchers: int
    voucher_value: int
    new_points: int
    points_value: int
    bonus_value: int
    lapsed: int
    kept: int
    short: int


class Provision(msgspec.Struct, frozen=True):
    """The provision for old balances, in cents, from the day on which members are told to the day of the move.

    opened + added = used + released + taken_back + converted + lapsed + kept, to the cent.
    """

    opened: int
    added: int
    used: int
    released: int
    taken_back: int
    converted: int
    lapsed: int
    kept: int


class Message(msgspec.Struct, frozen=True):
    """Members to be told over one channel, how many messages that makes, and their cost in cents."""

    channel: str
    members: int
    messages: int
    cost: int


class Move(msgspec.Struct, frozen=True):
    """A whole move: its day, when members are told, the bill of all and of groups, vouchers by id, and faults."""

    day: date
    told: tuple[date, ...]
    total: Bill
    groups: tuple[Bill, ...]
    answers: tuple[Bill, ...]
    vouchers: Mapping[str, int]
    provision: Provision
    messages: tuple[Message, ...]
    faults: tuple[tuple[int, str], ...]


class Channels(msgspec.Struct, frozen=True):
    """How members are told: `by_member` names a channel; who has none is told at the `till` when seen lately.

    All others get `otherwise`. `cost` is in hundredths of a cent a message.
    """

    by_member: Mapping[str, str]
    cost: Mapping[str, int]
    otherwise: str = "letter"


class _Passed(msgspec.Struct, frozen=True):
    """One member on the day of the move: who it is, and the passage by answer."""

    name: str
    store: str
    tier: str
    seen: str
    held: Mapping[str, int]
    passages: Mapping[str, Passage]


def check_notice(new: Programme, told: date) -> Transition:
    """The `[transition]` of `new` when members told on `told` are told in time. Raises NoMove otherwise."""
    table, latest = transition_of(new), announce_by(new)
    if table is None or latest is None:
        raise NoMove(
            said(
                "{programme} has no [transition] with from: say there what becomes of the old balances.",
                programme=new.header.id,
            )
        )
    if told > latest:
        first = told + timedelta(days=table.notice)
        raise NoMove(
            said(
                "members must be told {notice} days before {effective_from}, by {latest}: told on {told}, the new "
                "programme begins on {first} at the earliest.",
                notice=table.notice,
                effective_from=new.header.effective_from,
                latest=latest,
                told=told,
                first=first,
            )
        )
    return table


def move(
    old: Programme,
    new: Programme,
    records: Iterable[tuple[int, Record]],
    returning: Container[str],
    told: date,
    channels: Channels,
    *,
    redeem: bool,
) -> Move:
    """What the move from `old` to `new` comes to for the members of a history, told of it on `told`.

    Raises NoMove when `new` has no `[transition]` from `old`, or when the notice is too short.
    """
    table, day = check_notice(new, told), new.header.effective_from
    if table.source != old.header.id:
        raise NoMove(
            said(
                "{programme} moves members from {source}, not from {old}: give that file.",
                programme=new.header.id,
                source=table.source,
                old=old.header.id,
            )
        )
    rates = _rates(old, table)
    flow = _Flow(told, rates)
    replay = Replay([always_in_force(old)], redeem=redeem, until=day, returning=returning, post=flow.post)
    counted = count(replay, records)
    passed = [_pass(member, counted.store_of(member.name), old, new, table) for member in replay.finish(day)]
    days = tuple(sorted({told, *[when for when in notices(new) if when > told]}))
    pricing = _Pricing(worth(new, {}), rates)
    total = pricing.bill("", "", passed)
    return Move(
        day=day,
        told=days,
        total=total,
        groups=tuple(_groups(pricing, passed)),
        answers=tuple(
            [pricing.bill("answer", name, passed, name) for name in (REFUSED, SILENT)] if table.accept else ()
        ),
        vouchers=_vouchers(passed),
        provision=flow.provision(total),
        messages=_messages(passed, channels, len(days)),
        faults=counted.faults,
    )


def _rates(old: Programme, table: Transition) -> dict[str, Fraction]:
    """Cents that a unit of the old programme is worth: as the move says, else at the cheapest reward's rate."""
    rates = worth(old, {})
    if table.vouchers:
        rates[POINTS] = Fraction(table.point_value, table.per_points)
    for name, points in table.stamps.items():
        rule = old.rule(name)
        if POINTS in rates and rule is not None and rule.kind.name == "stamp":
            rates[stamp_asset(name)] = points * rates[POINTS]
            rates[reward_asset(name)] = rule.table.need * rates[stamp_asset(name)]
    return rates


def _pass(member: Member, store: str, old: Programme, new: Programme, table: Transition) -> _Passed:
    day, account = new.header.effective_from, member.account()
    passages = {ACCEPTED: passage(answer(account, True) if table.accept else account, old, new, day)}
    if table.accept:
        late = day if table.deadline is None else table.deadline + timedelta(days=1)
        passages[REFUSED] = passage(answer(account, False), old, new, day)
        passages[SILENT] = passage(account, old, new, max(day, late))
    last = account.last_visit
    away = (day - last).days if last is not None else None
    seen = next((name for days, name in _SEEN if away is not None and away <= days), _EARLIER)
    held = {asset: sums.available for asset, sums in member.book.sums.items() if sums.available}
    return _Passed(member.name, store, member.tier, seen, held, passages)


class _Pricing:
    """Cents of what the passages take and give."""

    def __init__(self, new: Mapping[str, Fraction], old: Mapping[str, Fraction]) -> None:
        self._old, self._new = old, new

    def bill(self, by: str, name: str, some: Sequence[_Passed], how: str = ACCEPTED) -> Bill:
        """What the passage of some members comes to when they answer `how`."""
        vouchers = value = points = points_value = bonus = converted = lapsed = held = kept = short = 0
        for one in some:
            passed = one.passages[how]
            right = [each for each in passed.given if not each.bonus]
            mine = self._cents(
                self._new, [(e.asset, e.quantity) for e in right if family(e.asset) == "voucher"]
            )
            gone = passed.cents or self._cents(self._old, [(e.asset, e.quantity) for e in passed.converted])
            short += mine < passed.cents
            vouchers += sum([e.quantity for e in right if family(e.asset) == "voucher"])
            value += mine
            fresh = [(e.asset, e.quantity) for e in right if e.asset == POINTS]
            points += sum([quantity for _, quantity in fresh])
            points_value += self._cents(self._new, fresh)
            bonus += self._cents(self._new, [(e.asset, e.quantity) for e in passed.given if e.bonus])
            converted += gone
            lapsed += self._cents(self._old, [(e.asset, e.quantity) for e in passed.lapsed])
            held += self._cents(self._old, one.held.items())
            kept += self._cents(self._old, _left(one.held, passed))
        return Bill(
            by=by,
            name=name,
            members=len(some),
            with_balance=sum([bool(one.held) for one in some]),
            held=held,
            converted=converted,
            vouchers=vouchers,
            voucher_value=value,
            new_points=points,
            points_value=points_value,
            bonus_value=bonus,
            lapsed=lapsed,
            kept=kept,
            short=short,
        )

    @staticmethod
    def _cents(rates: Mapping[str, Fraction], units: Iterable[tuple[str, int]]) -> int:
        return int(sum([quantity * rates[asset] for asset, quantity in units if asset in rates], Fraction(0)))


def _left(held: Mapping[str, int], passed: Passage) -> Iterable[tuple[str, int]]:
    """What stays as it is, by asset."""
    left = Counter(held)
    for one in (*passed.converted, *passed.lapsed):
        left[one.asset] -= one.quantity
    return left.items()


def _groups(pricing: _Pricing, passed: Sequence[_Passed]) -> list[Bill]:
    found = []
    for by in ("tier", "store", "seen"):
        some: dict[str, list[_Passed]] = {}
        for one in passed:
            some.setdefault(getattr(one, by), []).append(one)
        found += [pricing.bill(by, name, some[name]) for name in sorted(some, key=name_key)]
    return found


def _vouchers(passed: Sequence[_Passed]) -> dict[str, int]:
    """How many of each voucher the passage gives, bonus included."""
    found: Counter[str] = Counter()
    for one in passed:
        for each in one.passages[ACCEPTED].given:
            if family(each.asset) == "voucher":
                found[each.asset.partition(":")[2]] += each.quantity
    return dict(sorted(found.items()))


def _messages(passed: Sequence[_Passed], channels: Channels, times: int) -> tuple[Message, ...]:
    """Everybody is told `times` times, over the channel there is."""
    found: Counter[str] = Counter()
    for one in passed:
        lately = "till" if one.seen == _SEEN[0][1] else channels.otherwise
        found[channels.by_member.get(one.name, lately)] += 1
    return tuple(
        [
            Message(
                channel, members, members * times, -(-members * times * channels.cost.get(channel, 0) // 100)
            )
            for channel, members in sorted(found.items())
        ]
    )


class _Flow:
    """What happens to old balances from the day on which members are told, in cents at the old rates."""

    def __init__(self, told: date, rates: Mapping[str, Fraction]) -> None:
        self._told = told
        self._rates = rates
        self._sums: dict[str, Fraction] = {}

    def post(self, _record: Record | None, _member: str, posting: Posting) -> None:
        """Count one line of the replay ledger."""
        cause = posting.why.cause
        if posting.why.day < self._told or not posting.lot:
            return
        kind = (
            "used"
            if cause in _USED
            else "released"
            if cause == "EXPIRE"
            else "taken"
            if cause in _TAKEN
            else "added"
        )
        value = posting.quantity * self._rates.get(posting.asset, Fraction(0))
        self._sums[kind] = self._sums.get(kind, Fraction(0)) + value

    def provision(self, total: Bill) -> Provision:
        """The provision that ends with the balances of the bill."""
        added = int(self._sums.get("added", 0))
        used, released, taken = (-int(self._sums.get(kind, 0)) for kind in ("used", "released", "taken"))
        return Provision(
            opened=total.converted + total.lapsed + total.kept - added + used + released + taken,
            added=added,
            used=used,
            released=released,
            taken_back=taken,
            converted=total.converted,
            lapsed=total.lapsed,
            kept=total.kept,
        )
