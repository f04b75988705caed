"""A till that comes after the recovery was ended without it (failure table, row 27): what it says finds its place."""

from pathlib import Path

import pytest

from sync.ledger.devices import WriteOffDevice
from sync.ledger.recovery_state import EndRecovery, RecoveryState
from tests.unit.ledger_kit import Shop, looking, run
from tests.unit.recovery_kit import copied, leased, restored, speak, spend

pytestmark = pytest.mark.engines("sqlite")


@pytest.mark.parametrize("spent", [100, 60])
def test_what_it_spent_inside_a_grant_is_not_counted_twice(tmp_path: Path, spent: int) -> None:
    """Its ticket and its return come before the grant is shown: the grant is not counted at the till in full then."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        copied(shop, tmp_path)
        await second.hold(member, 100)
        await restored(shop, tmp_path)
        spend(second, member, spent)
        if spent < 100:
            held = second.grants[-1]
            second.give_back(held.id, ("points", held.slices[0].lot, 100 - spent))
        await speak(first)
        await EndRecovery().run(shop.ledger)
        await speak(second)
        books = await shop.balances(member)
        assert (books.burned, books.granted, books.deficit) == ({"points": spent}, {"points": 1}, {})
        assert await shop.ledger.quarantine() == ()

    run(tmp_path, scenario)


def test_what_it_gives_back_of_a_grant_that_was_not_found_is_taken_note_of(tmp_path: Path) -> None:
    """It was written off before it said whom it had enrolled: the grant was counted as missing, and nobody has it."""

    async def scenario(shop: Shop) -> None:
        first, second, _ = await leased(shop)
        copied(shop, tmp_path)
        member = 3001
        second.enrol(member, b"a new card, of 16")
        sold = second.euros(member, 100)
        await second.push()
        second.give_back(sold.lots[0], ("points", sold.lots[0], 100))
        await second.push()
        await second.hold(member, 100)
        spend(second, member, 60)
        held = second.grants[-1]
        second.give_back(held.id, ("points", held.slices[0].lot, 40))
        entries = second.head.seq
        await restored(shop, tmp_path)
        shown = await second.push(backlog=entries)
        second.accepted = shown.expected_seq - 1
        await second.push(presented=tuple(second.grants), limit=0, backlog=entries)
        await WriteOffDevice(second.paired.dev, go=True).run(shop.ledger)
        await speak(first)
        assert not (await RecoveryState().run(shop.ledger)).on
        await speak(second)
        assert await shop.ledger.quarantine() == ()
        books = await shop.balances(member)
        assert (books.burned, books.balance(), books.deficit) == ({"points": 60}, 41, {})

    run(tmp_path, scenario)


def test_a_written_off_till_that_comes_to_a_restored_ledger_is_heard(tmp_path: Path) -> None:
    """Nobody waits for it; what it sells and holds is taken as any till's, though its ratchet is of the lost ledger."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        await WriteOffDevice(second.paired.dev, go=True).run(shop.ledger)
        copied(shop, tmp_path)
        second.euros(member, 50)
        await second.push()
        await restored(shop, tmp_path)
        await speak(first)
        assert not (await RecoveryState().run(shop.ledger)).on
        answer = await second.push()
        assert not answer.fence
        second.accepted = answer.expected_seq - 1
        await speak(second)
        assert (await shop.balances(member)).balance() == 290

    run(tmp_path, scenario)


def test_a_grant_of_a_member_that_its_till_has_still_to_tell_of_is_put_back(tmp_path: Path) -> None:
    """It shows the grant before its own entry says whom it enrolled: what it holds is not missing."""

    async def scenario(shop: Shop) -> None:
        first, second, _ = await leased(shop)
        copied(shop, tmp_path)
        member = 3001
        second.enrol(member, b"a new card, of 16")
        sold = second.euros(member, 100)
        await second.push()
        second.give_back(sold.lots[0], ("points", sold.lots[0], 100))
        await second.push()
        await second.hold(member, 100)
        spend(second, member, 60)
        entries = second.head.seq
        await restored(shop, tmp_path)
        await speak(first)
        await EndRecovery().run(shop.ledger)
        shown = await second.push(backlog=entries)
        second.accepted = shown.expected_seq - 1
        await second.push(presented=tuple(second.grants), limit=0, backlog=entries)
        await speak(second)
        books = await shop.balances(member)
        assert (books.burned, books.granted, books.deficit) == ({"points": 60}, {"points": 41}, {})
        assert (await RecoveryState().run(shop.ledger)).missing == 0

    run(tmp_path, scenario)


def test_a_grant_of_somebody_whom_nobody_has_told_of_is_asked_back(tmp_path: Path) -> None:
    """Another till enrolled them and is not heard yet: the till that shows the grant does not keep it for ever."""

    async def scenario(shop: Shop) -> None:
        first, second, _ = await leased(shop)
        copied(shop, tmp_path)
        member = 3001
        first.enrol(member, b"a new card, of 16")
        sold = first.euros(member, 100)
        await first.push()
        first.give_back(sold.lots[0], ("points", sold.lots[0], 100))
        await first.push()
        await second.hold(member, 100)
        held = second.grants[-1]
        await restored(shop, tmp_path)
        await EndRecovery().run(shop.ledger)
        await speak(second)
        books = looking(shop.ledger._storage)
        assert await books.recalled(second.paired.dev, second.paired.inc) == (held.id,)
        second.give_back(held.id, ("points", held.slices[0].lot, 100))
        await second.push()
        assert await books.recalled(second.paired.dev, second.paired.inc) == ()
        await speak(first)
        assert await shop.ledger.quarantine() == ()
        assert (await shop.balances(member)).available == {"points": 100}

    run(tmp_path, scenario)
