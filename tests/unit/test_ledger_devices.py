"""Tills as their owner sees them: what they hold, keys that are refused, tills that are written off (row 24)."""

from pathlib import Path

import pytest

from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.devices import Device, ListDevices, RevokeDevice, WriteOffDevice
from sync.tills import are_genuine
from sync.wire import Cursor, PullAnswer, PullRequest
from tests.unit.ledger_kit import Shop, TillSim, burn, draw, line, promise, run


async def device(shop: Shop, till: TillSim) -> Device:
    """What the owner sees of a till."""
    found = (await ListDevices().run(shop.ledger)).devices
    return next(one for one in found if one.dev == till.paired.dev)


async def sold(shop: Shop) -> tuple[TillSim, int, str]:
    """A till that holds the 100 points which it gave; the member and the lot."""
    till, member = await shop.till(), await shop.member()
    written = till.euros(member, 100)
    await till.push(backlog=3)
    return till, member, written.lots[0]


def test_the_list_says_what_a_till_holds_and_has_left(tmp_path: Path) -> None:
    """State, contact, accepted entries, backlog, units by asset; of one store when asked."""

    async def scenario(shop: Shop) -> None:
        till, _, _ = await sold(shop)
        seen = await device(shop, till)
        assert (seen.store, seen.state, seen.accepted, seen.backlog) == ("halles", "open", 1, 2)
        assert (seen.held, seen.freed, seen.seen_ms) == ({"points": 100}, {}, shop.clock.ms)
        assert (await ListDevices("gare").run(shop.ledger)).devices == ()

    run(tmp_path, scenario)


def test_a_revoked_key_is_worth_nothing_and_frees_nothing(tmp_path: Path) -> None:
    """The next request is refused; what the thief could spend stays encumbered; no other till is touched."""

    async def scenario(shop: Shop) -> None:
        till, member, _ = await sold(shop)
        other = await shop.till()
        done = await RevokeDevice(till.paired.dev).run(shop.ledger)
        assert (done.new, done.held) == (True, {"points": 100})
        assert await shop.ledger.device_key(till.paired.dev, till.paired.inc) is None
        with pytest.raises(LedgerRefusal):
            await till.push()
        assert (await other.hold(member, 100)).code == "held_elsewhere"
        assert not (await RevokeDevice(till.paired.dev).run(shop.ledger)).new
        assert await shop.ledger.device_key(other.paired.dev, other.paired.inc) is not None

    run(tmp_path, scenario)


def test_a_key_at_hand_that_is_the_till_s_no_more_takes_nothing(tmp_path: Path) -> None:
    """Another process changed it: the push is refused before its ratchet is looked at, which would end a life."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        till.euros(await shop.member(), 100)
        replaced = DeviceId(till.paired.dev, till.paired.inc, bytes(32), kept=True)
        with pytest.raises(LedgerRefusal) as refused:
            await shop.ledger.push(replaced, till.request(ratchet=b"another"))
        assert refused.value.code == "unknown_device"
        assert (await till.push()).accepted_seq == 1

    run(tmp_path, scenario)


def test_the_other_tills_of_the_store_are_told(tmp_path: Path) -> None:
    """With their next pull comes the ledger's list without the thief, newer than any that he can show."""

    async def scenario(shop: Shop) -> None:
        thief, other, far = await shop.till(), await shop.till(), await shop.till("gare")

        async def told(till: TillSim, since: PullAnswer | None = None) -> PullAnswer:
            known = 0 if since is None or since.tills is None else since.tills.made_ms
            start = (Cursor(f"device:{till.paired.dev}", 1, 0),)
            asked = PullRequest(since.cursors if since else start, 1 << 20, tills=known)
            return await shop.ledger.pull(till.device, asked)

        his, before, there = await told(thief), await told(other), await told(far)
        assert his.tills is not None
        assert his.tills.of(thief.device.dev, thief.device.inc) is not None
        shop.clock.advance(minutes=5)
        await RevokeDevice(thief.paired.dev).run(shop.ledger)
        news = (await told(other, before)).tills
        assert news is not None
        assert are_genuine(news, other.paired.server_key)
        assert [one.dev for one in news.tills] == [other.paired.dev]
        assert news.age > his.tills.age
        assert (await told(far, there)).tills is None

    run(tmp_path, scenario)


def test_a_write_off_is_shown_then_done_once(tmp_path: Path) -> None:
    """Without `go` nothing moves; with it the points are the member's again and the amount is counted."""

    async def scenario(shop: Shop) -> None:
        till, member, _ = await sold(shop)
        other = await shop.till()
        shown = await WriteOffDevice(till.paired.dev).run(shop.ledger)
        assert (shown.freed, shown.accounts) == ({"points": 100}, 1)
        assert (await shop.balances(member)).granted == {"points": 100}
        for freed in ({"points": 100}, {}):
            assert (await WriteOffDevice(till.paired.dev, go=True).run(shop.ledger)).freed == freed
        assert (await shop.balances(member)).available == {"points": 100}
        seen = await device(shop, till)
        assert (seen.state, seen.held, seen.freed) == ("written_off", {}, {"points": 100})
        assert (await other.hold(member, 100)).code == "granted"

    run(tmp_path, scenario)


def test_what_a_written_off_till_spent_is_a_debt_and_no_quarantine(tmp_path: Path) -> None:
    """Both gave goods for the same points: the second is owed, at most what the override freed (G2)."""

    async def scenario(shop: Shop) -> None:
        till, member, lot = await sold(shop)
        other = await shop.till()
        paid = burn(100, draw(lot, lot, 100))
        till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))  # offline, not sent yet
        await WriteOffDevice(till.paired.dev, go=True).run(shop.ledger)
        held = (await other.hold(member, 100)).grants[-1]
        paid = burn(100, draw(held.id, lot, 100))
        other.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        await other.push()
        answer = await till.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        assert not answer.fence
        books = await shop.balances(member)
        assert (books.deficit, books.burned) == ({"points": 100}, {"points": 200})

    run(tmp_path, scenario)


def test_a_written_off_till_is_given_nothing(tmp_path: Path) -> None:
    """It may send what it has; holds are refused and leases go elsewhere."""

    async def scenario(shop: Shop) -> None:
        till, member, _ = await sold(shop)
        await WriteOffDevice(till.paired.dev, go=True).run(shop.ledger)
        till.euros(member, 3)
        assert (await till.push()).accepted_seq == 2
        with pytest.raises(LedgerRefusal):
            await till.hold(member, 50)
        while await shop.ledger.review_leases(10):
            pass
        assert (await device(shop, till)).held == {"points": 3}  # born there, not leased

    run(tmp_path, scenario)


def test_an_unknown_number_is_named(tmp_path: Path) -> None:
    """One sentence that says what to do."""

    async def scenario(shop: Shop) -> None:
        for operation in (RevokeDevice(99), WriteOffDevice(99, go=True)):
            with pytest.raises(LedgerRefusal, match="no till number 99"):
                await operation.run(shop.ledger)

    run(tmp_path, scenario)


def test_a_written_off_till_that_turns_up_is_asked_for_its_leases(tmp_path: Path) -> None:
    """One that it hears of only now, too: it may be spent no more; its word frees nothing twice and ends the asking."""

    async def scenario(shop: Shop) -> None:
        till, member, lot = await sold(shop)
        till.give_back(lot, ("points", lot, 100))
        await till.push()
        while await shop.ledger.review_leases(10):
            pass
        freed = (await WriteOffDevice(till.paired.dev, go=True).run(shop.ledger)).freed
        assert freed["points"] > 0
        cursor = Cursor(f"device:{till.paired.dev}", 1, 0)
        answer = await shop.ledger.pull(till.device, PullRequest((cursor,), 1 << 20, till.last_gno))
        till.take(answer.grants)
        assert answer.recalls == tuple(grant.id for grant in till.grants) != ()
        for grant in till.grants:
            till.give_back(grant.id, *[("points", piece.lot, piece.quantity) for piece in grant.slices])
        await till.push()
        assert (await shop.balances(member)).available == {"points": 100}
        assert (
            await shop.ledger.pull(till.device, PullRequest((cursor,), 1 << 20, till.last_gno))
        ).recalls == ()

    run(tmp_path, scenario)
