"""What settlement takes from the till's word: shares of budgets, the balance it saw, its name; caps of blind tills."""

from pathlib import Path

import pytest

from rules.netting import scope_of
from rules.programme.load import load_programme
from rules.ticket import Event
from sync.ledger.arrivals import NewMember
from tests.unit.ledger_kit import PROGRAMME, Shop, line, promise, run

BUDGET = (
    PROGRAMME
    + b"""
[[rule]]
id = "launch"
kind = "earn.amount"
points = 5
per = 1.00
budget = 1000
"""
)
RICH = (
    PROGRAMME
    + b"""
[[rule]]
id = "rich"
kind = "earn.amount"
points = 1
per = 1.00
when = "member.points >= 100"

[[rule]]
id = "desk"
kind = "earn.amount"
points = 2
per = 1.00
when = "ticket.till == 'desk'"
"""
)
CAPPED = (
    PROGRAMME
    + b"""
[[rule]]
id = "weekly"
kind = "cap"
of = ["*"]
max = 100
per = "week"
"""
)
LIMITED = (
    PROGRAMME
    + b"""
[[rule]]
id = "welcome"
kind = "earn.amount"
points = 5
per = 1.00
max = { count = 1, per = "month" }
"""
)


@pytest.mark.parametrize("printed", [0, 20, 50])
def test_a_budget_settles_at_what_the_till_printed(tmp_path: Path, printed: int) -> None:
    """The till knew its share of the budget: the centre neither tops up nor honours what it gave of it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        more = (promise("launch", printed, till.today),) if printed else ()
        till.sale(member, (line(1000),), (promise("base", 10, till.today), *more))
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 10 + printed}, {})
        assert "TOP_UP" not in await shop.causes()

    run(tmp_path, scenario, BUDGET)


def test_a_budget_printed_above_the_rule_is_honoured(tmp_path: Path) -> None:
    """The till's word is its share, not the rule: what the rule does not give is no earning."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        given = promise("base", 10, till.today), promise("launch", 70, till.today)
        till.sale(member, (line(1000),), given)
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 60}, {"points": 20})

    run(tmp_path, scenario, BUDGET)


def test_a_condition_on_the_balance_is_settled_with_what_the_till_saw(tmp_path: Path) -> None:
    """Whichever of two tickets arrives first: the balance of a moment cannot be worked out again later."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        one.euros(member, 500)
        shop.clock.advance(hours=1)
        two.sale(
            member,
            (line(1000),),
            (promise("base", 10, two.today), promise("rich", 10, two.today)),
            points=120,
        )
        await two.push()
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 520}, {})

    run(tmp_path, scenario, RICH)


def test_a_condition_on_the_till_is_settled_with_its_name(tmp_path: Path) -> None:
    """The name stands in the entry where a rule reads it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.sale(
            member,
            (line(1000),),
            (promise("base", 10, till.today), promise("desk", 20, till.today)),
            till="desk",
        )
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 30}, {})

    run(tmp_path, scenario, RICH)


def test_a_cap_over_two_blind_tills_is_honoured_and_listed(tmp_path: Path) -> None:
    """Both promised up to the cap: one cap is earned, the overrun is kept and listed, never topped up."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        for till in (one, two):
            till.sale(member, (line(30000),), (promise("base", 100, till.today),))
            shop.clock.advance(hours=1)
        await two.push()
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 100}, {"points": 100})
        assert sum(row.quantity for row in await shop.ledger.honoured()) == 100
        assert "TOP_UP" not in await shop.causes()

    run(tmp_path, scenario, CAPPED)


def test_points_that_a_cap_moves_to_another_ticket_of_its_week_are_not_posted(tmp_path: Path) -> None:
    """A late ticket takes a part of the cap and a later one falls: over the week nothing has changed."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        one.sale(member, (line(6000),), (promise("base", 60, one.today),))
        shop.clock.advance(hours=1)
        late = two.sale(member, (line(1000),))
        shop.clock.advance(hours=1)
        last = one.sale(member, (line(6000),), (promise("base", 40, one.today),))
        await one.push()
        await two.push()
        assert await shop.causes() == {"ACCRUE": 100}
        settled = await shop.settled()
        assert (settled[late.ticket, "base", "points"], settled[last.ticket, "base", "points"]) == (10, 30)

    run(tmp_path, scenario, CAPPED)


def test_a_limit_over_two_blind_tills_is_honoured_and_listed(tmp_path: Path) -> None:
    """Once a month, given at two tills: one is earned by order of sale, the other kept as HONOUR."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        for till in (one, two):
            given = promise("base", 10, till.today), promise("welcome", 50, till.today)
            till.sale(member, (line(1000),), given)
            shop.clock.advance(days=1)
        await two.push()
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 70}, {"points": 50})
        assert {row.rule for row in await shop.ledger.honoured() if row.quantity > 0} == {"welcome"}

    run(tmp_path, scenario, LIMITED)


@pytest.mark.parametrize(("programme", "scope"), [(CAPPED, "month"), (LIMITED, "month"), (BUDGET, "month")])
def test_netting_contains_the_periods_of_caps_and_limits(programme: bytes, scope: str) -> None:
    """The scope of points is the longest of the rules that touch them, the month of the visits here."""
    assert scope_of("points", load_programme(programme)) == scope


def test_the_period_of_a_cap_alone_is_the_scope() -> None:
    """Without the visits of the month the week of the cap is the longest."""
    start, end = CAPPED.index(b'[[rule]]\nid = "regular"'), CAPPED.index(b'[[rule]]\nid = "coffee"')
    assert scope_of("points", load_programme(CAPPED[:start] + CAPPED[end:])) == "week"


DIET = (
    PROGRAMME.replace(
        b"[[rule]]",
        b"""[fields]
"member.diet" = { type = "enum", values = ["vegan", "any"] }
"member.wedding" = { type = "date" }

[[rule]]""",
        1,
    )
    + b"""
[[rule]]
id = "vegan"
kind = "earn.amount"
points = 3
per = 1.00
when = "has(member.diet) && member.diet == 'vegan' && has(member.wedding) && member.wedding < clock.date"
"""
)


def test_profile_fields_travel_to_tills_and_are_settled_with(tmp_path: Path) -> None:
    """Rules of tills and centre see them; a list that changes them is taken over, and the counters keep none."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        member = await shop.member(fields={"diet": "vegan", "wedding": "2020-05-01"})
        given = promise("base", 10, till.today), promise("vegan", 30, till.today)
        till.sale(member, (line(1000),), given)
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 40}, {})
        row = (await till.pull()).members[-1]
        assert dict(row.account.fields) == {"diet": "vegan", "wedding": "2020-05-01"}
        assert b"vegan" not in (await shop.history()).replace(b'"vegan":{', b"")
        again = NewMember(member, (), "halles", till.today, fields={"diet": "any"})
        assert await shop.ledger.add_members([again]) == 0
        assert dict((await till.pull()).members[-1].account.fields) == {"diet": "any"}

    run(tmp_path, scenario, DIET)


def test_a_list_taken_over_again_loses_no_answer_of_a_counter(tmp_path: Path) -> None:
    """Every start of the ledger reads the list: who refused a question, or new terms, is not asked again for that."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        member = await shop.member(fields={"diet": "vegan"})
        wedding, no_parking = {"field": "wedding", "value": "2020-05-01"}, {"field": "parking"}
        new_terms = {"programme": "next", "version": 2, "accepted": False}
        for name, said in (("profile", wedding), ("profile", no_parking), ("terms", new_terms)):
            till.event(member, Event(name, fields=said))
        await till.push()
        before = dict((await till.pull()).members[-1].account.fields)
        again = NewMember(member, (), "halles", till.today, fields={"diet": "any"})
        assert await shop.ledger.add_members([again]) == 0
        assert dict((await till.pull()).members[-1].account.fields) == {**before, "diet": "any"}
        assert {"wedding", "asked.parking", "terms.next"} <= before.keys()
        again = NewMember(member, (), "halles", till.today, fields={"wedding": "2021-05-01"})
        assert await shop.ledger.add_members([again]) == 0
        after = dict((await till.pull()).members[-1].account.fields)
        assert "diet" not in after, "emptied in the list, and never told at a counter"
        assert after["wedding"] == "2021-05-01"

    run(tmp_path, scenario, DIET)
