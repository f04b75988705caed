"""What holds for every move to another programme: nobody loses, nothing is counted twice."""

from datetime import date, timedelta
from itertools import combinations_with_replacement

from hypothesis import given
from hypothesis import strategies as st

from rules.account import FOREVER, Account, Holding
from rules.passage import apply, fewest, passage
from rules.programme.load import load_programme
from tests.unit.kind_kit import HEADER, programme

OLD = load_programme(HEADER.replace(b'id = "t"', b'id = "old"'))
DAY = date(2026, 1, 1)
VALUES = st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True)
LOTS = st.lists(
    st.tuples(st.integers(1, 3000), st.sampled_from([0, 3, 40, None]), st.sampled_from([0, 7])), max_size=5
)


def member(lots: list[tuple[int, int | None, int]]) -> Account:
    held = tuple(
        Holding(
            "points",
            str(n),
            quantity,
            DAY,
            DAY + timedelta(days=first),
            FOREVER if last is None else DAY + timedelta(days=last),
        )
        for n, (quantity, last, first) in enumerate(lots)
    )
    return Account(member=1, holdings=held, balance={"points": sum(one[0] for one in lots)})


@given(LOTS, VALUES, st.integers(1, 400), st.integers(1, 100))
def test_vouchers_are_worth_at_least_the_balance(
    lots: list[tuple[int, int | None, int]], values: list[int], cents: int, points: int
) -> None:
    """Value of the vouchers ≥ value of the points, by less than one voucher; the counter is at zero."""
    rules = "".join(f'[[rule]]\nid = "v{n}"\nkind = "voucher"\nvalue = {n}.00\n' for n in values)
    names = ", ".join(f'"v{n}"' for n in values)
    text = (
        f'[transition]\nfrom = "old"\nvouchers = [{names}]\npoint_value = {cents // 100}.{cents % 100:02d}\n'
    )
    account = member(lots)
    passed = passage(account, OLD, programme(rules + text + f"per_points = {points}\n"), DAY)
    worth = sum(int(one.asset.removeprefix("voucher:v")) * 100 * one.quantity for one in passed.given)
    balance = sum(lot.quantity for lot in account.holdings)
    assert worth * points >= balance * cents
    assert worth - passed.cents < max(values) * 100
    after = apply(account, passed)
    assert after.held("points", DAY + timedelta(days=8)) == after.balance["points"] == 0
    assert apply(after, passage(after, OLD, programme(rules + text), DAY)) == after


@given(LOTS, st.integers(1, 50), st.integers(1, 50))
def test_a_rate_never_loses_a_fraction(
    lots: list[tuple[int, int | None, int]], before: int, after: int
) -> None:
    """New points ≥ old points × rate, by less than one point in all."""
    account = member(lots)
    new = programme(f'[transition]\nfrom = "old"\nrate = "{before} = {after}"\n')
    moved = apply(account, passage(account, OLD, new, DAY))
    points = sum(lot.quantity for lot in moved.holdings)
    total = account.balance["points"]
    assert moved.balance["points"] == points
    assert 0 <= points * before - total * after < before


@given(st.integers(0, 300), st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True))
def test_no_smaller_number_of_vouchers_would_do(cents: int, values: list[int]) -> None:
    """One voucher less is not enough, whichever; up to four of them have the least excess there is."""
    named = tuple((value, str(value)) for value in values)
    chosen = fewest(cents, named)
    count = sum(chosen.values())
    worth = sum(int(name) * quantity for name, quantity in chosen.items())
    assert worth >= cents
    assert (count - 1) * max(values) < cents or not count
    if count <= 4:
        every = [sum(some) for some in combinations_with_replacement(values, count)]
        assert worth == min(total for total in every if total >= cents)
