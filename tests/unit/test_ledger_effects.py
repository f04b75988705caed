"""The log of effects: what a reader elsewhere learns of gains, losses, tiers, incidents, gifts and donations."""

from pathlib import Path

import pytest

from rules.decision import Outbound
from rules.ticket import Event
from sync.entry import Burned, RefundLine
from sync.ledger.effect import Placed
from tests.unit.effects_kit import whole_log
from tests.unit.ledger_kit import PROGRAMME, TIERED, Shop, burn, draw, line, looking, promise, run

INCIDENTS = (
    PROGRAMME
    + b"""
[incidents]
kinds = { complaint = 3 }
window = "90d"
red_alert = 5
"""
)


async def log_of(shop: Shop) -> tuple[Placed, ...]:
    """Everything that was told."""
    return await whole_log(looking(shop.ledger._storage))


def brief(effects: tuple[Placed, ...]) -> list[tuple[str, str, int, str]]:
    """What, of which asset or detail, how much, why."""
    return [(one.what, one.asset or one.detail, one.quantity, one.cause) for one in effects]


def test_a_ticket_that_earns_and_spends_is_one_gain_and_one_loss(tmp_path: Path) -> None:
    """Lots and grants are the ledger's own affair: a redemption out of several lots is one loss."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first, second = till.euros(member, 60), till.euros(member, 60)
        paid = burn(100, draw(first.lots[0], first.lots[0], 60), draw(second.lots[0], second.lots[0], 40))
        spent = till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        await till.push()
        found = await log_of(shop)
        assert brief(found) == [
            ("gain", "points", 60, "ACCRUE"),
            ("gain", "points", 60, "ACCRUE"),
            ("loss", "points", 100, "BURN"),
            ("gain", "points", 1, "ACCRUE"),
        ]
        last = found[-2]
        assert (last.member, last.ticket, last.rule, last.day) == (member, spent.ticket, "five", till.today)
        assert last.at_ms == shop.clock.ms

    run(tmp_path, scenario)


def test_positions_rise_and_a_reader_goes_on_where_it_was(tmp_path: Path) -> None:
    """Read in pages of any size, each effect comes once and in the same order."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        tx = looking(shop.ledger._storage)
        read: list[Placed] = []
        for euros in range(1, 8):
            till.euros(member, euros)
            await till.push()
            if euros % 3 == 0:
                read += await tx.effects(read[-1].pos if read else 0, 2)
        read += await tx.effects(read[-1].pos, 100)
        assert [one.quantity for one in read] == [1, 2, 3, 4, 5, 6, 7]
        positions = [one.pos for one in read]
        assert positions == sorted(set(positions))
        assert tuple(read) == await log_of(shop)

    run(tmp_path, scenario)


def test_a_push_that_comes_twice_is_told_once(tmp_path: Path) -> None:
    """A lost answer makes the till send again: nothing is posted, so nothing is told."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 5)
        await till.send(till.request())
        await till.push()
        assert brief(await log_of(shop)) == [("gain", "points", 5, "ACCRUE")]

    run(tmp_path, scenario)


def test_an_opening_balance_is_a_gain(tmp_path: Path) -> None:
    """A reader that begins with an empty book has the balance of listed members."""

    async def scenario(shop: Shop) -> None:
        await shop.member(opening={"points": 120, "stamp:coffee": 3})
        assert brief(await log_of(shop)) == [
            ("gain", "points", 120, "ADJUST"),
            ("gain", "stamp:coffee", 3, "ADJUST"),
        ]

    run(tmp_path, scenario)


def test_a_tier_is_told_when_it_changes_and_not_before(tmp_path: Path) -> None:
    """The first ticket tells the lowest level, the one that reaches gold tells gold, later ones nothing."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for euros in (5, 50, 5):
            till.euros(member, euros)
        await till.push()
        tiers = [one for one in await log_of(shop) if one.what == "tier"]
        assert [(one.detail, one.day) for one in tiers] == [("base", till.today), ("gold", till.today)]

    run(tmp_path, scenario, TIERED)


def test_an_incident_is_told_and_taken_back_with_its_undo(tmp_path: Path) -> None:
    """Of what happened only the kind is told."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        done = till.event(member, Event("incident", fields={"kind": "complaint", "note": "secret"}))
        till.void(done)
        await till.push()
        found = await log_of(shop)
        assert brief(found) == [("incident", "complaint", 1, ""), ("incident", "complaint", -1, "")]
        assert "secret" not in str(found)

    run(tmp_path, scenario, INCIDENTS)


@pytest.mark.parametrize("what", ["donation", "partner", "gift"])
def test_what_is_done_elsewhere_is_told_and_its_undo_as_well(tmp_path: Path, what: str) -> None:
    """Receiver, units and worth; after an undo the same below 0."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 200})
        till.euros(member, 5)
        await till.push()
        grant = (await till.hold(member, 100)).grants[0]
        piece = grant.slices[0]
        given = Burned("give", "points", 100, 1, 0, (), (draw(grant.id, piece.lot, 100),))
        sent = (Outbound("give", what, "red-cross", 100, 500),)
        done = till.sale(member, (line(500),), (promise("base", 5, till.today),), (given,), outbound=sent)
        await till.push()
        till.void(done)
        await till.push()
        found = [one for one in await log_of(shop) if one.what == what]
        assert [(one.detail, one.quantity, one.cents, one.rule) for one in found] == [
            ("red-cross", 100, 500, "give"),
            ("red-cross", -100, -500, "give"),
        ]

    run(tmp_path, scenario)


def test_a_card_that_is_enrolled_takes_its_effects_along(tmp_path: Path) -> None:
    """The unknown card's account is told as merged into the member: a reader moves what it added up."""

    async def scenario(shop: Shop) -> None:
        till, token = await shop.till(), b"card-055" * 2
        till.euros(token.hex(), 9)
        till.enrol(55, token)
        await till.push()
        gain, merged = await log_of(shop)
        assert (gain.what, gain.quantity, merged.what, merged.detail) == ("gain", 9, "merged", "55")
        assert gain.member == merged.member != 55

    run(tmp_path, scenario)


def test_a_return_and_a_debt_are_told_as_losses(tmp_path: Path) -> None:
    """Points that were spent before their goods came back: the reader's balance falls below 0, as it should."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first = till.euros(member, 100)
        paid = burn(100, draw(first.lots[0], first.lots[0], 100))
        till.sale(member, (line(500),), (), (paid,))
        till.refund(first, 10000, RefundLine(0, 10000, 1))  # type: ignore[arg-type]
        await till.push()
        assert sum(one.quantity * (1 if one.what == "gain" else -1) for one in await log_of(shop)) == -100
        assert (await shop.balances()).deficit == {"points": 100}

    run(tmp_path, scenario)
