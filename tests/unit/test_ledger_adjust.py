"""ADJUST: points by a manager's word, given and taken, in books that stay sound."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sync.adjusted import AdjustBody
from sync.entry import EntryKind
from tests.unit.ledger_kit import PROGRAMME, Shop, TillSim, looking, run

LATE = PROGRAMME.replace(b'unit = "point"', b'unit = "point"\nbusiness_day_ends = 03:00:00')


def adjust(till: TillSim, quantity: int, member: int | str = 7, **more: Any) -> None:
    """What a till writes of a manager's word; `member` by number, or by the keyed hash of a card."""
    fields = {"by": "sofia", "reason": "courtesy", **more}
    body = AdjustBody(
        till.paired.store, "camille", quantity=quantity, programme=till.shop.programme, **fields
    )
    till.write(EntryKind.ADJUST, body, ticket=f"a{till.head.seq + 1:031x}", member=member)


def test_given_points_are_available_and_live_as_earned_ones(tmp_path: Path) -> None:
    """They can be spent at once, end after the programme's 365 days, and stay when a ticket is returned."""

    async def scenario(shop: Shop) -> None:
        till, _ = await shop.till(), await shop.member()
        adjust(till, 50)
        sold = till.euros(7, 30)
        till.refund(sold, 3_000)
        await till.push()
        assert (await shop.balances()).available == {"points": 50}
        [lot] = [one for one in await looking(shop.ledger._storage).all_lots(7) if one.rule == "adjust"]
        assert ((lot.last_day - lot.earned_on).days, lot.cause) == (365, "ADJUST")

    run(tmp_path, scenario)


def test_taken_points_that_are_not_there_are_owed(tmp_path: Path) -> None:
    """What is available goes first; the rest is repaid by what the member earns next."""

    async def scenario(shop: Shop) -> None:
        till, _ = await shop.till(), await shop.member(opening={"points": 20})
        adjust(till, -50, reason="misuse", second="anne")
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.deficit) == (0, {"points": 30})
        adjust(till, 40)
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.deficit) == (10, {})

    run(tmp_path, scenario)


def test_what_nobody_answers_for_waits(tmp_path: Path) -> None:
    """Without a manager, with one who is both, without a reason, beyond all bounds: put aside, nothing given."""

    async def scenario(shop: Shop) -> None:
        till, _ = await shop.till(), await shop.member()
        for wrong in ({"by": ""}, {"second": "sofia"}, {"reason": ""}, {"quantity": 2_000_000}):
            adjust(till, **{"quantity": 50, **wrong})
        await till.push()
        assert [one.code for one in await shop.ledger.quarantine()] == ["arithmetic"] * 4
        assert (await shop.balances()).available == {}

    run(tmp_path, scenario)


def test_points_given_after_midnight_are_of_the_day_that_has_not_ended(tmp_path: Path) -> None:
    """The shop's day ends at three: they live from that day on, and tills have them until their last one ends.

    The member has bought nothing yet: the day is the store's.
    """

    async def scenario(shop: Shop) -> None:
        shop.clock.ms = int(datetime(2026, 3, 17, 23, 30, tzinfo=UTC).timestamp() * 1000)  # 00:30 in Paris
        till, _ = await shop.till(), await shop.member()
        adjust(till, 50)
        await till.push()
        [lot] = await looking(shop.ledger._storage).all_lots(7)
        assert (lot.earned_on, lot.last_day) == (date(2026, 3, 17), date(2027, 3, 17))
        for hour, balance in ((0, {"points": 50}), (2, {})):  # 01:00 and 03:00
            shop.clock.ms = int(datetime(2027, 3, 18, hour, 0, tzinfo=UTC).timestamp() * 1000)
            [row] = (await till.pull()).members
            assert row.account.balance == balance

    run(tmp_path, scenario, LATE)
