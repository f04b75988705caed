"""A ticket that is given back, in whatever steps, leaves the account as if it had never been (design, section 3).

The same story is played twice against a real ledger on a file: once with a ticket whose refunds, cut at random, add
up to the whole, once without it. The till asks the ledger before every sale, so that what it prints is what the
rules settle. Exceptions, as the design names them, and how the comparison allows for them:

- *A full card stays*: stamps that were turned into a card (or points into a voucher) are owed. They are compared
  together, a card as the stamps it took.
- *What was spent is owed*: points of the ticket that paid a later reward make a deficit. Balances are compared less
  what is owed; without the ticket the same reward is written as a burn that no grant secures.
- *A used voucher is written off*: where the ticket that comes back had brought the voucher which a later ticket used,
  nobody repays it with another one. Vouchers and free items are compared less what was written off.
- *The columns tell what happened*: earned, burned and clawed are history and differ; what is held does not.
- *Where it lies*: what came back into a lot is available while a till may still hold the rest of it. All grants are
  returned before the comparison.
"""

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from rules.decision import Burn, Choice
from rules.evaluate import evaluate
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Line, Ticket
from sync.entry import Burned, Draw, RefundLine
from sync.ledger.records import MemberData
from tests.unit.ledger_kit import HEAD, Shop, TillSim, Written, looking, open_shop

MEMBER = 7

EXPIRY = """
[expiry]
lot_life = "365d"
"""
STAMPS = 'need = 3\nreward = { kind = "free_unit", lines = ".category == \'coffee\'", max_value = 4.50 }\n'


def rule(name: str, kind: str, rest: str) -> str:
    """A rule as TOML."""
    return f'\n[[rule]]\nid = "{name}"\nkind = "{kind}"\n{rest}\n'


FEATURES = {
    "bread": rule("bread", "earn.amount", "points = 3\nper = 2.00\nlines = \".category == 'bread'\""),
    "double": rule("double", "earn.multiply", 'factor = "3/2"\napplies_to = ["base"]'),
    "daily": rule("daily", "earn.visit", "points = 7"),
    "month": rule("month", "earn.visits", "steps = [{ visit = 2, points = 11 }, { visit = 4, points = 30 }]"),
    "weekly": rule("weekly", "earn.amount", 'points = 5\nper = 3.00\nmax = { count = 1, per = "week" }'),
    "once": rule("once", "earn.amount", 'points = 50\nper = 1.00\nmax = { count = 1, per = "ever" }'),
    "unit": rule("unit", "stamp", 'per = "unit"\nlines = ".category == \'coffee\'"\n' + STAMPS),
    "day": rule("day", "stamp", 'per = "day"\n' + STAMPS),
    "money": rule("money", "burn.money", "points = 20\nvalue = 1.00\nmax_steps = 3"),
    "product": rule("product", "burn.product", 'points = 25\ngives = { sku = "bread" }'),
    "streak": rule("streak", "earn.streak", 'period = "week"\nlength = 2\npoints = 13\nrepeat = true'),
    "percent": rule("percent", "burn.percent", 'points = 30\npercent = "10%"'),
    "cap": rule("cap", "cap", 'of = ["*"]\nper = "week"\nmax = 40'),
    "capped": rule("capped", "cap", 'of = ["base"]\nper = "ticket"\nmax = 9'),
    "pieces": rule("pieces", "earn.unit", "points = 2\nlines = \".category == 'coffee'\""),
    "voucher": rule("thanks", "voucher", 'value = 1.00\nlife = "30d"')
    + rule("runs", "earn.streak", 'period = "day"\nlength = 2\nvoucher = "thanks"\nrepeat = true'),
    "turns": rule("five", "voucher", 'value = 1.00\nlife = "400d"')
    + rule("turn", "convert", 'points = 40\nvoucher = "five"'),
    "tier": """
[tiers]
measure = "points_earned"
window = "365d"
levels = [{ id = "base", from = 0 }, { id = "gold", from = 40, multiply = "2" }]
""",
    "spender": """
[tiers]
measure = "spend"
window = "60d"
grace = "10d"
levels = [{ id = "base", from = 0.00 }, { id = "gold", from = 30.00, multiply = "3/2" }]
""",
}


def programme_of(features: frozenset[str]) -> bytes:
    """A programme with the chosen features."""
    chosen = sorted(features - ({"spender"} if "tier" in features else set()))
    return HEAD + ("".join(FEATURES[name] for name in chosen) + EXPIRY).encode()


class Sale(NamedTuple):
    """A ticket: hours since what came before, its lines, and the reward it asks for (steps of the n-th option)."""

    hours: int
    lines: tuple[Line, ...]
    option: int
    steps: int


class Step(NamedTuple):
    """A part of what is given back: after which later sale, at which till, by line or amount, how much in percent."""

    after: int
    till: int
    line: int
    percent: int


class Story(NamedTuple):
    """Tickets before, the one that goes back, those after, and how it goes back; the last step is the rest."""

    features: frozenset[str]
    before: list[Sale]
    gone: Sale
    later: list[Sale]
    steps: list[Step]
    rest_by_line: bool


def line(category: str, cents: int, qty: int) -> Line:
    return Line(cents, category, category, "", Decimal(qty))


lines = st.lists(
    st.builds(
        line,
        st.sampled_from(["bread", "coffee", "tea"]),
        st.sampled_from([0, 1, 99, 350, 500, 1999]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=3,
)
discounts = st.sampled_from([(), (), (), (Line(-50, "", "discount"),)])
sales = st.builds(
    Sale,
    st.sampled_from([1, 5, 24, 50, 170, 400]),
    st.builds(lambda some, off: (*some, *off), lines, discounts),
    st.integers(0, 2),
    st.integers(0, 2),
)
stories = st.builds(
    Story,
    st.frozensets(st.sampled_from(sorted(FEATURES)), min_size=1, max_size=6),
    st.lists(sales, max_size=4),
    sales,
    st.lists(sales, max_size=3),
    st.lists(
        st.builds(Step, st.integers(0, 3), st.integers(0, 1), st.integers(-1, 3), st.integers(1, 60)),
        max_size=3,
    ),
    st.booleans(),
)


class State(NamedTuple):
    """What must be equal in the end."""

    settled: dict[tuple[str, str, str], int]
    history: Any
    held: dict[str, int]


class Play:
    """One telling of a story. `facts` are the burns by sale of the telling with the ticket, None while it is told."""

    def __init__(self, shop: Shop, story: Story, facts: dict[int, tuple[Burn, ...]] | None) -> None:
        self.shop, self.story, self.facts = shop, story, facts
        self.programme: Programme = load_programme(programme_of(story.features))
        self.made: dict[int, tuple[Burn, ...]] = {}
        self.tickets: dict[str, str] = {}
        self.tills: list[TillSim] = []
        self.given_back = [0] * len(story.gone.lines)
        self.amounts = 0

    async def tell(self) -> State:
        """Play it, let everything arrive, bring all grants home, and look."""
        story, told = self.story, self.facts is None
        self.tills = [await self.shop.till("halles"), await self.shop.till("gare")]
        await self.shop.member(MEMBER)
        for n, sale in enumerate(story.before):
            await self.sell(n, sale)
        self.shop.clock.advance(hours=story.gone.hours)
        sold = await self.sell(-1, story.gone, wait=False) if told else None
        await self.back(sold, 0)
        for n, sale in enumerate(story.later, 1):
            await self.sell(99 + n, sale)
            await self.back(sold, n)
        self.shop.clock.advance(hours=2)
        if sold is not None:
            await self.rest(sold)
        await self.home()
        return await self.state()

    async def data(self) -> MemberData:
        tx = looking(self.shop.ledger._storage)
        return await tx.member_data(MEMBER)

    async def sell(self, n: int, sale: Sale, wait: bool = True) -> Written:
        """A ticket by a till that has just asked the ledger and holds what it gave."""
        if wait:
            self.shop.clock.advance(hours=sale.hours)
        till = self.tills[0]
        answer = await self.shop.ledger.account(till.device, b"card-007" * 2)
        assert answer.row is not None
        data = await self.data()
        held = [piece for piece in data.slices if piece.rem]
        usable: dict[str, int] = {}
        for piece in held:
            usable[piece.asset] = usable.get(piece.asset, 0) + piece.rem
        account = msgspec.structs.replace(answer.row.account, usable=usable)
        ticket = Ticket(f"{till.head.dev:08x}{till.head.seq + 1:024x}", sale.lines, till.today, 600, "halles")
        if self.facts is None:
            options = evaluate(ticket, account, self.programme).options
            chosen = options[sale.option % len(options)].rule if options else ""
            choices = (Choice(chosen, sale.steps),) if chosen and sale.steps else ()
            decision = evaluate(ticket, account, self.programme, choices)
            self.made[n] = decision.burns
        else:
            decision = evaluate(ticket, account, self.programme, burns=self.facts[n])
        rem = {(piece.id, piece.lot): piece.rem for piece in held}
        burns = tuple(self.burned(one, held, rem) for one in decision.burns)
        sold = till.sale(MEMBER, sale.lines, decision.contributions, burns)
        self.tickets[sold.ticket] = str(n)
        await till.push()
        assert (await self.shop.balances(MEMBER)).honoured == {}, "the till knew what the ledger knows"
        return sold

    def burned(self, one: Burn, held: list[Any], rem: dict[tuple[str, str], int]) -> Burned:
        draws, left = [], one.quantity
        for piece in sorted(held, key=lambda piece: (piece.last_day, piece.lot)):
            part = min(left, rem[piece.id, piece.lot]) if piece.asset == one.asset else 0
            if part:
                draws.append(Draw(piece.id, one.asset, piece.lot, part))
                rem[piece.id, piece.lot] -= part
                left -= part
        return Burned(
            one.rule, one.asset, one.quantity, one.steps, one.cents, one.allocation, tuple(draws), left
        )

    async def back(self, sold: Written | None, after: int) -> None:
        """The refunds that come after the given sale."""
        for step in self.story.steps if sold is not None else ():
            if min(step.after, len(self.story.later)) == after:
                assert sold is not None
                await self.give_back(sold, step)

    async def give_back(self, sold: Written, step: Step) -> None:
        lines, till = self.story.gone.lines, self.tills[step.till]
        if step.line < 0:
            left = sum(one.cents for one in lines) - sum(self.given_back) - self.amounts
            cents = max(0, left) * step.percent // 100
            if cents:
                self.amounts += cents
                till.refund(sold, cents)
        else:
            index = step.line % len(lines)
            cents = (lines[index].cents - self.given_back[index]) * step.percent // 100
            if cents <= 0:
                return
            self.given_back[index] += cents
            till.refund(sold, cents, RefundLine(index, cents, Decimal(0)))
        await till.push()

    async def rest(self, sold: Written) -> None:
        """What is left of the ticket comes back: line by line, or as one amount where there is one."""
        lines = self.story.gone.lines
        left = sum(one.cents for one in lines) - sum(self.given_back) - self.amounts
        if self.story.rest_by_line or left <= 0:
            parts = [
                RefundLine(n, one.cents - done, one.qty)
                for n, (one, done) in enumerate(zip(lines, self.given_back, strict=True))
            ]
            self.tills[0].refund(sold, max(0, left), *parts)
        else:
            self.tills[0].refund(sold, left)
        await self.tills[0].push()

    async def home(self) -> None:
        """The till returns all grants, and writes on: what waited for its next entry is done."""
        for piece in (await self.data()).slices:
            if piece.rem:
                self.tills[0].give_back(piece.id, (piece.asset, piece.lot, piece.rem))
        await self.tills[0].push()
        self.tills[0].give_back("nothing")
        await self.tills[0].push()

    async def state(self) -> State:
        held: dict[str, int] = {}
        data = await self.data()
        for lot in data.lots:
            held[lot.asset] = held.get(lot.asset, 0) + lot.available + lot.granted
        for debt in data.owed:
            held[debt.asset] = held.get(debt.asset, 0) - debt.quantity
        for gone in await self.shop.ledger.written_off():
            held[gone.asset] = held.get(gone.asset, 0) - gone.quantity
        for one in self.programme.conversions:
            made = held.pop(one.target, 0)
            held[one.source] = held.get(one.source, 0) + one.need * made
        settled = {
            (self.tickets[ticket], rule, asset): quantity
            for (ticket, rule, asset), quantity in (await self.shop.settled(MEMBER)).items()
        }
        history = msgspec.json.decode(await self.shop.history(MEMBER))
        return State(settled, history, {asset: n for asset, n in sorted(held.items()) if n})


async def told(folder: Path, story: Story, facts: dict[int, tuple[Burn, ...]] | None) -> tuple[State, Play]:
    async with open_shop(folder, programme_of(story.features)) as shop:
        play = Play(shop, story, facts)
        return await play.tell(), play


BREAD = (line("bread", 1, 1),)
LATER_VOUCHER = Story(
    frozenset({"voucher"}),
    [Sale(1, BREAD, 0, 0), Sale(24, BREAD, 0, 0)],
    Sale(24, BREAD, 0, 1),
    [Sale(24, BREAD, 0, 0), Sale(1, BREAD, 0, 1)],
    [],
    rest_by_line=False,
)
"""The ticket that goes back used one voucher and brought another one, which was used later."""
FREE = (line("bread", 0, 1),)
PAST_MIDNIGHT = Story(
    frozenset({"voucher"}),
    [Sale(400, FREE, 0, 0), Sale(400, BREAD, 0, 0)],
    Sale(24, FREE, 0, 0),
    [Sale(5, BREAD, 0, 0)],
    [],
    rest_by_line=False,
)
"""The last ticket is sold at a moment whose date in the store is not the one in UTC."""


@example(LATER_VOUCHER)
@example(PAST_MIDNIGHT)
@pytest.mark.engines("sqlite")  # quick enough on one engine only
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories)
def test_a_ticket_given_back_in_parts_leaves_no_trace(story: Story) -> None:
    """Settled figures, tier measure, counters and what is held are those of the story without the ticket."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        with_it, play = asyncio.run(told(Path(one), story, None))
        without, _ = asyncio.run(told(Path(two), story, play.made))
    if any(play.made.values()):
        event("something was spent")
    assert with_it == without


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_every_feature_is_a_rule(name: str) -> None:
    """Each feature that stories draw from loads on its own."""
    load_programme(programme_of(frozenset({name})))
