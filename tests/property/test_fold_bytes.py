"""Folded at the till or at the ledger: the same entries give the same history, byte for byte (rules.md section 5).

One field is left out, the day since which the tier holds, which is only shown: a row of the ledger has the tier of the
day it was asked for, so that a tier that came by time alone is dated at the ledger by the next ticket and at the till
not at all.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_app.till.member import fold_own
from pos_app.till.parts import Parts
from rules.account import POINTS, Account
from rules.evaluate import evaluate
from rules.fold import expire
from rules.kinds.tiers import tier_of
from rules.programme.load import load_programme
from rules.ticket import Event, Line, Ticket
from sync.entry import Entry, decode
from sync.ledger.work import history_of
from tests.unit import till_kit
from tests.unit.ledger_kit import DAY, PROGRAMME, START, TillSim, Written, open_shop

MEMBER, SPONSOR = 7, 9
EVERYTHING = (
    PROGRAMME
    + b"""
[[rule]]
id = "day"
kind = "stamp"
per = "day"
need = 4
reward = { kind = "free_unit" }

[[rule]]
id = "streak"
kind = "earn.streak"
period = "week"
length = 2
points = 13
grace = 1
repeat = true

[[rule]]
id = "daily"
kind = "earn.visit"
points = 2

[[rule]]
id = "limited"
kind = "earn.amount"
points = 5
per = 2.00
max = { count = 2, per = "week" }

[[rule]]
id = "capped"
kind = "cap"
of = ["base", "limited"]
max = 60
per = "month"

[[rule]]
id = "back"
kind = "earn.comeback"
absent = "10d"
points = 7

[[rule]]
id = "first"
kind = "earn.once"
on = "first_purchase"
points = 17

[[rule]]
id = "review"
kind = "earn.event"
event = "review"
points = 4
requires = "purchase"

[[rule]]
id = "checkin"
kind = "earn.event"
event = "checkin"
points = 3

[[rule]]
id = "friend"
kind = "referral"
sponsor_points = 50
sponsored_points = 25
within = "90d"
qualifies = "ticket.total >= 20.00"

[[rule]]
id = "rich"
kind = "earn.amount"
points = 1
per = 1.00
when = "member.points >= 40"

[incidents]
kinds = { wrong = 3, rude = 3 }
window = "180d"
red_alert = 5

[tiers]
measure = "points_earned"
window = "365d"
levels = [{ id = "base", from = 0 }, { id = "gold", from = 60, multiply = "2" }]
"""
)
PROGRAMME_READ = load_programme(EVERYTHING)


class Step(NamedTuple):
    """What happens next: days and hours later, a sale of `lines` or an event, undone at once or not."""

    days: int
    lines: tuple[Line, ...]
    event: Event | None
    undone: bool


lines = st.lists(
    st.builds(
        lambda category, cents, qty: Line(cents, category, category, "", Decimal(qty)),
        st.sampled_from(["bread", "coffee"]),
        st.sampled_from([0, 150, 999, 2500]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
happenings = st.sampled_from(
    [
        Event("checkin"),
        Event("checkin", ref="door"),
        Event("review", sku="bread", ref="one"),
        Event("review", sku="coffee"),
        Event("incident", fields={"kind": "rude"}),
        Event("incident", ref="7", fields={"kind": "wrong"}),
        Event("unheard"),
    ]
)
steps = st.builds(
    Step,
    st.sampled_from([0, 0, 1, 1, 7, 12, 40]),
    lines,
    st.none() | happenings,
    st.sampled_from([False, False, False, True]),
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The surroundings of a real till that has the programme."""
    shop = till_kit.Shop(tmp_path_factory.mktemp("till"))
    shop.publish("programme", EVERYTHING)
    yield shop.till.parts
    shop.close()


def entries(till: TillSim, first: int) -> list[Entry]:
    """What the till wrote after entry `first`."""
    return [decode(data) for data, _, _ in till.written[first:]]


def known(till: TillSim, parts: Parts, account: Account, first: int) -> Account:
    """The member as the till knows them: the ledger's row and its own entries after it."""
    return expire(fold_own(parts, account, entries(till, first), (), till.today), till.today)


def write(till: TillSim, account: Account, step: Step) -> Written:
    """The till decides on what it knows, and writes what it promised."""
    ticket = Ticket("t", step.lines, till.today, 600, "halles")
    if step.event is not None:
        ticket = Ticket("t", (), till.today, 600, "halles", event=step.event)
    decision = evaluate(ticket, msgspec.structs.replace(account, usable={}), PROGRAMME_READ)
    points = account.balance.get(POINTS, 0)
    if step.event is not None:
        return till.event(MEMBER, step.event, decision.contributions, points=points)
    return till.sale(MEMBER, step.lines, decision.contributions, points=points)


async def play(folder: Path, parts: Parts, story: list[Step], row_after: int) -> tuple[bytes, bytes]:
    """The history as the till folds it and as the ledger does; the till hears of the ledger before step `row_after`."""
    async with open_shop(folder, EVERYTHING) as shop:
        till = await shop.till()
        await shop.member(SPONSOR)
        till.enrol(MEMBER, b"card-007" * 2, sponsor=SPONSOR)
        account, first, day = Account(), 0, 0
        for n, step in enumerate(story):
            day += step.days
            shop.clock.ms = int(START.timestamp() * 1000) + day * DAY + n * 60_000
            if n == 0 or n == row_after:
                await till.push()
                answer = await shop.ledger.account(till.device, b"card-007" * 2)
                assert answer.row is not None
                account, first = answer.row.account, len(till.written)
            done = write(till, known(till, parts, account, first), step)
            if step.undone and step.event is None:
                till.void(done)
        await till.push()
        at_till = fold_own(parts, account, entries(till, first), (), till.today)
        at_ledger = msgspec.json.decode(await shop.history(MEMBER), type=Account)
        return undated(at_till, till.today), undated(at_ledger, till.today)


def undated(account: Account, day: date) -> bytes:
    """The bytes of a history with the tier of `day`, and without the day since which it holds.

    The tier follows from the counters and the day: the row that a till gets names it of its own day, also for a
    member none of whose tickets stands.
    """
    tier = tier_of(account, PROGRAMME_READ, day)
    return history_of(msgspec.structs.replace(account, tier=tier, tier_since=None))


@pytest.mark.engines("sqlite")  # quick enough on one engine only
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=1, max_size=8), st.integers(0, 8))
def test_till_and_ledger_fold_to_the_same_bytes(parts: Parts, story: list[Step], row_after: int) -> None:
    """Streaks, visits, limits, caps, tiers, stamps of the day, events, incidents, referrals, tickets undone."""
    with tempfile.TemporaryDirectory() as folder:
        at_till, at_ledger = asyncio.run(play(Path(folder), parts, story, row_after))
    assert at_till == at_ledger
