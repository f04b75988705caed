"""Both clock changes of a year at the ledger: business date and minute of tickets around them."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.unit.ledger_kit import PROGRAMME, FakeClock, line, looking, open_shop, promise

LATE = PROGRAMME.replace(b'unit = "point"', b'unit = "point"\nbusiness_day_ends = 02:30:00')


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def sold_at(folder: Path, moments: list[datetime], programme: bytes) -> list[tuple[date, int]]:
    """Business date and minute of a ticket sold at each of `moments`, in order of sale."""
    clock = FakeClock(moments[0])
    async with open_shop(folder, programme, clock) as shop:
        till, member = await shop.till(), await shop.member()
        for moment in moments:
            clock.ms = int(moment.timestamp() * 1000)
            till.sale(member, (line(1000),), (promise("base", 10, till.today),))
        await till.push()
        tx = looking(shop.ledger._storage)
        return [(sale.bdate, sale.minute) for sale in await tx.sales_from(member, "")]


@pytest.mark.parametrize(
    ("moments", "found"),
    [
        (  # spring: after 01:59 comes 03:00
            [
                "2026-03-28T22:59",
                "2026-03-28T23:00",
                "2026-03-29T00:59",
                "2026-03-29T01:00",
                "2026-03-29T22:00",
            ],
            [
                ("2026-03-28", 1439),
                ("2026-03-29", 0),
                ("2026-03-29", 119),
                ("2026-03-29", 180),
                ("2026-03-30", 0),
            ],
        ),
        (  # autumn: 02:00 to 02:59 comes twice, and the day has 25 hours
            [
                "2026-10-24T22:00",
                "2026-10-25T00:30",
                "2026-10-25T01:30",
                "2026-10-25T22:59",
                "2026-10-25T23:00",
            ],
            [
                ("2026-10-25", 0),
                ("2026-10-25", 150),
                ("2026-10-25", 150),
                ("2026-10-25", 1439),
                ("2026-10-26", 0),
            ],
        ),
    ],
)
def test_a_ticket_is_dated_by_the_stores_clock(
    tmp_path: Path, moments: list[str], found: list[tuple[str, int]]
) -> None:
    """The day ends at the store's midnight, whichever offset holds; minutes are those on the wall."""
    sold = asyncio.run(sold_at(tmp_path, [at(text) for text in moments], PROGRAMME))
    assert [(day.isoformat(), minute) for day, minute in sold] == found


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        # in spring 02:30 does not come: the day before ends when the clock jumps to 03:00
        (["2026-03-29T00:59", "2026-03-29T01:00"], ["2026-03-28", "2026-03-29"]),
        # in autumn 02:15 comes twice, before the end of the day both times; so does 02:30, after it
        (
            ["2026-10-25T00:15", "2026-10-25T00:30", "2026-10-25T01:15", "2026-10-25T01:30"],
            ["2026-10-24", "2026-10-25", "2026-10-24", "2026-10-25"],
        ),
    ],
)
def test_a_business_day_that_ends_inside_the_change(
    tmp_path: Path, moments: list[str], days: list[str]
) -> None:
    """A day that ends at 02:30 follows the wall clock, in the missing hour and in the doubled one."""
    sold = asyncio.run(sold_at(tmp_path, [at(text) for text in moments], LATE))
    assert [day.isoformat() for day, _ in sold] == days


@pytest.mark.parametrize(
    ("first", "second"), [("2026-03-28T21:30", "2026-03-28T23:30"), ("2026-10-25T21:30", "2026-10-25T23:30")]
)
def test_visits_on_both_sides_of_a_change_are_two(tmp_path: Path, first: str, second: str) -> None:
    """Two hours apart around the midnight next to a clock change: two business dates, two visits."""

    async def visits(folder: Path) -> bytes:
        clock = FakeClock(at(first))
        async with open_shop(folder, PROGRAMME, clock) as shop:
            till, member = await shop.till(), await shop.member()
            for text in (first, second):
                clock.ms = int(at(text).timestamp() * 1000)
                till.sale(member, (line(1000),), (promise("base", 10, till.today),))
            await till.push()
            return await shop.history()

    assert b'"visits":2' in asyncio.run(visits(tmp_path))
