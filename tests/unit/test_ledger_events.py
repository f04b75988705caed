"""Events in the order of sale, referrals, and what tickets have done elsewhere."""

from datetime import date
from pathlib import Path

import pytest

from rules.decision import Contribution, Outbound
from rules.ticket import Event, Line
from sync.entry import Burned
from sync.ledger.caller import LedgerRefusal
from sync.ledger.records import OutboundRow
from tests.unit.ledger_kit import PROGRAMME, Shop, TillSim, Written, burn, draw, line, looking, promise, run

EVENTS = (
    PROGRAMME
    + b"""
[[rule]]
id = "checkin"
kind = "earn.event"
event = "checkin"
points = 10

[[rule]]
id = "review"
kind = "earn.event"
event = "review"
points = 20
requires = "purchase"

[[rule]]
id = "friend"
kind = "referral"
sponsor_points = 50
sponsored_points = 25
within = "90d"
qualifies = "ticket.total >= 20.00"
"""
)
CHECKIN = Event("checkin", ref="door-1")


def given(rule: str, points: int, day: date) -> tuple[Contribution, ...]:
    """What a till promises for an event: it belongs to no line."""
    return (promise(rule, points, day, allocation=()),)


def test_an_event_of_a_till_is_printed_settled_and_can_be_spent_there(tmp_path: Path) -> None:
    """Its points are ACCRUE and at once a birth grant of the till, as those of a ticket."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        done = till.event(member, CHECKIN, given("checkin", 10, till.today))
        paid = burn(10, draw(done.lots[0], done.lots[0], 10))
        till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        await till.push()
        held = await shop.balances()
        assert (held.earned, held.burned, held.deficit) == ({"points": 11}, {"points": 10}, {})
        assert await shop.settled() == {
            (done.ticket, "checkin", "points"): 10,
            (till_ticket(till, 2), "base", "points"): 1,
        }
        assert (await shop.causes())["ACCRUE"] == 11

    run(tmp_path, scenario, EVENTS)


def till_ticket(till: TillSim, seq: int) -> str:
    """The ticket id the kit gives to entry `seq`."""
    return f"{till.head.dev:08x}{seq:024x}"


def test_an_event_that_two_blind_tills_took_is_honoured_once(tmp_path: Path) -> None:
    """The same ref at two tills earns once; what the second one printed is kept and listed."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        for till in (one, two):
            till.event(member, CHECKIN, given("checkin", 10, till.today))
            shop.clock.advance(hours=1)
        await two.push()
        await one.push()
        held = await shop.balances()
        assert (held.earned, held.honoured) == ({"points": 10}, {"points": 10})
        assert sum((await shop.settled()).values()) == 10

    run(tmp_path, scenario, EVENTS)


def test_an_event_is_settled_with_the_sale_that_arrives_later(tmp_path: Path) -> None:
    """A review of what was bought at a till without a line earns once that till's sale is here."""

    async def scenario(shop: Shop) -> None:
        one, two, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = one.sale(member, (Line(500, "R1"),), (promise("base", 5, one.today),))
        shop.clock.advance(days=1)
        two.event(member, Event("review", sku="R1", ref="order 5"))
        await two.push()
        assert (await shop.balances()).earned == {}
        await one.push()
        assert (await shop.balances()).earned == {"points": 25}
        one.give_back(sold.lots[0], ("points", sold.lots[0], 5))
        one.refund(sold, 500)
        await one.push()
        held = await shop.balances()
        assert (held.balance(), held.honoured, held.clawed) == (0, {}, {"points": 25})

    run(tmp_path, scenario, EVENTS)


def test_an_event_from_the_web_is_booked_once_by_its_ref(tmp_path: Path) -> None:
    """The same ref again, from the web or a till, gives nothing more; without a ref each one counts."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        record = shop.ledger.record_event
        assert await record(member, CHECKIN, shop.clock.ms)
        assert not await record(member, CHECKIN, shop.clock.ms + 5)
        till.event(member, CHECKIN, given("checkin", 10, till.today))
        await till.push()
        assert sum((await shop.settled()).values()) == 10
        shop.clock.advance(days=1)
        for _ in range(2):
            assert await record(member, Event("checkin"), shop.clock.ms)
        assert sum((await shop.settled()).values()) == 30
        row = (await till.pull()).members[0]
        assert dict(row.available) == {"points": 20}, "10 more are at the till that printed them"

    run(tmp_path, scenario, EVENTS)


def test_an_event_of_nobody_or_of_no_programme_is_refused(tmp_path: Path) -> None:
    """Each with a code and a sentence that says what to do; nothing is booked."""

    async def scenario(shop: Shop) -> None:
        member = await shop.member()
        with pytest.raises(LedgerRefusal, match="enrol") as nobody:
            await shop.ledger.record_event(99, CHECKIN, shop.clock.ms)
        with pytest.raises(LedgerRefusal, match="publish") as never:
            await shop.ledger.record_event(member, CHECKIN, 0)
        assert (nobody.value.code, never.value.code) == ("unknown_member", "no_programme")
        assert await shop.ledger.record_event(member, CHECKIN, shop.clock.ms)

    run(tmp_path, scenario, EVENTS)


def test_an_event_that_promises_on_a_line_is_put_aside(tmp_path: Path) -> None:
    """No till that works can have written it."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.event(member, CHECKIN, (promise("checkin", 10, till.today),))
        answer = await till.push()
        assert [(one.state, one.code) for one in answer.dispositions] == [("quarantined", "arithmetic")]

    run(tmp_path, scenario, EVENTS)


async def sponsored(shop: Shop) -> tuple[TillSim, int, int]:
    """A till, a sponsor, and a member that the sponsor brought in."""
    till, sponsor = await shop.till(), await shop.member()
    till.enrol(8, b"card-008" * 2, sponsor=sponsor)
    await till.push()
    return till, sponsor, 8


def bought(till: TillSim, member: int, euros: int, bonus: int = 0) -> Written:
    """A sale that may print the bonus of the member who was brought in."""
    more = (promise("friend", bonus, till.today),) if bonus else ()
    return till.sale(member, (line(euros * 100),), (promise("base", euros, till.today), *more))


def test_a_qualifying_ticket_is_an_event_of_the_sponsor(tmp_path: Path) -> None:
    """Once, on the day of the ticket: both get their points, and the next ticket brings nothing more."""

    async def scenario(shop: Shop) -> None:
        till, sponsor, friend = await sponsored(shop)
        bought(till, friend, 5)
        shop.clock.advance(days=1)
        bought(till, friend, 30, 25)
        bought(till, friend, 30)
        await till.push()
        assert (await shop.balances(friend)).earned == {"points": 90}
        assert (await shop.balances(sponsor)).available == {"points": 50}
        assert list((await shop.settled(sponsor)).values()) == [50]

    run(tmp_path, scenario, EVENTS)


def test_a_referral_goes_with_the_ticket_that_earned_it_and_moves_to_the_next(tmp_path: Path) -> None:
    """Given back wholly it is clawed; with a ticket that qualifies after it the sponsor keeps what is due."""

    async def scenario(shop: Shop) -> None:
        till, sponsor, friend = await sponsored(shop)
        first = bought(till, friend, 30, 25)
        till.refund(first, 1000)
        await till.push()
        assert (await shop.balances(sponsor)).balance() == 50
        till.refund(first, 2000)
        await till.push()
        held = await shop.balances(sponsor)
        assert (held.balance(), held.clawed, held.deficit, held.honoured) == (0, {"points": 50}, {}, {})
        assert await shop.settled(sponsor) == {}
        shop.clock.advance(days=1)
        bought(till, friend, 40, 25)
        await till.push()
        assert (await shop.balances(sponsor)).balance() == 50

    run(tmp_path, scenario, EVENTS)


def test_a_late_ticket_moves_the_referral_and_moves_it_back(tmp_path: Path) -> None:
    """The earlier ticket qualifies first; undone, the later one is the first again, and the sponsor has 50."""

    async def scenario(shop: Shop) -> None:
        till, sponsor, friend = await sponsored(shop)
        far = await shop.till("gare")
        early = bought(far, friend, 30, 25)
        shop.clock.advance(hours=1)
        bought(till, friend, 40, 25)
        await till.push()
        assert (await shop.balances(sponsor)).balance() == 50
        await far.push()
        assert (await shop.balances(sponsor)).balance() == 50
        far.void(early)
        await far.push()
        held = await shop.balances(sponsor)
        assert (held.balance(), held.deficit) == (50, {})
        assert sum((await shop.settled(sponsor)).values()) == 50

    run(tmp_path, scenario, EVENTS)


def test_a_sponsor_nobody_enrolled_yet_gets_a_provisional_account(tmp_path: Path) -> None:
    """The sponsor's own enrolment may still be under way at another till: nothing is lost."""

    async def scenario(shop: Shop) -> None:
        till, far = await shop.till(), await shop.till("gare")
        till.enrol(8, b"card-008" * 2, sponsor=9)
        bought(till, 8, 30, 25)
        await till.push()
        far.enrol(9, b"card-009" * 2)
        await far.push()
        assert (await shop.balances(9)).balance() == 50

    run(tmp_path, scenario, EVENTS)


GIFT = Outbound("five", "gift", "mug", 1, 500)


def with_gift(till: TillSim, member: int, lot: str) -> Written:
    """A ticket that takes a mug for 100 points beside what is bought."""
    mug = Burned("five", "points", 100, 1, 0, (), (draw(lot, lot, 100),))
    return till.sale(member, (line(600),), (promise("base", 6, till.today),), (mug,), outbound=(GIFT,))


async def waiting(shop: Shop, what: str = "gift") -> tuple[OutboundRow, ...]:
    tx = looking(shop.ledger._storage)
    return await tx.outbound(what)


def test_a_gift_waits_until_somebody_takes_it_and_stays_when_the_goods_come_back(tmp_path: Path) -> None:
    """The row says what, for whom and what it is worth; neither it nor its points go with a return."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        earned = till.euros(member, 100)
        sold = with_gift(till, member, earned.lots[0])
        await till.push()
        (row,) = await waiting(shop)
        assert (row.id, row.receiver, row.quantity, row.cents) == (f"{sold.ticket}/five/0", "mug", 1, 500)
        till.give_back(sold.lots[0], ("points", sold.lots[0], 6))
        till.refund(sold, 600)
        await till.push()
        assert await waiting(shop) == (row,)
        held = await shop.balances()
        assert (held.burned, held.balance()) == ({"points": 100}, 0)

    run(tmp_path, scenario)


@pytest.mark.parametrize("taken", [False, True])
def test_an_undo_calls_a_gift_off_unless_it_was_taken(tmp_path: Path, taken: bool) -> None:
    """What nobody has taken is gone with the ticket; what was handed out stays written down."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        earned = till.euros(member, 100)
        sold = with_gift(till, member, earned.lots[0])
        await till.push()
        if taken:
            sql = "UPDATE outbound SET state = 'taken'"
            await shop.ledger._storage.write(lambda tx: tx._do(sql))  # type: ignore[attr-defined]
        till.void(sold)
        await till.push()
        tx = looking(shop.ledger._storage)
        assert len(await tx.outbound_of(sold.ticket)) == int(taken)
        assert (await shop.balances()).balance() == 100

    run(tmp_path, scenario)
