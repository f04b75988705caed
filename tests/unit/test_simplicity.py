"""The simplicity report of `assidu programme check`."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

import assets
from pos_app.cli.main import main
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.tools.limits import DEAD_END
from rules.tools.offers import Offer, Paid, cheapest, offers, worth
from rules.tools.reach import Beyond, beyond_anybody, never_reached
from rules.tools.simplicity import BENEFIT, Failing, Simplicity, simplicity, understood
from tests.unit.tools_kit import BASE, COFFEE, FIVE, HEADER, history_file, programme_file, run, sold

VOUCHER = '[[rule]]\nid = "cheque"\nkind = "voucher"\nvalue = 5.00\nlife = "60d"\n'
CONVERT = '[[rule]]\nid = "auto"\nkind = "convert"\npoints = 100\nvoucher = "cheque"\n'
DEMO = Path(assets.__file__).parent / "demo" / "programme.toml"


def report(*rules: str) -> Simplicity:
    """The report on a programme of these rules."""
    return simplicity(load_programme((HEADER.format(version=1) + "".join(rules)).encode()))


def reasons(*rules: str) -> list[str]:
    """Why a programme of these rules is too complicated."""
    return [each.reason for each in report(*rules).failings]


def bonus(n: int, more: str = "") -> str:
    """One of many visit bonuses."""
    return f'[[rule]]\nid = "bonus{n}"\nkind = "earn.visit"\npoints = {n + 1}\n{more}'


def test_the_demo_programme_is_simple() -> None:
    """The programme that the demo starts with passes its own check."""
    result = CliRunner().invoke(main, ["programme", "check", str(DEMO)])
    assert result.exit_code == 0, result.output


def test_what_a_customer_must_understand() -> None:
    """Earning, rewards and tiers count; caps and expiry do not, nor does the voucher that a conversion makes."""
    cap = '[[rule]]\nid = "most"\nkind = "cap"\nof = ["*"]\nmax = 500\nper = "day"\n'
    expiry = '[expiry]\nlot_life = "365d"\n'
    tiers = '[tiers]\nlevels = [{ id = "a", from = 0 }, { id = "b", from = 100, multiply = "2" }]\n'
    assert report(BASE, CONVERT, VOUCHER, cap, tiers, expiry).rules == ("auto", "base", "tiers")


def test_campaigns_count_on_the_days_on_which_they_run() -> None:
    """Two campaigns one after the other are one thing to understand at a time; at the same time they are two."""
    first = "valid = { from = 2030-03-01, to = 2030-04-01 }\n"
    then, meanwhile = first.replace("03-01", "04-01").replace("to = 2030-04", "to = 2030-05"), first
    programme = load_programme(
        (HEADER.format(version=1) + BASE + FIVE + bonus(1, first) + bonus(2, then)).encode()
    )
    assert understood(programme) == ("base", "bonus1", "five")
    both = load_programme(
        (HEADER.format(version=1) + BASE + FIVE + bonus(1, first) + bonus(2, meanwhile)).encode()
    )
    assert len(understood(both)) == 4


def test_a_gift_catalogue_is_one_rule() -> None:
    """Three gifts of a catalogue are one thing to understand."""
    gifts = ", ".join(f'{{ id = "g{n}", points = {50 + n}, value = 2.00 }}' for n in range(3))
    for name in ("gifts", "spring.gifts"):
        catalogue = f'[[rule]]\nid = "{name}"\nkind = "burn.gift"\ngifts = [{gifts}]\n'
        assert report(BASE, catalogue).rules == ("base", name)


def test_a_dot_in_an_id_is_part_of_it() -> None:
    """Two campaigns named spring.a and spring.b are two things to understand."""
    dotted = [bonus(n).replace(f"bonus{n}", f"spring.{n}") for n in range(2)]
    assert report(BASE, FIVE, *dotted).rules == ("base", "five", "spring.0", "spring.1")


def test_what_a_very_good_customer_reaches() -> None:
    """200 € a week at triple points for the 53 weeks of a life of 365 days are 31,800 points, and not one more."""
    triple = '[[rule]]\nid = "triple"\nkind = "earn.multiply"\nfactor = "3"\n'
    life = '[expiry]\nlot_life = "365d"\n'
    assert reasons(BASE, triple, FIVE.replace("100", "31800"), life) == []
    assert reasons(BASE, triple, FIVE.replace("100", "31801"), life) == ["unreachable"]


def test_bonuses_of_visits_count_for_what_can_be_reached() -> None:
    """40 points in a month of visits are 10 a week: 530 in a life of a year, and 20 once on top."""
    month = '[[rule]]\nid = "month"\nkind = "earn.visits"\nsteps = [{ visit = 4, points = 40 }]\n'
    once = '[[rule]]\nid = "once"\nkind = "earn.once"\non = "first_purchase"\npoints = 20\n'
    life = '[expiry]\nlot_life = "365d"\n'
    assert reasons(month, once, FIVE.replace("100", "550"), life) == []
    assert reasons(month, once, FIVE.replace("100", "551"), life) == ["unreachable"]


def test_steps_and_currencies() -> None:
    """Points that become a voucher by themselves: three steps, two currencies; stamps are two steps."""
    found = report(BASE, CONVERT, VOUCHER)
    assert found.chains == (("points", "voucher:cheque", "benefit"),)
    assert found.currencies == ("points", "voucher")
    assert report(COFFEE).chains == (("stamp:coffee", "benefit"),)
    assert report(COFFEE).own_goods == ("coffee",)


def test_share_of_spend_by_the_file_alone() -> None:
    """1 point an euro at 5 € a hundred is 5 %; with a weekend at double points up to 10 %; a tenth stamp 1 of 11."""
    double = (
        '[[rule]]\nid = "double"\nkind = "earn.multiply"\nfactor = "2"\nwhen = "clock.weekday == \'sat\'"\n'
    )
    points, coffee = report(BASE, double, FIVE, COFFEE).shares
    assert (points.least, points.best) == (500, 1000)
    assert (coffee.rule, coffee.best) == ("coffee", 909)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ((BASE, FIVE, *[bonus(n) for n in range(6)]), "rules"),
        ((BASE, COFFEE, CONVERT, VOUCHER), "currencies"),
        ((BASE, CONVERT, VOUCHER + "when = \"any(lines, .category == 'wine')\"\n"), "steps"),
        ((BASE, COFFEE), "dead_end"),
        ((BASE,), "no_reward"),
        ((BASE, FIVE.replace("100", "90000"), '[expiry]\nlot_life = "365d"\n'), "unreachable"),
        (
            (BASE.replace("per = 1.00", "per = 100.00"), CONVERT, VOUCHER, '[expiry]\nlot_life = "60d"\n'),
            "unreachable",
        ),
        ((COFFEE.replace("need = 10", "need = 200") + 'card_expires = "14d"\n',), "unreachable"),
    ],
)
def test_one_reason_at_a_time(rules: tuple[str, ...], reason: str) -> None:
    """Each kind of complication is found, and nothing else with it."""
    assert reasons(*rules) == [reason]


def test_too_many_levels() -> None:
    """Five levels are one too many."""
    levels = ", ".join(f'{{ id = "l{n}", from = {100 * n} }}' for n in range(5))
    assert reasons(BASE, FIVE, f"[tiers]\nlevels = [{levels}]\n") == ["levels"]


def test_every_reason_is_printed_one_a_line(tmp_path: Path) -> None:
    """A programme that is too complicated in three ways: exit status 1, three lines on standard error."""
    programme = programme_file(
        tmp_path, "p.toml", BASE, COFFEE, CONVERT, VOUCHER, *[bonus(n) for n in range(6)]
    )
    programme.write_text(
        programme.read_text() + FIVE.replace("100", "900000") + '[expiry]\nlot_life = "30d"\n'
    )
    result = run("check", programme, "--lang", "fr")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(": ")[1].split()[0] for line in lines] == ["10", "3", "personne"]


def test_errors_come_first(tmp_path: Path) -> None:
    """A file with errors is not judged; the other file's report is still there."""
    bad = programme_file(tmp_path, "bad.toml", BASE.replace("1.00", "1"))
    complicated = programme_file(tmp_path, "many.toml", BASE)
    result = run("check", bad, complicated)
    assert result.exit_code == 2
    assert "base.per" in result.stdout
    assert "1 error(s)" in result.stderr
    assert "there is no reward" not in result.stderr


def weekly(member: str, cents: int, weeks: int) -> list[dict[str, object]]:
    """A ticket a week."""
    return [sold(7 * n, member, cents) for n in range(weeks)]


def test_weeks_to_the_first_reward(tmp_path: Path) -> None:
    """At 20 € a week, 100 points are there with the fifth visit, after four weeks; the regular one has them earlier."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    daily = [sold(n, "daily", 2000) for n in range(40)]
    tickets = [*weekly("a", 2000, 16), *weekly("b", 2000, 16), *daily, sold(3, "once", 99900)]
    result = run("check", programme, "--history", history_file(tmp_path, tickets), "--json", "--jobs", 1)
    assert result.exit_code == 0, result.output
    habit = json.loads(result.stdout)[0]["simplicity"]["habit"]
    assert (habit["members"], habit["median_days"], habit["regular_days"]) == (3, 28, 4)
    assert (habit["regular_visits"], habit["share"]) == (40, 500)


def test_a_first_reward_that_comes_too_late_fails(tmp_path: Path) -> None:
    """At 5 € a week the median member waits 19 weeks for 100 points, and nobody ever affords the big reward."""
    big = FIVE.replace('"five"', '"big"').replace("100", "3000").replace("5.00", "200.00")
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE, big)
    history = history_file(tmp_path, weekly("a", 500, 25))
    result = run("check", programme, "--history", history, "--jobs", 1)
    assert result.exit_code == 1
    assert [("19.0 weeks" in line, "big" in line) for line in result.stderr.splitlines()] == [
        (False, True),
        (True, False),
    ]


def test_twelve_weeks_are_just_soon_enough(tmp_path: Path) -> None:
    """The first reward on the day that is exactly twelve weeks after the first visit passes."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    tickets = [sold(0, "a", 5000), sold(84, "a", 5000), sold(100, "a", 100)]
    result = run("check", programme, "--history", history_file(tmp_path, tickets), "--jobs", 1)
    assert result.exit_code == 0, result.output
    tickets[1] = sold(85, "a", 5000)
    result = run("check", programme, "--history", history_file(tmp_path, tickets), "--jobs", 1)
    assert result.exit_code == 1


def test_a_short_history_does_not_judge(tmp_path: Path) -> None:
    """Four weeks of tickets cannot tell that a reward comes too late."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    result = run("check", programme, "--history", history_file(tmp_path, weekly("a", 500, 4)), "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert "never in this history" in result.stdout or "jamais" in result.stdout


def test_points_are_worth_what_the_cheapest_reward_with_a_value_gives() -> None:
    """A percentage that is cheaper in points, at most 60 €, does not set the value of a point."""
    percent = '[[rule]]\nid = "ten"\nkind = "burn.percent"\npoints = 50\npercent = "10%"\nmax_value = 60.00\n'
    programme = load_programme((HEADER.format(version=1) + BASE + FIVE + percent).encode())
    assert worth(programme, {})["points"] == 5
    bound = load_programme((HEADER.format(version=1) + BASE + percent).encode())
    assert worth(bound, {})["points"] == 120
    assert worth(bound, {"points": Paid(100, 900)})["points"] == 9


def test_points_on_some_goods_only_are_no_share_for_everybody() -> None:
    """Points on bread alone give nothing back to who buys no bread."""
    (points,) = report(BASE + "lines = \".category == 'bread'\"\n", FIVE).shares
    assert (points.least, points.best) == (0, 500)


def loaded(*rules: str) -> Programme:
    """A programme of these rules."""
    return load_programme((HEADER.format(version=1) + "".join(rules)).encode())


def test_what_can_be_had_for_how_much() -> None:
    """Steps of money off, goods for points or vouchers, a gift without a value, and a bound where there is one."""
    brie = '[[rule]]\nid = "brie"\nkind = "burn.product"\npoints = 80\ngives = { sku = "brie" }\n'
    gift = '[[rule]]\nid = "cat"\nkind = "burn.gift"\ngifts = [{ id = "mug", points = 30 }]\n'
    tenth = '[[rule]]\nid = "tenth"\nkind = "voucher"\npercent = "10%"\nmax_value = 3.00\n'
    cake = '[[rule]]\nid = "cake"\nkind = "voucher"\nproduct = { lines = ".promo" }\n'
    steps = FIVE.rstrip() + "\nstep = 20\n"
    found = {one.rule: one for one in offers(loaded(BASE, steps, brie, gift, tenth, cake))}
    assert found["five"] == Offer("five", "points", 20, 100)
    assert found["brie"] == Offer("brie", "points", 80, None, own_goods=True)
    assert found["cat.mug"] == Offer("cat.mug", "points", 30, None)
    assert found["tenth"] == Offer("tenth", "voucher:tenth", 1, 300, most=True)
    assert found["cake"] == Offer("cake", "voucher:cake", 1, None, own_goods=True)
    paid = {"points": Paid(100, 450)}
    assert worth(loaded(BASE, brie), paid) == {"points": Fraction(9, 2)}


def test_a_reward_that_nobody_of_a_history_reached() -> None:
    """What was never held at all was not enough either."""
    programme = loaded(BASE, FIVE, VOUCHER)
    assert never_reached(programme, {"points": 99}) == (
        Beyond("cheque", "voucher:cheque", 1, 0),
        Beyond("five", "points", 100, 99),
    )


def test_units_and_visits_count_for_what_can_be_reached() -> None:
    """40 units and 7 visits a week at a point each: 2,491 in a life of a year."""
    unit = '[[rule]]\nid = "unit"\nkind = "earn.unit"\npoints = 1\n'
    visit = '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 1\n'
    life = '[expiry]\nlot_life = "365d"\n'
    assert reasons(unit, visit, FIVE.replace("100", "2491"), life) == []
    assert reasons(unit, visit, FIVE.replace("100", "2492"), life) == ["unreachable"]


def test_without_a_reward_there_is_no_step_and_a_bound_gives_no_share() -> None:
    """Points that buy nothing; a card whose free item has a highest value may be worth anything below its part."""
    assert report(BASE).steps == 0
    bounded = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 9\nreward = { max_value = 2.00 }\n'
    (card,) = report(bounded).shares
    assert (card.least, card.best) == (0, 1000)


def test_now_and_then_counts_for_what_can_be_reached() -> None:
    """A point for a streak and one for coming back in each of 104 weeks, 7 for a birthday, none for a voucher."""
    streak = '[[rule]]\nid = "run"\nkind = "earn.streak"\nperiod = "week"\nlength = 2\npoints = 1\n'
    comeback = '[[rule]]\nid = "again"\nkind = "earn.comeback"\nabsent = "60d"\npoints = 1\n'
    birthday = '[[rule]]\nid = "bday"\nkind = "earn.birthday"\npoints = 7\n'
    first = '[[rule]]\nid = "first"\nkind = "earn.once"\non = "first_purchase"\nvoucher = "cheque"\n'
    some = loaded(streak, comeback, birthday, first, VOUCHER, FIVE.replace("100", "216"))
    assert beyond_anybody(some) == (Beyond("five", "points", 216, 215),)


def test_a_card_of_tickets_is_full_by_visits() -> None:
    """Seven visits a week for 104 weeks are 728 stamps."""
    card = '[[rule]]\nid = "card"\nkind = "stamp"\nper = "ticket"\nneed = 729\nreward = {}\n'
    assert beyond_anybody(loaded(card)) == (Beyond("card", "stamp:card", 729, 728),)
    assert beyond_anybody(loaded(card.replace("729", "728"))) == ()


def test_what_a_card_and_a_voucher_offer() -> None:
    """A free item with a bound and one without; a voucher of a value is worth exactly that; the cheapest counts."""
    free = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 9\nreward = {}\n'
    found = {one.rule: one for one in offers(loaded(COFFEE, free, VOUCHER))}
    assert found["coffee"] == Offer("coffee", "reward:coffee", 1, 450, most=True, own_goods=True)
    assert found["card"] == Offer("card", "reward:card", 1, None, own_goods=True)
    assert found["cheque"] == Offer("cheque", "voucher:cheque", 1, 500)
    dear = FIVE.replace("five", "zen").replace("100", "300")
    assert cheapest(loaded(BASE, FIVE, dear)) == {"points": 100}


def test_what_was_paid_tells_a_worth_only_where_the_programme_does_not() -> None:
    """A value stands, a bound gives way to what one redemption came to, and what was never redeemed tells nothing."""
    tenth = '[[rule]]\nid = "tenth"\nkind = "voucher"\npercent = "10%"\nmax_value = 3.00\n'
    dear = FIVE.replace("five", "also").replace("100", "300")
    some = loaded(BASE, FIVE, dear, VOUCHER, tenth)
    paid = {asset: Paid(1, 120) for asset in ("points", "voucher:cheque", "voucher:tenth", "gone")}
    whole = {"points": Fraction(5), "voucher:cheque": Fraction(500)}
    assert worth(some, paid) == {**whole, "voucher:tenth": Fraction(120), "gone": Fraction(120)}
    never = {asset: Paid() for asset in paid}
    assert worth(some, never) == {**whole, "voucher:tenth": Fraction(300)}


def test_vouchers_of_a_move_belong_to_it() -> None:
    """What old balances become is no rule of its own to understand."""
    move = '[transition]\nfrom = "old"\nvouchers = ["cheque"]\npoint_value = 0.05\n'
    assert report(BASE, FIVE, VOUCHER, move).rules == ("base", "five")


def test_a_free_item_that_no_card_makes_is_given() -> None:
    """A cake for the birthday is there at once; what nothing can be had for is named."""
    cake = '[[rule]]\nid = "cake"\nkind = "earn.birthday"\nreward = {}\n'
    assert report(cake).chains == (("reward:cake", BENEFIT),)
    assert report(BASE, cake).failings == (Failing(DEAD_END, names=("points",)),)


def test_shares_are_rounded_half_up() -> None:
    """A seventh item is 14.29 %; a point worth 5.00 for an euro gives 500 % back."""
    card = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 6\nreward = {}\n'
    points, stamps = report(BASE, FIVE.replace("points = 100", "points = 1"), card).shares
    assert (points.best, stamps.best) == (50_000, 1_429)


def test_a_reward_on_the_first_day(tmp_path: Path) -> None:
    """Two visits make a habit; whoever can afford a reward at once waited no day; one visit makes none."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(0, "a", 10_000), sold(9, "a", 10_000), sold(3, "b", 10_000)])
    result = run("check", programme, "--history", history, "--json", "--jobs", 1)
    habit = json.loads(result.stdout)[0]["simplicity"]["habit"]
    assert (habit["members"], habit["median_days"], habit["share"]) == (1, 0, 500)
    history = history_file(tmp_path, [sold(0, "a", 100)])
    result = run("check", programme, "--history", history, "--json", "--jobs", 1)
    assert json.loads(result.stdout)[0]["simplicity"]["habit"] is None


def test_a_history_of_twelve_weeks_judges(tmp_path: Path) -> None:
    """Ten euros in 85 days: the reward of 100 points was out of reach, and nobody had one within 84 days."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(0, "a", 500), sold(84, "a", 500)])
    result = run("check", programme, "--history", history, "--json", "--jobs", 1)
    failings = json.loads(result.stdout)[0]["simplicity"]["failings"]
    assert [(one["have"], one["most"]) for one in failings] == [(100, 10), (85, 84)]
