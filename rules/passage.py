"""The passage of one member from an old programme to a new one (`[transition]` of the new programme).

`passage` works out what happens, `apply` does it to an account; replay and ledger post what it says. The day is
`effective_from` of the new programme, or later for somebody who answers later.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from math import ceil

import msgspec

from rules.account import FOREVER, POINTS, Account, Holding, stamp_asset, voucher_asset
from rules.explain import Voice, fill
from rules.fold import balance_after
from rules.kinds.transition import TRANSITION, Transition, transition_of
from rules.lifetime import last_day_of
from rules.prize import voucher_days
from rules.programme.model import Programme
from rules.sentences import mark

_TRIED = 4

BECAME = mark("{amount} of the old programme become {given}")
WELCOME = mark("{given} for coming along")
LAPSED = mark("{amount} of the old programme lapse")
WAITING = mark("The old balance waits until the new terms are accepted")
NOTHING = mark("Nothing of the old programme is left to convert")


class Move(msgspec.Struct, frozen=True):
    """From the last version of the programme `old` to `new`, as `table` of the new one says."""

    old: Programme
    new: Programme
    table: Transition

    @property
    def day(self) -> date:
        """The first day of the new programme."""
        return self.new.header.effective_from

    @property
    def last_earn(self) -> date | None:
        """The last day to earn in the old programme: what that one keeps itself (`to`), else what `table` says."""
        return (self._kept.last_earn if self._kept is not None else None) or self.table.last_earn

    @property
    def last_burn(self) -> date | None:
        """The last day to use points of the old programme, found in the same way."""
        return (self._kept.last_burn if self._kept is not None else None) or self.table.last_burn

    @property
    def _kept(self) -> Transition | None:
        own = transition_of(self.old)
        return own if own is not None and own.to else None


def move_between(old: Programme | None, new: Programme | None) -> Move | None:
    """The move from `old` to `new`; None where either is missing or `new` has no `[transition]` from `old`."""
    table = transition_of(new) if new is not None else None
    if old is None or new is None or table is None or table.source != old.header.id:
        return None
    return Move(old, new, table)


class Moved(msgspec.Struct, frozen=True):
    """`quantity` of `asset` that leaves the lot `lot`: all of it."""

    asset: str
    lot: str
    quantity: int


class Given(msgspec.Struct, frozen=True):
    """A new lot: `quantity` of `asset`, usable from `available_on` to `last_day`; `bonus` tells a gift from a right."""

    asset: str
    quantity: int
    available_on: date
    last_day: date
    bonus: bool = False


class Passage(msgspec.Struct, frozen=True):
    """What the move does to one account: `converted` leaves for `given`, `lapsed` leaves for nothing.

    `waiting` tells that the member has still to accept the new terms and nothing moves before; `final` that the
    passage must not be made again. `cents` is what the converted balance is worth where it becomes vouchers.
    """

    source: str
    target: str
    day: date
    converted: tuple[Moved, ...] = ()
    given: tuple[Given, ...] = ()
    lapsed: tuple[Moved, ...] = ()
    cents: int = 0
    waiting: bool = False
    final: bool = False


def answer(account: Account, accepted: bool) -> Account:
    """`account` after the member accepted or refused the new terms."""
    return _marked(account, {**_state(account), "accepted": accepted})


def passage(account: Account, old: Programme, new: Programme, day: date) -> Passage:
    """What becomes of `account` when it leaves `old` for `new` on `day`; nothing where it has passed already.

    Lots that lapsed before `day` are left alone. Raises ValueError when `new` has no `[transition]` from `old`.
    """
    move = move_between(old, new)
    if move is None:
        raise ValueError(f"{new.header.id} has no [transition] from {old.header.id}: add one")
    table = move.table
    plain = Passage(old.header.id, new.header.id, day)
    if _state(account).get("done") == new.header.id:
        return plain
    held = tuple([one for one in account.holdings if one.last_day >= day and one.quantity > 0])
    accepted = _state(account).get("accepted") if table.accept else True
    if accepted is None:
        if table.deadline is None or day <= table.deadline:
            return msgspec.structs.replace(plain, waiting=True)
        return _leave(plain, held, new, forfeit=table.after == "forfeit")
    if not accepted and table.refused != "voucher":
        return _leave(plain, held, new, forfeit=table.refused == "forfeit")
    return _convert(plain, held, table, old, new, welcome=bool(accepted))


def apply(account: Account, passed: Passage) -> Account:
    """`account` after `passed`. The lot of the n-th thing given is `passage:PROGRAMME:n`."""
    if not passed.final:
        return account
    gone = {(one.asset, one.lot) for one in (*passed.converted, *passed.lapsed)}
    left = [one for one in account.holdings if (one.asset, one.lot) not in gone]
    new = [
        Holding(
            one.asset,
            f"passage:{passed.target}:{n}",
            one.quantity,
            passed.day,
            one.available_on,
            one.last_day,
        )
        for n, one in enumerate(passed.given)
    ]
    change: Counter[str] = Counter()
    for one in (*passed.converted, *passed.lapsed):
        change[one.asset] -= one.quantity
    for each in passed.given:
        change[each.asset] += each.quantity
    balance = balance_after(account, change)
    moved = msgspec.structs.replace(account, holdings=(*left, *new), balance=balance)
    return _marked(moved, {**_state(account), "done": passed.target})


def passage_texts(passed: Passage, voice: Voice) -> tuple[str, ...]:
    """What the passage did, in sentences."""
    if passed.waiting:
        return (voice.say(WAITING),)
    told = []
    right = [one for one in passed.given if not one.bonus]
    if passed.converted:
        values = {"amount": _amounts(passed.converted, voice), "given": _amounts(right, voice)}
        told.append(fill(voice.say(BECAME), values))
    for one in passed.given:
        if one.bonus:
            told.append(fill(voice.say(WELCOME), {"given": _amounts([one], voice)}))
    if passed.lapsed:
        told.append(fill(voice.say(LAPSED), {"amount": _amounts(passed.lapsed, voice)}))
    return tuple(told) or (voice.say(NOTHING),)


def _amounts(parts: "tuple[Moved, ...] | list[Given]", voice: Voice) -> str:
    sums: Counter[str] = Counter()
    for one in parts:
        sums[one.asset] += one.quantity
    return ", ".join(voice.amount(asset, quantity) for asset, quantity in sorted(sums.items()))


def _state(account: Account) -> Mapping[str, object]:
    found: Mapping[str, object] = account.state.get(TRANSITION, {})
    return found


def _marked(account: Account, state: Mapping[str, object]) -> Account:
    every = {**account.state, TRANSITION: state}
    return msgspec.structs.replace(account, state=dict(sorted(every.items())))


def _leave(plain: Passage, held: tuple[Holding, ...], new: Programme, *, forfeit: bool) -> Passage:
    """Nothing is converted: everything of the old programme lapses, or stays as it is."""
    lapsed = tuple([_moved(one) for one in held if one.asset == POINTS or not _known(one, new)])
    return msgspec.structs.replace(plain, lapsed=lapsed if forfeit else (), final=True)


def _convert(
    plain: Passage,
    held: tuple[Holding, ...],
    table: Transition,
    old: Programme,
    new: Programme,
    *,
    welcome: bool,
) -> Passage:
    worth = _worth_of(table, old)
    known = {one.asset for one in held if one.asset != POINTS and one.asset not in worth and _known(one, new)}
    taken = tuple([one for one in held if _converts(one, table, worth)])
    given, cents = _given(taken, table, worth, new, plain.day)
    if welcome and table.bonus is not None:
        given = (*given, _bonus(table, new, plain.day))
    rest = [one for one in held if one not in taken and one.asset not in known]
    lapsed = [_moved(one) for one in rest] if table.after == "forfeit" else []
    return msgspec.structs.replace(
        plain,
        converted=tuple([_moved(one) for one in taken]),
        given=given,
        lapsed=tuple(lapsed),
        cents=cents,
        final=True,
    )


def _worth_of(table: Transition, old: Programme) -> dict[str, int]:
    """Points for one unit of stamps and full cards: a card counts as the stamps it was made of."""
    worth = {stamp_asset(name): points for name, points in table.stamps.items()}
    made = [one for one in old.conversions if one.source in worth]
    return worth | {one.target: worth[one.source] * one.need for one in made}


def _converts(holding: Holding, table: Transition, worth: Mapping[str, int]) -> bool:
    if holding.asset == POINTS:
        return bool(table.rate or table.vouchers)
    return holding.asset in worth


def _known(holding: Holding, new: Programme) -> bool:
    """Whether the new programme has a rule for the asset, so that it goes on as it is."""
    return any(
        holding.asset in rule.kind.assets(rule.id, rule.table)
        for rule in new.rules
        if rule.kind.assets is not None
    )


def _moved(holding: Holding) -> Moved:
    return Moved(holding.asset, holding.lot, holding.quantity)


def _given(
    taken: tuple[Holding, ...], table: Transition, worth: Mapping[str, int], new: Programme, day: date
) -> tuple[tuple[Given, ...], int]:
    if not taken:
        return (), 0
    if table.vouchers:
        points = sum([one.quantity * worth.get(one.asset, 1) for one in taken])
        cents = table.worth(points)
        return _vouchers(cents, table, new, day), cents
    return _points(taken, table.factor or Fraction(1), worth, new, day), 0


def _points(
    taken: tuple[Holding, ...], factor: Fraction, worth: Mapping[str, int], new: Programme, day: date
) -> tuple[Given, ...]:
    """New points: rounded up once on the whole; no lot lapses before its old one would have, FOREVER excepted."""
    lots: dict[tuple[date, date], Fraction] = {}
    fresh = last_day_of(new, day)
    for one in taken:
        ends = fresh if one.last_day == FOREVER else max(fresh, one.last_day)
        key = max(day, one.available_on), ends
        exact = one.quantity * (factor if one.asset == POINTS else Fraction(worth[one.asset]))
        lots[key] = lots.get(key, Fraction(0)) + exact
    given, exact, done = [], Fraction(0), 0
    for (first, last), part in sorted(lots.items()):
        exact += part
        quantity = ceil(exact) - done
        if quantity:
            given.append(Given(POINTS, quantity, first, last))
        done += quantity
    return tuple(given)


def _vouchers(cents: int, table: Transition, new: Programme, day: date) -> tuple[Given, ...]:
    values = tuple(
        sorted({(int(rule.table.value), rule.id) for rule in new.rules if rule.id in table.vouchers})
    )
    given = []
    for name, quantity in sorted(fewest(cents, values).items()):
        first, last = voucher_days(new, name, day)
        given.append(Given(voucher_asset(name), quantity, first, last))
    return tuple(given)


@lru_cache(maxsize=4096)
def fewest(cents: int, values: tuple[tuple[int, str], ...]) -> Mapping[str, int]:
    """The fewest vouchers worth at least `cents`, by id; `values` are (cents, id), all above 0.

    Among as few, those with the least excess that changing the last four of them can give.
    """
    most, best = max(values)
    count = -(-cents // most)
    tried = min(count, _TRIED)
    left = cents - (count - tried) * most
    sums = [(sum(value for value, _ in some), some) for some in combinations_with_replacement(values, tried)]
    _, chosen = min(one for one in sums if one[0] >= left)
    found = Counter(name for _, name in chosen)
    found[best] += count - tried
    return {name: quantity for name, quantity in found.items() if quantity}


def _bonus(table: Transition, new: Programme, day: date) -> Given:
    bonus = table.bonus
    assert bonus is not None, "asked for only where there is one"
    if bonus.points:
        return Given(POINTS, bonus.points, day, last_day_of(new, day), bonus=True)
    first, last = voucher_days(new, bonus.voucher, day)
    return Given(voucher_asset(bonus.voucher), 1, first, last, bonus=True)
