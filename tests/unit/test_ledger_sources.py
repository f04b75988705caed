"""What programs outside the tills tell: booked once, judged by the rules, kept for who is not enrolled yet."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync.ledger.arrivals import NewMember
from sync.ledger.caller import LedgerRefusal
from sync.ledger.sources import AddSource, ListSources, PostEvents, ReadEffects, RevokeSource
from sync.ledger.told import Answers
from sync.tokens import card_token, contact_key
from tests.unit.ledger_kit import PROGRAMME, Shop, looking, run

WEB = (
    PROGRAMME
    + b"""
[[rule]]
id = "review"
kind = "earn.event"
event = "web.review"
points = 20

[[rule]]
id = "partner"
kind = "earn.event"
event = "partner.purchase"
points = 1
per = 1.00

[[rule]]
id = "online"
kind = "earn.amount"
points = 2
per = 1.00
channels = ["web"]

[incidents]
kinds = { complaint = 3 }
window = "90d"
red_alert = 5
"""
)
CARD, PHONE = "2900000000018", "06 12 34 56 78"


def lines(*facts: dict[str, Any]) -> bytes:
    """Facts as NDJSON."""
    return b"\n".join(map(msgspec.json.encode, facts))


async def told(shop: Shop, *facts: dict[str, Any], source: str = "web") -> Answers:
    """What the ledger answers to a source that tells `facts`."""
    return await PostEvents(source, lines(*facts)).run(shop.ledger)


def states(answers: Answers) -> list[str]:
    """State and code of each line."""
    return [f"{one.state} {one.code}".strip() for one in answers.lines]


def sourced(folder: Path, scenario: Callable[[Shop], Awaitable[None]]) -> None:
    """Run `scenario` in a shop with the source `web`."""

    async def with_source(shop: Shop) -> None:
        await AddSource("web").run(shop.ledger)
        await scenario(shop)

    run(folder, with_source, WEB)


def review(name: str, **more: Any) -> dict[str, Any]:
    """A review of member 7."""
    return {"id": name, "member": 7, "event": {"name": "web.review", "ref": name}, **more}


def test_an_event_and_an_order_are_judged_like_everything_else(tmp_path: Path) -> None:
    """Channel and event rules give, an order is a visit with lines, and tills see it with their next pull."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        order = {"id": "o1", "member": member, "lines": [{"cents": 1000, "sku": "A1", "category": "bread"}]}
        partner = {"id": "p", "member": 7, "event": {"name": "partner.purchase", "fields": {"cents": 500}}}
        answers = await told(shop, review("r1"), order, partner)
        assert states(answers) == ["booked", "booked", "booked"]
        assert sorted((await shop.settled()).items(), key=lambda each: each[0][1]) == [
            ((await ticket_of(shop, answers, 1), "base", "points"), 10),
            ((await ticket_of(shop, answers, 1), "online", "points"), 20),
            ((await last_ticket(shop, "partner.purchase"), "partner", "points"), 5),
            ((await last_ticket(shop, "web.review"), "review", "points"), 20),
        ]
        row = (await till.pull()).members[0]
        assert (dict(row.available), row.account.visits) == ({"points": 55}, 1)

    sourced(tmp_path, scenario)


async def ticket_of(shop: Shop, answers: Answers, place: int) -> str:
    """The ticket that an order's reference names."""
    dev, inc, seq = map(int, answers.lines[place].reference.split("-"))
    sale = await looking(shop.ledger._storage).sale_at(dev, inc, seq)
    assert sale is not None
    return sale.ticket


async def last_ticket(shop: Shop, event: str) -> str:
    """The ticket of member 7 that is this event."""
    sales = await looking(shop.ledger._storage).sales_from(7, "")
    return next(sale.ticket for sale in sales if event.encode() in sale.body)


def test_a_retry_is_answered_the_same_and_changes_nothing(tmp_path: Path) -> None:
    """Also when the answer was that the line waits, and also days later."""

    async def scenario(shop: Shop) -> None:
        await shop.member()
        facts = (review("r1"), {"id": "c", "card": CARD, "event": {"name": "web.review"}})
        first = await told(shop, *facts)
        before = await ReadEffects().run(shop.ledger)
        shop.clock.advance(days=2)
        assert await told(shop, *facts) == first
        assert await ReadEffects().run(shop.ledger) == before
        assert (await shop.balances()).earned == {"points": 20}

    sourced(tmp_path, scenario)


def test_an_id_counts_for_its_source_and_its_content(tmp_path: Path) -> None:
    """Two sources may use one id; another line under an id that is taken is refused."""

    async def scenario(shop: Shop) -> None:
        await shop.member()
        await AddSource("forum").run(shop.ledger)
        answers = [await told(shop, review("r1"), source=source) for source in ("web", "forum")]
        assert [states(one) for one in answers] == [["booked"], ["booked"]]
        assert states(await told(shop, review("r1", store="gare"))) == ["refused id_taken"]

    sourced(tmp_path, scenario)


def test_bad_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Each with its line, its id where it has one, a code and a sentence."""

    async def scenario(shop: Shop) -> None:
        await shop.member()
        later = datetime.fromtimestamp(shop.clock.ms / 1000 + 3600, UTC).isoformat()
        body = b"{no json\n\n" + lines(
            review("a", member=99),
            review("b", at=later),
            review("c", at="2026-03-02T09:00:00"),
            review("d", card=CARD),
            {"id": "e", "member": 7},
            review("f", store="moon"),
            review("g", at="2020-01-01T00:00:00Z"),
            {"id": "h", "member": 7, "lines": [{"cents": 10**15}]},
            review("", member=7),
            review("k", surprise=1),
            review("n\0"),
            review("o", member=10**30),
            review("p", member=-1),
            review("z"),
        )
        answers = await PostEvents("web", body).run(shop.ledger)
        assert [one.line for one in answers.lines] == [1, *range(3, 17)]
        assert states(answers) == [
            "refused unreadable",
            "refused unknown_member",
            "refused bad_time",
            "refused bad_time",
            "refused no_member",
            "refused no_fact",
            "refused unknown_store",
            "refused no_programme",
            "refused arithmetic",
            "refused no_id",
            "refused unreadable",
            "refused unreadable",
            "refused unknown_member",
            "refused unknown_member",
            "booked",
        ]
        assert all(one.text for one in answers.lines[:-1])
        assert (await shop.balances()).earned == {"points": 20}

    sourced(tmp_path, scenario)


def test_what_a_card_earned_before_it_was_enrolled_is_booked_on_its_own_day(tmp_path: Path) -> None:
    """The till's enrolment brings it, in the order of sale, and the store sees it."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        day = till.today
        answers = await told(shop, {"id": "c", "card": CARD, "event": {"name": "web.review"}})
        assert states(answers) == ["waiting"]
        shop.clock.advance(days=3)
        till.enrol(8, card_token(shop.ledger.keys.lookup, CARD))
        await till.push()
        assert (await shop.balances(8)).earned == {"points": 20}
        [sale] = await looking(shop.ledger._storage).sales_from(8, "")
        assert (sale.bdate, sale.store) == (day, "halles")
        assert (await till.pull()).members[0].available == {"points": 20}
        assert states(await told(shop, {"id": "c", "card": CARD, "event": {"name": "web.review"}})) == [
            "booked"
        ]
        assert (await shop.balances(8)).earned == {"points": 20}

    sourced(tmp_path, scenario)


def test_what_could_not_be_booked_at_the_enrolment_is_booked_when_it_is_sent_again(tmp_path: Path) -> None:
    """Of a day before any programme: its source is told why, and once one holds for that day the order counts."""
    at = "2024-05-06T09:30:00Z"
    order = {"id": "o", "card": CARD, "at": at, "lines": [{"cents": 1000, "category": "bread"}]}

    async def scenario(shop: Shop) -> None:
        assert states(await told(shop, order)) == ["waiting"]
        till = await shop.till()
        till.enrol(8, card_token(shop.ledger.keys.lookup, CARD))
        await till.push()
        assert states(await told(shop, order)) == ["refused no_programme"]
        early = WEB.replace(b'"bakery"', b'"early"').replace(b"2025-01-01", b"2024-01-01")
        await shop.ledger.publish("programme", "early", early, date(2024, 1, 1))
        answers = await told(shop, order)
        assert (states(answers), answers.lines[0].reference != "") == (["booked"], True)
        assert await told(shop, order) == answers
        assert (await shop.balances(8)).earned == {"points": 30}

    sourced(tmp_path, scenario)


@pytest.mark.parametrize("how", ["enrolled", "listed", "linked"])
def test_whoever_brings_the_card_or_contact_brings_what_waited(tmp_path: Path, how: str) -> None:
    """A till's enrolment by its contact, the shop's own list, or a further card of a member."""

    async def scenario(shop: Shop) -> None:
        key = shop.ledger.keys.lookup
        await told(
            shop,
            {"id": "p", "contact": PHONE, "event": {"name": "web.review"}},
            {"id": "c", "card": CARD, "event": {"name": "web.review", "ref": "x"}},
        )
        phone, card = contact_key(key, "+33612345678"), card_token(key, CARD)
        if how == "listed":
            row = NewMember(9, (card,), "gare", date(2026, 1, 1), contacts=(phone,))
            assert await shop.ledger.add_members([row]) == 1
        else:
            till = await shop.till()
            till.enrol(9, b"card-009" * 2 if how == "linked" else card, contacts=(phone,))
            if how == "linked":
                till.link(9, card)
            await till.push()
        assert (await shop.balances(9)).earned == {"points": 40}
        assert states(await told(shop, {"id": "q", "contact": PHONE, "event": {"name": "web.review"}})) == [
            "booked"
        ]

    sourced(tmp_path, scenario)


def test_a_contact_of_several_members_is_asked_back(tmp_path: Path) -> None:
    """A family's number names nobody."""

    async def scenario(shop: Shop) -> None:
        phone = contact_key(shop.ledger.keys.lookup, "+33612345678")
        for member in (7, 8):
            await shop.member(member, contacts=(phone,))
        answers = await told(shop, {"id": "p", "contact": PHONE, "event": {"name": "web.review"}})
        assert states(answers) == ["refused ambiguous"]

    sourced(tmp_path, scenario)


def test_a_till_takes_a_web_order_back(tmp_path: Path) -> None:
    """By the reference of the answer; a late order settles the later tickets again."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        answers = await told(shop, {"id": "o1", "member": member, "lines": [{"cents": 1000}]})
        assert (await shop.balances()).balance() == 30
        till.refund(answers.lines[0].reference, 1000)
        await till.push()
        held = await shop.balances()
        assert (held.balance(), held.clawed) == (0, {"points": 30})

    sourced(tmp_path, scenario)


def test_a_complaint_is_an_incident_and_told_as_one(tmp_path: Path) -> None:
    """It counts towards the red alert of the member."""

    async def scenario(shop: Shop) -> None:
        till, _ = await shop.till(), await shop.member()
        for name in ("1", "2"):
            fact = {"id": name, "member": 7, "event": {"name": "incident", "fields": {"kind": "complaint"}}}
            await told(shop, fact)
        effects = (await ReadEffects().run(shop.ledger)).effects
        assert [(one.what, one.detail, one.quantity) for one in effects] == [("incident", "complaint", 1)] * 2
        assert len((await till.pull()).members[0].account.state["incidents"]["seen"]) == 2

    sourced(tmp_path, scenario)


def test_nothing_personal_is_kept_of_what_waits(tmp_path: Path) -> None:
    """Neither card number nor contact stand anywhere in what the ledger keeps."""

    async def scenario(shop: Shop) -> None:
        key = shop.ledger.keys.lookup
        await told(
            shop,
            {"id": "p", "contact": PHONE, "event": {"name": "web.review"}},
            {"id": "c", "card": CARD, "event": {"name": "web.review"}},
        )
        tx = looking(shop.ledger._storage)
        rows = await tx.waiting((contact_key(key, "+33612345678"), card_token(key, CARD)))
        kept = [row.body for row in rows] + [
            row.answer for name in "pc" if (row := await tx.told("web", name)) is not None
        ]
        assert len(kept) == 4
        assert not any(CARD.encode() in one or b"12345678" in one or b"34 56" in one for one in kept)

    sourced(tmp_path, scenario)


def test_a_source_is_added_listed_and_revoked(tmp_path: Path) -> None:
    """A name once; after it is revoked nothing more is taken, and it may be given anew."""

    async def scenario(shop: Shop) -> None:
        await shop.member()
        with pytest.raises(LedgerRefusal, match="revoke"):
            await AddSource("web").run(shop.ledger)
        with pytest.raises(LedgerRefusal, match="small letters"):
            await AddSource("Web Shop").run(shop.ledger)
        await RevokeSource("web").run(shop.ledger)
        with pytest.raises(LedgerRefusal, match="source add"):
            await told(shop, review("r1"))
        with pytest.raises(LedgerRefusal, match="list"):
            await RevokeSource("moon").run(shop.ledger)
        await AddSource("web", effects=True).run(shop.ledger)
        found = (await ListSources().run(shop.ledger)).sources
        assert [(one.source, one.state, one.effects) for one in found] == [("web", "open", True)]

    sourced(tmp_path, scenario)


@pytest.mark.parametrize("units", [25, 10**12])
def test_as_many_full_cards_as_there_are_are_one_lot(tmp_path: Path, units: int) -> None:
    """A web shop that sends grams for pieces costs the ledger no more than one that sends pieces."""

    async def scenario(shop: Shop) -> None:
        member = await shop.member()
        order = {"id": "o", "member": member, "lines": [{"cents": 100, "category": "coffee", "qty": units}]}
        assert states(await told(shop, order)) == ["booked"]
        lots = await looking(shop.ledger._storage).all_lots(member)
        assert [lot.quantity for lot in lots if lot.asset == "reward:coffee"] == [units // 10]
        held = (await shop.balances()).available
        assert held.get("stamp:coffee", 0) == units % 10

    sourced(tmp_path, scenario)


def test_a_message_of_too_many_lines_is_refused_whole(tmp_path: Path) -> None:
    """Before anything is read."""

    async def scenario(shop: Shop) -> None:
        with pytest.raises(LedgerRefusal, match="500 lines"):
            await told(shop, *[review(str(n)) for n in range(501)])

    sourced(tmp_path, scenario)
