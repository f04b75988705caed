"""What the centre makes of entries that a till's next incarnation sends once more."""

from pathlib import Path

import msgspec
import pytest

from sync.entry import EnrolBody, body_of, decode, encode_body
from sync.ledger.caller import LedgerRefusal
from sync.ledger.reconcile import reconcile
from sync.wire import ReconcileAnswer, ReconcileRequest
from tests.unit.centre_kit import CARD
from tests.unit.forks_kit import ask, burn, copy_of, lot, send
from tests.unit.ledger_kit import Shop, TillSim, Written, again, draw, line, promise, run


def test_a_draw_on_a_lot_from_after_the_fork_needs_its_new_name(tmp_path: Path) -> None:
    """The same number is by now another ticket's lot: without remap nothing is taken from it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        copy = copy_of(till)
        theirs = till.euros(member, 300)
        await till.push()
        mine = copy.euros(member, 50)
        assert lot(mine) == lot(theirs)
        spent = copy.sale(member, (line(1000),), burns=(burn(100, draw(lot(mine), lot(mine), 100)),))
        assert (await copy.send(copy.request())).fence
        life = await again(shop, copy)
        answer = await ask(shop, life, copy)
        assert answer == ReconcileAnswer((), ())
        fresh = send(life, copy, mine.seq, (lot(mine), lot(copy_of(life).euros(member, 1))))
        send(life, copy, spent.seq)
        await life.push()
        books = await shop.balances()
        assert books.burned["points"] == 100
        assert books.granted["points"] == 300 + 50  # neither birth was drawn on
        assert books.deficit["points"] == 100
        assert lot(fresh) != lot(theirs)
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_draw_with_the_new_name_is_secured(tmp_path: Path) -> None:
    """What a copy gave and took after the fork adds up as it did there."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        copy = copy_of(till)
        till.euros(member, 300)
        await till.push()
        mine = copy.euros(member, 150)
        spent = copy.sale(member, (line(1000),), burns=(burn(100, draw(lot(mine), lot(mine), 100)),))
        life = await again(shop, copy)
        await ask(shop, life, copy)
        fresh = send(life, copy, mine.seq)
        send(life, copy, spent.seq, (lot(mine), lot(fresh)))
        life.give_back(lot(fresh), ("points", lot(fresh), 50))
        answer = await life.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        books = await shop.balances()
        assert books.burned["points"] == 100
        assert books.deficit.get("points", 0) == 0
        assert books.available["points"] == 50
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_burns_draw_what_is_left_in_the_old_grants(tmp_path: Path) -> None:
    """A hold that both copies spent is spent once; the rest is owed."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 100})
        await till.hold(member, 100)
        held = till.grants[0]
        copy = copy_of(till)
        paid = draw(held.id, held.slices[0].lot, 60)
        till.sale(member, (line(1000),), burns=(burn(60, paid),))
        await till.push()
        spent = copy.sale(member, (line(1000),), burns=(burn(60, paid),))
        life = await again(shop, copy)
        await ask(shop, life, copy)
        again_ = send(life, copy, spent.seq)
        assert again_.seq == 1
        await life.push()
        books = await shop.balances()
        assert (books.burned["points"], books.deficit.get("points", 0)) == (100 + 20, 20)
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_lot_of_another_account_is_never_secured(tmp_path: Path) -> None:
    """A remap that names somebody else's lot takes nothing of it."""

    async def scenario(shop: Shop) -> None:
        till, member, other = await shop.till(), await shop.member(), await shop.member(8)
        before = till.euros(other, 200)
        await till.push()
        copy = copy_of(till)
        spent = copy.sale(member, (line(1000),), burns=(burn(100, draw("1-1-9-0", "1-1-9-0", 100)),))
        life = await again(shop, copy)
        await ask(shop, life, copy)
        send(life, copy, spent.seq, ("1-1-9-0", lot(before)))
        await life.push()
        assert (await shop.balances()).deficit["points"] == 100
        assert (await shop.balances(8)).granted["points"] == 200

    run(tmp_path, scenario)


def test_a_second_copy_of_an_entry_is_another_name_of_the_first(tmp_path: Path) -> None:
    """Both copies send it; it counts once, and a draw on the second name draws on the first birth."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        mine = till.euros(member, 150)
        copy = copy_of(till)
        one = await again(shop, till)
        two = await again(shop, copy)
        assert (await ask(shop, two, copy)).became == ()
        first = send(one, till, mine.seq)
        await one.push()
        second = send(two, copy, mine.seq)
        answer = await two.push()
        assert [one.code for one in answer.dispositions] == ["duplicate"]
        assert (await shop.balances()).earned["points"] == 150
        assert (await ask(shop, two, copy)).became[0].as_seq == first.seq
        two.sale(member, (line(1000),), burns=(burn(100, draw(lot(second), lot(second), 100)),))
        two.give_back(lot(second), ("points", lot(second), 50))
        answer = await two.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        books = await shop.balances()
        assert (books.burned["points"], books.granted["points"]) == (100, 50)
        assert books.deficit.get("points", 0) == 0
        one.give_back(lot(first), ("points", lot(first), 150))
        await one.push()
        books = await shop.balances()
        assert (books.burned["points"], books.available["points"]) == (100, 50)
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_return_that_two_copies_bring_is_carried_out_once(tmp_path: Path) -> None:
    """A refund has no ticket id that would tell: its first form does."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.sale(
            member, (line(1000), line(1000)), (promise("base", 20, till.today, allocation=(10, 10)),)
        )
        await till.push()
        back = till.refund(sold, 500)
        copy = copy_of(till)
        for folder in (till, copy):
            life = await again(shop, folder)
            await ask(shop, life, folder)
            send(life, folder, back.seq)
            await life.push()
        assert (await shop.balances()).clawed[
            "points"
        ] == 6  # of 500 cents given back; of 1000 it would be 10

    run(tmp_path, scenario)


def test_only_the_till_itself_goes_on(tmp_path: Path) -> None:
    """Without the old key, at another store, or when revoked, a code makes no next life of a till."""

    async def scenario(shop: Shop) -> None:
        till, other = await shop.till(), await shop.till()
        with pytest.raises(LedgerRefusal) as refused:
            await again(shop, other, dev=till.paired.dev)
        assert refused.value.code == "bad_proof"
        with pytest.raises(LedgerRefusal) as refused:
            await again(shop, till, store="gare")
        assert refused.value.code == "other_store"
        with pytest.raises(LedgerRefusal) as refused:
            await again(shop, till, dev=999)
        assert refused.value.code == "unknown_device"
        life = await again(shop, till)
        with pytest.raises(LedgerRefusal) as refused:
            await reconcile(shop.ledger, other.device, ReconcileRequest(1, ()))
        assert refused.value.code == "not_yours"
        assert (life.paired.dev, life.paired.inc) == (till.paired.dev, 2)
        assert (await till.send(till.request())).fence

    run(tmp_path, scenario)


def test_a_new_life_has_numbers_of_its_own(tmp_path: Path) -> None:
    """Two copies never enrol two people under one number: each life gives out its own blocks."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        life = await again(shop, till)
        old = {(one.kind, one.first) for one in till.paired.blocks}
        new = {(one.kind, one.first) for one in life.paired.blocks}
        assert not old & new
        assert {(one.kind, one.first) for one in (await life.pull()).blocks} == new

    run(tmp_path, scenario)


def test_a_member_whom_two_copies_enrol_is_one_account(tmp_path: Path) -> None:
    """Each gives a number of its own: the later one is another name of the first, which is told to those who ask."""

    def enrol_again(till: TillSim, before: TillSim, seq: int, number: int) -> Written:
        data, digest, _ = before.written[seq - 1]
        entry = decode(data)
        body = body_of(entry)
        assert isinstance(body, EnrolBody)
        body = msgspec.structs.replace(body, member=number)
        return till.write(entry.kind, encode_body(body), orig=entry.orig or digest, member=number)

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        mine = till.enrol(501, CARD)
        copy = copy_of(till)
        one, two = await again(shop, till), await again(shop, copy)
        enrol_again(one, till, mine.seq, 601)
        one.euros(601, 30)
        await one.push()
        enrol_again(two, copy, mine.seq, 701)
        two.euros(701, 20)
        answer = await two.push()
        assert [one.code for one in answer.dispositions] == ["twin", ""]
        three = await again(shop, copy)
        assert (await ask(shop, three, copy)).became[0].member == 601
        for number in (601, 701):
            assert (await shop.balances(number)).earned["points"] == 50
        found = await shop.ledger.account(three.device, CARD)
        assert found.row is not None
        assert found.row.member == 601
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_ticket_that_two_lives_close_is_told_to_the_second(tmp_path: Path) -> None:
    """It counts once. The till counts it on top of the member's row, so the row comes again with the entry in it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        mine = till.euros(member, 30)
        await till.push()
        life = await again(shop, till)
        before = await life.pull()
        entry = decode(till.written[mine.seq - 1][0])
        life.write(entry.kind, entry.body, ticket=entry.ticket, member=member)
        answer = await life.push()
        assert [one.code for one in answer.dispositions] == ["duplicate"]
        after = await life.pull(*before.cursors)
        assert [(row.member, row.account.balance["points"]) for row in after.members] == [(member, 30)]
        assert after.own_seq == 1

    run(tmp_path, scenario)
