"""MOVE_TICKET where it gets difficult: back again, refused, merged accounts, lives and copies of a till."""

from pathlib import Path
from typing import Any

import pytest

from sync.chain import tail
from sync.entry import (
    Converted,
    EntryKind,
    MoveTicketBody,
    RefundBody,
    TicketBody,
    VoidBody,
    body_of,
    decode,
    encode_body,
)
from sync.ledger.books import replace
from tests.unit.ledger_kit import FOREVER, Shop, TillSim, Written, again, burn, draw, line, promise, run


def moved(
    till: TillSim, of: Written, to: int | str, was: int | str | None = None, seal: str = "", **fields: Any
) -> Written:
    """A MOVE_TICKET of `of`, with the characters of its receipt."""
    printed = seal
    if not seal:
        seller = next(one for one in till.shop.tills if (one.paired.dev, one.paired.inc) == (of.dev, of.inc))
        printed = tail(seller.written[of.seq - 1][1])
    body = MoveTicketBody(till.paired.store, "camille", f"{of.dev}-{of.inc}-{of.seq}", printed, to)
    return till.write(EntryKind.MOVE_TICKET, body, ticket=of.ticket, member=was, **fields)


async def points(shop: Shop, *members: int) -> list[int]:
    found = [await shop.ledger.balances(member) for member in members]
    return [0 if one is None else one.balance() for one in found]


def send(till: TillSim, before: TillSim, of: Written) -> Written:
    """Write an entry of a former life once more, as a till does that was paired again: its number stays as printed."""
    data, digest, _ = before.written[of.seq - 1]
    entry = decode(data)
    body = body_of(entry)
    if isinstance(body, TicketBody):
        body = replace(body, number=f"{of.dev}-{of.inc}-{of.seq}")
    fields = {"orig": digest, "member": entry.member, "anchor": entry.anchor}
    return till.write(entry.kind, encode_body(body), ticket=entry.ticket, **fields)


def test_a_ticket_that_comes_back_counts_again(tmp_path: Path) -> None:
    """From one to the other and back, twice: all of it is with who has it last, by the rules."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        await shop.member(8)
        sold = till.euros(7, 12)
        for was, to in ((7, 8), (8, 7), (7, 8), (8, 7)):
            moved(till, sold, to, was=was)
        await till.push()
        assert await points(shop, 7, 8) == [12, 0]
        assert await shop.faults() == []

    run(tmp_path, scenario)


@pytest.mark.parametrize("case", ["returned", "late"])
def test_what_stays_after_all_is_free_again(tmp_path: Path, case: str) -> None:
    """The till takes the points out of its grant; where the ledger says no, they are not lost between the two."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        await shop.member(8)
        sold = one.euros(7, 12)
        await one.push()
        if case == "returned":
            two.refund(f"{sold.dev}-{sold.inc}-{sold.seq}", 600)
            await two.push()
        else:
            shop.clock.advance(days=31)
        moved(one, sold, 8, was=7)
        answer = await one.push()
        assert [one.code for one in answer.dispositions] == [
            "not_moved" if case == "returned" else "claim_late"
        ]
        held = await shop.balances(7)
        assert held.available == {"points": 6 if case == "returned" else 12}
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_who_a_returned_ticket_does_not_move_to_is_told_to_have_nothing(tmp_path: Path) -> None:
    """A card nobody had: a till may know its account, with the ticket, from a ledger that was lost."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        sold = till.euros(7, 12)
        till.refund(sold, 1200)
        moved(till, sold, bytes(range(16)).hex(), was=7)
        await till.push()
        [told] = [row for row in (await till.pull()).members if row.member != 7]
        assert (told.account.balance, told.account.visits) == ({}, 0)

    run(tmp_path, scenario)


def test_who_the_ticket_moved_to_may_turn_out_to_be_who_had_it(tmp_path: Path) -> None:
    """It moved to a card that nobody had yet, which then becomes the first member's: it counts once, and there."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        sold = till.euros(7, 12)
        card = bytes(range(16))
        moved(till, sold, card.hex(), was=7)
        await till.push()
        assert await points(shop, 7) == [0]
        till.link(7, card)
        await till.push()
        assert await points(shop, 7) == [12]
        till.refund(sold, 1200)
        await till.push()
        assert await points(shop, 7) == [0]
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_clock_that_says_before_the_sale_is_not_late(tmp_path: Path) -> None:
    """Nobody has a receipt before its sale: one of the two clocks is wrong, and the member gets the points."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        sold = one.sale(None, (line(1200),))
        await one.push()
        moved(two, sold, 7, wall_ms=shop.clock.ms - 3_600_000, anchor="", boot="another")
        await two.push()
        assert await points(shop, 7) == [12]

    run(tmp_path, scenario)


@pytest.mark.parametrize("late", [False, True])
def test_an_undone_receipt_gives_nothing(tmp_path: Path, late: bool) -> None:
    """Nobody's ticket was undone, here or by the next life of its till, and somebody kept the paper."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        sold = till.sale(None, (line(1200),))
        await till.push()
        if late:
            digest = tail(till.written[sold.seq - 1][1])
            till = await again(shop, till)
            till.write(
                EntryKind.VOID, VoidBody(sold.ticket, sold.seq, "camille"), ticket=sold.ticket, orig=bytes(32)
            )
            moved(till, sold, 7, seal=digest)
        else:
            till.void(sold)
            moved(till, sold, 7)
        answer = await till.push()
        assert [one.code for one in answer.dispositions][-1] == "not_moved"
        assert await points(shop, 7) == [0]

    run(tmp_path, scenario)


@pytest.mark.parametrize("first", ["claim", "ticket"])
def test_a_receipt_names_its_ticket_when_it_is_sent_once_more(tmp_path: Path, first: str) -> None:
    """The till that sold was paired again, and its number is another entry's now: the characters tell which it is."""

    async def scenario(shop: Shop) -> None:
        till, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        lost = TillSim(shop, till.paired, till.seed)
        lost.head, lost.anchor = till.head, till.anchor
        sold = lost.sale(None, (line(1200),))
        till.euros(None, 5)
        await till.push()
        life = await again(shop, till)
        seal = tail(lost.written[sold.seq - 1][1])
        if first == "claim":
            moved(two, sold, 7, seal=seal)
            await two.push()
            assert [one.code for one in await shop.ledger.quarantine()] == ["receipt"]
        send(life, lost, sold)
        await life.push()
        if first == "ticket":
            moved(two, sold, 7, seal=seal)
            await two.push()
        assert await shop.ledger.quarantine() == ()
        assert await points(shop, 7) == [12]

    run(tmp_path, scenario)


def test_a_return_by_number_finds_a_ticket_that_was_sent_once_more_and_moved(tmp_path: Path) -> None:
    """Blind, without the characters: what is left at the former member is no second ticket of that number."""

    async def scenario(shop: Shop) -> None:
        till, two = await shop.till(), await shop.till("gare")
        await shop.member(7)
        await shop.member(8)
        lost = TillSim(shop, till.paired, till.seed)
        lost.head, lost.anchor = till.head, till.anchor
        sold = lost.sale(7, (line(1200),))
        move = moved(lost, sold, 8, was=7, seal=tail(lost.written[sold.seq - 1][1]))
        life = await again(shop, till)
        send(life, lost, sold)
        send(life, lost, move)
        await life.push()
        assert await points(shop, 7, 8) == [0, 12]
        back = RefundBody("gare", "nadia", "", f"{sold.dev}-{sold.inc}-{sold.seq}", 1200)
        two.write(EntryKind.REFUND, back, ticket="blind")
        answer = await two.push()
        assert [one.code for one in answer.dispositions] == [""]
        assert await points(shop, 7, 8) == [0, 0]

    run(tmp_path, scenario)


def test_a_ticket_that_two_copies_closed_moves_as_one(tmp_path: Path) -> None:
    """It counts as the first of them wrote it; the other one's word that it is somebody else's is about that one."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        await shop.member(8)
        mine = till.euros(7, 12)
        await till.push()
        life = await again(shop, till)
        entry = decode(till.written[mine.seq - 1][0])
        twin = life.write(entry.kind, entry.body, ticket=entry.ticket, member=7)
        moved(life, twin, 8, was=7)
        answer = await life.push()
        assert [one.code for one in answer.dispositions] == ["duplicate", ""]
        assert await points(shop, 7, 8) == [0, 12]
        assert await shop.faults() == []

    run(tmp_path, scenario)


def card_used(till: TillSim, member: int) -> Written:
    """A ticket whose three stamps fill a card with seven of a grant of nine; the next one pays for a coffee with it."""
    grant, day = till.grants[-1], till.today
    own = f"{till.paired.dev}-{till.paired.inc}-{till.head.seq + 1}-0"
    stamps = draw(own, own, 3, "stamp:coffee"), draw(grant.id, grant.slices[0].lot, 7, "stamp:coffee")
    card = Converted("coffee", "reward:coffee", 1, FOREVER, stamps)
    given = (promise("coffee", 3, day, "stamp:coffee"),)
    full = till.sale(member, (line(600, "coffee", qty=3),), given, converted=(card,))
    till.give_back(grant.id, ("stamp:coffee", grant.slices[0].lot, 2))
    free = burn(1, draw(full.lots[1], full.lots[1], 1, "reward:coffee"), cents=200, rule="coffee")
    till.sale(member, (line(200),), (), (free,))
    return full


@pytest.mark.parametrize("way", ["moved", "moved twice", "undone"])
def test_a_card_that_was_used_stays_made_of_stamps(tmp_path: Path, way: str) -> None:
    """Its ticket goes, to somebody else or undone by a copy: one free coffee costs ten stamps all the same."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7, opening={"stamp:coffee": 9})
        await shop.member(8)
        await till.hold(7, 9, asset="stamp:coffee")
        full = card_used(till, 7)
        if way == "undone":
            await till.push()
            till = await again(shop, till)
            undo = VoidBody(full.ticket, full.seq, "camille")
            till.write(EntryKind.VOID, undo, ticket=full.ticket, orig=bytes(32))
        else:
            moved(till, full, 8, was=7)
        if way == "moved twice":
            moved(till, full, 7, was=8)
        await till.push()
        held = await shop.balances(7)
        stamps = held.balance("stamp:coffee") - held.deficit.get("stamp:coffee", 0)
        assert (stamps, held.balance("reward:coffee")) == (2 if way == "moved twice" else -1, 0)
        assert (held.burned, held.converted) == ({"reward:coffee": 1}, {"stamp:coffee": 10})

    run(tmp_path, scenario)


def test_a_card_that_was_not_used_is_stamps_again(tmp_path: Path) -> None:
    """It leaves with its ticket, and nothing is owed."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        await shop.member(8)
        own = f"{till.paired.dev}-{till.paired.inc}-{till.head.seq + 1}-0"
        card = Converted("coffee", "reward:coffee", 1, FOREVER, (draw(own, own, 10, "stamp:coffee"),))
        given = (promise("coffee", 10, till.today, "stamp:coffee"),)
        full = till.sale(7, (line(2000, "coffee", qty=10),), given, converted=(card,))
        moved(till, full, 8, was=7)
        await till.push()
        held, other = await shop.balances(7), await shop.balances(8)
        assert (held.available, held.granted, held.deficit, held.converted) == ({}, {}, {}, {})
        assert other.balance("reward:coffee") == 1

    run(tmp_path, scenario)
