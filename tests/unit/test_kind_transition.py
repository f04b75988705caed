"""Moving from one programme to another: the last days at the till, and what becomes of a balance."""

from datetime import date, timedelta

import pytest

from rules.account import FOREVER, Account, Holding
from rules.decision import Choice, Decision, Reason
from rules.explain import Voice
from rules.fold import fold
from rules.kinds.transition import announce_by, notices
from rules.passage import Given, Moved, Passage, answer, apply, passage, passage_texts
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Programme
from rules.ticket import Line
from tests.unit.kind_kit import HEADER, evaluate, faults, programme, reason, sale

NEW_DAY = date(2026, 1, 1)  # effective_from of the programmes of kind_kit
VOUCHERS = "".join(
    f'[[rule]]\nid = "v{n}"\nkind = "voucher"\nvalue = {n}.00\nlife = "90d"\n' for n in (5, 10, 20)
)
INTO_VOUCHERS = '[transition]\nfrom = "old"\nvouchers = ["v20", "v10", "v5"]\npoint_value = 0.05\n'
CARD = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 10\nreward = {}\n'
VOICE = Voice(str, str, str, lambda asset, n: f"{n} {asset}")


def loaded_as(name: str, text: str) -> Programme:
    return load_programme(HEADER.replace(b'id = "t"', f'id = "{name}"'.encode()) + b"\n" + text.encode())


OLD = loaded_as("old", CARD)


def holding(quantity: int, asset: str = "points", last: date = FOREVER, first: date = NEW_DAY) -> Holding:
    return Holding(asset, f"{asset}-{quantity}", quantity, date(2025, 6, 1), first, last)


def member(*lots: Holding) -> Account:
    balance: dict[str, int] = {}
    for lot in lots:
        balance[lot.asset] = balance.get(lot.asset, 0) + lot.quantity
    return Account(member=1, holdings=lots, balance=balance)


def moved(text: str, account: Account, day: date = NEW_DAY) -> tuple[Passage, Account]:
    passed = passage(account, OLD, programme(text), day)
    return passed, apply(account, passed)


def test_points_become_points_rounded_up_once() -> None:
    """1 = 3/2 on lots of 3 and 4 points of one life: 10.5 is 11, as one lot of the new programme's life."""
    text = '[transition]\nfrom = "old"\nrate = "2 = 3"\n[expiry]\nlot_life = "10d"\n'
    passed, account = moved(text, member(holding(3), holding(4)))
    assert passed.converted == (Moved("points", "points-3", 3), Moved("points", "points-4", 4))
    assert passed.given == (Given("points", 11, NEW_DAY, NEW_DAY + timedelta(days=10)),)
    assert account.balance == {"points": 11}
    assert [(lot.lot, lot.earned_on) for lot in account.holdings] == [("passage:t:0", NEW_DAY)]


def test_no_point_loses_days_and_vesting_goes_on() -> None:
    """A longer life keeps its last day; what is not usable yet stays so; a dead lot is left alone."""
    later, soon = NEW_DAY + timedelta(days=90), NEW_DAY + timedelta(days=5)
    dead = holding(9, last=NEW_DAY - timedelta(days=1))
    text = '[transition]\nfrom = "old"\nrate = "1 = 1"\n[expiry]\nlot_life = "10d"\n'
    passed, account = moved(text, member(holding(1, last=later), holding(2, first=soon), dead))
    assert passed.given == (
        Given("points", 1, NEW_DAY, later),
        Given("points", 2, soon, NEW_DAY + timedelta(days=10)),
    )
    assert dead in account.holdings


def test_stamps_and_full_cards_become_points() -> None:
    """7 stamps at 12 points and a card of ten: 84 and 120; stamps of a card nobody names follow `after`."""
    text = '[transition]\nfrom = "old"\nstamps = { card = 12 }\nafter = "AFTER"\n'
    lots = (holding(7, "stamp:card"), holding(1, "reward:card"), holding(4, "stamp:gone"), holding(5))
    passed, account = moved(text.replace("AFTER", "keep"), member(*lots))
    assert [(one.asset, one.quantity) for one in passed.given] == [("points", 204)]
    assert account.balance == {"points": 209, "reward:card": 0, "stamp:card": 0, "stamp:gone": 4}
    passed, account = moved(text.replace("AFTER", "forfeit"), member(*lots))
    assert passed.lapsed == (Moved("stamp:gone", "stamp:gone-4", 4), Moved("points", "points-5", 5))
    assert account.balance["points"] == 204


def test_what_the_new_programme_knows_goes_on() -> None:
    """A voucher that both programmes have is neither converted nor forfeited."""
    lot = holding(2, "voucher:v5")
    passed, account = moved(VOUCHERS + INTO_VOUCHERS + 'after = "forfeit"\n', member(lot))
    assert (passed.converted, passed.lapsed, account.holdings) == ((), (), (lot,))


@pytest.mark.parametrize(
    ("points", "given"),
    [
        (0, {}),
        (1, {"v5": 1}),
        (100, {"v5": 1}),
        (101, {"v10": 1}),
        (500, {"v20": 1, "v5": 1}),
        (501, {"v20": 1, "v10": 1}),
        (2000, {"v20": 5}),
        (20_001, {"v20": 50, "v5": 1}),
    ],
)
def test_golden_every_balance_becomes_vouchers_of_at_least_its_value(
    points: int, given: dict[str, int]
) -> None:
    """As a fashion chain did: 5, 10 and 20 euros for points worth 5 cents each, and the counter is set to zero."""
    lots = (holding(points),) if points else ()
    passed, account = moved(VOUCHERS + INTO_VOUCHERS, member(*lots))
    assert {one.asset.removeprefix("voucher:"): one.quantity for one in passed.given} == given
    assert account.balance.get("points", 0) == 0
    assert passed.cents == points * 5
    assert all(one.last_day == NEW_DAY + timedelta(days=90) for one in passed.given)


RAIL = """[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[[rule]]
id = "trip"
kind = "burn.money"
label = "A trip"
points = 1000
value = 20.00
[[rule]]
id = "coffee"
kind = "burn.money"
label = "Small rewards while it lasts"
points = 100
value = 2.00
valid = { from = 2026-02-01, to = 2026-07-01 }
[[rule]]
id = "half"
kind = "burn.money"
label = "A trip at half the points"
points = 500
value = 20.00
max_steps = 1
valid = { from = 2026-05-01, to = 2026-06-01 }
[transition]
to = "new"
notice = "90d"
last_earn = 2026-04-30
last_burn = 2026-06-30
burn_limit = 50.00
"""


def offers(decision: Decision) -> dict[str, int]:
    return {option.rule: option.max_steps for option in decision.options}


def test_golden_smaller_and_promotional_rewards_while_the_old_programme_lasts() -> None:
    """As a national railway did: small rewards first, a promotion for a month, nothing earned after the last day."""
    loaded = loaded_as("rail", RAIL)
    account = Account(member=1, holdings=(holding(1200, first=date(2025, 1, 1)),), balance={"points": 1200})
    big = Line(20_000, "x", "x")
    january = evaluate(sale(date(2026, 1, 31), big), account, loaded)
    assert (offers(january), january.earned()) == ({"trip": 1}, 200)
    april = evaluate(sale(date(2026, 4, 30), big), account, loaded)
    assert (offers(april), april.earned()) == ({"trip": 1, "coffee": 12}, 200)
    may = evaluate(sale(date(2026, 5, 1), big), account, loaded, (Choice("half"), Choice("coffee", 7)))
    assert (may.earned(), reason(may, "base")) == (0, Reason.ENDED)
    assert [(burn.rule, burn.steps, burn.cents) for burn in may.burns] == [
        ("half", 1, 2000),
        ("coffee", 7, 1400),
    ]
    june = evaluate(sale(date(2026, 6, 30), big), account, loaded)
    assert offers(june) == {"trip": 1, "coffee": 12}
    july = evaluate(sale(date(2026, 7, 1), big), account, loaded)
    assert (offers(july), reason(july, "trip")) == ({}, Reason.ENDED)


def test_a_store_redeems_so_much_a_day() -> None:
    """Of 50.00 a day the shared counter has 21.00 left: a trip still fits, with a coffee it does not."""
    loaded = loaded_as("rail", RAIL)
    account = Account(member=1, holdings=(holding(9000, first=date(2025, 1, 1)),), balance={"points": 9000})
    day, big = date(2026, 3, 1), Line(50_000, "x", "x")
    alone = evaluate(sale(day, big), account, loaded)
    assert offers(alone) == {"trip": 2, "coffee": 25}
    left = {"limit:transition": 2100}
    assert offers(evaluate(sale(day, big), account, loaded, stock=left)) == {"trip": 1, "coffee": 10}
    taken = evaluate(sale(day, big), account, loaded, (Choice("trip"), Choice("coffee")), stock=left)
    assert [burn.rule for burn in taken.burns] == ["trip"]
    assert taken.drawn == {"limit:transition": 2000}
    assert reason(taken, "coffee") is Reason.BUDGET_SPENT
    points = loaded_as("rail", RAIL.replace("burn_limit = 50.00", "burn_limit = 1500"))
    assert offers(evaluate(sale(day, big), account, points)) == {"trip": 1, "coffee": 15}


def test_new_terms_have_to_be_accepted() -> None:
    """Without an answer nothing moves until the deadline; a yes converts, with the bonus; then it is done."""
    text = VOUCHERS + INTO_VOUCHERS + "accept = true\ndeadline = 2026-06-30\nbonus = { points = 50 }\n"
    account = member(holding(100))
    waiting, same = moved(text, account)
    assert (waiting.waiting, same) == (True, account)
    assert passage_texts(waiting, VOICE) == ("The old balance waits until the new terms are accepted",)
    passed, after = moved(text, answer(account, accepted=True), date(2026, 3, 1))
    assert after.balance == {"points": 50, "voucher:v5": 1}
    assert passage_texts(passed, VOICE) == (
        "100 points of the old programme become 1 voucher:v5",
        "50 points for coming along",
    )
    again, same = moved(text, after, date(2026, 3, 2))
    assert (again.final, same) == (False, after)
    assert passage_texts(again, VOICE) == ("Nothing of the old programme is left to convert",)


@pytest.mark.parametrize(
    ("refused", "balance"),
    [("keep", {"points": 100}), ("forfeit", {"points": 0}), ("voucher", {"points": 0, "voucher:v5": 1})],
)
def test_who_refuses_gets_what_the_programme_says(refused: str, balance: dict[str, int]) -> None:
    """Points stay, lapse, or become vouchers of their value; a bonus is for those who come along."""
    text = VOUCHERS + INTO_VOUCHERS + f'accept = true\nrefused = "{refused}"\nbonus = {{ points = 50 }}\n'
    passed, account = moved(text, answer(member(holding(100)), accepted=False))
    assert account.balance == balance
    if refused == "forfeit":
        assert passage_texts(passed, VOICE) == ("100 points of the old programme lapse",)


@pytest.mark.parametrize(("after", "left"), [("keep", 100), ("forfeit", 0)])
def test_after_the_deadline(after: str, left: int) -> None:
    """Nobody answered: on the deadline itself it still waits, on the day after it is decided."""
    text = VOUCHERS + INTO_VOUCHERS + f'accept = true\ndeadline = 2026-06-30\nafter = "{after}"\n'
    account = member(holding(100))
    assert moved(text, account, date(2026, 6, 30))[0].waiting
    passed, account = moved(text, account, date(2026, 7, 1))
    assert (passed.final, account.balance["points"]) == (True, left)


def test_the_days_on_which_members_are_told() -> None:
    """Counted back from the day on which the new programme begins."""
    loaded = programme('[transition]\nfrom = "old"\nnotice = "60d"\nnotify = ["14d", "60d"]\n')
    assert announce_by(loaded) == date(2025, 11, 2)
    assert notices(loaded) == (date(2025, 11, 2), date(2025, 12, 18))
    assert announce_by(programme("")) is None
    for nowhere in ("", '[transition]\nto = "new"\nnotify = ["14d"]\n'):
        assert notices(programme(nowhere)) == ()


def test_a_move_that_nobody_wrote_down_is_refused() -> None:
    """The new programme has to name the old one."""
    with pytest.raises(ValueError, match="add one"):
        passage(member(), OLD, programme('[transition]\nfrom = "other"\n'), NEW_DAY)


def test_a_ticket_of_the_new_programme_is_not_touched() -> None:
    """With `from` the last days are of the old programme: earning goes on."""
    text = RAIL.replace('to = "new"', 'from = "old"').replace("2026-04-30", "2025-10-31")
    loaded = programme(text.replace("last_burn = 2026-06-30", "last_burn = 2025-12-31"))
    decision = evaluate(sale(date(2026, 5, 1)), Account(member=1), loaded)
    assert fold(Account(member=1), sale(date(2026, 5, 1)), decision).balance == {"points": 10}
    assert reason(decision, "transition") is Reason.NO_EFFECT


@pytest.mark.parametrize(
    ("old_text", "new_text", "said"),
    [
        ('from = "old"', 'from = "old"\nto = "new"', "or to in the last version"),
        ('from = "old"', 'notice = "60d"', "or to in the last version"),
        ('from = "old"', 'from = "t"', "other programme by its id"),
        ('from = "old"', 'from = "old"\nnotice = "29d"', "at least 30 days"),
        ('from = "old"', 'from = "old"\nnotify = ["0d"]', "one day before"),
        ('from = "old"', 'from = "old"\nlast_burn = 2026-01-01', "a day before 2026-01-01"),
        (
            'from = "old"',
            'from = "old"\nlast_earn = 2025-12-02\nlast_burn = 2025-12-01',
            "at least as long",
        ),
        ('from = "old"', 'from = "old"\nrate = "1 = 2"', "one of the two"),
        ('from = "old"', 'from = "old"\nrate = "12"', 'such as "1 = 12"'),
        ('"v20", ', '"v50", ', "no voucher v50 with a value"),
        ("point_value = 0.05", "", "what a point is worth"),
        ('from = "old"', 'from = "old"\nstamps = { card = 0 }', "at least one point"),
        ('from = "old"', 'from = "old"\nburn_limit = 0', "redeems a day"),
        ('from = "old"', 'from = "old"\nburn_limit = 1.5', "two decimals"),
        ('from = "old"', 'from = "old"\ndeadline = 2025-12-31', "time to answer"),
        ('from = "old"', 'from = "old"\nbonus = {}', "points or a voucher"),
        ('from = "old"', 'to = "new"', "say in the new programme"),
        (
            'vouchers = ["v20", "v10", "v5"]\npoint_value = 0.05',
            'refused = "voucher"',
            "who refuses",
        ),
    ],
)
def test_wrong_tables_are_load_errors(old_text: str, new_text: str, said: str) -> None:
    """Each fault says what to write."""
    assert said in faults(VOUCHERS + INTO_VOUCHERS.replace(old_text, new_text))


def test_a_new_lot_takes_the_life_of_the_programme_it_is_of() -> None:
    """What is given is held as it is told; it came from the old programme, and an empty lot gives nothing."""
    text = '[transition]\nfrom = "old"\nrate = "1 = 1"\n[expiry]\nlot_life = "10d"\n'
    soon, ends = NEW_DAY + timedelta(days=5), NEW_DAY + timedelta(days=10)
    passed, account = moved(text, member(holding(2, first=soon), holding(0)))
    assert (passed.source, passed.target) == ("old", "t")
    assert passed.converted == (Moved("points", "points-2", 2),)
    assert account.holdings == (
        holding(0),
        Holding("points", "passage:t:0", 2, NEW_DAY, soon, ends),
    )


def test_three_lots_are_rounded_up_as_one() -> None:
    """1 = 3/2 of three points that lapse on three days: 1.5, 3 and 4.5 are 2, 3 and 5 in all."""
    lots = [
        Holding("points", str(days), 1, NEW_DAY, NEW_DAY, NEW_DAY + timedelta(days=days))
        for days in (20, 30, 40)
    ]
    text = '[transition]\nfrom = "old"\nrate = "2 = 3"\n[expiry]\nlot_life = "10d"\n'
    passed, _ = moved(text, member(*lots))
    assert [one.quantity for one in passed.given] == [2, 1, 2]
    assert passage_texts(passed, VOICE) == ("3 points of the old programme become 5 points",)


@pytest.mark.parametrize(
    ("bonus", "given"),
    [
        ("points = 50", Given("points", 50, NEW_DAY, NEW_DAY + timedelta(days=10), bonus=True)),
        ('voucher = "v5"', Given("voucher:v5", 1, NEW_DAY, NEW_DAY + timedelta(days=90), bonus=True)),
    ],
)
def test_a_bonus_lives_as_its_rule_says(bonus: str, given: Given) -> None:
    """Points as all points of the new programme, a voucher as vouchers of its kind."""
    text = f'[transition]\nfrom = "old"\naccept = true\nbonus = {{ {bonus} }}\n[expiry]\nlot_life = "10d"\n'
    passed, account = moved(VOUCHERS + text, answer(member(), accepted=True))
    assert passed.given == (given,)
    assert account.balance == {given.asset: given.quantity}


def test_a_free_item_that_both_programmes_give_goes_on() -> None:
    """The birthday cake of the old programme is one of the new."""
    cake = '[[rule]]\nid = "cake"\nkind = "earn.birthday"\nreward = {}\n'
    lot = holding(1, "reward:cake")
    passed, account = moved(cake + '[transition]\nfrom = "old"\nafter = "forfeit"\n', member(lot))
    assert (passed.lapsed, account.holdings) == ((), (lot,))


def test_a_limit_in_cents_is_kept_to_the_cent() -> None:
    """Of 49.99 a day 24 coffees of 2.00 can be redeemed, not 25."""
    loaded = loaded_as("rail", RAIL.replace("burn_limit = 50.00", "burn_limit = 49.99"))
    account = Account(member=1, holdings=(holding(9000, first=date(2025, 1, 1)),), balance={"points": 9000})
    assert offers(evaluate(sale(date(2026, 3, 1), Line(50_000, "x", "x")), account, loaded))["coffee"] == 24


def test_vouchers_of_a_move_have_a_value() -> None:
    """Neither a rule of another kind nor a voucher of a percentage will do; members may be told on the eve."""
    text = '[[rule]]\nid = "v5"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
    text += '[[rule]]\nid = "v10"\nkind = "voucher"\npercent = "10%"\n'
    said = faults(text + INTO_VOUCHERS.replace('"v20", ', "") + 'notify = ["1d"]\n')
    assert [name in said for name in ("no voucher v5 ", "no voucher v10 ", "one day before")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("key", ['rate = "1 = 2"', "stamps = { card = 5 }", "bonus = { points = 5 }"])
def test_the_old_programme_does_not_say_what_becomes_of_balances(key: str) -> None:
    """A rate, stamps or a bonus stand in the new one."""
    assert "say in the new programme" in faults(f'[transition]\nto = "new"\n{key}\n')


def test_what_a_store_redeemed_on_this_ticket_is_off_its_limit() -> None:
    """Of 50.00 two trips leave 10.00: a sixth coffee is refused, although no counter is at hand."""
    loaded = loaded_as("rail", RAIL)
    account = Account(member=1, holdings=(holding(9000, first=date(2025, 1, 1)),), balance={"points": 9000})
    ticket = sale(date(2026, 3, 1), Line(50_000, "x", "x"))
    for coffees, given in ((5, 5000), (6, 4000)):
        chosen = (Choice("trip", 2), Choice("coffee", coffees))
        assert evaluate(ticket, account, loaded, chosen).reward == given


def test_the_shortest_move() -> None:
    """Told on the day that is early enough, an answer on the first day, a point for a stamp, one point a day."""
    text = 'from = "old"\nnotice = "30d"\nstamps = { card = 1 }\naccept = true\ndeadline = 2026-01-01\n'
    text += "last_earn = 2025-12-31\nlast_burn = 2025-12-31\nburn_limit = 1\n"
    assert faults("[transition]\n" + text) == ""


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('from = "t"', "from"),
        ('to = "t"', "to"),
        ('to = "new"\naccept = true', "to"),
        ('from = "old"\nlast_earn = 2026-01-01', "last_earn"),
        ('from = "old"\nbonus = {}', "bonus"),
    ],
)
def test_a_fault_names_its_key(table: str, key: str) -> None:
    """Where it has to be corrected."""
    (problem,) = check_programme(HEADER + f"[transition]\n{table}\n".encode())
    assert problem.key == key
