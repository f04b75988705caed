"""Refunds: what comes back follows from all refunds of a ticket that are held, in whatever order they came."""

from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from rules.account import FOREVER
from sync.entry import Claw, Converted, RefundLine
from tests.unit.ledger_kit import (
    TIERED,
    Shop,
    TillSim,
    Written,
    burn,
    draw,
    line,
    looking,
    promise,
    run,
)

FREE_COFFEE = "reward:coffee"


def back(index: int, cents: int, qty: int = 1) -> RefundLine:
    """A returned line."""
    return RefundLine(index, cents, Decimal(qty))


async def home(shop: Shop, till: TillSim, sold: Written, quantity: int) -> None:
    """The till returns its birth grant, so that the centre holds the points."""
    till.give_back(sold.lots[0], ("points", sold.lots[0], quantity))
    await till.push()


def test_a_partial_refund_takes_its_share(tmp_path: Path) -> None:
    """A third of the cents takes a third of the points, on the ticket's own lot."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 30)
        await till.push()
        await home(shop, till, sold, 30)
        till.refund(sold, 1000, back(0, 1000, 0))
        await till.push()
        held = await shop.balances()
        assert (held.clawed, held.balance(), held.earned) == ({"points": 10}, 20, {"points": 30})

    run(tmp_path, scenario)


def test_a_claw_lands_on_its_own_lot_first(tmp_path: Path) -> None:
    """Older points of the member stay untouched, without a detour over a debt."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first = till.euros(member, 20)
        shop.clock.advance(days=1)
        sold = till.euros(member, 30)
        await home(shop, till, first, 20)
        await home(shop, till, sold, 30)
        till.refund(sold, 3000, back(0, 3000))
        await till.push()
        tx = looking(shop.ledger._storage)
        lots = {lot.lot: lot for lot in await tx.all_lots(member)}
        assert (lots[first.lots[0]].available, lots[sold.lots[0]].clawed) == (20, 30)
        assert "REPAY" not in await shop.causes()

    run(tmp_path, scenario)


def test_a_return_does_not_bring_a_second_ticket_of_a_receipt_back(tmp_path: Path) -> None:
    """What counts already under another ticket gives nothing, also after a part of it was returned."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        receipt = "halles/1/2026-03-02/17"
        one.euros(member, 30, pos_ref=receipt)
        await one.push()
        second = two.euros(member, 30, pos_ref=receipt)
        two.refund(second, 1000, back(0, 1000, 0))
        await two.push()
        await home(shop, two, second, 30)
        assert sum((await shop.settled()).values()) == 30
        held = await shop.balances()
        assert (held.balance(), held.clawed) == (30, {"points": 30})

    run(tmp_path, scenario)


def test_a_lot_that_bore_a_debt_is_counted_once(tmp_path: Path) -> None:
    """What tills see as available is what there is, also of a lot that paid for another one's clawback."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        other, sold = till.euros(member, 40), till.euros(member, 30)
        await home(shop, till, other, 40)
        lot = sold.lots[0]
        till.sale(member, (line(1000),), burns=(burn(25, draw(lot, lot, 25)),))
        await home(shop, till, sold, 5)
        till.refund(sold, 1000, back(0, 1000, 0))
        await till.push()
        tx = looking(shop.ledger._storage)
        lots = {one.lot: one for one in await tx.all_lots(member)}
        assert (lots[lot].clawed, lots[other.lots[0]].clawed) == (5, 5)
        row = (await till.pull()).members[-1]
        assert row.available == row.account.balance
        assert row.available["points"] == (await shop.balances()).balance()

    run(tmp_path, scenario)


def test_refunds_at_several_tills_add_up_to_the_whole(tmp_path: Path) -> None:
    """Three blind refunds of a third each take exactly all, and the visit goes with the last."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 10)
        await one.push()
        await home(shop, one, sold, 10)
        for till in (one, two, one):
            till.refund(sold, 334 if till is two else 333, back(0, 334 if till is two else 333, 0))
            await till.push()
        held = await shop.balances()
        assert (held.clawed, held.balance(), held.deficit) == ({"points": 10}, 0, {})
        assert await shop.settled() == {}

    run(tmp_path, scenario)


def test_a_refund_may_arrive_before_its_ticket(tmp_path: Path) -> None:
    """By printed reference, at another till: it waits and is carried out when the ticket comes."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 20)
        two.refund(f"{sold.dev}-{sold.inc}-{sold.seq}", 1000)
        answer = await two.push()
        assert [(item.state, item.code) for item in answer.dispositions] == [("applied", "ticket_unknown")]
        await one.push()
        await home(shop, one, sold, 20)
        held = await shop.balances()
        assert (held.clawed, held.balance(), held.deficit) == ({"points": 10}, 10, {})

    run(tmp_path, scenario)


def test_draws_of_the_refunding_till_are_facts(tmp_path: Path) -> None:
    """The till takes the points out of its own birth grant; the centre does not take them again."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 30)
        lot = sold.lots[0]
        till.refund(
            sold, 1000, back(0, 1000, 0), claws=(Claw("base", "points", lot, 10, (draw(lot, lot, 10),)),)
        )
        await till.push()
        held = await shop.balances()
        assert (held.clawed, held.granted, held.deficit) == ({"points": 10}, {"points": 20}, {})

    run(tmp_path, scenario)


def test_what_the_till_took_too_much_is_given_back(tmp_path: Path) -> None:
    """The till's figure is provisional: the centre posts the difference up or down."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 30)
        lot = sold.lots[0]
        till.refund(
            sold, 1000, back(0, 1000, 0), claws=(Claw("base", "points", lot, 25, (draw(lot, lot, 25),)),)
        )
        await till.push()
        held = await shop.balances()
        assert (held.clawed, held.available, held.granted) == ({"points": 10}, {"points": 15}, {"points": 5})

    run(tmp_path, scenario)


def test_a_claw_on_a_lot_inside_a_grant_waits_without_blocking(tmp_path: Path) -> None:
    """While another till may still spend the lot, the debit is booked against it and is no deficit."""

    async def scenario(shop: Shop) -> None:
        one, two, member = (
            await shop.till(),
            await shop.till("gare"),
            await shop.member(opening={"points": 50}),
        )
        sold = one.euros(member, 30)
        await one.push()
        two.refund(sold, 3000, back(0, 3000))
        await two.push()
        held = await shop.balances()
        assert (held.deficit, held.available) == ({}, {"points": 50})
        await home(shop, one, sold, 30)
        held = await shop.balances()
        assert (held.clawed, held.available, held.granted) == ({"points": 30}, {"points": 50}, {})

    run(tmp_path, scenario)


def test_points_already_spent_are_owed_and_repaid(tmp_path: Path) -> None:
    """A refund after the points were burned makes a deficit; the next credits pay it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 100)
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        till.refund(sold, 10000, back(0, 10000))
        await till.push()
        held = await shop.balances()
        assert (held.deficit, held.burned) == ({"points": 100}, {"points": 100})
        more = till.euros(member, 120)
        till.give_back(more.lots[0], ("points", more.lots[0], 120))
        await till.push()
        held = await shop.balances()
        assert (held.deficit, held.available, held.clawed) == ({}, {"points": 20}, {"points": 100})

    run(tmp_path, scenario)


def test_burns_come_back_only_after_the_sellers_next_entry(tmp_path: Path) -> None:
    """Until the seller wrote on, it could still undo the ticket: nothing is given back twice."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 100)
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        spent = one.sale(member, (line(600),), (promise("base", 1, one.today),), (paid,))
        await one.push()
        two.refund(spent, 600, back(0, 600))
        await two.push()
        assert (await shop.balances()).burned == {"points": 100}
        one.euros(member, 1)
        await one.push()
        held = await shop.balances()
        assert (held.burned, held.available) == ({}, {"points": 100})
        two.refund(spent, 600, back(0, 600))
        await two.push()
        assert (await shop.balances()).available == {"points": 100}

    run(tmp_path, scenario)


def test_a_free_item_comes_back_whole(tmp_path: Path) -> None:
    """Half of the line's money is no half coffee; the whole line brings the free item back."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"reward:coffee": 1})
        await till.hold(member, 1, asset="reward:coffee")
        taken = draw("g-1-1-1", till.grants[0].slices[0].lot, 1, "reward:coffee")
        given = (promise("coffee", 1, till.today, "stamp:coffee"),)
        free = burn(1, taken, cents=300, rule="coffee")
        sold = till.sale(
            member, (line(600, "coffee", qty=2),), (promise("base", 3, till.today), *given), (free,)
        )
        till.refund(sold, 200, back(0, 200, 0))
        await till.push()
        assert (await shop.balances()).balance("reward:coffee") == 0
        till.refund(sold, 400, back(0, 400, 2))
        await till.push()
        assert (await shop.balances()).balance("reward:coffee") == 1

    run(tmp_path, scenario)


def test_a_tier_that_was_bought_and_given_back_is_clawed_elsewhere(tmp_path: Path) -> None:
    """What falls on other tickets through a refund is taken back, not honoured: the till could know it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        bought = till.euros(member, 60)
        shop.clock.advance(days=1)
        till.sale(member, (line(1000),), (promise("base", 10, till.today), promise("tiers", 10, till.today)))
        await till.push()
        assert (await shop.balances()).honoured == {}
        till.refund(bought, 6000, back(0, 6000))
        await till.push()
        held = await shop.balances()
        assert held.honoured == {}
        assert (held.clawed["points"], held.earned["points"]) == (70, 80)
        assert sum((await shop.settled()).values()) == 10

    run(tmp_path, scenario, TIERED)


def test_a_partial_refund_lowers_the_tiers_measure(tmp_path: Path) -> None:
    """Half of the goods back is half of the way to the tier: the next sale is not multiplied."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        bought = till.euros(member, 60)
        till.refund(bought, 3000, back(0, 3000, 0))
        shop.clock.advance(days=1)
        till.euros(member, 10)
        await till.push()
        assert sum((await shop.settled()).values()) == 70
        assert (await till.pull()).members[0].account.tier == "base"

    run(tmp_path, scenario, TIERED)


def test_a_refunded_top_up_falls_with_its_ticket(tmp_path: Path) -> None:
    """What settlement added to a ticket is refunded by the same share as what was printed."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for _ in range(3):
            till.euros(member, 1)
            shop.clock.advance(days=1)
        fourth = till.euros(member, 10)
        await till.push()
        assert (await shop.balances()).available == {"points": 30}
        till.refund(fourth, 500, back(0, 500, 0))
        await till.push()
        held = await shop.balances()
        assert (held.clawed["points"], held.available) == (20, {"points": 15})

    run(tmp_path, scenario)


def test_a_redeemed_card_comes_back_as_a_card(tmp_path: Path) -> None:
    """And what the ledger lacked of another card's stamps, which the same rule filled on that ticket, stays owed."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"reward:coffee": 1})
        await till.hold(member, 1, asset="reward:coffee")
        grant = till.grants[0]
        paid = burn(1, draw(grant.id, grant.slices[0].lot, 1, "reward:coffee"), rule="coffee")
        draws = (draw("g-9-9-9", "o-9-9", 10, "stamp:coffee"),)
        card = Converted("coffee", "reward:coffee", 1, FOREVER, draws)
        sold = till.sale(member, (line(600),), (), (paid,), converted=(card,))
        till.refund(sold, 600, back(0, 600))
        await till.push()
        held = await shop.balances()
        assert (held.burned, held.deficit) == ({"stamp:coffee": 10}, {"stamp:coffee": 10})
        assert held.available == {"reward:coffee": 1}

    run(tmp_path, scenario)


def test_a_number_in_other_digits_names_no_ticket(tmp_path: Path) -> None:
    """A return whose number has a digit that is no figure waits like any other, and does not stop its till."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        till.refund("1-1-\N{SUPERSCRIPT TWO}", 1000)
        answer = await till.push()
        assert [(item.state, item.code) for item in answer.dispositions] == [("applied", "ticket_unknown")]

    run(tmp_path, scenario)


def test_two_free_items_of_a_ticket_come_back_though_one_lot_was_lost(tmp_path: Path) -> None:
    """Of one the lot is unknown, and its debt is lifted: the other one goes back to its own lot all the same."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={FREE_COFFEE: 1})
        assert (await till.hold(member, 1, asset=FREE_COFFEE)).code == "granted"
        grant = till.grants[0]
        known = burn(1, draw(grant.id, grant.slices[0].lot, 1, FREE_COFFEE), cents=200, rule="coffee")
        lost = burn(1, draw(grant.id, "c-77", 1, FREE_COFFEE), cents=200, rule="coffee")
        known, lost = replace(known, allocation=(200, 0)), replace(lost, allocation=(0, 200))
        sold = till.sale(member, (line(200, "coffee"), line(200, "coffee")), burns=(known, lost))
        await till.push()
        till.refund(sold, 0, back(0, 200), back(1, 200))
        await till.push()
        till.euros(member, 1)
        await till.push()
        assert (await shop.balances(member)).balance(FREE_COFFEE) == 1

    run(tmp_path, scenario)
