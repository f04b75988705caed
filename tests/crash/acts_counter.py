"""What a till writes at the counter."""

import secrets
from typing import Any

from rules.ticket import Event
from sync.sqlite_driver import Connection
from sync.till import journal, numbers_store, spool, tickets
from sync.tokens import card_token
from tests.crash.act import (
    AMOUNT,
    LARGE,
    Act,
    Ticket,
    ask_for_reward,
    begin,
    done,
    give_back,
    new_ticket,
    reference_of,
)
from tests.crash.ledger_life import card
from tests.crash.till_life import TillLife


class OpenTicket(Act):
    """Scan and draft of a begun ticket."""

    name = "begin a ticket"

    def prepare(self, till: TillLife, given: Any) -> Ticket:
        return new_ticket()

    def act(self, till: TillLife, memo: Ticket) -> None:
        begin(till, memo)

    def there(self, till: TillLife, memo: Ticket) -> bool:
        return tickets.load_draft(till.reader) is not None

    def again(self, till: TillLife, memo: Ticket) -> bool:
        restored = till.till.state.basket
        if restored is not None:
            assert restored.ticket == memo.ticket
        else:
            begin(till, memo)
        till.leave()
        assert not reference_of(till, memo.ticket), "a ticket that nobody recorded"
        return True


class CloseTicket(Act):
    """A sale that earns."""

    name = "close a ticket"
    amount = AMOUNT

    def prepare(self, till: TillLife, given: Any) -> Ticket:
        one = new_ticket()
        begin(till, one, self.amount)
        return one

    def act(self, till: TillLife, memo: Ticket) -> None:
        till.till.record()
        till.drain()

    def there(self, till: TillLife, memo: Ticket) -> str:
        return reference_of(till, memo.ticket)

    def again(self, till: TillLife, memo: Ticket) -> str:
        """The register, which had no answer, sends the same receipt."""
        before = self.there(till, memo)
        till.leave()
        begin(till, memo, self.amount)
        till.till.record()
        till.drain()
        shown = done(till.till.state)
        assert shown, "the ticket is not recorded"
        assert shown == before or not before, f"{before} is told as {shown} the second time"
        return self.there(till, memo)


class CloseWithReward(CloseTicket):
    """A sale that spends what the ledger holds for it."""

    name = "close with a reward"
    amount = LARGE

    def prepare(self, till: TillLife, given: Any) -> Ticket:
        one = super().prepare(till, given)
        ask_for_reward(till)
        till.turn(till.client.holds)
        worth = till.till.state.worth
        assert worth is not None
        assert worth.decision.burns, "the reward is not on the ticket"
        return one

    def again(self, till: TillLife, memo: Ticket) -> str:
        """A ticket that is not there yet is taken up with its reward, and paid from the hold."""
        restored = till.till.state.basket
        if restored is not None:
            till.till.record()
            till.drain()
        return super().again(till, memo)


class Undo(Act):
    """The undo of the last ticket; of one that cannot be undone any more, a return."""

    name = "undo"

    def prepare(self, till: TillLife, given: Any) -> Ticket:
        one = new_ticket()
        begin(till, one)
        till.till.record()
        till.drain()
        return one

    def act(self, till: TillLife, memo: Ticket) -> None:
        till.till.undo()
        till.drain()

    def there(self, till: TillLife, memo: Ticket) -> bool:
        found = tickets.result(till.reader, memo.ticket)
        return found is not None and found.voided

    def again(self, till: TillLife, memo: Ticket) -> bool:
        before = self.there(till, memo)
        till.leave()
        till.till.undo()
        till.drain()
        voids = [one for one in journal.entries_of(till.reader, memo.ticket) if one.kind == "VOID"]
        assert len(voids) == int(self.there(till, memo)), "a ticket is undone more than once"
        assert self.there(till, memo) or not before
        if not self.there(till, memo):
            give_back(till, memo)
        return True


class Refund(Act):
    """The return of a ticket."""

    name = "refund"

    def prepare(self, till: TillLife, given: Any) -> Ticket:
        one = new_ticket()
        begin(till, one)
        till.till.record()
        till.drain()
        return one

    def act(self, till: TillLife, memo: Ticket) -> None:
        give_back(till, memo)

    def there(self, till: TillLife, memo: Ticket) -> bool:
        return bool(tickets.refunds_of(till.reader, memo.ticket))

    def again(self, till: TillLife, memo: Ticket) -> bool:
        """The cashier tries again; of what came back whole nothing more comes back."""
        till.leave()
        self.act(till, memo)
        found = tickets.refunds_of(till.reader, memo.ticket)
        assert sum(one.cents for one in found) == int(AMOUNT), f"{found} came back of {AMOUNT}"
        till.leave()
        return True


class Enrol(Act):
    """A new member with a card from the stack."""

    name = "enrol"

    def prepare(self, till: TillLife, given: Any) -> int:
        assert numbers_store.left(till.reader, numbers_store.MEMBER), "no numbers for new members"
        return 100_000 + secrets.randbelow(1_000_000_000)

    def act(self, till: TillLife, memo: int) -> None:
        till.till.open_enrol()
        till.till.enrol_set("card", card(memo))
        till.till.enrol_set("first_name", "Sim")
        till.till.enrol_confirm()
        till.drain()

    def there(self, till: TillLife, memo: int) -> bool:
        return self._members(till.reader, till, memo) == 1

    def again(self, till: TillLife, memo: int) -> bool:
        till.leave()
        super().again(till, memo)
        found = self._members(till.reader, till, memo)
        till.leave()
        return found == 1

    @staticmethod
    def _members(reader: Connection, till: TillLife, memo: int) -> int:
        who = till.paired
        assert who is not None
        token = card_token(who.lookup_key, card(memo))
        return int(reader.execute("SELECT count(*) FROM card WHERE token = ?", (token,)).fetchone()[0])


class Happened(Act):
    """An event of a member."""

    name = "event"

    def prepare(self, till: TillLife, given: Any) -> int:
        begin(till, new_ticket())
        return till.count("EVENT")

    def act(self, till: TillLife, memo: int) -> None:
        till.till.happened(Event("check_in"))
        till.drain()

    def there(self, till: TillLife, memo: int) -> bool:
        return till.count("EVENT") == memo + 1

    def again(self, till: TillLife, memo: int) -> bool:
        if not self.there(till, memo) and till.till.state.basket is None:
            begin(till, new_ticket())
        found = super().again(till, memo)
        till.leave()
        return found


class CloseDay(Act):
    """The day's close, with which grants go back."""

    name = "close the day"

    def prepare(self, till: TillLife, given: Any) -> int:
        begin(till, new_ticket())
        till.till.record()
        till.turn(till.client.push)
        till.leave()
        return till.count("CLOSE_Z")

    def act(self, till: TillLife, memo: int) -> None:
        till.till.close_day()
        till.drain()

    def there(self, till: TillLife, memo: int) -> bool:
        return till.count("CLOSE_Z") == memo + 1


class Printed(Act):
    """A receipt that came out of the printer."""

    name = "receipt printed"

    def prepare(self, till: TillLife, given: Any) -> int:
        one = new_ticket()
        begin(till, one)
        till.till.record()
        till.leave()
        job = spool.job_of(till.reader, one.ticket)
        assert job is not None
        return job.id

    def act(self, till: TillLife, memo: int) -> None:
        till.writer.run(lambda connection: spool.mark_printed(connection, memo, till.clock.wall_ms()))

    def there(self, till: TillLife, memo: int) -> bool:
        return memo not in [job.id for job in spool.pending_jobs(till.reader)]
