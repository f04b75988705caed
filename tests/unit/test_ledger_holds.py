"""Holds: points move to one till, first to expire first, never below zero, each request once."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from sync.delegation import GRANTS, RULES, holds
from sync.ledger.caller import LedgerRefusal
from sync.ledger.grants import grant_bytes
from sync.wire import HeldAt, HoldRequest, Want
from tests.unit.ledger_kit import Shop, line, promise, run


def test_a_hold_moves_points_out_of_reach_of_others(tmp_path: Path) -> None:
    """What one till holds, another cannot; together never more than there is."""

    async def scenario(shop: Shop) -> None:
        one, two, member = (
            await shop.till(),
            await shop.till("gare"),
            await shop.member(opening={"points": 120}),
        )
        assert (await one.hold(member, 100)).code == "granted"
        answer = await two.hold(member, 100)
        assert (answer.code, answer.grants[0].slices[0].quantity) == ("partial", 20)
        answer = await two.hold(member, 100, ticket="t2")
        assert (answer.code, dict(answer.elsewhere)) == ("held_elsewhere", {"points": 100})

    run(tmp_path, scenario)


def test_where_it_is_held_and_since_when_that_till_is_silent(tmp_path: Path) -> None:
    """The store by its name; a till that did not speak for twenty minutes with the time of its last word."""

    async def scenario(shop: Shop) -> None:
        here, there, member = (
            await shop.till(),
            await shop.till("gare"),
            await shop.member(opening={"points": 120}),
        )
        await there.push()
        heard = shop.clock.ms
        assert (await there.hold(member, 100)).places == ()
        shop.clock.advance(minutes=20)
        assert (await here.hold(member, 100)).places == (HeldAt("points", "Gare"),)
        shop.clock.advance(minutes=1)
        again = await here.hold(member, 100)
        assert again.places == (HeldAt("points", "Gare", heard),)

    run(tmp_path, scenario)


def test_the_same_request_is_answered_once(tmp_path: Path) -> None:
    """A retry gets the same grant again; another quantity for the same ticket is a new request."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 120})
        request = HoldRequest("t1", member, (Want("points", 50),), 0)
        first = await shop.ledger.hold(till.device, request)
        again = await shop.ledger.hold(till.device, request)
        assert first == again
        assert (await shop.balances()).granted == {"points": 50}
        other = HoldRequest("t1", member, (Want("points", 20),), 1)
        assert [grant.gno for grant in (await shop.ledger.hold(till.device, other)).grants] == [2]

    run(tmp_path, scenario)


def test_the_ratchet_before_the_last_is_given_grants_only_with_the_push_under_way(tmp_path: Path) -> None:
    """A till whose push was done and not answered yet has its nonce; a copy that has no such push gets nothing."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 120})
        before = till.ratchet
        request = till.request()
        await till.push()

        async def ask(ticket: str, gno: int, nonce: str | None) -> int:
            hold = HoldRequest(ticket, member, (Want("points", 10),), gno, before, nonce)
            return len((await shop.ledger.hold(till.device, hold)).grants)

        for copy in ("", "of another"):
            with pytest.raises(LedgerRefusal, match="must be heard"):
                await ask("t1", 0, copy)
        assert (await shop.balances()).granted.get("points", 0) == 0
        assert await ask("t1", 0, request.nonce) == 1
        assert await ask("t2", 1, None) == 1  # an earlier release
        assert (await shop.balances()).granted == {"points": 20}

    run(tmp_path, scenario)


def test_as_much_again_is_not_the_same_request(tmp_path: Path) -> None:
    """50 after 50 for one ticket are 100 together: the second is no repetition of the first."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 120})
        for after, gno in ((0, 0), (50, 1)):
            request = HoldRequest("t1", member, (Want("points", 50, after),), gno)
            assert (await shop.ledger.hold(till.device, request)).code == "granted"
        assert (await shop.balances()).granted == {"points": 100}

    run(tmp_path, scenario)


def test_lost_grants_are_sent_again_in_order(tmp_path: Path) -> None:
    """Everything after the till's last grant number comes with the next answer, as it was issued."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 120})
        for n in (1, 2):
            await shop.ledger.hold(till.device, HoldRequest(f"t{n}", member, (Want("points", 10),), n - 1))
        answer = await till.push()
        assert [grant.gno for grant in answer.grants] == [1, 2]
        till.give_back("g-1-1-1", ("points", till.grants[0].slices[0].lot, 10))
        assert (await till.push(last_gno=0)).grants == answer.grants

    run(tmp_path, scenario)


def test_lots_are_taken_first_to_expire_first(tmp_path: Path) -> None:
    """The order is (last day, day earned, lot), whatever order they arrived in."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        soon = promise("base", 5, till.today, last_day=till.today + timedelta(days=10))
        late = promise("base", 5, till.today)
        sold = [till.sale(member, (line(500),), (given,)) for given in (late, soon)]
        for one in sold:
            till.give_back(one.lots[0], ("points", one.lots[0], 5))
        await till.push()
        answer = await till.hold(member, 7)
        assert [(piece.lot, piece.quantity) for piece in answer.grants[0].slices] == [
            (sold[1].lots[0], 5),
            (sold[0].lots[0], 2),
        ]

    run(tmp_path, scenario)


def test_dead_points_are_not_granted(tmp_path: Path) -> None:
    """A lot past its last day is not given out even before its expiry is posted."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.sale(member, (line(500),), (promise("base", 5, till.today, last_day=till.today),))
        till.give_back(sold.lots[0], ("points", sold.lots[0], 5))
        await till.push()
        shop.clock.advance(days=1)
        assert (await till.hold(member, 5)).code == "refused"

    run(tmp_path, scenario)


def test_grants_are_signed_by_the_ledger(tmp_path: Path) -> None:
    """A till, or a neighbour, can prove what was granted."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 120})
        grant = (await till.hold(member, 10)).grants[0]
        key = shop.ledger.server_public_key
        assert holds(grant.signature, grant_bytes(grant), key, GRANTS)
        assert not holds(grant.signature, grant_bytes(grant), key, RULES)

    run(tmp_path, scenario)


def test_nonsense_is_refused(tmp_path: Path) -> None:
    """No unit, a negative one or an unknown member is answered, not granted."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 120})
        assert (await till.hold(999, 10)).code == "unknown_member"
        for quantity in (0, -5, 10**15):
            with pytest.raises(LedgerRefusal):
                await till.hold(member, quantity)
        assert (await shop.balances()).available == {"points": 120}
        assert date(2026, 1, 1) < till.today

    run(tmp_path, scenario)
