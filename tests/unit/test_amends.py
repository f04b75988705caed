"""What was given to make up for the last incident: known at the ledger, told to tills, shown beside the incident."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from pos_app.till.errands.adjust import AdjustPage
from rules.account import Amends, made_up
from sync.adjusted import REASONS
from sync.entry import EntryKind, EraseBody
from sync.lists import StaffMember
from sync.tokens import card_token
from tests.unit.ledger_kit import Shop as Ledger
from tests.unit.ledger_kit import TillSim, looking, run
from tests.unit.test_ledger_adjust import adjust
from tests.unit.test_till_incident import INCIDENTS, keys
from tests.unit.till_kit import _HASHES, BADGE, DAY_MS, LOOKUP, OTHER_BADGE, OTHER_PIN, PIN, Shop


async def told(till: TillSim) -> Amends | None:
    """What a pull says of member 7."""
    [row] = [row for row in (await till.pull()).members if row.member == 7]
    return row.account.amends


def test_the_last_day_counts_and_only_what_makes_up_for_an_incident(tmp_path: Path) -> None:
    """A courtesy is none, nor is what was taken; two of one day count together; an older one that comes late is not."""

    async def scenario(shop: Ledger) -> None:
        till, late, _ = await shop.till(), await shop.till("gare"), await shop.member(opening={"points": 100})
        adjust(late, 30, reason="incident")
        shop.clock.advance(days=2)
        for quantity, reason in ((40, "incident"), (10, "courtesy"), (-20, "incident"), (5, "incident")):
            adjust(till, quantity, reason=reason)
        await till.push()
        assert await told(till) == Amends(till.today, 45)
        await late.push()
        assert await told(late) == Amends(till.today, 45)

    run(tmp_path, scenario)


def test_nobody_knows_it_of_an_erased_member(tmp_path: Path) -> None:
    """It goes with the name and the counters."""

    async def scenario(shop: Ledger) -> None:
        till, _ = await shop.till(), await shop.member()
        adjust(till, 20, reason="incident")
        await till.push()
        assert await told(till) == Amends(till.today, 20)
        till.write(EntryKind.ERASE, EraseBody(7, "camille", "sofia"), member=7)
        await till.push()
        record = await looking(shop.ledger._storage).member(7)
        assert record is not None
        assert (record.amends, record.amends_on) == (0, "")

    run(tmp_path, scenario)


@pytest.fixture
def shop_with_manager(shop: Shop) -> Shop:
    """A programme that counts incidents, and somebody who may give points."""
    staff = [
        StaffMember("c1", "Camille", "cashier", card_token(LOOKUP, BADGE), _HASHES[PIN]),
        StaffMember("m1", "Sofia", "manager", card_token(LOOKUP, OTHER_BADGE), _HASHES[OTHER_PIN]),
    ]
    shop.publish("staff", msgspec.msgpack.encode(staff))
    shop.publish("programme", INCIDENTS)
    shop.scan(shop.with_points(1, 100))
    return shop


def incident(shop: Shop) -> str:
    assert shop.view.member is not None
    return shop.view.member.incident


def test_the_member_is_shown_with_the_incident_and_its_answer(shop_with_manager: Shop) -> None:
    """Before the ledger has heard of either; the next incident has no answer yet."""
    shop = shop_with_manager
    keys(shop, "f8", "1")
    assert incident(shop).endswith(": Wrong order · nothing given for it yet")
    shop.till.errand("adjust")
    keys(shop, str(REASONS.index("incident") + 1), *"50", "enter")
    assert isinstance(shop.till.state.errand, AdjustPage)
    shop.scan(OTHER_BADGE)
    shop.till.pin(OTHER_PIN)
    assert incident(shop).endswith(": + 50 points")
    shop.clock.pass_ms(DAY_MS)
    keys(shop, "f8", "3")
    assert incident(shop).endswith(": Cold soup · nothing given for it yet")


def test_two_answers_of_one_day_count_together() -> None:
    """Points of days do not mix, and nothing is no answer."""
    day = Amends(date(2026, 5, 6), 20)
    assert made_up(day, 5, day.on) == Amends(day.on, 25)
    assert made_up(day, 5, day.on + timedelta(days=1)) == Amends(day.on + timedelta(days=1), 5)
    assert made_up(day, 5, day.on - timedelta(days=1)) == made_up(day, 0, day.on) == day
