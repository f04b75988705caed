"""What the ledger tells a till of the member's visits at all the others."""

from pathlib import Path

import pytest

from sync.habits import HabitsRequest, PastVisit
from sync.ledger.caller import LedgerRefusal
from sync.ledger.habits import member_habits
from sync.ledger.sources import AddSource, PostEvents
from tests.unit.ledger_kit import Shop, TillSim, burn, draw, line, run
from tests.unit.test_ledger_sources import lines

NO_CARD = b""


async def told(till: TillSim, member: int, token: bytes = NO_CARD) -> tuple[PastVisit, ...]:
    return (await member_habits(till.shop.ledger, till.device, HabitsRequest(member, token))).visits


def test_visits_at_every_till_and_on_the_web_the_latest_first(tmp_path: Path) -> None:
    """Cents paid, points gained less used; an undone ticket and an event without goods are no visits."""

    async def scenario(shop: Shop) -> None:
        here, away, member = await shop.till(), await shop.till("gare"), await shop.member()
        sold = away.euros(member, 120)
        await away.push()
        day = here.today
        shop.clock.advance(days=1)
        await AddSource("web").run(shop.ledger)
        order = {"id": "o1", "member": member, "lines": [{"cents": 1000, "sku": "A1"}]}
        seen = {"id": "r1", "member": member, "event": {"name": "web.review"}}
        await PostEvents("web", lines(order, seen)).run(shop.ledger)
        shop.clock.advance(days=1)
        lot = sold.lots[0]
        away.sale(member, (line(3_000),), burns=(burn(100, draw(lot, lot, 100)),))
        here.void(here.euros(member, 50))
        await away.push()
        await here.push()
        used, web, first = await told(here, member)
        assert (used.day, used.cents, used.points, used.place) == (here.today, 2_500, -75, "gare")
        assert (web.cents, web.points, web.place) == (1_000, 10, "web")
        assert first == PastVisit(day, 12_000, 120, "gare")

    run(tmp_path, scenario)


def test_what_is_taken_on_two_visits_is_a_habit_wherever_it_was(tmp_path: Path) -> None:
    """The articles most visits have, three at most, and the average over visits with something to pay."""

    async def scenario(shop: Shop) -> None:
        here, away, member = await shop.till(), await shop.till("gare"), await shop.member()
        for till, *articles in (
            (here, "tea", "bread"),
            (away, "tea"),
            (away, "bread", "tea"),
            (here, "nuts"),
        ):
            till.sale(member, tuple(line(100, one) for one in articles))
            await till.push()
            shop.clock.advance(days=1)
        answer = await member_habits(shop.ledger, here.device, HabitsRequest(member, NO_CARD))
        assert (answer.usual, answer.average) == (("tea", "bread"), 150)

    run(tmp_path, scenario)


def test_a_till_of_another_store_is_told_of_who_shows_the_card_there(tmp_path: Path) -> None:
    """Counting up members' numbers at a stolen till brings nobody's visits, nor does the card of somebody else."""

    async def scenario(shop: Shop) -> None:
        home, away = await shop.till(), await shop.till("gare")
        for member in (11, 12):
            home.enrol(member, bytes([member] * 16))
            home.euros(member, 5)
        await home.push()
        for token in (NO_CARD, bytes([12] * 16)):
            with pytest.raises(LedgerRefusal, match="scan the card first"):
                await told(away, 11, token)
        assert len(await told(away, 11, bytes([11] * 16))) == 1

    run(tmp_path, scenario)
