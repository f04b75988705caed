"""What led to one outcome, line by line: counted goods, rounding, cuts, limits, lots, bounds and conditions."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rules.account import FOREVER
from rules.decision import Reason
from rules.explain import Voice, fill
from rules.language.trace import Clause
from rules.programme.model import Slot
from rules.telling.explanation import Bounds, Counted, Gift, RuleTold, Spent
from rules.wording import details as w

_LISTED = 12
_ALL_DAYS = (1, 2, 3, 4, 5, 6, 7)


def particulars(told: RuleTold, voice: Voice, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The detail of one rule as lines of text; `names` are the goods by line of the ticket."""
    teller = _Teller(voice, names)
    return tuple(teller.all(told))


def figure(number: str, voice: Voice) -> str:
    """A fraction as people read it: with up to three decimals where that is exact, else as "40 2/3"."""
    value = Fraction(number)
    if value.denominator == 1:
        return str(value.numerator)
    if 1000 % value.denominator == 0:
        return f"{Decimal(value.numerator) / Decimal(value.denominator)}".replace(".", voice.point)
    whole, rest = divmod(value.numerator, value.denominator)
    return f"{whole} {rest}/{value.denominator}" if whole else f"{rest}/{value.denominator}"


class _Teller:
    def __init__(self, voice: Voice, names: Sequence[str]) -> None:
        self.voice = voice
        self.names = names

    def all(self, told: RuleTold) -> Iterator[str]:
        """Every line that is not empty, from what counted to what was given."""
        if not told.known:
            return
        yield from self._reckoning(told)
        yield from self._limits(told)
        for gift in told.given:
            yield from self._gift(gift)
        for spent in told.spent:
            yield from self._spent(spent)
        yield from self._bounds(told)
        yield from self._clauses(told.clauses)

    def _say(self, template: str, **values: str) -> str:
        return fill(self.voice.say(template), values)

    def _reckoning(self, told: RuleTold) -> Iterator[str]:
        voice, outcome = self.voice, told.outcome
        if told.counted:
            cents = sum(one.cents for one in told.counted)
            yield self._say(w.COUNTED, money=voice.money(cents), lines=self._places(told.counted))
        if told.times is not None:
            on = ", ".join(map(voice.label, told.times.on))
            base, factor = figure(told.times.base, voice), figure(told.times.factor, voice)
            yield self._say(w.TIMES, factor=factor, base=base, unit=voice.unit, on=on)
        if told.rounding is not None:
            exact, result = figure(told.rounding.exact, voice), str(told.rounding.result)
            yield self._say(w.ROUNDING[told.rounding.mode], exact=exact, result=result)
        if outcome.cut:
            whole = str(outcome.quantity + outcome.cut)
            if outcome.by:
                yield self._say(w.CUT, by=voice.label(outcome.by), cut=str(outcome.cut), whole=whole)
            else:
                yield self._say(w.CUT_BUDGET, quantity=str(outcome.quantity), whole=whole)
        if outcome.reason is Reason.NOT_BEST_IN_GROUP:
            yield self._say(w.WINNER, by=voice.label(outcome.by))

    def _places(self, lines: tuple[Counted, ...]) -> str:
        numbers = ", ".join(str(one.index + 1) for one in lines[:_LISTED])
        more = ", ..." if len(lines) > _LISTED else ""
        return self._say(w.LINE if len(lines) == 1 else w.LINES, n=numbers + more)

    def _limits(self, told: RuleTold) -> Iterator[str]:
        if told.uses is not None:
            uses = told.uses
            yield self._say(w.USES[uses.per], have=str(uses.before), need=str(uses.count))
        if told.budget is not None:
            funds = told.budget
            write = self.voice.money if funds.money else str
            if funds.left is None:
                yield self._say(w.BUDGET, need=write(funds.total))
            else:
                yield self._say(w.BUDGET_LEFT, left=write(funds.left), need=write(funds.total))

    def _gift(self, gift: Gift) -> Iterator[str]:
        forever = gift.last_day == FOREVER
        yield self._say(
            w.GIVEN_FOREVER if forever else w.GIVEN,
            amount=self.voice.amount(gift.asset, gift.quantity),
            first=self.voice.day(gift.available_on),
            last="" if forever else self.voice.day(gift.last_day),
        )
        if gift.lot:
            yield self._say(w.LOT, lot=gift.lot)
        if gift.by_ticket:
            yield self._say(w.BY_TICKET)
            return
        for line in gift.lines[:_LISTED]:
            share = self.voice.amount(gift.asset, line.share)
            yield self._say(w.SHARED_LINE, n=str(line.index + 1), name=self._name(line), share=share)

    def _spent(self, spent: Spent) -> Iterator[str]:
        voice = self.voice
        amount = voice.amount(spent.asset, spent.quantity)
        yield self._say(w.SPENT, amount=amount, money=voice.money(spent.cents))
        for draw in spent.draws:
            yield self._say(w.DRAWN, amount=voice.amount(spent.asset, draw.quantity), lot=draw.lot)
        for line in spent.lines[:_LISTED]:
            money = voice.money(line.share)
            yield self._say(w.DISCOUNT_LINE, n=str(line.index + 1), name=self._name(line), money=money)

    def _name(self, line: Counted) -> str:
        known = self.names[line.index] if line.index < len(self.names) else ""
        return known or line.sku or line.category or self.voice.say(w.NO_NAME)

    def _bounds(self, told: RuleTold) -> Iterator[str]:
        bounds, reason, voice = told.bounds, told.outcome.reason, self.voice
        valid = bounds.valid
        if valid is not None and valid.start is not None:
            yield self._say(w.FROM_DAY, first=f"{voice.day(valid.start.date())} {valid.start:%H:%M}")
        if valid is not None and valid.end is not None:
            yield self._say(w.TO_DAY, last=f"{voice.day(valid.end.date())} {valid.end:%H:%M}")
        yield from self._hours(bounds)
        if bounds.stores and reason is Reason.WRONG_STORE:
            yield self._say(w.STORES, names=", ".join(bounds.stores))
        if bounds.channels and reason is Reason.WRONG_CHANNEL:
            yield self._say(w.CHANNELS, names=", ".join(bounds.channels))
        if bounds.min_basket:
            yield self._say(w.MINIMUM, money=voice.money(bounds.min_basket))
        if bounds.lines:
            yield self._say(w.ONLY_LINES, clause=bounds.lines)

    def _hours(self, bounds: Bounds) -> Iterator[str]:
        for slot in bounds.schedule:
            start, end = _clock(slot.from_minute), _clock(slot.to_minute)
            values = {"days": self._days(slot), "from": start, "to": end}
            yield fill(self.voice.say(w.HOURS), values)

    def _days(self, slot: Slot) -> str:
        if slot.days == _ALL_DAYS:
            return self.voice.say(w.ANY_DAY)
        return ", ".join(self.voice.say(w.WEEKDAYS[day - 1]) for day in slot.days)

    def _clauses(self, clauses: tuple[Clause, ...]) -> Iterator[str]:
        for clause in clauses:
            template = w.MET if clause.holds else w.ABSENT if clause.absent else w.NOT_MET
            text = self._say(template, clause=" ".join(clause.text.split()))
            if not clause.holds and clause.have is not None and clause.need is not None:
                sides = {"have": self._value(clause.have, clause), "need": self._value(clause.need, clause)}
                text += f" ({self._say(w.SIDES, **sides)})"
            yield text
            yield from self._clauses(clause.alternatives)

    def _value(self, value: Any, clause: Clause) -> str:
        if isinstance(value, date):
            return self.voice.day(value)
        if isinstance(value, int) and clause.unit == "cents":
            return self.voice.money(value)
        if isinstance(value, int) and clause.unit == "time":
            return _clock(value)
        return f"{value}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
