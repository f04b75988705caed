"""Values of a programme file: what is taken, what is refused, and why."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from rules.programme.values import cents_from, days_from, factor_from, moment_from, percent_from


@pytest.mark.parametrize(
    ("convert", "value", "result"),
    [
        (cents_from, Decimal("5.00"), 500),
        (cents_from, Decimal("0.01"), 1),
        (days_from, "365d", 365),
        (days_from, "48h", 2),
        (percent_from, "50%", Fraction(1, 2)),
        (percent_from, "12.5%", Fraction(1, 8)),
        (factor_from, "3/2", Fraction(3, 2)),
        (factor_from, "2", 2),
        (moment_from, date(2026, 3, 1), datetime(2026, 3, 1)),
        (moment_from, datetime(2026, 3, 1, 14, 30), datetime(2026, 3, 1, 14, 30)),
    ],
)
def test_accepted(convert, value, result):
    """Each value is exact: cents, days, fractions, store time."""
    assert convert(value) == result


@pytest.mark.parametrize(
    ("convert", "value", "said"),
    [
        (cents_from, 5, "two decimals: 5.00"),
        (cents_from, Decimal("5.0"), "two decimals"),
        (cents_from, Decimal("5.000"), "two decimals"),
        (cents_from, Decimal("5E2"), "two decimals"),
        (cents_from, Decimal("inf"), "two decimals"),
        (cents_from, Decimal("nan"), "two decimals"),
        (cents_from, Decimal("-0.01"), "from 0.00"),
        (cents_from, Decimal("100000000.01"), "from 0.00"),
        (cents_from, "5.00", "without quotes"),
        (cents_from, True, "without quotes"),
        (days_from, 30, "in quotes"),
        (days_from, "30", "in quotes"),
        (days_from, "30h", "multiple of 24"),
        (days_from, "36601d", "at most"),
        (percent_from, "101%", "0% to 100%|100%"),
        (percent_from, "half", "in quotes"),
        (factor_from, Decimal("1.5"), "fraction"),
        (factor_from, "1/0", "from 1"),
        (factor_from, "0", "from 1"),
        (factor_from, "10001", "from 1"),
        (moment_from, datetime(2026, 3, 1, tzinfo=UTC), "store time"),
        (moment_from, "2026-03-01", "store time"),
    ],
)
def test_refused(convert, value, said):
    """What could be read in two ways is refused with the way to write it."""
    with pytest.raises(ValueError, match=said):
        convert(value)
