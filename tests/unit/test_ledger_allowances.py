"""Caps and limits of a member: tills hold shares of them, and blind ones together never promise more than the cap."""

from pathlib import Path

import pytest

from rules.ticket import Event
from sync.entry import Draw, EntryKind, MergeBody
from sync.ledger.recovery_state import RecoveryState
from sync.shares import allowance_account
from tests.unit.day_kit import run_days
from tests.unit.ledger_kit import HEAD, Shop, TillSim, Written, line, looking, promise, run
from tests.unit.recovery_kit import copied, restored, speak
from tests.unit.rule_texts import capped
from tests.unit.test_ledger_leases import asked_back, reviewed

CAPPED = HEAD + capped(4, 100).encode()
CAP, LIMIT = "cap:daily", "max:hello"


def slices(till: TillSim, asset: str = CAP) -> dict[tuple[str, str], int]:
    """By grant and lot, what the till was ever lent."""
    return {
        (grant.id, piece.lot): piece.quantity
        for grant in till.grants
        for piece in grant.slices
        if piece.asset == asset
    }


def sell(till: TillSim, member: int, euros: int, units: int, **only: dict[tuple[str, str], int]) -> Written:
    """A ticket of `euros` that promises `units` of the base, out of what the till was lent."""
    left, draws = units, []
    for (grant, lot), quantity in only.get("held", slices(till)).items():
        part = min(left, quantity)
        draws.append(Draw(grant, CAP, lot, part))
        left -= part
    assert not left, "a till promises what it holds"
    given = (promise("base", units, till.today),) if units else ()
    return till.sale(member, (line(euros * 100),), given, shared=tuple(draws))


async def lent(shop: Shop, member: int, asset: str = CAP) -> int:
    """Units that the ledger counts at tills."""
    data = await looking(shop.ledger._storage).member_data(allowance_account(member))
    return sum(piece.rem for piece in data.slices if piece.asset == asset)


async def at_home(shop: Shop) -> tuple[TillSim, TillSim, int]:
    """Two tills of one store, the first of which keeps the leases of a member who was there on an earlier day."""
    tills = [await shop.till(), await shop.till()]
    member = await shop.member()
    tills[0].euros(member, 1)
    await tills[0].push()
    shop.clock.advance(days=1)
    await reviewed(shop)
    for till in tills:
        await asked_back(till)
    keeper, other = sorted(tills, key=lambda till: not slices(till))
    return keeper, other, member


def test_two_blind_tills_never_promise_more_than_the_cap(tmp_path: Path) -> None:
    """Half lies with the keeper of the leases, a till with a line holds the rest; settled is what a replay gives."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        assert sum(slices(keeper).values()) == 50
        assert (await other.hold(member, 100, asset=CAP)).code == "granted"
        assert sum(slices(other).values()) == 50
        sell(keeper, member, 50, 50)
        sell(other, member, 50, 50)
        await other.push()
        await keeper.push()
        books = await shop.balances(member)
        assert (books.earned["points"], books.honoured) == (1 + 100 + 5 + 5, {})
        third = await shop.till()
        assert (await third.hold(member, 100, asset=CAP)).code == "refused"
        assert await lent(shop, member) == 0

    run(tmp_path, scenario, CAPPED)


def test_what_the_share_did_not_cover_is_added_at_once(tmp_path: Path) -> None:
    """The till prints what it holds, and the ledger adds the rest of the cap when it has the ticket."""

    async def scenario(shop: Shop) -> None:
        _, other, member = await at_home(shop)
        sell(other, member, 80, 0)
        await other.push()
        books = await shop.balances(member)
        assert (books.earned["points"], books.honoured) == (1 + 80 + 5 + 5, {})

    run(tmp_path, scenario, CAPPED)


def test_what_the_ledger_added_while_a_till_held_a_share_is_honoured(tmp_path: Path) -> None:
    """It adds all that is due by what it knows; what was promised meanwhile is kept, and listed."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        sell(keeper, member, 50, 50)
        sell(other, member, 80, 0)
        await other.push()
        await keeper.push()
        books = await shop.balances(member)
        assert (books.earned["points"], books.honoured) == (1 + 100 + 5 + 5, {"points": 30})

    run(tmp_path, scenario, CAPPED)


def test_a_share_is_there_again_in_every_period(tmp_path: Path) -> None:
    """What was not used stays where it is, what was used comes back with the new day; used up lots go."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        sell(keeper, member, 50, 50)
        await keeper.push()
        await reviewed(shop)
        assert await lent(shop, member) == 50, "the other half of the day is leased now"
        await other.hold(member, 100, "t1", CAP)
        assert slices(other) == {}, "nothing is left of the day"
        shop.clock.advance(days=1)
        await other.hold(member, 100, "t2", CAP)
        assert sum(slices(other).values()) == 50
        for (grant, lot), units in slices(other).items():
            other.give_back(grant, (CAP, lot, units))
        await other.push()
        assert await lent(shop, member) == 50
        tx = looking(shop.ledger._storage)
        assert len(await tx.all_lots(allowance_account(member))) > 2
        shop.clock.advance(days=70)
        await shop.ledger.write(lambda work: work.tx.mark_due(member))
        await reviewed(shop)
        names = {lot.lot for lot in await tx.all_lots(allowance_account(member))}
        held = {piece.lot for piece in (await tx.member_data(allowance_account(member))).slices}
        assert names == held, "what is used up is forgotten"

    run(tmp_path, scenario, CAPPED)


def test_more_is_asked_back_from_the_keeper(tmp_path: Path) -> None:
    """A till with a line that wants more than is free gets it as soon as the keeper has returned what it holds."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        await other.hold(member, 80, asset=CAP)
        asked = await asked_back(keeper)
        [(grant, lot), *_] = slices(keeper)
        assert asked == (grant,)
        [(_, use)] = slices(keeper, LIMIT)
        keeper.give_back(grant, (CAP, lot, 50), (LIMIT, use, 2))
        await keeper.push()
        await other.hold(member, 30, asset=CAP)
        assert sum(slices(other).values()) == 80

    run(tmp_path, scenario, CAPPED)


def test_an_undone_ticket_puts_its_share_back(tmp_path: Path) -> None:
    """In the same slice again, and the cap is whole again."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        sold = sell(keeper, member, 50, 40)
        await keeper.push()
        assert await lent(shop, member) == 10
        keeper.void(sold)
        await keeper.push()
        assert await lent(shop, member) == 50
        await other.hold(member, 100, asset=CAP)
        assert sum(slices(other).values()) == 50

    run(tmp_path, scenario, CAPPED)


def test_a_copied_till_is_honoured_and_owes_nothing(tmp_path: Path) -> None:
    """What is promised beyond every share is kept, and listed as honoured."""

    async def scenario(shop: Shop) -> None:
        keeper, _, member = await at_home(shop)
        whole = slices(keeper)
        sell(keeper, member, 50, 50, held=whole)
        sell(keeper, member, 50, 50, held=whole)
        sell(keeper, member, 50, 50, held=whole)
        await keeper.push()
        books = await shop.balances(member)
        assert books.honoured == {"points": 50}
        assert (await looking(shop.ledger._storage).member_data(allowance_account(member))).owed == ()

    run(tmp_path, scenario, CAPPED)


def test_an_undone_ticket_puts_back_no_share_that_another_ticket_took(tmp_path: Path) -> None:
    """It was booked after the other, and found nothing: the till holds nothing, and nothing is counted there."""

    async def scenario(shop: Shop) -> None:
        keeper, _, member = await at_home(shop)
        whole = slices(keeper)
        sell(keeper, member, 50, 50, held=whole)
        late = sell(keeper, member, 30, 30, held=whole)
        keeper.void(late)
        await keeper.push()
        assert await lent(shop, member) == 0

    run(tmp_path, scenario, CAPPED)


def test_a_limit_is_lent_by_uses(tmp_path: Path) -> None:
    """Four a week: two lie with the keeper, two are for whoever asks."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        assert sum(slices(keeper, LIMIT).values()) == 2
        await other.hold(member, 4, asset=LIMIT)
        assert sum(slices(other, LIMIT).values()) == 1, "one was used up on the first day"
        shop.clock.advance(days=7)
        await other.hold(member, 4, "t2", LIMIT)
        assert sum(slices(other, LIMIT).values()) == 2

    run(tmp_path, scenario, CAPPED)


def test_an_event_draws_on_its_share(tmp_path: Path) -> None:
    """Booked like a ticket's, and its account is held by a push as that of a ticket is."""

    async def scenario(shop: Shop) -> None:
        keeper, _, member = await at_home(shop)
        [(grant, lot)] = slices(keeper)
        keeper.event(member, Event("checkin", ref="door"), shared=(Draw(grant, CAP, lot, 20),))
        await keeper.push()
        assert await lent(shop, member) == 30

    run(tmp_path, scenario, CAPPED)


@pytest.mark.engines("sqlite")
def test_a_restored_ledger_takes_shares_back_into_its_books(tmp_path: Path) -> None:
    """What it lent after the copy is at the till that shows it: neither counted as missing nor lent once more."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        copied(shop, tmp_path)
        await other.hold(member, 100, asset=CAP)
        sell(other, member, 20, 20)
        await other.push()
        await restored(shop, tmp_path)
        await speak(other)
        await speak(keeper)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.waiting, state.missing) == (False, 0, 0)
        assert await lent(shop, member) == 50 + 30
        shop.clock.advance(seconds=61)  # new tills wait for the minute after a restore
        third = await shop.till()
        assert (await third.hold(member, 100, asset=CAP)).code == "refused"

    run(tmp_path, scenario, CAPPED)


@pytest.mark.engines("sqlite")
def test_a_new_day_looks_at_what_lies_where(tmp_path: Path) -> None:
    """Who used up everything yesterday has half of it at home again before the shop opens."""

    async def scenario(shop: Shop) -> None:
        keeper, _, member = await at_home(shop)
        sell(keeper, member, 50, 50)
        sell(keeper, member, 80, 0)
        await keeper.push()
        await reviewed(shop)
        assert await lent(shop, member) == 0
        shop.clock.advance(days=1)
        await run_days(shop)
        await reviewed(shop)
        assert await lent(shop, member) == 50

    run(tmp_path, scenario, CAPPED)


def test_shares_of_a_second_account_come_back(tmp_path: Path) -> None:
    """Its limits are one person's from now on: what a till holds under the other number is asked for and goes."""

    async def scenario(shop: Shop) -> None:
        keeper, other, member = await at_home(shop)
        stays = await shop.member(9)
        held = slices(keeper)
        assert held
        other.write(EntryKind.MERGE, MergeBody(stays, member, "camille", "nadia"), member=stays)
        await other.push()
        asked = await looking(shop.ledger._storage).recalled(keeper.paired.dev, 1)
        assert {grant for grant, _ in held} <= set(asked)
        for (grant, lot), quantity in held.items():
            keeper.give_back(grant, (CAP, lot, quantity))
        await keeper.push()
        assert await lent(shop, member) == 0
        assert (await other.hold(stays, 100, asset=CAP)).code == "granted"

    run(tmp_path, scenario, CAPPED)
