"""Vouchers as the prize of the kinds that reward coming, returning, firsts, birthdays and events."""

from datetime import date, timedelta

import pytest

from rules.account import Account, voucher_asset
from rules.netting import scope_of
from rules.ticket import Event, Line
from tests.unit.kind_kit import DAY, evaluate, happened, programme, sale

CAKE = """[[rule]]
id = "cake5"
kind = "voucher"
value = 5.00
life = "30d"
starts = "1d"
"""
KNOWN = Account(
    member=1,
    since=DAY,
    birthday=(DAY.month, DAY.day),
    first_visit=DAY - timedelta(days=99),
    last_visit=DAY - timedelta(days=99),
)


@pytest.mark.parametrize(
    "rule",
    [
        'kind = "earn.visit"',
        'kind = "earn.visits"\nsteps = [{ visit = 1, voucher = "cake5" }]',
        'kind = "earn.visits"\nper = "30d"\nsteps = [{ visit = 1, voucher = "cake5" }]',
        'kind = "earn.comeback"\nabsent = "60d"',
        'kind = "earn.once"\non = "enrolment"',
        'kind = "earn.birthday"',
        'kind = "earn.event"\nevent = "survey"',
    ],
)
def test_a_voucher_can_be_the_prize(rule: str) -> None:
    """One voucher, usable from tomorrow for 30 days, that belongs to the ticket as a whole."""
    prize = "" if "steps" in rule else '\nvoucher = "cake5"'
    loaded = programme(f'{CAKE}[[rule]]\nid = "gift"\n{rule}{prize}\n')
    ticket = sale(DAY, Line(1000))
    if "event" in rule:
        ticket = happened(Event("survey"))
    given = evaluate(ticket, KNOWN, loaded).contributions
    assert [(one.rule, one.asset, one.quantity) for one in given] == [("gift", voucher_asset("cake5"), 1)]
    assert (given[0].available_on, given[0].last_day) == (date(2026, 5, 7), date(2026, 6, 5))
    assert given[0].by_ticket
    assert scope_of(voucher_asset("cake5"), loaded) != "ticket"


@pytest.mark.parametrize("kind", ["earn.visit", "earn.comeback", "earn.once"])
def test_points_of_a_prize_lie_on_the_lines_that_brought_it(kind: str) -> None:
    """With `lines` the bread carries none of them."""
    keys = {"earn.visit": "", "earn.comeback": 'absent = "60d"\n', "earn.once": 'on = "first_purchase"\n'}[
        kind
    ]
    text = f'[[rule]]\nid = "gift"\nkind = "{kind}"\npoints = 4\nlines = ".sku == \'tea\'"\n{keys}'
    ticket = sale(DAY, Line(900, "bread", "bread"), Line(100, "tea", "tea"))
    account = KNOWN if kind == "earn.comeback" else Account(member=1)
    (given,) = evaluate(ticket, account, programme(text)).contributions
    assert given.allocation == (0, 4)
