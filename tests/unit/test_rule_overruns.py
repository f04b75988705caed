"""What a programme may let tills without a line give beyond its budgets, gifts and daily limit, and what is refused."""

import pytest

from rules.errors import ProgrammeError
from rules.overruns import Overrun, overruns_of
from tests.unit.kind_kit import programme

BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
GIFTS = '[[rule]]\nid = "shop"\nkind = "burn.gift"\n'
MOVE = '[transition]\nfrom = "old"\n'


def test_nothing_is_given_beyond_by_itself() -> None:
    """It is for the chain to say so."""
    gifts = GIFTS + 'stock = "store"\ngifts = [{ id = "mug", points = 50 }]\n'
    told = programme(BASE + "budget = 100\n" + gifts + MOVE + "burn_limit = 500\n")
    assert overruns_of(told) == ()


def test_what_tills_may_give_beyond_is_told_by_counter() -> None:
    """Points, cents and gifts; a gift has what the catalogue says unless it has its own."""
    two = '[{ id = "mug", points = 50, overrun = 3 }, { id = "bag", points = 9 }]'
    told = programme(
        BASE
        + "budget = 100\noverrun = 100\n"
        + PAY
        + "budget = 500.00\noverrun = 20.50\n"
        + GIFTS
        + f'stock = "chain"\noverrun = 1\ngifts = {two}\n'
        + MOVE
        + "burn_limit = 500.00\noverrun = 50.00\n"
    )
    assert set(overruns_of(told)) == {
        Overrun("budget:base", 100),
        Overrun("budget:pay", 2050, money=True),
        Overrun("gift:shop.mug", 3),
        Overrun("gift:shop.bag", 1),
        Overrun("limit:transition", 5000, money=True, daily=True),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASE + "overrun = 1\n", "goes with budget"),
        (BASE + 'max = { count = 1, per = "day" }\noverrun = 1\n', "a cap and a max have no overrun"),
        (BASE + "budget = 100\noverrun = 0\n", "above 0"),
        (BASE + "budget = 100\noverrun = -1\n", "above 0"),
        (BASE + "budget = 100\noverrun = 101\n", "at most 100"),
        (BASE + "budget = 100\noverrun = 1.00\n", "the unit of budget"),
        (PAY + "budget = 5.00\noverrun = 1\n", "the unit of budget"),
        (PAY + "budget = 5.00\noverrun = 5.01\n", "at most 5.00"),
        (PAY + "budget = 5.00\noverrun = 0.00\n", "above 0"),
        (PAY + "budget = 5.00\noverrun = -1.00\n", "from 0.00"),
        (GIFTS + 'gifts = [{ id = "mug", points = 50, overrun = 1 }]\n', "goes with stock"),
        (GIFTS + 'stock = "store"\noverrun = 0\ngifts = [{ id = "mug", points = 50 }]\n', "at least 1"),
        (MOVE + "overrun = 1\n", "goes with burn_limit"),
        (MOVE + "burn_limit = 10\noverrun = 11\n", "at most 10"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    """An overrun has something to go beyond, its unit, and is no more than the whole."""
    with pytest.raises(ProgrammeError) as refused:
        programme(text)
    [problem] = refused.value.problems
    assert said in problem.message
    assert problem.line
