"""What seldom comes together by itself, done on purpose: few seeds have one of these, and live on with what it left.

All that they draw comes from a chance of their own, so that seeds without them live as if there were none.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pos_app.till.view import Stage
from sync.entry import TicketBody, body_of
from sync.ledger.daily import catch_up
from sync.till import journal, slices
from tests.simulation import oracle
from tests.simulation.cashier import CUP
from tests.simulation.counter import Counter, PowerCut
from tests.simulation.house import LISTED, OPENINGS
from tests.simulation.office import MOST_RESTORES
from tests.simulation.seeds import Plan

if TYPE_CHECKING:
    from tests.simulation.world import World

HAVE = 0.2  # of the seeds
HAVE_LATER = 0.1  # of those without: errands that came later, and leave the seeds that had one as they were
MANY = 100
COFFEES = "reward:coffee"
OFTEN = 0.15  # of the steps of those
DAY_MS = 86_400_000
A_WHILE_MS = 90_000
AT_ONCE_MS = 1_000  # the command lets the second end
LIFE_DAYS = 13  # after so many all has lapsed that is there when a programme's lots live for 12
PART_CENTS = 1500
HURRY, LAPSE, REGISTER, AGAIN, BOTH, TWICE = "hurry", "lapse", "register", "again", "both", "twice"
PARTS, CLONE = "parts", "clone"


def with_errand(plan: Plan, rng: random.Random, later: random.Random) -> Plan:
    """The plan of a seed with one of these, or as it is; `later` draws those that came later."""
    if plan.lan or not plan.returns:
        return plan
    if rng.random() >= HAVE:
        return _with_later(plan, later)
    plan = replace(plan, errand=rng.choice((HURRY, LAPSE, REGISTER, AGAIN, BOTH, TWICE)))
    if plan.errand == LAPSE:
        return replace(plan, programme="short", leases=0.2)
    if plan.errand == AGAIN:
        return replace(plan, leases=0.0, copies=0.0, set_back=0.0, ledger_back=0.004, floors=False)
    if plan.errand == TWICE:
        return replace(plan, copies=0.0, set_back=0.0, ledger_back=0.001)
    if plan.errand == BOTH:
        return replace(plan, copies=max(0.005, plan.copies), ledger_back=0.0, anew=False)
    return plan


def _with_later(plan: Plan, rng: random.Random) -> Plan:
    if rng.random() >= HAVE_LATER:
        return plan
    plan = replace(plan, errand=rng.choice((PARTS, CLONE)))
    if plan.errand == CLONE:
        return replace(plan, copies=max(0.005, plan.copies), ledger_back=0.0, anew=False)
    return plan


class Errands:
    """What one world does of this."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.fork("errands")
        self._do: dict[str, Callable[[], Iterator[str]]] = {
            HURRY: self._hurry,
            LAPSE: self._lapse,
            REGISTER: self._register,
            AGAIN: self._again,
            BOTH: self._both,
            TWICE: self._twice,
            PARTS: self._parts,
            CLONE: self._clone,
        }

    def happen(self) -> None:
        """What may happen between two steps; a power cut ends it in the middle."""
        world = self._world
        self._rng.seed(world.seed * 1_000_151 + world.step)
        if not world.plan.errand or self._rng.random() >= OFTEN:
            return
        try:
            for said in self._do[world.plan.errand]():
                world.tell(said)
        except PowerCut:
            for n, counter in enumerate(world.counters):
                if counter.dark:
                    world.restart(n, clean=False)
        for counter in world.counters:
            counter.note()

    # --- errands

    def _hurry(self) -> Iterator[str]:
        """A ticket is given back at another till before its seller undoes it, all within a minute."""
        n, other = self._two()
        if n < 0 or not self._sell(n, self._card(n), rewards=True) or not self._burned(n):
            return
        seller, reference = self._world.counters[n], self._world.references[-1]
        self._speak(seller)
        yield f"till{n} has sold {reference}, and the customer hurries to till{other}"
        self._give_back(other, reference)
        self._speak(self._world.counters[other])
        yield from self._world.cashiers[n]._undo()
        self._speak(seller)
        self._world.count("returned, then undone")
        oracle.check_midway(self._world)

    def _lapse(self) -> Iterator[str]:
        """What a till without a line spends in time is heard of when it has lapsed everywhere else."""
        n, other = self._two()
        if n < 0:
            return
        counter, card = self._world.counters[n], self._card(n)
        with _Away(counter):
            if not self._sell(n, card, rewards=True) or not self._burned(n):
                return
            self._world.time.pass_ms(LIFE_DAYS * DAY_MS)
            yield f"till{n} has no line for {LIFE_DAYS} days"
            house = self._world.house
            house.run(catch_up(house.ledger))
            self._sell(other, card)
            self._speak(self._world.counters[other])
        self._world.count("spent before it lapsed")
        self._speak(counter)

    def _register(self) -> Iterator[str]:
        """A register rings an undone receipt up once more, and the ledger hears of it all at once."""
        n, _ = self._two()
        if n < 0:
            return
        counter, receipt = self._world.counters[n], f"register 2, receipt {self._world.step}"
        with _Away(counter):
            if self._sell(n, self._card(n), receipt=receipt):
                yield from self._world.cashiers[n]._undo()
                self._sell(n, self._card(n), receipt=receipt)
                yield f"{receipt} is rung up again"
                self._world.count("receipt rung up again")
        self._speak(counter)

    def _again(self) -> Iterator[str]:
        """What an undone ticket drew is drawn again while a restored ledger still asks for the grant."""
        world, office = self._world, self._world.office
        n, _ = self._two()
        if n < 0 or office.restores == MOST_RESTORES:
            return
        counter = world.counters[n]
        self._speak(counter)
        last, copy = slices.last_gno(counter.store.reader()), office.copied("errand.db")
        world.house.review_leases()
        self._speak(counter)
        leased = {one.member for one in slices.received_after(counter.store.reader(), last, MANY)}
        cards = [card for place, card in enumerate(world.cards) if LISTED + place in leased]
        if not cards or counter.waiting():
            return
        card = self._rng.choice(cards)
        with _Away(counter):
            if not self._sell(n, card, rewards=True) or not self._burned(n, "g-"):
                return
            yield from world.cashiers[n]._undo()
            office.come_back(copy)
        counter.client.wake_push()
        counter.client.push.step(counter.clock.mono_ms())
        with _Away(counter):
            self._sell(n, card, rewards=True)
        yield f"till{n} sells again what it had undone"
        world.count("drawn again after a restore")
        self._speak(counter)

    def _twice(self) -> Iterator[str]:
        """A ledger comes back from one copy twice, and each time another till is paired again and enrols somebody.

        Within a minute, or in two: where the books between are lost no till is paired before the minute is over.
        """
        world, office = self._world, self._world.office
        tills = self._two()
        if tills[0] < 0 or office.restores:
            return
        for n in tills:
            self._speak(world.counters[n])
        copy = office.copied("errand.db")
        world.lives.left_behind = True
        lost, at_once = self._rng.random() < 0.5, self._rng.random() < 0.5
        waiting = []
        for n in tills:
            world.time.pass_ms(AT_ONCE_MS if at_once else A_WHILE_MS)
            office.come_back(copy, lost=lost)
            self._speak(world.counters[n])
            waiting.append(n)
            if not lost or not at_once:
                yield from self._enrol_paired_again(waiting, A_WHILE_MS if lost else 0)
        yield from self._enrol_paired_again(waiting, A_WHILE_MS)
        world.count(f"restored twice from one copy{' at once' if at_once else ''}{', lost' if lost else ''}")

    def _enrol_paired_again(self, waiting: list[int], wait_ms: int) -> Iterator[str]:
        world = self._world
        world.time.pass_ms(wait_ms if waiting else 0)
        while waiting:
            n = waiting.pop(0)
            line = world.counters[n].line
            world.counters[n].seed(
                world.seed * 1_000_159 + world.step + n
            )  # else both draw the same ticket at once
            line.up = line.healed = True
            world.lives.pair_again(n)
            line.healed = False
            world.counters[n].sign_in()
            yield from world.cashiers[n]._enrolment()
            world.counters[n].note()

    def _both(self) -> Iterator[str]:
        """Two disks of one life give a member the same free coffee, and fill a card of the same stamps."""
        n, _ = self._two()
        if n < 0 or not self._world.lives.may_copy() or self._world.plan.stores[n : n + 1] != ("halles",):
            return
        world, first = self._world, self._world.counters[n]
        card = self._rng.choice(
            [world.cards[place] for place in range(3) if not OPENINGS[place].get(COFFEES)]
        )
        with _Away(first):
            if not (self._sell(n, card, cups=11) and self._sell(n, card, cups=8)):
                return
            world.lives.begin_twin(n, first.image())
            twin = len(world.counters) - 1
            second = world.counters[twin]
            second.sign_in()
            yield f"till{n} and till{twin} serve the same customer"
            with _Away(second):
                if not (
                    self._sell(n, card, cups=3, rewards=True) and self._sell(twin, card, cups=3, rewards=True)
                ):
                    return
                self._give_back(twin, world.references[-1])
        self._speak(first)
        self._speak(second)
        if second.must_pair():
            world.lives.pair_again(twin)
            self._speak(second)
        world.count("one customer at two copies")

    def _parts(self) -> Iterator[str]:
        """A ticket on which something was spent is given back in two parts, each heard before the next."""
        n, other = self._two()
        if n < 0 or not self._sell(n, self._card(n), rewards=True) or not self._burned(n):
            return
        seller, reference = self._world.counters[n], self._world.references[-1]
        if not self._sell(n, self._card(n)):  # so that the ticket can be undone no more
            return
        self._speak(seller)
        yield f"till{n} has sold {reference}, and it comes back in parts to till{other}"
        for _ in range(2):
            self._give_back(other, reference, PART_CENTS)
            self._speak(self._world.counters[other])
        self._world.count("given back in parts")

    def _clone(self) -> Iterator[str]:
        """A virtual machine is copied while it runs, right after a ticket, and both copies undo it."""
        n, _ = self._two()
        if n < 0 or not self._world.lives.may_copy():
            return
        world, first = self._world, self._world.counters[n]
        card = self._card(n)
        for _ in range(2):  # of what the first one spent too much would be put back
            if not self._sell(n, card, rewards=True) or not self._burned(n):
                return
        with _Away(first):
            world.lives.begin_twin(n, first.image(), running=True)
            twin = len(world.counters) - 1
            second = world.counters[twin]
            second.sign_in()
            with _Away(second):
                for place in (n, twin):
                    yield from world.cashiers[place]._undo()
                    notice = world.counters[place].till.state.notice
                    if notice is None or notice.code != "undone":
                        return
                    world.time.pass_ms(2_000)
        self._speak(first)
        self._speak(second)
        if second.must_pair():
            world.lives.pair_again(twin)
            self._speak(second)
        world.count("undone by two copies")

    # --- parts

    def _two(self) -> tuple[int, int]:
        """A till that has time for this, and another one; -1 for none."""
        tills = [n for n, one in enumerate(self._world.counters) if self._has_time(n, one)]
        if len(tills) < 2:
            return -1, -1
        n, other = self._rng.sample(tills, 2)
        return n, other

    def _has_time(self, n: int, counter: Counter) -> bool:
        """Whatever is on the screen is left."""
        if n in self._world.lives.full or counter.must_pair() or counter.till.state.cashier is None:
            return False
        world, number = self._world, self._world.seed * 1_000_159 + self._world.step
        counter.seed(number)
        world.cashiers[n].seed(number, 0)
        world.cashiers[n]._leave()
        world.work[n] = None
        state = counter.till.state
        return state.basket is None and state.stage in (Stage.IDLE, Stage.DONE)

    def _card(self, n: int) -> str:
        """The card of one of the first members, of one whom till `n` knows if there is any."""
        first = self._world.cards[:3]
        counter = self._world.counters[n]
        known = [card for place, card in enumerate(first) if counter.account(LISTED + place) is not None]
        return self._rng.choice(known or first)

    def _sell(self, n: int, card: str, *, cups: int = 0, rewards: bool = False, receipt: str = "") -> bool:
        """Whether it came to a ticket."""
        world, counter, cashier = self._world, self._world.counters[n], self._world.cashiers[n]
        till, before = counter.till, dict(counter.recorded)
        till.scan_text(card, "sim", guarded=False)
        counter.sign_card()
        self._speak(counter)
        if cups:
            till.put_lines((CUP,) * cups)
        else:
            till.put_amount("6000")
        if receipt and till.state.basket is not None:
            till.name_ticket(till.state.basket.ticket, receipt)
        if rewards:
            self._choose(counter)
        for said in cashier._close():
            world.tell(f"till{n}: {said}")
        counter.note()
        return counter.recorded != before

    def _choose(self, counter: Counter) -> None:
        """All that is offered, once."""
        till = counter.till
        till.rewards()
        for digit in range(1, 4):
            if till.state.worth is not None and len(till.state.worth.offers) >= digit:
                till.choose(digit)
                self._speak(counter)
        if till.state.stage is Stage.REWARD:
            till.escape()

    def _burned(self, n: int, grant: str = "") -> bool:
        """Whether the last entry of a till is a ticket that spent something, of a grant that is named so."""
        reader = self._world.counters[n].store.reader()
        last = journal.entry_at(reader, journal.head(reader)[0])
        body = body_of(last) if last is not None and last.kind == "TICKET" else None
        burns = body.burns if isinstance(body, TicketBody) else ()
        return any(draw.grant.startswith(grant) for burn in burns for draw in burn.draws)

    def _give_back(self, n: int, reference: str, cents: int = 0) -> None:
        """All of it, or so many cents."""
        till = self._world.counters[n].till
        till.open_return()
        till.return_reference(f"T{reference}")
        if cents or till.state.returning is None or not till.state.returning.ticket:
            till.return_amount(cents or 6000)
        till.return_confirm()
        code = till.state.notice.code if till.state.notice is not None else ""
        till.escape()
        self._world.tell(f"till{n}: return of {reference} ({code})")

    def _speak(self, counter: Counter) -> None:
        """A till says what it has to say, and hears the answer."""
        self._world.lives.note_behind(counter)
        counter.note()  # what was sold was sold now, however late it is heard of
        counter.settle_writer()
        counter.client.wake_push()
        counter.sync(everything=True)
        counter.till.pump()


class _Away:
    """Inside, a till has no line."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def __enter__(self) -> None:
        self._counter.line.up = False

    def __exit__(self, *_: object) -> None:
        self._counter.line.up = True
