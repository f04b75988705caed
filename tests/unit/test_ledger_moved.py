"""MOVE_TICKET at the ledger: claimed from a receipt, or taken from the wrong member; a ticket counts for one."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sync.chain import tail
from sync.entry import EntryKind, MoveTicketBody, RefundLine
from tests.unit.ledger_kit import DAY, Shop, TillSim, Written, burn, draw, line, run


def moved(till: TillSim, of: Written, to: int | str, was: int | None = None, seal: str = "") -> Written:
    """A MOVE_TICKET of the ticket `of`, which a till of the shop has printed."""
    seller: Any = next(one for one in till.shop.tills if one.paired.dev == of.dev)
    printed = seal or tail(seller.written[of.seq - 1][1])
    body = MoveTicketBody(till.paired.store, "camille", f"{of.dev}-{of.inc}-{of.seq}", printed, to)
    return till.write(EntryKind.MOVE_TICKET, body, ticket=of.ticket, member=was)


async def points(shop: Shop, member: int) -> int:
    found = await shop.ledger.balances(member)
    return 0 if found is None else found.balance()


def test_points_are_claimed_from_a_receipt_at_another_till_once(tmp_path: Path) -> None:
    """The first who claims it has it, dated as it was sold; a second claim changes nothing."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        await shop.member(8)
        sold = one.sale(None, (line(1200),))
        await one.push()
        shop.clock.advance(days=3)
        moved(two, sold, 7)
        moved(two, sold, 8)
        moved(one, sold, 8)
        await two.push()
        await one.push()
        assert (await points(shop, 7), await points(shop, 8)) == (12, 0)
        assert await shop.ledger.quarantine() == ()
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_claim_needs_the_receipt_and_comes_in_time(tmp_path: Path) -> None:
    """Other characters than printed are put aside; after thirty days nothing is given."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        sold = till.sale(None, (line(1200),))
        moved(till, sold, 7, seal="abcdef")
        await till.push()
        assert [one.code for one in await shop.ledger.quarantine()] == ["receipt"]
        shop.clock.advance(days=31)
        moved(till, sold, 7)
        await till.push()
        assert await points(shop, 7) == 0

    run(tmp_path, scenario)


def test_a_claim_before_its_ticket_waits_for_it(tmp_path: Path) -> None:
    """The till that sold may send later; then the entry that waits is applied."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        sold = one.sale(None, (line(500),))
        moved(two, sold, 7)
        await two.push()
        assert [one.code for one in await shop.ledger.quarantine()] == ["ticket_unknown"]
        await one.push()
        assert await points(shop, 7) == 5
        assert await shop.ledger.quarantine() == ()

    run(tmp_path, scenario)


@pytest.mark.parametrize("home", [True, False])
def test_a_sale_of_the_wrong_member_goes_to_the_right_one(tmp_path: Path, home: bool) -> None:
    """What it gave leaves the one, spent or not given back, and the other has it by the rules."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        await shop.member(8)
        sold = till.euros(7, 12)
        if home:
            till.give_back(sold.lots[0], ("points", sold.lots[0], 12))
        await till.push()
        moved(till, sold, 8, was=7)
        await till.push()
        assert (await points(shop, 7), await points(shop, 8)) == (0, 12)
        till.refund(sold, 1200, RefundLine(0, 1200, Decimal(1)))
        await till.push()
        assert (await points(shop, 7), await points(shop, 8)) == (0, 0)
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_points_that_were_spent_meanwhile_are_owed(tmp_path: Path) -> None:
    """The former member spent what the wrong ticket gave: it is a debt there, and whole at the other one."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        await shop.member(8)
        sold = till.euros(7, 500)
        till.sale(7, (line(1000),), burns=(burn(100, draw(sold.lots[0], sold.lots[0], 100)),))
        await till.push()
        moved(till, sold, 8, was=7)
        await till.push()
        held = await shop.ledger.balances(7)
        assert held is not None
        assert held.deficit.get("points", 0) + held.available.get("points", 0) >= 90
        assert await points(shop, 8) == 500
        assert await shop.faults() == []

    run(tmp_path, scenario)


@pytest.mark.parametrize("case", ["stranger", "other_till", "reward", "returned", "voided"])
def test_nobody_loses_a_ticket_unawares(tmp_path: Path, case: str) -> None:
    """Only the till that sold takes it away, from whom it says has it; not once a reward or a return hangs on it."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        await shop.member(8)
        first = one.euros(7, 200)
        burns = (burn(100, draw(first.lots[0], first.lots[0], 100)),) if case == "reward" else ()
        sold = one.sale(7, (line(1200),), burns=burns)
        if case == "returned":
            one.refund(sold, 600)
        if case == "voided":
            one.void(sold)
        await one.push()
        before = await points(shop, 7)
        by = two if case == "other_till" else one
        moved(by, sold, 8, was=None if case == "stranger" else 7)
        await by.push()
        assert (await points(shop, 7), await points(shop, 8)) == (before, 0)
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_thirty_days_are_counted_from_the_sale(tmp_path: Path) -> None:
    """On the last day it still counts."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        sold = till.sale(None, (line(1200),))
        shop.clock.advance(milliseconds=30 * DAY)
        moved(till, sold, 7)
        await till.push()
        assert await points(shop, 7) == 12

    run(tmp_path, scenario)
