"""A balance explained lot by lot."""

from datetime import date, timedelta

from pos_app.languages.words import Words
from pos_app.till.labels import voice_of
from rules.account import FOREVER, Account, Holding
from rules.telling.balance import Origin, balance_detail, balance_text, explain_balance
from tests.unit.kind_kit import DAY, programme

RULES = """
[[rule]]
id = "base"
kind = "earn.amount"
label = "Points"
points = 1
per = 1.00
"""


def lot(name: str, quantity: int, last: date, first: date = date(2026, 5, 1)) -> Holding:
    """Points given on 1 May."""
    return Holding("points", name, quantity, date(2026, 5, 1), first, last)


ACCOUNT = Account(
    1,
    holdings=(
        lot("forever", 5, FOREVER),
        lot("soon", 7, date(2026, 6, 1)),
        lot("vesting", 3, date(2026, 7, 1), date(2026, 5, 20)),
        lot("gone", 9, date(2026, 5, 5)),
    ),
    balance={"points": 26, "stamp:x": 0},
    deficit={"points": 4},
)


def test_lots_come_first_to_lapse_first_and_add_up() -> None:
    """What has lapsed is not held; what the balance has beyond the lots is told apart."""
    [points] = explain_balance(ACCOUNT, DAY)
    assert [one.lot for one in points.lots] == ["soon", "vesting", "forever"]
    assert (points.quantity, points.without_lot, points.owed) == (17, 2, 4)
    assert sum(one.quantity for one in points.lots) + points.without_lot == points.quantity


def test_lots_are_told_with_rule_ticket_and_last_day() -> None:
    """Whoever asks why sees when, by which rule and on which ticket, as far as it is known."""
    [points] = explain_balance(ACCOUNT, DAY, {"soon": Origin("base", "2-1-7")})
    voice = voice_of(programme(RULES), Words("en"))
    assert balance_text(points, voice) == "The member has 17 points"
    assert balance_detail(points, DAY, voice) == (
        "7 points of 01/05/2026, Points, ticket 2-1-7: to 01/06/2026",
        "3 points of 01/05/2026: to 01/07/2026 (usable from 20/05/2026)",
        "5 points of 01/05/2026: no last day",
        "2 points without known lots here",
        "4 points owed: taken back after it was spent",
    )


def test_an_empty_account_has_nothing_to_tell() -> None:
    """Counters at zero are no balance."""
    assert explain_balance(Account(1, balance={"points": 0}), DAY) == ()


def test_lots_without_a_balance_are_what_is_held() -> None:
    """A till that holds lots alone: what has lapsed of them is gone, and nothing lies elsewhere."""
    lots = (lot("today", 7, FOREVER, DAY), lot("gone", 9, date(2026, 5, 5)))
    [points] = explain_balance(Account(1, holdings=lots), DAY)
    assert (points.quantity, points.without_lot) == (7, 0)
    voice = voice_of(programme(RULES), Words("en"))
    assert balance_detail(points, DAY, voice) == ("7 points of 01/05/2026: no last day",)


def test_stamps_are_called_after_their_card() -> None:
    """Whose they are stands beside how many."""
    card = '[[rule]]\nid = "x"\nkind = "stamp"\nlabel = "Coffee card"\nneed = 5\nreward = {}\n'
    [stamps] = explain_balance(Account(1, balance={"stamp:x": 2}), DAY)
    assert balance_text(stamps, voice_of(programme(card), Words("en"))).endswith(": Coffee card")


def test_the_last_day_of_a_lot_is_a_day_on_which_it_is_held() -> None:
    """On the day after it is gone, and two that lapsed count both; with nothing owed nothing is."""
    lots = (lot("a", 2, DAY), lot("b", 3, DAY))
    account = Account(1, holdings=lots, balance={"points": 6})
    for day, left in ((DAY, 6), (DAY + timedelta(days=1), 1)):
        [points] = explain_balance(account, day)
        assert (points.quantity, points.without_lot, points.owed) == (left, 1, 0)


def test_free_items_are_called_after_their_card_and_may_live_for_ever() -> None:
    """A card that was filled on a ticket."""
    card = '[[rule]]\nid = "x"\nkind = "stamp"\nlabel = "Coffee card"\nneed = 5\nreward = {}\n'
    voice = voice_of(programme(card), Words("en"))
    held = Holding("reward:x", "r", 1, date(2026, 5, 1), date(2026, 5, 1), FOREVER)
    [item] = explain_balance(Account(1, holdings=(held,)), DAY, {"r": Origin("x", "2-1-7")})
    assert balance_text(item, voice).endswith(": Coffee card")
    [text] = balance_detail(item, DAY, voice)
    assert text.endswith("of 01/05/2026, Coffee card, ticket 2-1-7: no last day")
