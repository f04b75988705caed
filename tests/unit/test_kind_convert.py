"""Points that become a voucher by themselves."""

from datetime import timedelta

import pytest

from rules.account import Account, Holding
from rules.conversions import Conversion, Converted, convert
from rules.decision import Choice, Gap, Progress, Reason
from rules.fold import fold
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, programme, reason, sale

CHEQUE = '[[rule]]\nid = "cheque"\nkind = "voucher"\nvalue = 5.00\nlife = "30d"\nstarts = "1d"\n'
TURN = '[[rule]]\nid = "turn"\nkind = "convert"\npoints = 500\nvoucher = "cheque"\n'
BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
LOADED = programme(CHEQUE + TURN + BASE)


def member(points: int, start: int = 0) -> Account:
    """Somebody with points that can be used `start` days from now on."""
    lot = Holding("points", "p", points, DAY, DAY + timedelta(days=start), DAY + timedelta(days=99))
    return Account(member=1, holdings=(lot,), balance={"points": points})


def test_the_programme_names_the_conversion() -> None:
    """500 points, one voucher with the life of the voucher's own rule."""
    assert LOADED.conversions == (Conversion("turn", 500, "points", "voucher:cheque", 30),)


@pytest.mark.parametrize(("points", "have"), [(0, 10), (310, 320), (489, 499), (490, 500), (700, 210)])
def test_the_way_to_the_voucher(points: int, have: int) -> None:
    """The ticket's own 10 points count; what goes beyond a voucher is on the way to the next."""
    decision = evaluate(sale(DAY), member(points), LOADED)
    assert decision.progress == (Progress("voucher", "turn", "cheque", "points", have, 500),)
    short = points + 10 < 500
    assert reason(decision, "turn") is (Reason.NO_BALANCE if short else Reason.NO_EFFECT)
    if short:
        assert next(one for one in decision.outcomes if one.rule == "turn").gap == Gap("points", have, 500)


def test_what_is_full_is_converted_and_usable_at_once() -> None:
    """1,010 points become two vouchers of 30 days; 10 points stay, and the next ticket is paid with one."""
    account = member(1000)
    account = fold(account, sale(DAY), evaluate(sale(DAY), account, LOADED))
    account, done = convert(account, LOADED, DAY, "t")
    assert [(one.units, one.quantity, one.last_day) for one in done] == [(1000, 2, DAY + timedelta(days=30))]
    assert (account.balance["points"], account.balance["voucher:cheque"]) == (10, 2)
    assert evaluate(sale(DAY, Line(2000)), account, LOADED, (Choice("cheque"),)).reward == 500


def test_points_not_usable_yet_wait() -> None:
    """500 points that vest tomorrow are converted tomorrow."""
    assert convert(member(500, start=1), LOADED, DAY, "t")[1] == ()
    assert len(convert(member(500, start=1), LOADED, DAY + timedelta(days=1), "t")[1]) == 1


def test_a_debt_stops_it() -> None:
    """Who owes points keeps them until the debt is paid."""
    owing = Account(member=1, holdings=member(500).holdings, deficit={"points": 3})
    assert convert(owing, LOADED, DAY, "t")[1] == ()


def test_known_thinly_it_is_counted_later() -> None:
    """Without a balance nothing is said about the way."""
    decision = evaluate(sale(DAY), Account(member=1, known="none"), LOADED)
    assert reason(decision, "turn") is Reason.SETTLED_LATER
    assert decision.progress == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("points = 500", "points = 0"), "at least 1 point"),
        (('voucher = "cheque"', 'voucher = "base"'), "no voucher base"),
    ],
)
def test_what_the_loader_refuses(change: tuple[str, str], said: str) -> None:
    """Each fault says what to write instead."""
    assert said in faults(CHEQUE + TURN.replace(*change) + BASE)


def test_a_conversion_is_written_down_whole() -> None:
    """Rule, what was drawn and what was made; the lot is named after where it was made, by number."""
    card = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 5\nreward = { expires = "9d" }\n'
    stamps = Holding("stamp:card", "s", 12, DAY, DAY, DAY + timedelta(days=99))
    account = member(1000)
    account = Account(
        member=1, holdings=(*account.holdings, stamps), balance={"points": 1000, "voucher:cheque": 1}
    )
    after, done = convert(account, programme(CHEQUE + TURN + card), DAY, "t")
    month, days = DAY + timedelta(days=30), DAY + timedelta(days=9)
    assert sorted(done, key=lambda one: one.rule) == [
        Converted("card", "stamp:card", 10, "reward:card", 2, days),
        Converted("turn", "points", 1000, "voucher:cheque", 2, month),
    ]
    made = [one for one in after.holdings if one.lot.startswith("t:")]
    assert sorted((one.lot, one.asset, one.earned_on, one.available_on) for one in made) == [
        ("t:c0", done[0].target, DAY, DAY),
        ("t:c1", done[1].target, DAY, DAY),
    ]
    assert after.balance == {"points": 0, "voucher:cheque": 3, "stamp:card": 2, "reward:card": 2}


def test_who_owes_vouchers_gets_none_and_keeps_other_ways() -> None:
    """A voucher was taken back that was used already: points stay, stamps still become a free item."""
    card = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 5\nreward = {}\n'
    for owed in ({"voucher:cheque": 1}, {"reward:card": 1}):
        lots = (*member(500).holdings, Holding("stamp:card", "s", 5, DAY, DAY, DAY))
        account = Account(member=1, holdings=lots, deficit=owed)
        _, done = convert(account, programme(CHEQUE + TURN + card), DAY, "t")
        assert [one.target for one in done] == [{"voucher:cheque", "reward:card"}.difference(owed).pop()]


def test_a_balance_below_nothing_makes_nothing() -> None:
    """One for one, and five too few."""
    assert [Conversion("r", 1, "a", "b").times(units) for units in (-5, 0, 2)] == [0, 0, 2]


def test_without_a_point_there_is_no_way_yet() -> None:
    """0 of 500, and 0 of 1: a new member is known, though nothing is in the balance."""
    for text in (TURN, TURN.replace("500", "1")):
        decision = evaluate(sale(DAY), Account(member=1), programme(CHEQUE + text))
        need = 500 if text == TURN else 1
        (outcome,) = (one for one in decision.outcomes if one.rule == "turn")
        assert (outcome.reason, outcome.gap) == (Reason.NO_BALANCE, Gap("points", 0, need))
        assert decision.progress == (Progress("voucher", "turn", "cheque", "points", 0, need),)


def test_known_by_the_balance_alone_it_is_told() -> None:
    """A till that has no history of the member, but the balance."""
    thin = Account(member=1, known="thin", balance={"points": 310})
    assert reason(evaluate(sale(DAY), thin, LOADED), "turn") is Reason.NO_BALANCE
