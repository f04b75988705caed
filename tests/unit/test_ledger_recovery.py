"""The centre restored from an older copy (failure table, row 27): nothing is lost, nothing is spent twice."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from pos_app.cli import main
from sync.ledger.blank_cards import TakeNumbers
from sync.ledger.caller import LedgerRefusal
from sync.ledger.devices import RevokeDevice, WriteOffDevice
from sync.ledger.effect import Effect
from sync.ledger.recovery import begin
from sync.ledger.recovery_lost import Compared, compare
from sync.ledger.recovery_state import EndRecovery, RecoveryState
from tests.unit.day_kit import DAYS, bought, run_days
from tests.unit.ledger_kit import Shop, again, run
from tests.unit.recovery_kit import copied, leased, restored, speak, spend

sqlite_only = pytest.mark.engines("sqlite")


@sqlite_only
def test_nothing_is_lost_and_nothing_spent_twice(tmp_path: Path) -> None:
    """Sales, grants and burns after the copy all come back; while it recovers nothing is reserved."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        copied(shop, tmp_path)
        assert (await second.hold(member, 100)).code == "granted"
        spend(second, member, 60)
        first.euros(member, 7)
        await first.push()
        await second.push()
        await restored(shop, tmp_path)
        assert (await RecoveryState().run(shop.ledger)).on
        with pytest.raises(LedgerRefusal, match="restored"):
            await first.hold(member, 100, "t2")
        await speak(second)
        assert (await RecoveryState().run(shop.ledger)).on
        await speak(first)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.reported, state.waiting, state.missing) == (False, 2, 0, 0)
        books = await shop.balances(member)
        assert books.burned == {"points": 60}
        assert books.deficit == {}
        assert books.granted["points"] == 40 + 7 + 1  # what the hold has left, and two births
        assert (await first.hold(member, 50, "t3")).grants[-1].gno == 1

    run(tmp_path, scenario)


@sqlite_only
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["giver first", "spender first"])
def test_who_comes_first_does_not_matter(tmp_path: Path, order: tuple[int, int]) -> None:
    """Points that one till returned and another spent, both after the copy: the same books, no debt."""

    async def scenario(shop: Shop) -> None:
        tills = [await shop.till(), await shop.till()]
        giver, spender = tills
        member = await shop.member()
        sold = giver.euros(member, 100)
        await giver.push()
        copied(shop, tmp_path)
        giver.give_back(sold.lots[0], ("points", sold.lots[0], 100))
        await giver.push()
        assert (await spender.hold(member, 100)).code == "granted"
        spend(spender, member, 100)
        await spender.push()
        await restored(shop, tmp_path)
        for n in order:
            await speak(tills[n])
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.waiting, state.presented, state.missing) == (False, 0, 0, 0)
        books = await shop.balances(member)
        assert (books.burned, books.deficit, books.available) == ({"points": 100}, {}, {})

    run(tmp_path, scenario)


@sqlite_only
@pytest.mark.parametrize("paired_again", [False, True])
def test_a_grant_that_was_returned_and_given_again(tmp_path: Path, paired_again: bool) -> None:
    """The second holder comes first; the first one's grant is shown with its return, and nothing is missing.

    So it is in a later life of a till: its return does not go past before the grant is known.
    """

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        if paired_again:
            first = await again(shop, first)
            await first.push()
        copied(shop, tmp_path)
        await first.hold(member, 240)
        held = first.grants[-1]
        first.give_back(held.id, ("points", held.slices[0].lot, 240))
        await first.push()
        await second.hold(member, 240)
        spend(second, member, 100)
        await second.push()
        await restored(shop, tmp_path)
        await speak(second)
        await speak(first)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.missing, state.waiting) == (False, 0, 0)
        books = await shop.balances(member)
        assert (books.burned, books.granted) == ({"points": 100}, {"points": 140 + 1})

    run(tmp_path, scenario)


@sqlite_only
def test_a_ledger_that_comes_back_twice_asks_for_itself(tmp_path: Path) -> None:
    """What a till shows was asked for by the first, of a newer copy: the second asks for the grants before it, too."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        copied(shop, tmp_path)
        await first.hold(member, 240)
        held = first.grants[-1]
        first.give_back(held.id, ("points", held.slices[0].lot, 240))
        await first.push()
        await first.hold(member, 100, "t2")
        await restored(shop, tmp_path)
        await first.push(presented=tuple(first.grants[1:]), backlog=first.head.seq - first.accepted)
        await speak(first)
        await speak(second)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.presented, state.waiting, state.missing) == (False, 0, 0, 0)
        assert (await shop.balances(member)).granted == {"points": 100}

    run(tmp_path, scenario)


@sqlite_only
def test_a_copy_made_while_the_ledger_recovers_keeps_what_was_presented(tmp_path: Path) -> None:
    """A grant shown to the first restored ledger waits in its books: the second, of their copy, asks for it no more."""

    async def scenario(shop: Shop) -> None:
        giver, spender = await shop.till(), await shop.till()
        member = await shop.member()
        sold = giver.euros(member, 100)
        await giver.push()
        copied(shop, tmp_path)
        giver.give_back(sold.lots[0], ("points", sold.lots[0], 100))
        await giver.push()
        assert (await spender.hold(member, 100)).code == "granted"
        await restored(shop, tmp_path)
        await speak(spender)
        assert (await RecoveryState().run(shop.ledger)).presented == 1
        copied(shop, tmp_path)
        await restored(shop, tmp_path)
        await speak(spender)
        await speak(giver)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.waiting, state.presented, state.missing) == (False, 0, 0, 0)
        books = await shop.balances(member)
        assert (books.granted, books.available, books.deficit) == ({"points": 100}, {}, {})

    run(tmp_path, scenario)


@sqlite_only
def test_what_was_given_back_of_a_new_member_waits_for_the_enrolment(tmp_path: Path) -> None:
    """The till that gave a hold back comes before the one that enrolled its member: nothing is left in quarantine."""

    async def scenario(shop: Shop) -> None:
        first, second = await shop.till(), await shop.till()
        copied(shop, tmp_path)
        member = 3001
        second.enrol(member, b"a new card, of 16")
        sold = second.euros(member, 100)
        await second.push()
        second.give_back(sold.lots[0], ("points", sold.lots[0], 100))
        await second.push()
        await first.hold(member, 100)
        held = first.grants[-1]
        first.give_back(held.id, ("points", held.slices[0].lot, 100))
        await first.push()
        await restored(shop, tmp_path)
        await speak(first)
        await speak(second)
        state = await RecoveryState().run(shop.ledger)
        assert (state.on, state.presented, state.waiting, state.missing) == (False, 0, 0, 0)
        assert (await shop.balances(member)).available == {"points": 100}

    run(tmp_path, scenario)


@sqlite_only
def test_the_operator_ends_the_waiting_and_the_risk_is_counted(tmp_path: Path) -> None:
    """A till that stays away: its points are given to another, and when it comes both are honoured and counted."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        copied(shop, tmp_path)
        await second.hold(member, 240)
        spend(second, member, 200)
        await restored(shop, tmp_path)
        await speak(first)
        state = await EndRecovery().run(shop.ledger)
        assert (state.on, [one.dev for one in state.awaited]) == (False, [second.paired.dev])
        with pytest.raises(LedgerRefusal):
            await second.hold(member, 10, "t9")  # its stream of grants is not known yet
        await first.hold(member, 240)
        spend(first, member, 240)
        await first.push()
        await speak(second)
        state = await RecoveryState().run(shop.ledger)
        assert (state.awaited, state.missing) == ((), 240)
        books = await shop.balances(member)
        assert books.burned == {"points": 440}
        assert books.deficit == {"points": 200}  # what was spent twice, within what was counted

    run(tmp_path, scenario)


def test_nobody_waits_for_a_till_that_is_shut_out(tmp_path: Path) -> None:
    """The last one that was expected is written off, another is revoked: the recovery is over."""

    async def scenario(shop: Shop) -> None:
        first, second, _ = await leased(shop)
        await shop.ledger._storage.write(lambda tx: begin(tx, shop.clock.ms))
        await WriteOffDevice(first.paired.dev, go=True).run(shop.ledger)
        assert (await RecoveryState().run(shop.ledger)).on
        await RevokeDevice(second.paired.dev).run(shop.ledger)
        assert not (await RecoveryState().run(shop.ledger)).on

    run(tmp_path, scenario)


@sqlite_only
def test_a_forged_or_foreign_grant_is_no_grant(tmp_path: Path) -> None:
    """Only what the ledger signed for this very till counts."""

    async def scenario(shop: Shop) -> None:
        first, second, member = await leased(shop)
        copied(shop, tmp_path)
        await second.hold(member, 100)
        real = second.grants[-1]
        await restored(shop, tmp_path)
        own = replace(real, id=f"g-{first.paired.dev}-1-1")
        await first.push(presented=(real, own))
        assert (await RecoveryState().run(shop.ledger)).presented == 0
        assert (await shop.balances(member)).granted == {}
        await speak(second)
        assert (await shop.balances(member)).granted == {"points": 100}

    run(tmp_path, scenario)


def test_a_till_is_heard_once_at_any_ratchet(tmp_path: Path) -> None:
    """The lost books had turned it further; the next wrong one is a copy of the till, as ever."""

    async def scenario(shop: Shop) -> None:
        first, second, _ = await leased(shop)
        await shop.ledger._storage.write(lambda tx: begin(tx, shop.clock.ms))
        shop.ledger._epoch = 2
        lost = {"ratchet": b"from the lost books", "nonce": "n"}
        assert not (await first.push(**lost)).fence
        assert (await first.send(first.request(**lost))).ratchet  # the answer got lost: the same again
        assert (await first.send(first.request(ratchet=b"another copy", nonce="m"))).fence
        assert not (await second.push()).fence
        assert not (await RecoveryState().run(shop.ledger)).on

    run(tmp_path, scenario)


def test_numbers_are_not_given_twice(tmp_path: Path) -> None:
    """What the lost books may have numbered lies below all that is numbered now, and the epoch is new."""

    async def scenario(shop: Shop) -> None:
        first, _, _ = await leased(shop)
        before = {block.first for block in first.paired.blocks}
        epoch = await shop.ledger._storage.write(lambda tx: begin(tx, shop.clock.ms))
        assert epoch == shop.clock.ms // 1000
        assert await shop.ledger._storage.write(lambda tx: begin(tx, 0)) == epoch + 1
        late = await shop.till()
        assert late.paired.dev > first.paired.dev + 1000
        assert min(block.first for block in late.paired.blocks) > max(before) + 900_000
        assert not [one for one in (await RecoveryState().run(shop.ledger)).awaited if one.spoke_ms]

    run(tmp_path, scenario)


@sqlite_only
@pytest.mark.parametrize("lost", [False, True])
def test_numbers_of_another_restore_of_the_same_copy_are_not_given_again(tmp_path: Path, lost: bool) -> None:
    """Tills, members, lots and anchors of the first restored ledger keep names that nobody else bears.

    It tells by the ledger that is replaced. Where that one is lost they are apart by seconds, and of cards and tills,
    which have too few for that, none is given before the minute is over: a till is told how long to wait.
    """

    async def scenario(shop: Shop) -> None:
        old, _, _ = await leased(shop)
        copied(shop, tmp_path)
        await restored(shop, tmp_path)
        shop.clock.advance(minutes=1)
        tills, anchors = [], []
        for _ in range(2):
            shop.clock.advance(seconds=1)
            if lost:
                await shop.ledger.close()
                (tmp_path / "ledger.db").write_bytes(b"nothing that can be read")
            await restored(shop, tmp_path)
            await speak(old)
            anchors.append(old.anchor)
            if lost:
                with pytest.raises(LedgerRefusal, match=r"try again in \d+ seconds"):
                    await shop.till()
                with pytest.raises(LedgerRefusal, match="restored a moment ago"):
                    await TakeNumbers(1).run(shop.ledger)
                shop.clock.advance(minutes=1)
            tills.append(await shop.till())
        first, second = (till.paired for till in tills)
        assert first.dev != second.dev
        assert anchors[0] != anchors[1]
        blocks = [
            (one.kind, number)
            for till in tills
            for one in till.paired.blocks
            for number in (one.first, one.last)
        ]
        assert len(blocks) == len(set(blocks))
        shop.tills.clear()

    run(tmp_path, scenario)


@sqlite_only
def test_what_the_lost_ledger_had_posted_by_itself_is_listed(tmp_path: Path) -> None:
    """Row 28: days that are lived again bring the same; what was imported since the copy is told as lost."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await bought(till, member, 20)
        await run_days(shop)
        copied(shop, tmp_path)
        shop.clock.advance(days=45)
        assert "expiry" in await run_days(shop)
        await bought(till, member, 7)
        await shop.member(8, opening={"points": 55})
        await restored(shop, tmp_path)
        await run_days(shop)
        await speak(till)

    run(tmp_path, scenario, DAYS)
    [before] = tmp_path.glob("ledger.db.before-?????????*[0-9]")
    words = ["ledger", "recovery", "lost", str(before), "--db", str(tmp_path / "ledger.db")]
    done = CliRunner().invoke(main, [*words, "--lang", "en"])
    assert done.exit_code == 0, done.output
    *lost, sums = done.stdout.splitlines()
    assert lost == ["16/04/2026  member 8  gained  55 points  ADJUST"]
    assert re.fullmatch(r"[1-9][0-9]* effects since the copy are here again, 1 are not\.", sums)
    told = CliRunner().invoke(main, [*words, "--json"])
    assert [json.loads(line)["member"] for line in told.stdout.splitlines()] == [8]
    never = CliRunner().invoke(main, [*words[:4], "--db", str(before)])
    assert never.exit_code == 2
    assert "never restored" in never.output


def test_each_lost_effect_counts_once() -> None:
    """The same twice and once again is one that is lost; the numbers and times of the two ledgers are their own."""
    one = Effect(7, "7.4", "gain", date(2026, 3, 2), 1, "points", 5, cause="ACCRUE", rule="base", ticket="t")
    twin, again = replace(one, id="7.5"), replace(one, id="7.9", at_ms=9)
    other = replace(again, quantity=6)
    assert compare([one, twin], [again, other]) == Compared(1, (twin,))
    assert compare([one, twin], [again, again]) == Compared(2, ())
