"""Values of a programme file: money, days, percentages and factors, converted strictly from TOML.

A struct of a rule kind names these types; `from_toml` is the hook that msgspec calls to fill them.
TOML must have been read with `parse_float=Decimal`, so that `5.00` is still known to have two decimals.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

MAX_CENTS = 100_000_000_00
MAX_INT = 1_000_000_000
MAX_DAYS = 36_600
MAX_FACTOR_PART = 10_000

_DAYS = re.compile(r"([0-9]{1,7})([dh])")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%")
_FACTOR = re.compile(r"([0-9]{1,6})(?:/([0-9]{1,6}))?")


class Cents(int):
    """An amount of money in cents, never negative; `5.00` in the file."""


class Days(int):
    """A number of days; `"365d"` in the file, or hours that make whole days (`"48h"`)."""


class Percent(Fraction):
    """A share from 0 to 1 as an exact fraction; `"50%"` in the file."""


class Factor(Fraction):
    """An exact positive factor; `"3/2"` or `"2"` in the file."""


class Moment(datetime):
    """A moment of store time without offset; a date alone is its midnight."""


def cents_from(value: object) -> Cents:
    """Cents of a TOML decimal that is written with two decimals. Raises ValueError otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"write the amount with two decimals: {value}.00")
    if not isinstance(value, Decimal):
        raise ValueError("write an amount with two decimals, without quotes, such as 5.00")
    if not value.is_finite() or value.as_tuple().exponent != -2:
        raise ValueError(f"write the amount with two decimals, such as 5.00, not {value}")
    cents = int(value.scaleb(2))
    if value.is_signed() or cents > MAX_CENTS:
        raise ValueError(f"write an amount from 0.00 to {MAX_CENTS // 100}.00, not {value}")
    return Cents(cents)


def cents_fault(value: object) -> str:
    """What is wrong with an amount of money, or an empty text."""
    try:
        cents_from(value)
    except ValueError as error:
        return str(error)
    return ""


def units_from(value: int | Decimal) -> int:
    """Whole points, or the cents of an amount that `cents_fault` finds nothing wrong with."""
    return int(value.scaleb(2)) if isinstance(value, Decimal) else value


def overrun_fault(overrun: int | Decimal | None, of: int | Decimal | None, key: str) -> str:
    """What is wrong with what a till without a line may give beyond the `key` in the file, or an empty text."""
    if overrun is None:
        return ""
    if of is None:
        return f"an overrun goes with {key}: write one, or leave the overrun out"
    if isinstance(overrun, Decimal) != isinstance(of, Decimal):
        return f"write the overrun in the unit of {key}, both in points or both in money"
    fault = cents_fault(overrun) if isinstance(overrun, Decimal) else ""
    if fault:
        return fault
    if overrun <= 0:
        return "write an overrun above 0, or leave it out"
    return f"write an overrun of at most {of}, the whole {key}" if overrun > of else ""


def days_from(value: object) -> Days:
    """Days of a text such as `30d` or `48h`. Raises ValueError otherwise."""
    found = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a number of days in quotes, such as "30d"')
    number = int(found[1])
    if found[2] == "h":
        if number % 24:
            raise ValueError(f'write whole days: "{number}h" is not a multiple of 24 hours')
        number //= 24
    if number > MAX_DAYS:
        raise ValueError(f'write at most "{MAX_DAYS}d"')
    return Days(number)


def percent_from(value: object) -> Percent:
    """Share of a text such as `50%`. Raises ValueError otherwise."""
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a percentage in quotes, such as "50%"')
    share = Fraction(found[1]) / 100
    if share > 1:
        raise ValueError('write a percentage from "0%" to "100%"')
    return Percent(share)


def factor_from(value: object) -> Factor:
    """Factor of a text such as `3/2` or `2`. Raises ValueError otherwise."""
    found = _FACTOR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write the factor as a fraction in quotes, such as "3/2" or "2"')
    top, bottom = int(found[1]), int(found[2] or "1")
    if not (0 < top <= MAX_FACTOR_PART and 0 < bottom <= MAX_FACTOR_PART):
        raise ValueError(f"write both parts of the factor from 1 to {MAX_FACTOR_PART}")
    return Factor(top, bottom)


def moment_from(value: object) -> Moment:
    """Moment of a TOML date or local date-time. Raises ValueError otherwise."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return Moment(value.year, value.month, value.day, value.hour, value.minute, value.second)
    if isinstance(value, date) and not isinstance(value, datetime):
        return Moment(value.year, value.month, value.day)
    raise ValueError("write a moment of store time without quotes or offset, such as 2026-03-15T00:00:00")


_CONVERSIONS = {
    Cents: cents_from,
    Days: days_from,
    Percent: percent_from,
    Factor: factor_from,
    Moment: moment_from,
}


def from_toml(kind: type, value: Any) -> Any:
    """Hook for `msgspec.convert(..., dec_hook=from_toml)`. Raises ValueError with what to write instead."""
    conversion = _CONVERSIONS.get(kind)
    if conversion is None:
        raise NotImplementedError(f"no TOML value makes a {kind.__name__}")
    return conversion(value)
