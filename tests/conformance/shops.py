"""A year of baskets sold at the real tills of a chain and sent to the real ledger, each at its own time.

Every store of the history is there with all its tills: till core, journal and store file, sync client and the ledger's
web application are the shop's own, on SQLite or PostgreSQL. Time, randomness and the lines are passed in.
"""

import dataclasses
import heapq
import itertools
import json
import random
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from pos_app.till.state import BasketLine
from pos_app.till.till import Till
from pos_app.till.view import Stage
from rules.decision import Reason
from rules.ticket import Line as TicketLine
from sync.ledger.arrivals import NewMember
from sync.ledger.daily import catch_up
from sync.ledger.port import Storage
from sync.lists import StaffMember
from sync.tokens import card_token
from sync.wire import pack
from tests.conformance import compare, exposure
from tests.conformance.ledger_here import House
from tests.simulation.counter import Counter, TrueTime
from tests.simulation.house import BADGE, PIN_HASH
from tests.simulation.line import Line
from tests.simulation.seeds import plan_of
from tests.simulation.world import own_card

FIRST, LAST = date(2017, 1, 1), date(2017, 12, 31)
OPENING = exposure.at(FIRST - exposure.ONE_DAY, time(12))
CLOSING = exposure.at(LAST + exposure.ONE_DAY, time(0))
LAPSED = exposure.at(LAST + 4 * exposure.ONE_DAY, time(0, 1))
"""The ledger books what lapsed three days later, dated the day after its last one: by now all of the year, no more."""
UNDO_MS = 65_000
"""After so long a ticket cannot be undone any more, and what it gave goes back to the ledger."""
ROUNDS = 20
REWARD = "reward"


class Basket(msgspec.Struct, frozen=True):
    """A ticket of the history, at its moment in ms UTC."""

    name: str
    household: int
    store: str
    till: str
    at_ms: int
    lines: tuple[BasketLine, ...]

    @property
    def day(self) -> date:
        """The local date of the sale."""
        return datetime.fromtimestamp(self.at_ms / 1000, exposure.ZONE).date()

    @property
    def net(self) -> int:
        """What is paid before a reward, in cents."""
        return max(0, sum(one.line.cents for one in self.lines))


class Sold(msgspec.Struct, frozen=True):
    """A basket as it was sold: under which name, whether the till had a line, and why there was no reward.

    `refused` is what the till said to who asked for one in vain, or of a card that it cannot know without a line, ""
    where it offered none. `short` is how many points it found missing for one, 0 where that is not why.
    """

    basket: Basket
    ticket: str
    online: bool
    reward: bool
    refused: str
    short: int


def baskets_of(lines: Iterator[str], households: Sequence[int] = ()) -> list[Basket]:
    """The baskets of a history, in order of time, then of their numbers; of some households only, if there are any."""
    rows = map(json.loads, lines)
    chosen = [_basket(row) for row in rows if not households or int(row["member"]) in households]
    return sorted(chosen, key=lambda one: (one.at_ms, int(one.name)))


def _basket(row: dict[str, Any]) -> Basket:
    moment = datetime.fromisoformat(row["at"])
    lines = tuple(
        BasketLine(
            TicketLine(one["cents"], one["sku"], one["category"], one["subcategory"], Decimal(one["qty"]))
        )
        for one in row["lines"]
    )
    return Basket(row["ticket"], int(row["member"]), row["store"], row["till"], _ms(moment), lines)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _unknown_card(till: Till) -> str:
    """What a till says of a card that it does not know, "" of any other."""
    notice = till.state.notice
    return notice.text if notice is not None and notice.code == "card_later" else ""


def _points_short(till: Till) -> int:
    """How many points a reward lacks on the begun ticket, 0 where it lacks none."""
    outcomes = till.state.worth.decision.outcomes if till.state.worth is not None else ()
    gaps = [one.gap for one in outcomes if one.rule == REWARD and one.reason is Reason.NO_BALANCE]
    return sum(gap.need - gap.have for gap in gaps if gap is not None)


class Shops:
    """The chain and its year. `sold` has every basket in the order in which they were sold."""

    def __init__(
        self, storage: Storage, folder: Path, baskets: Sequence[Basket], *, outages: bool = True
    ) -> None:
        """`outages` False is the same year with lines that never break and clocks that are right."""
        self.baskets, self._outages = baskets, outages
        self.time = TrueTime(_ms(OPENING))
        self.house = House(storage, self.time, random.Random("house"))
        self.sold: list[Sold] = []
        self.longest_log = 0  # of any till, bytes
        self.tally: Tally[str] = Tally()
        self._behind: set[str] = set()  # tills that have not heard of something that concerns them
        self._called: set[str] = set()  # tills that the ledger has something for
        self._turn = itertools.count()
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._open_shop()
        self.counters = {name: self._counter(name, folder) for name in sorted({b.till for b in baskets})}
        self._times = {name: [b.at_ms for b in baskets if b.till == name] for name in self.counters}
        self._readers = self._who_reads()

    def _open_shop(self) -> None:
        visits: dict[int, Tally[str]] = {}
        for one in self.baskets:
            visits.setdefault(one.household, Tally())[one.store] += 1
        self.house.run(self._publish({who: min(n, key=lambda s: (-n[s], s)) for who, n in visits.items()}))

    async def _publish(self, homes: dict[int, str]) -> None:
        ledger = self.house.ledger
        for store in sorted({one.store for one in self.baskets}):
            await ledger.add_store(store, f"Store {store}", str(exposure.ZONE))
        await ledger.publish("programme", "a", compare.PROGRAMME.read_bytes(), date(2016, 1, 1))
        key = await ledger.lookup_key()
        staff = (StaffMember("camille", "Camille", "cashier", card_token(key, BADGE), PIN_HASH),)
        await ledger.publish("staff", "shop", pack(staff))  # type: ignore[arg-type]
        members = [
            NewMember(who, (card_token(key, own_card(who)),), home, FIRST - exposure.ONE_DAY)
            for who, home in sorted(homes.items())
        ]
        await ledger.add_members(members)

    def _counter(self, name: str, folder: Path) -> Counter:
        rng = random.Random(f"till {name}")
        plan = dataclasses.replace(plan_of(random.Random(0)), queued_writer=False)
        line = Line(self.house, plan, rng, self._count, self.time.pass_ms)
        skew = exposure.skew_ms(name) if self._outages else 0
        counter = Counter(name, folder, self.time, line, plan, rng, self._count, skew)
        line.healed = counter.healed = True
        store = name.removeprefix("S").partition("-")[0]
        counter.set_up(self.house.run(self.house.ledger.make_pairing_code(store, name)))
        for _ in range(3):
            counter.sync(everything=True)
            counter.till.pump()
        counter.sign_in()
        assert counter.till.state.stage is Stage.IDLE, f"{name} is not signed in"
        return counter

    def _count(self, what: str) -> None:
        self.tally[what] += 1

    def _who_reads(self) -> dict[str, list[str]]:
        """The tills that read each bucket."""
        readers: dict[str, list[str]] = {}
        for name, one in self.counters.items():
            for bucket in ("hotlist", "config", f"store:{one.who.store}", f"device:{one.who.dev}"):
                readers.setdefault(bucket, []).append(name)
        return readers

    # --- the year

    def run(self) -> None:
        """Sell everything, end the outages, and send what waits."""
        for one in self.baskets:
            self._at(one.at_ms, lambda one=one: self._sell(one))  # type: ignore[misc]
        for name, counter in self.counters.items() if self._outages else ():
            for moment, up in exposure.turns(name, FIRST, LAST):
                turn = self._comes_back if up else self._goes_off
                self._at(_ms(moment), lambda turn=turn, counter=counter: turn(counter))  # type: ignore[misc]
        while self._due:
            at_ms, _, action = heapq.heappop(self._due)
            if at_ms >= _ms(CLOSING):
                break
            self.time.now = max(self.time.now, at_ms)
            action()
        self._due.clear()
        self._end()

    def _at(self, at_ms: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at_ms, next(self._turn), action))

    def _end(self) -> None:
        """After the year every line is up, and everything is sent and given back, what lapsed in leases last.

        The days are lived once before that, and then to the end: of a lease the first only asks for what has lapsed.
        """
        for moment in (CLOSING, LAPSED):
            self.time.now = max(self.time.now, _ms(moment))
            self._come_home()
            self.house.run(catch_up(self.house.ledger))
            self._note_moves()

    def _come_home(self) -> None:
        for counter in self.counters.values():
            counter.line.up = True
        for _ in range(ROUNDS):
            self.time.pass_ms(UNDO_MS)
            for counter in self.counters.values():
                self._rest(counter)
            if not any(one.waiting() for one in self.counters.values()):
                break

    # --- lines

    def _goes_off(self, counter: Counter) -> None:
        """A till that sells nothing without its line may as well hear later what it would have heard by now."""
        sells = self._sells_until_back(counter)
        if sells:
            self._hear(counter)
        counter.line.up = False
        if sells:
            self._send(
                counter, wake=True
            )  # its live connection breaks: it looks, and knows that it is off line

    def _sells_until_back(self, counter: Counter) -> bool:
        now = datetime.fromtimestamp(self.time.now / 1000, exposure.ZONE).date()
        back = next((moment for moment, up in exposure.turns(counter.name, now, LAST) if up), CLOSING)
        times = self._times[counter.name]
        return bisect_left(times, self.time.now) < bisect_left(times, _ms(back))

    def _comes_back(self, counter: Counter) -> None:
        counter.line.up = True
        if counter.waiting():
            self._send(counter, wake=True)
            self._hear(counter)
            self._rest(counter)
        self._news()

    def _rest(self, counter: Counter) -> None:
        """Between two customers: what may go back goes back."""
        if counter.line.up:
            self._send(counter)
            counter.till.tick()
            self._send(counter)
            self._news()
        counter.writer.step(0)  # it is idle, and empties its write-ahead log into its file

    def _hear(self, counter: Counter) -> None:
        """A till pulls once the ledger has told it, on the connection it keeps, that there is something."""
        self._note_moves()
        if counter.line.up and counter.name in self._behind:
            self._behind.discard(counter.name)
            counter.client.pull.wake()
            counter.client.pull.step(counter.clock.mono_ms())
            counter.till.pump()

    def _send(self, counter: Counter, *, wake: bool = False) -> None:
        if wake:
            counter.client.wake_push()
        while wake or counter.waiting():
            wake = False
            now_ms = counter.clock.mono_ms()
            later_ms = counter.client.push.step(now_ms) - now_ms
            if not counter.line.up:
                break
            if counter.waiting() and later_ms > 0:  # it was told to come later
                self.time.pass_ms(later_ms)
        counter.till.pump()

    def _news(self) -> None:
        """The ledger looks at leases, and whichever till it has something for hears of it at once."""
        while self.house.wrote:
            self.house.wrote = False
            self.house.run(self.house.ledger.review_leases(100))
        self._note_moves()
        for name in sorted(self._called):
            counter = self.counters[name]
            if counter.line.up:
                self._called.discard(name)
                self._hear(counter)
                counter.till.tick()
                self._send(counter)

    def _note_moves(self) -> None:
        for bucket in self.house.moved:
            readers = self._readers.get(bucket, ())
            self._behind.update(readers)
            if bucket.startswith("device:"):
                self._called.update(readers)
        self.house.moved.clear()

    # --- selling

    def _sell(self, basket: Basket) -> None:
        counter = self.counters[basket.till]
        till = counter.till
        self._hear(counter)
        till.scan_text(own_card(basket.household), "register", guarded=False)
        self._answers(counter)
        unknown = "" if counter.line.up else _unknown_card(till)
        till.put_lines(basket.lines)
        self._answers(counter)
        refused, short = self._redeem(counter) or unknown, _points_short(till)
        ticket = till.state.basket.ticket if till.state.basket is not None else ""
        rewarded = bool(till.state.worth and till.state.worth.choices)
        till.record()
        notice = till.state.notice
        assert notice is not None, "something is always said"
        assert (notice.code, till.state.stage) == ("recorded", Stage.DONE), f"{basket.name}: {notice}"
        twice = self._outages and exposure.arrives_twice(basket.name)
        if counter.line.up and twice:
            counter.line.lose_next_answer = True
            self._count("sent twice")
        self.sold.append(Sold(basket, ticket, counter.line.up, rewarded, refused, short))
        self._send_sale(counter, twice=twice)
        self.longest_log = max(self.longest_log, counter.store.wal_bytes())
        self.time.pass_ms(1)

    def _send_sale(self, counter: Counter, *, twice: bool) -> None:
        counter.client.push.step(counter.clock.mono_ms())
        counter.till.pump()
        later = UNDO_MS
        if counter.line.up:
            self._news()
            later = int(exposure.SECOND_COPY.total_seconds() * 1000) if twice else UNDO_MS
        self._at(self.time.now + later, lambda: self._rest(counter))

    def _answers(self, counter: Counter) -> None:
        counter.client.holds.step(counter.clock.mono_ms())
        counter.till.pump()

    def _redeem(self, counter: Counter) -> str:
        """Take the reward, as every customer wants to; what the till says where it cannot be had."""
        till = counter.till
        worth = till.state.worth
        if worth is None or not any(one.option.rule == REWARD for one in worth.offers):
            return ""
        till.redeem(REWARD, 1)
        self._answers(counter)
        basket = till.state.basket
        if basket is not None and basket.wanted is not None:  # another till was asked to give its lease back
            self._news()
            self._hear(counter)
            till.tick()
            self._answers(counter)
            self._answers(counter)
        if till.state.worth is not None and till.state.worth.choices:
            return ""
        return till.state.notice.text if till.state.notice is not None else "?"

    def close(self) -> None:
        """Give files and connections back."""
        for counter in self.counters.values():
            counter.store.close()
        self.house.close()
