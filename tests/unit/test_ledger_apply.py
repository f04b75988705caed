"""Apply: promises become lots and birth grants, draws become burns, unknown cards become accounts."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from rules.decision import Contribution
from sync.answered import last_said
from sync.entry import Converted
from sync.person import waiting_number
from sync.seal import reference_to, seal
from tests.unit.ledger_kit import FOREVER, HEAD, Randomness, Shop, burn, draw, line, looking, promise, run

CARD = b"unknown-card-tok"
VISITS = (
    HEAD
    + b"""
[[rule]]
id = "hello"
kind = "earn.visit"
points = 5
"""
)


def test_a_promise_is_a_birth_grant_until_it_is_given_back(tmp_path: Path) -> None:
    """Another till cannot have points that the seller may still spend offline."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.euros(member, 12)
        await one.push()
        answer = await two.hold(member, 5)
        assert (answer.code, dict(answer.elsewhere)) == ("held_elsewhere", {"points": 12})
        one.give_back(sold.lots[0], ("points", sold.lots[0], 12))
        await one.push()
        assert (await two.hold(member, 5)).code == "granted"

    run(tmp_path, scenario)


def test_vesting_promises_are_no_grants(tmp_path: Path) -> None:
    """What cannot be used today is not given to the till."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        later = promise("base", 12, till.today, available_on=till.today + timedelta(days=14))
        till.sale(member, (line(1200),), (later,))
        await till.push()
        held = await shop.balances()
        assert (held.available, held.granted) == ({"points": 12}, {})
        assert (await till.hold(member, 5)).code == "refused"

    run(tmp_path, scenario)


def test_a_burn_draws_its_own_slices(tmp_path: Path) -> None:
    """The lot that the till named pays, whatever the centre would have chosen."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        first = till.euros(member, 100)
        second = till.euros(member, 100)
        till.sale(
            member,
            (line(2000),),
            (promise("base", 15, till.today),),
            (burn(100, draw(second.lots[0], second.lots[0], 100)),),
        )
        await till.push()
        tx = looking(shop.ledger._storage)
        lots = {lot.lot: lot for lot in await tx.all_lots(member)}
        assert (lots[second.lots[0]].burned, lots[first.lots[0]].burned) == (100, 0)
        assert (await shop.balances()).balance() == 115

    run(tmp_path, scenario)


def test_a_draw_beyond_the_grant_is_owed(tmp_path: Path) -> None:
    """What no grant covers takes available points first, then is a deficit that blocks and is repaid."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member(opening={"points": 30})
        body = burn(100, unsecured=100)
        till.sale(member, (line(2000),), (promise("base", 15, till.today),), (body,))
        await till.push()
        held = await shop.balances()
        assert (held.deficit, held.burned, held.available) == ({"points": 70}, {"points": 100}, {})
        sold = till.euros(member, 90)
        await till.push()
        assert (await till.hold(member, 5)).code == "refused"
        till.give_back(sold.lots[0], ("points", sold.lots[0], 90))
        await till.push()
        held = await shop.balances()
        assert (held.deficit, held.available, held.burned["points"]) == ({}, {"points": 20}, 100)
        assert (await shop.causes())["REPAY"] == 100

    run(tmp_path, scenario)


def test_a_draw_on_a_grant_of_another_till_is_never_secured(tmp_path: Path) -> None:
    """A till cannot spend what another holds, even when it names the slice."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        sold = one.euros(member, 100)
        await one.push()
        stolen = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        two.sale(member, (line(2000),), (promise("base", 15, two.today),), (stolen,))
        await two.push()
        held = await shop.balances()
        assert (held.granted, held.deficit) == ({"points": 115}, {"points": 100})

    run(tmp_path, scenario)


def test_full_cards_form_from_available_stamps(tmp_path: Path) -> None:
    """Nine stamps seen by two blind tills and one more from each make one free coffee, not two."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        member = await shop.member(opening={"stamp:coffee": 9})
        sold = []
        for till in (one, two):
            stamp = promise("coffee", 1, till.today, "stamp:coffee")
            points = promise("base", 2, till.today)
            sold.append((till, till.sale(member, (line(200, "coffee"),), (points, stamp))))
            await till.push()
        assert (await shop.balances()).balance("reward:coffee") == 0
        for till, done in sold:
            till.give_back(done.lots[1], ("stamp:coffee", done.lots[1], 1))
            await till.push()
        held = await shop.balances()
        assert (held.balance("reward:coffee"), held.balance("stamp:coffee")) == (1, 1)
        assert held.converted == {"stamp:coffee": 10}

    run(tmp_path, scenario)


def test_a_till_may_fill_a_card_from_its_own_stamps(tmp_path: Path) -> None:
    """The card is a lot in the till's own birth grant and can be redeemed there at once."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        stamps = promise("coffee", 10, till.today, "stamp:coffee")
        sold = till.sale(member, (line(2000, "coffee", qty=10),), (promise("base", 20, till.today), stamps))
        card = Converted(
            "coffee", "reward:coffee", 1, FOREVER, (draw(sold.lots[1], sold.lots[1], 10, "stamp:coffee"),)
        )
        full = till.sale(member, (line(100),), (promise("base", 1, till.today),), converted=(card,))
        free = burn(1, draw(full.lots[1], full.lots[1], 1, "reward:coffee"), cents=200, rule="coffee")
        till.sale(member, (line(200, "coffee"),), (), (free,))
        answer = await till.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        held = await shop.balances()
        assert (held.balance("reward:coffee"), held.burned, held.deficit) == (0, {"reward:coffee": 1}, {})

    run(tmp_path, scenario)


def test_an_unknown_card_earns_and_is_claimed_by_enrolment(tmp_path: Path) -> None:
    """What a card earned before anybody knew it comes with the member, settled in order of sale."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.euros(CARD.hex(), 12)
        await one.push()
        found = await shop.ledger.account(two.device, CARD)
        assert found.row is not None
        assert dict(found.row.account.balance) == {"points": 12}
        two.enrol(501, CARD)
        two.euros(501, 5)
        await two.push()
        found = await shop.ledger.account(one.device, CARD)
        assert found.row is not None
        assert (found.row.member, dict(found.row.account.balance)) == (501, {"points": 17})
        assert sum((await shop.settled(501)).values()) == 17

    run(tmp_path, scenario)


def test_a_link_brings_a_provisional_account_along(tmp_path: Path) -> None:
    """LINK moves an unknown card's points; grants of the provisional account stay drawable."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(CARD.hex(), 100)
        till.link(member, CARD)
        till.sale(member, (line(2000),), (), (burn(100, draw(sold.lots[0], sold.lots[0], 100)),))
        answer = await till.push()
        assert [one.state for one in answer.dispositions] == ["applied"] * 3
        held = await shop.balances()
        assert (held.burned, held.deficit) == ({"points": 100}, {})

    run(tmp_path, scenario)


def test_a_further_card_of_somebody_unknown_is_not_somebody_else_s(tmp_path: Path) -> None:
    """Two tills gave one new card to two people: the account of the first, known by the old card, stays the first's."""

    async def scenario(shop: Shop) -> None:
        till, other, new = await shop.till(), await shop.member(7), b"a further card16"
        till.euros(CARD.hex(), 100)
        await till.push()
        till.link(waiting_number(CARD), new)
        till.link(other, new)
        answer = await till.push()
        assert [one.code for one in answer.dispositions] == ["", "card_taken"]
        assert (await shop.balances(other)).earned == {}
        till.enrol(8, CARD)
        await till.push()
        for card in (CARD, new):
            assert await looking(shop.ledger._storage).member_of_card(card) == 8
        assert (await shop.balances(8)).earned == {"points": 100}

    run(tmp_path, scenario)


def test_a_link_settles_what_the_card_bought_after_the_members_own_tickets(tmp_path: Path) -> None:
    """The tickets before it follow from the same account as before, and the one that came along still does not."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        for who in (member, member, CARD.hex()):
            till.euros(who, 10)
            await till.push()
            shop.clock.advance(days=1)
        till.link(member, CARD)
        await till.push()
        assert json.loads(await shop.history())["visits"] == 3

    run(tmp_path, scenario)


def test_a_card_stays_with_the_member_who_has_it(tmp_path: Path) -> None:
    """A second enrolment with the same card is a remark, not a theft."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        till.enrol(501, CARD)
        till.enrol(502, CARD)
        answer = await till.push()
        assert [one.code for one in answer.dispositions] == ["", "card_taken"]
        found = await shop.ledger.account(till.device, CARD)
        assert found.row is not None
        assert found.row.member == 501

    run(tmp_path, scenario)


def test_a_number_that_is_enrolled_later_is_nobody_elses(tmp_path: Path) -> None:
    """A restored ledger hears of a member by number, and of their second card, before the till that enrolled them."""

    async def scenario(shop: Shop) -> None:
        enrols, sells = await shop.till(), await shop.till()
        sells.euros(501, 10)
        sells.link(501, CARD)
        sells.enrol(502, CARD)
        assert [one.code for one in (await sells.push()).dispositions] == ["", "", "card_taken"]
        enrols.enrol(501, CARD[::-1])
        enrols.euros(501, 5)
        await enrols.push()
        found = await shop.ledger.account(sells.device, CARD)
        assert found.row is not None
        assert (found.row.member, dict(found.row.account.balance)) == (501, {"points": 15})

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_names_reach_the_tills_of_the_store_encrypted(tmp_path: Path) -> None:
    """The ledger opens the sealed name and birthday, and hands them on under the store's key only."""

    async def scenario(shop: Shop) -> None:
        from sync.field import decrypt_display

        till = await shop.till()
        key, random = till.paired.sealing_key, Randomness(b"till")
        blobs = (seal(key, "first_name", b"Adele", random), seal(key, "birthday", b"04-23", random))
        till.enrol(501, CARD, sealed=tuple(map(reference_to, blobs)))
        await till.push(blobs=blobs)
        row = (await shop.ledger.account(till.device, CARD)).row
        assert row is not None
        assert decrypt_display(till.paired.scope_key, 501, row.display) == "Adele"
        assert row.account.birthday == (4, 23)
        assert b"Adele" not in (tmp_path / "ledger.db").read_bytes()

    run(tmp_path, scenario)


def test_the_same_ticket_counts_once(tmp_path: Path) -> None:
    """A ticket id is the idempotency key, and a register's receipt earns once even under two tickets."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        one.euros(member, 10, pos_ref="halles/1/2026-03-02/17")
        two.euros(member, 10, pos_ref="halles/1/2026-03-02/17")
        await one.push()
        await two.push()
        held = await shop.balances()
        assert held.earned["points"] - held.clawed.get("points", 0) - sum(held.deficit.values()) <= 20
        assert sum((await shop.settled()).values()) == 10

    run(tmp_path, scenario)


def test_a_promise_of_a_rule_the_programme_lacks_is_honoured(tmp_path: Path) -> None:
    """Differences of judgement are applied and listed, never put aside."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        odd = Contribution("gone", "points", 7, till.today, till.today + timedelta(days=9), (7,))
        till.sale(member, (line(1000),), (promise("base", 10, till.today), odd))
        answer = await till.push()
        assert answer.dispositions[0].state == "applied"
        held = await shop.balances()
        assert (held.earned, held.honoured, held.balance()) == ({"points": 10}, {"points": 7}, 17)

    run(tmp_path, scenario)


def test_a_ticket_without_lines_is_booked_as_a_visit(tmp_path: Path) -> None:
    """Where a programme counts visits without purchase, settlement gives what the till promised, and no more."""
    programme = VISITS.replace(b'unit = "point"', b'unit = "point"\ncount_from = 0.00')

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.sale(member, (), (promise("hello", 5, till.today),))
        till.sale(member, ())
        await till.push()
        held = await shop.balances()
        assert {**held.granted, **held.available} == {"points": 5}
        assert await shop.faults() == []

    run(tmp_path, scenario, programme)


@pytest.mark.parametrize("order", ["card first", "number first", "number only"])
def test_a_card_nobody_enrolled_keeps_its_number_at_a_ledger_begun_anew(tmp_path: Path, order: str) -> None:
    """Tills sell by the number that a lost ledger had given the card; enrolling it brings all of it together."""
    card, number = CARD.hex(), waiting_number(CARD)
    named = {"card first": [card, number], "number first": [number, card], "number only": [number]}[order]

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for who in named:
            till.euros(who, 10)
        await till.push()
        till.enrol(7, CARD)
        await till.push()
        assert (await shop.balances(7)).balance() == 10 * len(named)
        assert await shop.faults() == []

    run(tmp_path, scenario)


@pytest.mark.parametrize("first", [0, 1], ids=["older first", "newer first"])
def test_what_was_said_aloud_last_goes_with_the_member(tmp_path: Path, first: int) -> None:
    """By time of sale, whichever till is heard first; a ticket on which nothing was said changes nothing."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till(), await shop.member()
        one.euros(member, 1, said="coffee")
        shop.clock.advance(days=1)
        two.euros(member, 1, said="ready")
        two.euros(member, 1)
        for till in (one, two) if not first else (two, one):
            await till.push()
        (row,) = [row for row in (await one.pull()).members if row.member == member]
        assert last_said(row.account.fields) == "ready"

    run(tmp_path, scenario)
