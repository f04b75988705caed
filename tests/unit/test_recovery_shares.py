"""Shares of a budget that were given since the copy of a restored ledger: what tills took of them is the budget's."""

from pathlib import Path

import pytest

from sync.entry import decode
from sync.ledger.recovery_state import EndRecovery, RecoveryState
from sync.shares import campaign_account
from tests.unit.ledger_kit import Shop, TillSim, again, run
from tests.unit.recovery_kit import copied, restored, speak
from tests.unit.test_ledger_shares import BUDGET, CAMPAIGN, counted, give, pulled

BAKERY = campaign_account("bakery")
pytestmark = pytest.mark.engines("sqlite")


async def given_since(shop: Shop, folder: Path) -> tuple[TillSim, TillSim]:
    """Two tills got their shares after the copy, and the first has given 20 points of its own."""
    tills = await shop.till("halles"), await shop.till("gare")
    member = await shop.member()
    copied(shop, folder)
    await pulled(shop, list(tills))
    give(tills[0], member, 20)
    await restored(shop, folder)
    return tills


async def next_life(shop: Shop, till: TillSim) -> TillSim:
    """It is paired again by the restored ledger, and sends what that lacks as its own: its share is shown by nobody."""
    shop.clock.advance(minutes=1)
    life = await again(shop, till)
    for data, digest, _ in till.written:
        entry = decode(data)
        life.write(entry.kind, entry.body, ticket=entry.ticket, member=entry.member, orig=digest)
    return life


def test_what_a_life_that_is_over_gave_is_the_budget_s(tmp_path: Path) -> None:
    """Else it could be given once more: the copy has it as free."""

    async def scenario(shop: Shop) -> None:
        first, second = await given_since(shop, tmp_path)
        life = await next_life(shop, first)
        for till in (life, second):
            await speak(till)
        assert not (await RecoveryState().run(shop.ledger)).on
        free, out, given = await counted(shop, BAKERY, BUDGET)
        assert (free + out, given) == (80, 20)

    run(tmp_path, scenario, CAMPAIGN)


def test_it_is_there_again_when_the_ticket_is_undone(tmp_path: Path) -> None:
    """The undo comes later, from the life that goes on."""

    async def scenario(shop: Shop) -> None:
        first, second = await given_since(shop, tmp_path)
        first.void(decode(first.written[-1][0]))
        life = await next_life(shop, first)
        for till in (life, second):
            await speak(till)
        free, out, given = await counted(shop, BAKERY, BUDGET)
        assert (free + out, given) == (100, 0)

    run(tmp_path, scenario, CAMPAIGN)


def test_a_till_that_shows_its_share_late_has_what_is_left_of_it(tmp_path: Path) -> None:
    """Nobody waited for it: its ticket is charged first, and its share comes back without that."""

    async def scenario(shop: Shop) -> None:
        first, second = await given_since(shop, tmp_path)
        await speak(second)
        await EndRecovery().run(shop.ledger)
        await speak(first)
        assert await counted(shop, BAKERY, BUDGET) == (50, 30, 20)

    run(tmp_path, scenario, CAMPAIGN)
