"""Undo: a voided ticket never was, in no column, and frees the very slices it drew."""

import hashlib
from pathlib import Path

from sync.entry import Converted
from tests.unit.ledger_kit import FOREVER, PROGRAMME, Shop, burn, draw, line, promise, run


def test_a_voided_ticket_counts_in_no_column(tmp_path: Path) -> None:
    """Births leave the books, counters and visits go with them."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        before = await shop.history()
        sold = till.euros(member, 12)
        till.void(sold)
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.clawed, held.granted, held.available) == ({}, {}, {}, {})
        assert await shop.settled() == {}
        assert (await shop.history()) == before

    run(tmp_path, scenario)


def test_a_return_of_an_undone_ticket_takes_nothing(tmp_path: Path) -> None:
    """Given back at another till before its seller undoes it: other points of the member do not pay for it."""

    async def scenario(shop: Shop) -> None:
        till, other = await shop.till(), await shop.till()
        member = await shop.member(opening={"points": 100})
        sold = till.euros(member, 50)
        await till.push()
        other.refund(sold, 5000)
        await other.push()
        till.void(sold)
        await till.push()
        held = await shop.balances()
        assert (held.available, held.clawed, held.deficit) == ({"points": 100}, {}, {})
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_the_receipt_of_an_undone_ticket_is_free_again(tmp_path: Path) -> None:
    """A register that rings the same receipt up again after an undo gives its customer the points, at any till."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        receipt = "halles/1/2026-03-02/17"
        one.void(one.euros(member, 10, pos_ref=receipt))
        await one.push()
        two.euros(member, 12, pos_ref=receipt)
        await two.push()
        held = await shop.balances()
        assert (held.balance(), held.clawed) == (12, {})

    run(tmp_path, scenario)


def test_the_next_ticket_of_a_receipt_counts_once_the_first_is_undone(tmp_path: Path) -> None:
    """The undo waits at a till without a line while another till rings the receipt up, and brings it in first."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        other = await shop.member(8)
        receipt = "halles/1/2026-03-02/17"
        first = one.euros(member, 10, pos_ref=receipt)
        await one.push()
        two.euros(other, 12, pos_ref=receipt)
        two.euros(other, 5, pos_ref=receipt)
        await two.push()
        held = await shop.balances(other)
        assert (held.balance(), held.clawed) == (0, {"points": 17})
        one.void(first)
        await one.push()
        held = await shop.balances(other)
        assert (held.balance(), held.clawed) == (12, {"points": 5})
        assert sum((await shop.settled(other)).values()) == 12
        assert (await shop.balances(member)).balance() == 0
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_draws_go_back_to_the_same_slices(tmp_path: Path) -> None:
    """The grant can be drawn again by the same till at once."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 150})
        await till.hold(member, 100)
        grant = till.grants[0]
        paid = burn(100, draw(grant.id, grant.slices[0].lot, 100))
        spent = till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        till.void(spent)
        till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        await till.push()
        held = await shop.balances()
        assert (held.burned, held.available, held.deficit) == ({"points": 100}, {"points": 50}, {})

    run(tmp_path, scenario)


def test_an_unsecured_burn_is_lifted(tmp_path: Path) -> None:
    """Debts and what others bore for them go when the ticket goes."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 30})
        paid = burn(100, unsecured=100)
        spent = till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        await till.push()
        assert (await shop.balances()).deficit == {"points": 70}
        till.void(spent)
        await till.push()
        held = await shop.balances()
        assert (held.deficit, held.available, held.burned) == ({}, {"points": 30}, {})

    run(tmp_path, scenario)


def test_what_bore_a_draw_on_an_empty_grant_is_free_again(tmp_path: Path) -> None:
    """A draw that comes after its grant was returned, as after a restore, is undone where it was booked."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 150})
        await till.hold(member, 100)
        grant = till.grants[0]
        lot = grant.slices[0].lot
        till.give_back(grant.id, ("points", lot, 100))
        paid = burn(100, draw(grant.id, lot, 100))
        till.void(till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,)))
        await till.push()
        held = await shop.balances()
        assert (held.burned, held.granted, held.available) == ({}, {}, {"points": 150})

    run(tmp_path, scenario)


def test_a_return_does_not_overtake_an_undo_that_waits(tmp_path: Path) -> None:
    """The ticket was put aside, its undo with it, and a return came first: the draw goes back into its slice, once."""
    second = PROGRAMME.replace(b"version = 1", b"version = 2")

    async def scenario(shop: Shop) -> None:
        till, other = await shop.till(), await shop.till("gare")
        member = await shop.member(opening={"points": 150})
        await till.hold(member, 100)
        grant = till.grants[0]
        paid = burn(100, draw(grant.id, grant.slices[0].lot, 100))
        unknown = hashlib.sha256(second).hexdigest()
        sold = till.sale(member, (line(600),), (), (paid,), programme=unknown)
        till.void(sold)
        await till.push()
        other.refund(sold, 600)
        await other.push()
        await shop.ledger.publish("programme", "bakery", second)
        assert await shop.ledger.retry_quarantined() == 2
        held = await shop.balances()
        assert (held.burned, held.granted, held.available) == ({}, {"points": 100}, {"points": 50})

    run(tmp_path, scenario)


def test_a_draw_that_found_its_slice_empty_gives_nothing_back_to_it(tmp_path: Path) -> None:
    """The undone one of two tickets on a slice had to wait, and is booked after the one that holds."""
    second = PROGRAMME.replace(b"version = 1", b"version = 2")

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 150})
        await till.hold(member, 100)
        grant = till.grants[0]
        paid = burn(100, draw(grant.id, grant.slices[0].lot, 100))
        unknown = hashlib.sha256(second).hexdigest()
        till.void(till.sale(member, (line(600),), (), (paid,), programme=unknown))
        till.sale(member, (line(700),), (), (paid,))
        await till.push()
        await shop.ledger.publish("programme", "bakery", second)
        assert await shop.ledger.retry_quarantined() == 2
        held = await shop.balances()
        assert (held.burned, held.granted, held.deficit) == ({"points": 100}, {}, {})

    run(tmp_path, scenario)


def test_a_filled_card_is_undone(tmp_path: Path) -> None:
    """The stamps are stamps again, in the grants they came from."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        stamps = promise("coffee", 10, till.today, "stamp:coffee")
        first = till.sale(member, (line(2000, "coffee", qty=10),), (promise("base", 20, till.today), stamps))
        lot = first.lots[1]
        card = Converted("coffee", "reward:coffee", 1, FOREVER, (draw(lot, lot, 10, "stamp:coffee"),))
        full = till.sale(member, (line(100),), (promise("base", 1, till.today),), converted=(card,))
        till.void(full)
        await till.push()
        held = await shop.balances()
        assert (held.granted.get("stamp:coffee"), held.balance("reward:coffee")) == (10, 0)

    run(tmp_path, scenario)


def test_a_card_of_stamps_that_were_not_there_is_undone(tmp_path: Path) -> None:
    """What the ledger did not find of a card's stamps is owed no more; what bore it is back."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"stamp:coffee": 4})
        await till.hold(member, 10, asset="stamp:coffee")
        grant = till.grants[0]
        lot = grant.slices[0].lot
        draws = (draw(grant.id, lot, 4, "stamp:coffee"), draw("g-9-9-9", "o-9-9", 6, "stamp:coffee"))
        card = Converted("coffee", "reward:coffee", 1, FOREVER, draws)
        spent = till.sale(member, (line(600),), (promise("base", 6, till.today),), (), converted=(card,))
        await till.push()
        assert (await shop.balances()).deficit == {"stamp:coffee": 6}
        till.void(spent)
        till.give_back(grant.id, ("stamp:coffee", lot, 4))
        await till.push()
        held = await shop.balances()
        assert (held.burned, held.converted, held.deficit) == ({}, {}, {})
        assert held.available == {"stamp:coffee": 4}

    run(tmp_path, scenario)


def test_a_card_filled_by_the_ticket_itself_is_undone(tmp_path: Path) -> None:
    """A full card drawn from the ticket's own stamps leaves with them."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        stamps = promise("coffee", 10, till.today, "stamp:coffee")
        lot = f"{till.paired.dev}-1-1-1"
        card = Converted("coffee", "reward:coffee", 1, FOREVER, (draw(lot, lot, 10, "stamp:coffee"),))
        coffees = (line(2000, "coffee", qty=10),)
        full = till.sale(member, coffees, (promise("base", 20, till.today), stamps), converted=(card,))
        await till.push()
        assert (await shop.balances()).balance("reward:coffee") == 1
        till.void(full)
        await till.push()
        held = await shop.balances()
        assert (held.granted, held.available, held.clawed, held.deficit) == ({}, {}, {}, {})

    run(tmp_path, scenario)


def test_only_the_next_entry_can_undo(tmp_path: Path) -> None:
    """After anything else the till wrote, an undo is put aside and the ticket stays."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 12)
        till.euros(member, 1)
        till.void(sold)
        answer = await till.push()
        assert [(one.state, one.code) for one in answer.dispositions][-1] == ("quarantined", "void_late")
        assert (await shop.balances()).balance() == 13

    run(tmp_path, scenario)


def test_the_rest_of_the_commit_does_not_end_the_undo(tmp_path: Path) -> None:
    """A hold's unused rest is returned in the ticket's own commit; the VOID may follow that."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 150})
        await till.hold(member, 150)
        grant = till.grants[0]
        lot = grant.slices[0].lot
        spent = till.sale(
            member,
            (line(600),),
            (promise("base", 1, till.today),),
            (burn(100, draw(grant.id, lot, 100)),),
            sign=False,
        )
        till.give_back(grant.id, ("points", lot, 50))
        till.void(spent)
        answer = await till.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        held = await shop.balances()
        assert (held.granted, held.available, held.burned) == ({"points": 100}, {"points": 50}, {})

    run(tmp_path, scenario)


def test_a_bonus_that_rested_on_the_ticket_falls_too(tmp_path: Path) -> None:
    """The fourth visit undone: its topped-up bonus is taken back, not honoured."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for _ in range(3):
            till.euros(member, 1)
            shop.clock.advance(days=1)
        fourth = till.euros(member, 1)
        await till.push()
        assert (await shop.balances()).available == {"points": 30}
        till.void(fourth)
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.honoured, held.deficit) == (3, {}, {})

    run(tmp_path, scenario)


def test_an_honoured_promise_is_undone_as_a_whole(tmp_path: Path) -> None:
    """A voided ticket leaves neither earned nor honoured points behind."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.sale(member, (line(500),), (promise("base", 9, till.today),))
        await till.push()
        assert (await shop.balances()).honoured == {"points": 4}
        till.void(sold)
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.honoured, held.balance()) == ({}, {}, 0)

    run(tmp_path, scenario)
