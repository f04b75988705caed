"""Small jobs of the counter, as a cashier does them on their pages: a seed has one or two kinds of them, or none.

Whether a seed has them and all that they draw comes from chances of their own. Seeds below `FROM` never do: they live
as they always did, with what they once found and the faults that they are known to find.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pos_app.till.view import Stage
from rules.ticket import Event
from tests.simulation.counter import Counter
from tests.simulation.house import MANAGERS, PIN
from tests.simulation.pinned import BEFORE_EVENTS, BEFORE_MERGES
from tests.simulation.seeds import Plan

if TYPE_CHECKING:
    from tests.simulation.cashier import Cashier

FROM = 10_000  # the first seed that may have these jobs
NEVER = (41200051, 41200060, 41200131, 41200144, 41200155)  # these live as they did when they found something
HAVE = 0.4  # of the seeds from there on
RATE = 0.2  # of the moments between two customers
EVENTS_FROM = 1_000_000  # the first seed in which something may happen that is no sale
HAVE_EVENTS = 0.4
HAVE_MERGES = 0.25
WITH_EVENTS = {"plain": "events", "tiers": "tiers and events"}  # programmes with rules for it
MOVES, ADJUSTS, BACK, LOST = "moves", "adjusts", "back", "lost"
EVENTS, MERGES = "events", "merges"
KINDS = (MOVES, ADJUSTS, BACK, LOST)
POINTS = ("5", "40", "150", "300", "-5", "-40", "-300")

Steps = Iterator[str]


def with_jobs(plan: Plan, seed: int, rng: random.Random) -> Plan:
    """The plan of a seed with one or two kinds of jobs, or as it is."""
    if seed < FROM or seed in NEVER or rng.random() >= HAVE:
        return plan
    kinds = rng.sample(KINDS, min(len(KINDS), rng.choice((1, 1, 2))))
    plan = replace(plan, jobs=tuple(sorted(kinds)), outage=max(0.03, plan.outage))
    if BACK not in kinds:
        return plan
    gifts = plan.stock or 0.03
    return replace(plan, programme="campaign", stock=gifts, leases=max(0.3, plan.leases), anew=False)


def with_events(plan: Plan, seed: int, rng: random.Random) -> Plan:
    """The plan of a seed in which members check in, complain and are noted, or as it is."""
    if seed < EVENTS_FROM or seed in BEFORE_EVENTS or rng.random() >= HAVE_EVENTS:
        return plan
    if plan.programme not in WITH_EVENTS:
        return plan
    return replace(plan, programme=WITH_EVENTS[plan.programme], jobs=(*plan.jobs, EVENTS))


def with_merges(plan: Plan, seed: int, rng: random.Random) -> Plan:
    """The plan of a seed in which people have two accounts that become one, or as it is."""
    if seed < EVENTS_FROM or seed in BEFORE_MERGES or rng.random() >= HAVE_MERGES:
        return plan
    return replace(plan, jobs=(*plan.jobs, MERGES))


class Jobs:
    """What one cashier does of it; `papers` are receipts without a card, of all tills, `fresh` cards of nobody."""

    def __init__(
        self,
        counter: Counter,
        kinds: tuple[str, ...],
        rng: random.Random,
        papers: list[str],
        fresh: list[str],
        count: Callable[[str], None],
    ) -> None:
        self.rng, self._counter, self._papers, self._count = rng, counter, papers, count
        self._fresh = fresh
        every: dict[str, Callable[[Cashier], Steps]] = {
            MOVES: self._moves,
            ADJUSTS: self._adjust,
            BACK: self._reward_back,
            LOST: self._lost,
            EVENTS: self._event,
            MERGES: self._merge,
        }
        self._do = [every[kind] for kind in kinds]

    def now(self) -> bool:
        """Whether somebody asks for one now."""
        return self.rng.random() < RATE

    def work(self, cashier: Cashier) -> Steps:
        """One job."""
        yield from self.rng.choice(self._do)(cashier)

    # --- moved tickets

    def _moves(self, cashier: Cashier) -> Steps:
        """A sale without a card, points from its receipt later, or a sale that went to the wrong member."""
        roll = self.rng.random()
        if roll < 0.3:
            yield from self._without_card(cashier)
        elif roll < 0.6:
            yield from self._claim(cashier)
        else:
            yield from self._wrong_member(cashier)

    def _without_card(self, cashier: Cashier) -> Steps:
        before = len(cashier.references)
        self._counter.till.put_amount(self.rng.choice(("1200", "2550", "6000")))
        yield "an amount for nobody"
        yield from cashier._close()
        self._papers.extend(cashier.references[before:])

    def _claim(self, cashier: Cashier) -> Steps:
        """Points from a receipt; most were sold without a card."""
        till = self._counter.till
        papers = self._papers[-3:] if self._papers and self.rng.random() < 0.8 else cashier.references[-6:]
        if not papers:
            return
        paper = self.rng.choice(papers)
        till.scan_text(self._some_card(cashier), "sim", guarded=False)
        yield f"wants points of {paper}"
        till.errand("claim")
        self._type(f"T{paper}")
        yield f"claim ({self._said()})"
        if till.state.stage is Stage.ERRAND or self.rng.random() < 0.5:
            cashier._leave()
            return
        till.put_amount("490")
        yield from cashier._close()

    def _wrong_member(self, cashier: Cashier) -> Steps:
        till = self._counter.till
        till.errand("wrong_member")
        yield "a sale of the wrong member"
        choices = till.view().errand
        if till.state.stage is not Stage.ERRAND or choices is None or not choices.choices:
            cashier._leave()
            return
        till.choose_in_errand(self.rng.randint(1, min(2, len(choices.choices))))
        till.scan_text(self._some_card(cashier), "sim", guarded=False)
        yield f"wrong member ({self._said()})"
        cashier._leave()

    # --- points by hand

    def _adjust(self, cashier: Cashier) -> Steps:
        """A manager's word, above the limit that of two; now and then one who may not allow it."""
        till = self._counter.till
        till.scan_text(self._some_card(cashier), "sim", guarded=False)
        yield "something went wrong"
        till.errand("adjust")
        till.choose_in_errand(self.rng.randint(1, 5))
        self._type(self.rng.choice(POINTS))
        yield "points by hand"
        for badge in self.rng.sample(MANAGERS, 2) if self.rng.random() < 0.9 else MANAGERS[:1] * 2:
            if till.state.stage is Stage.ERRAND:
                till.scan_text(badge, "sim", guarded=False)
                till.pin(PIN)
        yield f"points by hand ({self._said()})"
        cashier._leave()

    # --- rewards brought back

    def _reward_back(self, cashier: Cashier) -> Steps:
        """Somebody takes what there is to be had, or brings something back of it."""
        till = self._counter.till
        till.scan_text(self.rng.choice(cashier.cards[:2]), "sim", guarded=False)
        self._counter.sign_card()
        yield "a reward"
        till.errand("reward_back")
        page = till.view().errand
        if till.state.stage is not Stage.ERRAND or page is None or not page.choices:
            if till.state.stage is Stage.ERRAND:
                till.escape()
            till.put_amount("2550")
            till.rewards()
            for digit in (2, 1):
                till.choose(digit)
                yield "chose"
            if till.state.stage is Stage.REWARD:
                till.escape()
            yield from cashier._close()
            return
        till.choose_in_errand(1)
        till.choose_in_errand(2 if self.rng.random() < 0.8 else 1)
        yield f"a reward comes back ({self._said()})"
        cashier._leave()

    # --- what happens beside sales

    def _event(self, cashier: Cashier) -> Steps:
        """A member checks in by a code that others scan too, complains, is noted, or tells how it was."""
        till = self._counter.till
        till.scan_text(self._some_card(cashier), "sim", guarded=False)
        yield "something happens"
        roll = self.rng.random()
        if roll < 0.5:
            ref = f"door-{self.rng.randrange(6)}" if self.rng.random() < 0.7 else ""
            given = till.happened(Event("checkin", ref=ref))
            self._count("job: checked in" if given is not None else "job: not checked in")
        elif roll < 0.7:
            till.errand("incident")
            till.choose_in_errand(self.rng.randint(1, 2))
            self._said()
        elif roll < 0.85:
            till.errand("personal")
            till.choose_in_errand(4)
            self._type(f"likes number {self.rng.randrange(900)}" if self.rng.random() < 0.8 else "-")
            self._said()
        if self.rng.random() < 0.5:
            till.put_amount(self.rng.choice(("490", "1275")))
            yield from cashier._close()
            till.errand("satisfaction")
            till.choose_in_errand(self.rng.randint(0, 9))
            self._said()
            return
        cashier._leave()

    # --- cards

    def _lost(self, cashier: Cashier) -> Steps:
        """A card is lost or stolen, replaced by another one, or found again."""
        till = self._counter.till
        card = self._some_card(cashier)
        if self.rng.random() < 0.3:
            till.errand("card")
            till.scan_text(card, "sim", guarded=False)
            yield f"is {card[-4:]} found again? ({self._said()})"
            if till.state.stage is Stage.ERRAND:
                till.enter()
                if till.state.stage is Stage.ERRAND:
                    till.scan_text(self.rng.choice(MANAGERS), "sim", guarded=False)
                    till.pin(PIN)
                    till.enter()
                self._said()
            cashier._leave()
            return
        till.scan_text(card, "sim", guarded=False)
        till.errand("card")
        yield f"{card[-4:]} is lost"
        if self.rng.random() < 0.5:
            till.enter()
            fresh = self.rng.choice(self._fresh)
            till.scan_text(fresh, "sim", guarded=False)
            till.enter()
            if self._said() == "lost_replaced" and fresh not in cashier.cards:
                cashier.cards.append(fresh)
        else:
            till.choose_in_errand(self.rng.choice((2, 3)))
            self._said()
        yield "a card is lost"
        if till.state.basket is not None and self.rng.random() < 0.5:
            till.put_amount("1275")
            yield from cashier._close()
            return
        cashier._leave()

    # --- accounts

    def _merge(self, cashier: Cashier) -> Steps:
        """Somebody comes with two cards, and now and then a manager makes their accounts one."""
        till = self._counter.till
        till.scan_text(self._some_card(cashier), "sim", guarded=False)
        yield "shows a second card"
        if self.rng.random() < 0.3:
            till.errand("personal")
            till.scan_text(self.rng.choice(MANAGERS), "sim", guarded=False)
            till.pin(PIN)
            till.choose_in_errand(5)
            till.scan_text(self._some_card(cashier), "sim", guarded=False)
            yield f"two accounts? ({self._said()})"
            if till.state.stage is Stage.ERRAND:
                till.enter()
            yield f"made one ({self._said()})"
        if till.state.basket is not None and self.rng.random() < 0.5:
            till.put_amount(self.rng.choice(("490", "2550")))
            yield from cashier._close()
            return
        cashier._leave()

    # --- parts

    def _some_card(self, cashier: Cashier) -> str:
        if self.rng.random() < 0.15:
            return self.rng.choice(cashier.blanks)
        return self.rng.choice(cashier.cards)

    def _type(self, text: str) -> None:
        till = self._counter.till
        till.typed(text)
        till.enter()

    def _said(self) -> str:
        """What the till says, which is counted."""
        notice = self._counter.till.state.notice
        code = notice.code if notice is not None else ""
        self._count(f"job: {code}")
        return code
