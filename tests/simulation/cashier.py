"""What people at a till do, step by step: each `yield` is a moment at which anything else may happen."""

import random
from collections.abc import Callable, Iterator

from pos_app.till.record import unpack
from pos_app.till.state import BasketLine
from pos_app.till.undo import undoable
from pos_app.till.view import Stage
from rules.ticket import Line
from tests.simulation.counter import Counter
from tests.simulation.house import BREAD, COFFEE, PRODUCTS
from tests.simulation.jobs import Jobs
from tests.simulation.naming import Links

Steps = Iterator[str]
MOST_SCANS = 3  # nobody scans a tray of cups one by one: the register sends its lines
_coffee = PRODUCTS[0]
CUP = BasketLine(Line(_coffee.cents, _coffee.sku, _coffee.category), _coffee.name)


class Cashier:
    """The cashier of one till and the customers in front of it."""

    def __init__(
        self,
        counter: Counter,
        rng: random.Random,
        cards: list[str],
        blanks: list[str],
        references: list[str],
        count: Callable[[str], None],
        returns: bool = True,
        links: Links | None = None,
        jobs: Jobs | None = None,
    ) -> None:
        self.counter, self.rng, self.count = counter, rng, count
        self._returns, self.links, self.jobs = returns, links, jobs
        self.cards, self.blanks, self.references = cards, blanks, references

    def seed(self, world: int, step: int) -> None:
        """Draw in this step what it says."""
        self.rng.seed(world * 1_000_081 + step)
        if self.links is not None:
            self.links.rng.seed(world * 1_000_121 + step)
        if self.jobs is not None:
            self.jobs.rng.seed(world * 1_000_171 + step)

    def work(self) -> Steps:
        """Serve for ever."""
        yield "sign in"
        self.counter.sign_in()
        if self.counter.till.state.basket is not None:
            yield from self._taken_up()
        while True:
            yield from self._next()

    def _next(self) -> Steps:
        if self.links is not None and self.links.now():
            yield from self._enrolment(self.links)
            return
        if self.jobs is not None and self.jobs.now():
            yield from self.jobs.work(self)
            return
        roll = self.rng.random()
        if roll < 0.72:
            yield from self._sale()
        elif roll < 0.86 and self._returns:
            yield from self._return()
        elif roll < 0.91:
            yield from self._enrolment()
        elif roll < 0.93:
            self.counter.till.close_day()
            self.count("day closed")
            yield "day closed"
        else:
            self.counter.till.tick()
            yield "tick"

    def _taken_up(self) -> Steps:
        """A begun ticket was restored after a restart."""
        self.count("ticket restored")
        if self.rng.random() < 0.6:
            yield from self._close()
        else:
            self._leave()
            yield "left a restored ticket"

    def _sale(self) -> Steps:
        card = self._card()
        if card:
            self._scan(card)
            self.counter.sign_card()
            yield f"card {card[-4:]}"
        yield from self._goods()
        if self.rng.random() < 0.6:
            yield from self._rewards()
        if self.rng.random() < 0.06:
            self._leave()
            self.count("ticket left")
            yield "left"
            return
        yield from self._close()
        if self._returns and self.rng.random() < 0.18:
            if self.rng.random() < 0.4:
                yield "the customer goes, and comes back"
            yield from self._undo()

    def _card(self) -> str:
        roll = self.rng.random()
        if roll < 0.06:
            return ""
        if roll < 0.14:
            return self.rng.choice(self.blanks)
        weights = [3.0, 3.0, *[1.0] * (len(self.cards) - 2)]
        return self.rng.choices(self.cards, weights)[0]

    def _scan(self, code: str) -> None:
        self.counter.till.scan_text(code, "sim", guarded=False)

    def _goods(self) -> Steps:
        till = self.counter.till
        if self.rng.random() < 0.5:
            text = self.rng.choice(("320", "490", "1275", "2550", "6000", "14050"))
            till.put_amount(text)
            yield f"amount {text}"
        if till.state.basket is None or not till.state.basket.lines or self.rng.random() < 0.3:
            cups = self.rng.choice((1, 1, 2, 3, 8, 11))
            if cups > MOST_SCANS:
                till.put_lines((CUP,) * cups)
            else:
                for _ in range(cups):
                    self._scan(COFFEE)
            if self.rng.random() < 0.4:
                self._scan(BREAD)
            yield "products"
        if self.rng.random() < 0.1:
            till.remove_line(0)
            yield "a line removed"
        if self.rng.random() < 0.08 and till.state.basket is not None:
            receipt = f"register 1, receipt {self.rng.randrange(12)}"
            till.name_ticket(till.state.basket.ticket, receipt)
            yield receipt

    def _rewards(self) -> Steps:
        till = self.counter.till
        till.rewards()
        yield "rewards"
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            worth = till.state.worth
            if worth is None or not worth.offers:
                break
            till.choose(self.rng.randint(1, len(worth.offers)))
            yield "chose a reward"
            if till.state.basket is not None and till.state.basket.wanted is not None:
                self.count("reward asked of the ledger")
                yield "waits for the ledger"
                yield "waits on"
        if till.state.stage is Stage.REWARD:
            till.escape()

    def _close(self) -> Steps:
        till, counter = self.counter.till, self.counter
        if till.state.question is not None:
            till.escape()
        begun = till.state.basket
        till.record()
        done = till.state.done
        again = begun is not None and begun.pos_ref and till.state.basket is None and done is not None
        if begun is None or done is None or (done.ticket != begun.ticket and not again):
            code = till.state.notice.code if till.state.notice is not None else ""
            self.count(f"not recorded: {code}")
            yield f"not recorded ({code})"
            self._leave()
            return
        if till.state.notice is not None and till.state.notice.code == "already_recorded":
            self.count("receipt sent again")
        counter.recorded[done.ticket] = done.reference
        self.references.append(f"{done.reference} {unpack(done.result).tail}")
        self.count("sale")
        if not till.parts.online:
            self.count("sale offline")
        yield f"recorded {done.reference}"

    def _undo(self) -> Steps:
        till = self.counter.till
        # Not what is shown: a register's receipt that came twice shows its first record.
        last = undoable(till.parts)
        till.undo()
        code = till.state.notice.code if till.state.notice is not None else ""
        if last is not None and code == "undone":
            self.counter.undone.add(last.result.ticket)
            self.count("undo")
        yield f"undo ({code})"

    def _leave(self) -> None:
        till = self.counter.till
        for _ in range(4):
            if till.state.basket is None and till.state.stage in (Stage.IDLE, Stage.LOCKED):
                return
            till.escape()

    def _return(self) -> Steps:
        if not self.references:
            return
        till = self.counter.till
        till.open_return()
        reference = self.rng.choice(
            self.references[-1:] if self.rng.random() < 0.3 else self.references[-12:]
        )
        if self.counter.alone and self.rng.random() < 0.5:  # two lives of one disk print the same numbers
            reference = reference.split()[0]
        till.return_reference(f"T{reference}")
        yield f"return of {reference}"
        how = self._choose_return(reference)
        before = till.state.done
        till.return_confirm()
        code = till.state.notice.code if till.state.notice is not None else ""
        if till.state.done is not before and code == "returned":
            self.count(f"return {how}")
        till.escape()
        yield f"return {how} ({code})"

    def _choose_return(self, reference: str) -> str:
        till = self.counter.till
        if till.state.returning is None or not till.state.returning.ticket:
            till.return_amount(self.rng.choice((160, 320, 1275, 6000, 14050)))
            return "blind"
        roll = self.rng.random()
        if roll < 0.35:
            return "whole"
        if roll < 0.7:
            for _ in range(self.rng.choice((1, 1, 3))):
                till.return_line(self.rng.randrange(3))
            return "by line"
        till.return_amount(self.rng.choice((100, 160, 640, 1275)))
        return "by amount"

    def _enrolment(self, links: Links | None = None) -> Steps:
        till = self.counter.till
        till.open_enrol()
        card = self._new_card() if links is None else links.fill_in(till)
        known = till.state.form is not None and till.state.form.duplicate is not None
        till.enrol_set("first_name", "Sim")
        yield "enrolment"
        before = till.state.basket
        till.enrol_confirm()
        basket = till.state.basket
        if basket is None or basket is before or basket.who is None:
            self._leave()
            yield "not enrolled"
            return
        self.count("link" if known else "enrolment with a card" if card else "enrolment")
        number = card or basket.who.card
        if number and number not in self.cards:
            self.cards.append(number)
        yield f"enrolled {number[-4:]}"
        yield from self._goods()
        yield from self._close()

    def _new_card(self) -> str:
        card = self.rng.choice(self.blanks) if self.rng.random() < 0.6 else ""
        if card:
            self.counter.till.enrol_set("card", card)
        return card
