"""Vouchers, conversions and other redemptions in the books: given, used, restored, taken back, written off."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rules.ticket import Line
from sync.entry import Burned, Converted, RefundLine
from sync.ledger.records import Lot
from tests.unit.ledger_kit import HEAD, Shop, TillSim, Written, draw, line, looking, promise, run

GROCER = (
    HEAD
    + b"""
[[rule]]
id = "turn"
kind = "convert"
points = 50
voucher = "cheque"

[[rule]]
id = "cheque"
kind = "voucher"
value = 5.00
life = "30d"
per_ticket = 2

[[rule]]
id = "daily"
kind = "earn.visit"
voucher = "cheque"
when = "ticket.total == 10.00"

[[rule]]
id = "ten"
kind = "burn.percent"
points = 10
percent = "10%"

[[rule]]
id = "give"
kind = "burn.donation"
points = 10
value = 1.00
to = "food-bank"
"""
)
CHEQUE = "voucher:cheque"


def back(index: int, cents: int) -> RefundLine:
    return RefundLine(index, cents, Decimal(1))


async def lots(shop: Shop, asset: str = CHEQUE) -> list[Lot]:
    """The member's lots of an asset, first earned first."""
    tx = looking(shop.ledger._storage)
    return [lot for lot in await tx.all_lots(7) if lot.asset == asset]


async def home(till: TillSim, sold: Written, n: int, asset: str, quantity: int) -> None:
    """The till returns a birth grant."""
    till.give_back(sold.lots[n], (asset, sold.lots[n], quantity))
    await till.push()


def visit(till: TillSim, member: int, euros: int, **more: Any) -> Written:
    """A sale that gives its points, and the voucher of the day."""
    given = (
        promise("base", euros, till.today),
        promise("daily", 1, till.today, CHEQUE, last_day=till.today + timedelta(days=30), by_ticket=True),
    )
    return till.sale(member, (line(euros * 100),), given, **more)


def spend(
    till: TillSim,
    member: int,
    lot: str,
    *lines: Line,
    rule: str = "cheque",
    asset: str = CHEQUE,
    **fields: Any,
) -> Written:
    """A sale paid with one voucher (or points) of this till's own births; earns nothing to keep figures small."""
    size = fields.pop("quantity", 1)
    cents = fields.pop("cents", (250, 250))
    burned = Burned(rule, asset, size, 1, sum(cents), cents, (draw(lot, lot, size, asset),))
    return till.sale(member, lines or (line(1000), line(1000, "cake")), burns=(burned,), **fields)


def test_a_voucher_comes_back_with_the_last_line_to_its_own_lot(tmp_path: Path) -> None:
    """The first line brings nothing of it back, the second one the whole, with its old last day."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        given = visit(till, member, 10)
        used = spend(till, member, given.lots[1])
        till.euros(member, 1)
        await till.push()
        till.refund(used, 1000, back(0, 1000))
        await till.push()
        assert [(lot.burned, lot.available) for lot in await lots(shop) if lot.lot == given.lots[1]] == [
            (1, 0)
        ]
        till.refund(used, 1000, back(1, 1000))
        await till.push()
        (lot,) = [lot for lot in await lots(shop) if lot.lot == given.lots[1]]
        assert (lot.burned, lot.available, lot.last_day) == (0, 1, till.today + timedelta(days=30))

    run(tmp_path, scenario, GROCER)


def test_points_of_a_percentage_come_back_line_by_line(tmp_path: Path) -> None:
    """10 points for 2.00 off two equal lines: 5 with the first, 5 with the second."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        given = visit(till, member, 10)
        used = spend(till, member, given.lots[0], rule="ten", asset="points", quantity=10, cents=(100, 100))
        till.euros(member, 0)
        await till.push()
        for index, restored in ((0, 5), (1, 10)):
            till.refund(used, 1000, back(index, 1000))
            await till.push()
            (lot,) = [lot for lot in await lots(shop, "points") if lot.lot == given.lots[0]]
            assert (lot.available + lot.granted, lot.burned) == (restored, 10 - restored)

    run(tmp_path, scenario, GROCER)


def test_a_donation_stays_given(tmp_path: Path) -> None:
    """A burn without a part in the ticket is applied, and the return of everything does not undo it; undo does."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        given = visit(till, member, 30)
        kept = spend(till, member, given.lots[0], rule="give", asset="points", quantity=10, cents=())
        till.euros(member, 0)
        await till.push()
        till.refund(kept, 2000, back(0, 1000), back(1, 1000))
        await till.push()
        assert (await shop.balances()).burned == {"points": 10}
        undone = spend(till, member, given.lots[0], rule="give", asset="points", quantity=10, cents=())
        till.void(undone)
        await till.push()
        assert (await shop.balances()).burned == {"points": 10}
        assert await shop.ledger.quarantine() == ()

    run(tmp_path, scenario, GROCER)


def test_a_voucher_falls_whole_with_the_last_line_of_its_ticket(tmp_path: Path) -> None:
    """Half of the ticket back: the voucher stays; all of it back: it is gone."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        given = visit(till, member, 10)
        await home(till, given, 1, CHEQUE, 1)
        till.refund(given, 500)
        await till.push()
        assert (await shop.balances()).balance(CHEQUE) == 1
        till.refund(given, 500)
        await till.push()
        held = await shop.balances()
        assert (held.balance(CHEQUE), held.clawed[CHEQUE], held.deficit) == (0, 1, {})

    run(tmp_path, scenario, GROCER)


def test_a_used_voucher_is_written_off_and_listed(tmp_path: Path) -> None:
    """Its ticket comes back after it was used: no debt, an ADJUST on the list, and other vouchers stay."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first = visit(till, member, 10)
        shop.clock.advance(days=1)
        other = visit(till, member, 10)
        spend(till, member, first.lots[1])
        await home(till, other, 1, CHEQUE, 1)
        till.refund(first, 1000)
        await till.push()
        held = await shop.balances()
        assert (held.balance(CHEQUE), held.burned[CHEQUE], held.deficit.get(CHEQUE, 0)) == (1, 1, 0)
        (listed,) = await shop.ledger.written_off()
        assert (listed.ticket, listed.asset, listed.quantity) == (first.ticket, CHEQUE, 1)
        shop.clock.advance(days=1)
        later = visit(till, member, 10)
        await home(till, later, 1, CHEQUE, 1)
        assert (await shop.balances()).balance(CHEQUE) == 2, "nothing is repaid by the next one"
        assert len(await shop.ledger.written_off()) == 1

    run(tmp_path, scenario, GROCER)


def test_a_voucher_let_go_is_not_lost_once_its_ticket_comes_back(
    tmp_path: Path,
) -> None:
    """Two tills took one voucher: the second is listed until its ticket is nothing; the first one stays used."""

    async def scenario(shop: Shop) -> None:
        till, other, member = await shop.till(), await shop.till(), await shop.member()
        given = visit(till, member, 10)
        spend(till, member, given.lots[1])
        await till.push()
        for undone in (True, False):
            sold = spend(other, member, given.lots[1])
            await other.push()
            assert sum(one.quantity for one in await shop.ledger.written_off()) == 1
            other.void(sold) if undone else other.refund(sold, 2000)
            await other.push()
            assert sum(one.quantity for one in await shop.ledger.written_off()) == 0
            held = await shop.balances()
            assert (held.balance(CHEQUE), held.burned[CHEQUE], await shop.faults()) == (0, 1, [])
        (lot,) = await lots(shop)
        assert (lot.burned, lot.available) == (1, 0), (
            "what the first till took is not given back for the second"
        )

    run(tmp_path, scenario, GROCER)


def test_a_voucher_taken_back_while_a_till_holds_it_waits_for_it(tmp_path: Path) -> None:
    """Inside a grant it is booked against its lot; it comes home and is gone, or is used there and written off."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for used in (False, True):
            shop.clock.advance(days=1)
            given = visit(till, member, 10)
            await till.push()
            till.refund(given, 1000)
            await till.push()
            before = len(await shop.ledger.written_off())
            if used:
                spend(till, member, given.lots[1])
                await till.push()
            else:
                await home(till, given, 1, CHEQUE, 1)
            assert (await shop.balances()).deficit.get(CHEQUE, 0) == 0
            assert len(await shop.ledger.written_off()) - before == int(used)

    run(tmp_path, scenario, GROCER)


def test_points_that_come_home_become_a_voucher(tmp_path: Path) -> None:
    """60 points: 50 are converted once the till has returned them; the voucher can be held and used at once."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 60)
        await till.push()
        assert (await shop.balances()).converted == {}
        await home(till, sold, 0, "points", 60)
        held = await shop.balances()
        assert (held.balance(), held.converted) == (10, {"points": 50})
        (made,) = [lot for lot in await lots(shop) if lot.cause == "CONVERT"]
        assert (made.quantity, made.available_on, made.rule) == (1, till.today, "turn")
        assert made.last_day == till.today + timedelta(days=30)
        answer = await till.hold(member, 1, asset=CHEQUE)
        assert [piece.asset for piece in answer.grants[0].slices] == [CHEQUE]

    run(tmp_path, scenario, GROCER)


def test_an_opening_balance_becomes_vouchers_with_the_first_ticket(tmp_path: Path) -> None:
    """130 points from the shop's own list make two vouchers, although the ticket itself earns nothing."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 130})
        till.euros(member, 0)
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.converted) == (30, {"points": 100})

    run(tmp_path, scenario, GROCER)


def test_points_that_are_usable_later_are_converted_later(tmp_path: Path) -> None:
    """Points that vest on the third day turn into a voucher with the first entry of that day."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        start = till.today + timedelta(days=2)
        given = promise("base", 60, till.today, available_on=start)
        till.sale(member, (line(6000),), (given,))
        await till.push()
        assert (await shop.balances()).converted == {}
        shop.clock.advance(days=2)
        till.euros(member, 0)
        await till.push()
        assert (await shop.balances()).converted == {"points": 50}

    run(tmp_path, scenario, GROCER)


def test_converted_points_that_are_taken_back_are_owed_and_repaid(tmp_path: Path) -> None:
    """The ticket of 60 points comes back after 50 became a voucher: 50 are owed, the next 80 repay and 30 are left."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 60)
        await home(till, sold, 0, "points", 60)
        till.refund(sold, 6000, back(0, 6000))
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.deficit) == (0, {"points": 50})
        again = till.euros(member, 80)
        await home(till, again, 0, "points", 80)
        held = await shop.balances()
        assert (held.balance(), held.deficit, held.converted) == (30, {}, {"points": 50})

    run(tmp_path, scenario, GROCER)


def converting(till: TillSim, member: int, before: Written) -> Written:
    """A sale of 20.00 whose till turned the 40 points of `before` and 10 of its own into a voucher."""
    own = f"{till.head.dev}-{till.head.inc}-{till.head.seq + 1}-0"
    draws = (draw(before.lots[0], before.lots[0], 40), draw(own, own, 10))
    made = Converted("turn", CHEQUE, 1, till.today + timedelta(days=30), draws)
    return till.sale(member, (line(2000),), (promise("base", 20, till.today),), converted=(made,))


def test_undo_of_a_ticket_that_converted_gives_the_points_back(tmp_path: Path) -> None:
    """The voucher was never there; the older points are in their grant again."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        before = till.euros(member, 40)
        sold = converting(till, member, before)
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.balance(CHEQUE)) == (10, 1)
        till.void(sold)
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.balance(CHEQUE), held.converted, held.deficit) == (40, 0, {}, {})

    run(tmp_path, scenario, GROCER)


def test_the_return_of_a_ticket_that_converted_owes_what_was_converted(tmp_path: Path) -> None:
    """10 of its 20 points are in the voucher: the other 10 are taken, 10 are owed; the voucher stays."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        before = till.euros(member, 40)
        sold = converting(till, member, before)
        await till.push()
        await home(till, sold, 0, "points", 10)
        till.refund(sold, 2000, back(0, 2000))
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.balance(CHEQUE), held.deficit) == (0, 1, {"points": 10})

    run(tmp_path, scenario, GROCER)
