"""The account after a ticket: what is held, what may be spent, visits, the level; and what lapses."""

from datetime import date, timedelta

import msgspec

from rules.account import FOREVER, Account, Holding
from rules.decision import Choice
from rules.fold import expire, fold, take
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, programme, sale

BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
LATER = BASE.replace('"base"', '"later"') + 'vesting = "1d"\n'
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
STAMP = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 9\nreward = {}\n'
LOADED = programme(BASE + LATER + PAY + STAMP)
NEXT = DAY + timedelta(days=1)


def lot(name: str, quantity: int, asset: str = "points", last: date = FOREVER, first: date = DAY) -> Holding:
    return Holding(asset, name, quantity, DAY, first, last)


def after(account: Account, *choices: Choice, day: date = DAY) -> Account:
    ticket = sale(day, Line(2000, "x", "x"))
    return fold(account, ticket, evaluate(ticket, account, LOADED, choices))


def test_what_a_till_may_spend_follows_the_ticket() -> None:
    """130 less 100 burned and the 15 of today; the 15 of tomorrow and what is unknown are not to be spent yet."""
    account = Account(member=1, usable={"points": 130}, balance={"points": 150})
    folded = after(account, Choice("pay"))
    assert folded.usable == {"points": 45, "stamp:card": 1}
    assert folded.balance == {"points": 80, "stamp:card": 1}
    assert after(Account(member=1)).usable is None


def test_a_level_is_held_since_it_was_reached() -> None:
    """Only a change of level begins a new time."""
    loaded = programme(BASE + '[tiers]\nlevels = [{ id = "a", from = 10 }, { id = "b", from = 90 }]\n')
    account = Account(member=1)
    for n, cents in enumerate((2000, 2000, 9000)):
        ticket = sale(DAY + timedelta(days=n), Line(cents))
        account = fold(account, ticket, evaluate(ticket, account, loaded))
        assert account.tier_since == DAY + timedelta(days=(0, 0, 2)[n])
    assert account.tier == "b"


def test_a_late_ticket_of_an_older_day_moves_no_visit_back() -> None:
    """First and last visit are the outer ones, in whatever order the tickets come."""
    folded = after(after(Account(member=1), day=NEXT), day=DAY)
    assert (folded.visits, folded.first_visit, folded.last_visit) == (2, DAY, NEXT)


def test_what_is_taken_comes_out_of_the_lots_usable_on_the_day() -> None:
    """The first to lapse first, on its last day still; other assets and days to come are left alone."""
    lots = (lot("c", 9, last=NEXT), lot("a", 5, last=DAY), lot("b", 7, first=NEXT), lot("s", 5, "stamp:card"))
    account = take(Account(member=1, holdings=lots), "points", 8, DAY)
    assert {one.lot: one.quantity for one in account.holdings} == {"c": 6, "b": 7, "s": 5}
    assert account.balance == {"points": 13}


def test_what_lapses_cannot_be_spent() -> None:
    """What a till may spend falls to what is left, and never rises; other assets stay."""
    loaded = programme(BASE + '[expiry]\nlot_life = "9d"\n')
    lots = (lot("a", 5, last=DAY), lot("b", 7, last=NEXT), lot("s", 2, "stamp:card"))
    for before, left in ((12, 7), (4, 4)):
        account = Account(member=1, holdings=lots, usable={"points": before, "stamp:card": 2})
        assert expire(account, NEXT, loaded).usable == {"points": left, "stamp:card": 2}
        whole = msgspec.structs.replace(account, usable=None)
        assert expire(whole, NEXT, loaded).usable is None


def test_a_sale_to_nobody_changes_no_account() -> None:
    """A customer without card."""
    assert after(Account()) == Account()
