"""What was spent of a grant that was lost with the ledger, and nothing bears, is counted whoever may show it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from sync.entry import EntryKind, VoidBody, decode
from sync.ledger.known_again import show
from sync.ledger.recovery_state import EndRecovery, RecoveryState
from sync.papers import LivesRequest, Shared, papers_in
from tests.unit.ledger_kit import Shop, TillSim, again, burn, draw, line, promise, run
from tests.unit.recovery_kit import copied, leased, restored, speak, spend

STAMP, FREE = "stamp:coffee", "reward:coffee"
pytestmark = pytest.mark.engines("sqlite")


async def used(shop: Shop, folder: Path) -> tuple[TillSim, TillSim, int]:
    """Since the copy a card is full, the ledger made it a free item, and the second till gives that."""
    here, gone = await shop.till(), await shop.till()
    member = await shop.member(opening={STAMP: 9})
    copied(shop, folder)
    given = promise("base", 2, here.today), promise("coffee", 1, here.today, STAMP)
    sold = here.sale(member, (line(200, "coffee"),), given)
    await here.push()
    here.give_back(sold.lots[1], (STAMP, sold.lots[1], 1))
    await here.push()
    assert (await gone.hold(member, 1, asset=FREE)).code == "granted"
    grant = gone.grants[0]
    taken = burn(1, draw(grant.id, grant.slices[0].lot, 1, FREE), cents=200, rule="coffee")
    gone.sale(member, (line(200, "coffee"),), burns=(taken,))
    return here, gone, member


async def by_papers(shop: Shop, gone: TillSim, folder: Path) -> TillSim:
    """Its next life was begun by the lost ledger: it shows what was signed of it, and the entries of the one before."""
    life = await again(shop, gone)
    await life.push()
    await restored(shop, folder)
    papers = *papers_in(gone.paired.paper), *papers_in(life.paired.paper)
    request = LivesRequest(papers, (Shared(1, gone.head.seq),))
    lacking = await show(shop.ledger, request)
    former = gone.request(base=lacking.accepted_seq)
    assert (await show(shop.ledger, msgspec.structs.replace(request, former=former))).inc == 0
    return life


async def sent_once_more(shop: Shop, gone: TillSim, folder: Path) -> TillSim:
    """Its next life is begun by the restored ledger, and sends what that lacks as its own."""
    await restored(shop, folder)
    shop.clock.advance(minutes=1)
    life = await again(shop, gone)
    for data, digest, _ in gone.written:
        entry = decode(data)
        life.write(entry.kind, entry.body, ticket=entry.ticket, member=entry.member, orig=digest)
    return life


@pytest.mark.parametrize("undone", [False, True])
@pytest.mark.parametrize("comes", [by_papers, sent_once_more])
def test_what_a_life_that_is_over_gave_of_a_lost_grant_is_missing(
    tmp_path: Path, comes: Callable[[Shop, TillSim, Path], Awaitable[TillSim]], undone: bool
) -> None:
    """Nobody shows its grant. The stamps are there again and become another free item; nothing is lost by an undo."""

    async def scenario(shop: Shop) -> None:
        here, gone, member = await used(shop, tmp_path)
        if undone:
            done = decode(gone.written[-1][0])
            body = VoidBody(done.ticket or "", done.seq, "camille")
            gone.write(EntryKind.VOID, body, ticket=done.ticket, member=member)
        await gone.push()
        life = await comes(shop, gone, tmp_path)
        for till in (here, life):
            await speak(till)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.waiting, state.missing) == (False, 0, 0 if undone else 1)
        await shop.ledger.review_leases(10)
        assert (await shop.balances(member)).balance(FREE) == 1

    run(tmp_path, scenario)


def test_what_a_till_gave_before_it_shows_the_grant_is_missing_once(tmp_path: Path) -> None:
    """Nobody waits for it any more: the free item is let go when its ticket comes, and its grant only comes then."""

    async def scenario(shop: Shop) -> None:
        here, late, member = await used(shop, tmp_path)
        await restored(shop, tmp_path)
        await EndRecovery().run(shop.ledger)
        for till in (late, here):
            await speak(till)
        assert (await RecoveryState().run(shop.ledger)).missing == 1
        assert (await shop.balances(member)).balance(FREE) == 1

    run(tmp_path, scenario)


def test_points_that_are_there_bear_it_and_nothing_is_missing(tmp_path: Path) -> None:
    """So it is where the grant is not known any more, but the points it was of are free."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        copied(shop, tmp_path)
        await second.hold(member, 240)
        spend(second, member, 200)
        life = await sent_once_more(shop, second, tmp_path)
        for till in (first, life):
            await speak(till)
        assert (await RecoveryState().run(shop.ledger)).missing == 0
        assert (await shop.balances(member)).burned == {"points": 200}

    run(tmp_path, scenario)
