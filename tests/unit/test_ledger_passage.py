"""From an old programme to a new one in the ledger: on its day, whoever comes or not, and what comes home later."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rules.ticket import Event
from tests.unit.day_kit import dry, run_days, told
from tests.unit.ledger_kit import HEAD, Shop, TillSim, looking, run

OLD = HEAD.replace(b"2035-01-01", b"2026-03-10").replace(b'"bakery"', b'"old"')
NEW_DAY = date(2026, 3, 10)
NEW = (
    HEAD.replace(b"2025-01-01", b"2026-03-10").replace(b'"bakery"', b'"new"')
    + b"""
[[rule]]
id = "ten"
kind = "voucher"
value = 10.00
life = "30d"

[transition]
from = "old"
notice = "30d"
notify = ["5d"]
rate = "1 = 12"
bonus = { points = 40 }
"""
)
TERMS = NEW.replace(b'rate = "1', b'accept = true\ndeadline = 2026-03-15\nafter = "forfeit"\nrate = "1')


async def open_new(shop: Shop, data: bytes = NEW) -> None:
    """The new programme is published ahead of its day."""
    await shop.ledger.publish("programme", "new", data, NEW_DAY)


async def sold(till: TillSim, member: int, euros: int, home: int | None = None) -> str:
    """A ticket in the old programme, of whose points `home` (all by default) come back to the centre; its lot."""
    done = till.euros(member, euros)
    if home != 0:
        till.give_back(done.lots[0], ("points", done.lots[0], home or euros))
    await till.push()
    return done.lots[0]


def test_everybody_passes_on_the_day_and_once(tmp_path: Path) -> None:
    """At the rate, with the bonus; those who come after the day have neither."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop)
        await shop.member(7)
        await sold(till, 7, 10)
        await run_days(shop)
        shop.clock.advance(days=8)
        ahead = await dry(shop)
        assert await run_days(shop) == ahead
        assert (ahead["passage loss"], ahead["passage gain"]) == ((1, 10), (1, 160))
        shop.clock.advance(days=5)
        till.enrol(8, b"card-008" * 2)
        await till.push()
        await run_days(shop)
        assert (await shop.balances(7)).available == {"points": 160}
        assert (await shop.balances(8)).available == {}
        held = await shop.balances(7)
        assert (held.earned, held.converted) == ({"points": 170}, {"points": 10})

    run(tmp_path, scenario, OLD)


def test_points_that_a_till_held_follow_when_they_come_home(tmp_path: Path) -> None:
    """What sits in a grant is the till's: it converts the day after its return, and the bonus comes once."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop)
        await shop.member(7)
        lot = await sold(till, 7, 10, 4)
        await run_days(shop)
        shop.clock.advance(days=8)
        await run_days(shop)
        assert (await shop.balances(7)).available == {"points": 48 + 40}
        till.give_back(lot, ("points", lot, 6))
        await till.push()
        shop.clock.advance(days=1)
        await run_days(shop)
        assert (await shop.balances(7)).available == {"points": 120 + 40}

    run(tmp_path, scenario, OLD)


def test_a_ticket_that_arrives_late_is_converted_too(tmp_path: Path) -> None:
    """A till that was cut off over the day of the move: its points are old ones."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop)
        await shop.member(7)
        await run_days(shop)
        done = till.euros(7, 3)
        shop.clock.advance(days=9)
        await run_days(shop)
        till.give_back(done.lots[0], ("points", done.lots[0], 3))
        await till.push()
        shop.clock.advance(days=1)
        await run_days(shop)
        assert (await shop.balances(7)).available == {"points": 36 + 40}

    run(tmp_path, scenario, OLD)


def test_the_coming_move_is_told(tmp_path: Path) -> None:
    """On the days of `notify`, for every member, with the new programme's name."""

    async def scenario(shop: Shop) -> None:
        await open_new(shop)
        await shop.member(7)
        await run_days(shop)
        shop.clock.advance(days=7)
        await run_days(shop)
        assert await told(shop, "transition") == [("transition", "new", 0, "", date(2026, 3, 5))]

    run(tmp_path, scenario, OLD)


@pytest.mark.parametrize(("answer", "points"), [(True, {"points": 160}), (False, {"points": 10}), (None, {})])
def test_new_terms_are_waited_for_until_their_deadline(
    tmp_path: Path, answer: bool | None, points: dict[str, int]
) -> None:
    """Who accepts passes with the bonus, who refuses keeps the old points, who says nothing loses them."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop, TERMS)
        await shop.member(7)
        await sold(till, 7, 10)
        await run_days(shop)
        shop.clock.advance(days=10)
        await run_days(shop)
        assert (await shop.balances(7)).available == {"points": 10}
        if answer is not None:
            at = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
            event = Event("terms", fields={"accepted": answer})
            assert await shop.ledger.record_event(7, event, int(at.timestamp() * 1000))
        shop.clock.advance(days=10)
        await run_days(shop)
        assert (await shop.balances(7)).available == points

    run(tmp_path, scenario, OLD)


def test_where_no_move_is_written_old_points_stay(tmp_path: Path) -> None:
    """A new programme without a transition changes nothing that members have."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop, NEW[: NEW.index(b"[transition]")])
        await shop.member(7)
        await sold(till, 7, 10)
        await run_days(shop)
        shop.clock.advance(days=10)
        await run_days(shop)
        assert (await shop.balances(7)).available == {"points": 10}
        record = await looking(shop.ledger._storage).member(7)
        assert record is not None
        assert record.programme != shop.programme

    run(tmp_path, scenario, OLD)


@pytest.mark.parametrize(
    "about", [{"programme": "another", "version": 1}, {"programme": "new", "version": 7}]
)
@pytest.mark.parametrize("answer", [True, False])
def test_an_answer_to_other_terms_is_none_to_these(
    tmp_path: Path, answer: bool, about: dict[str, str | int]
) -> None:
    """Nobody passes by what was said to another programme, or to another wording, and nobody is refused by it."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop, TERMS)
        await shop.member(7)
        await sold(till, 7, 10)
        at = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
        event = Event("terms", ref="terms:other", fields={**about, "accepted": answer})
        assert await shop.ledger.record_event(7, event, int(at.timestamp() * 1000))
        await run_days(shop)
        shop.clock.advance(days=20)
        await run_days(shop)
        assert (await shop.balances(7)).available == {}, "as for who said nothing"

    run(tmp_path, scenario, OLD)


@pytest.mark.parametrize(("day", "points"), [(date(2026, 2, 7), {}), (date(2026, 2, 8), {"points": 160})])
def test_an_answer_that_names_no_terms_is_one_from_the_notice_on(
    tmp_path: Path, day: date, points: dict[str, int]
) -> None:
    """A source outside may not say which terms: before members could be told of these it was about others."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await open_new(shop, TERMS)
        await shop.member(7)
        await sold(till, 7, 10)
        at = datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)
        event = Event("terms", fields={"accepted": True})
        assert await shop.ledger.record_event(7, event, int(at.timestamp() * 1000))
        await run_days(shop)
        shop.clock.advance(days=20)
        await run_days(shop)
        assert (await shop.balances(7)).available == points

    run(tmp_path, scenario, OLD)
