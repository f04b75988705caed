"""What a till writes: each act is a path with named points, in which the process or the machine may end.

An act is prepared, done, and after the next start done again in the way in which a shop would: the register asks once
more for the same ticket, the cashier does again what is not there.
"""

import secrets
from typing import Any, ClassVar

import msgspec

from pos_app.till.state import State
from sync.till import tickets
from tests.crash.ledger_life import card
from tests.crash.till_life import TillLife

AMOUNT, LARGE = "1275", "6000"


class Act:
    """One path. What `prepare` returns is handed to the others; it may be sent from one process to another."""

    name: ClassVar[str]

    def prepare(self, till: TillLife, given: Any) -> Any:
        """Everything before; `given` comes from the owner of the ledger."""
        return given

    def act(self, till: TillLife, memo: Any) -> None:
        """It."""
        raise NotImplementedError

    def there(self, till: TillLife, memo: Any) -> Any:
        """What of it is committed: something false before, and the same ever after."""
        raise NotImplementedError

    def handed(self, till: TillLife, memo: Any) -> Any:
        """What another till gets by it."""
        raise NotImplementedError

    def again(self, till: TillLife, memo: Any) -> Any:
        """After the next start: what is there now, whatever was there before."""
        if not self.there(till, memo):
            self.act(till, memo)
        return self.there(till, memo)


class Ticket(msgspec.Struct, frozen=True):
    """A ticket as the register names it."""

    ticket: str
    receipt: str
    member: int


def new_ticket() -> Ticket:
    """A ticket of a member drawn at random."""
    return Ticket(secrets.token_hex(16), f"r1-{secrets.token_hex(6)}", 1000 + secrets.randbelow(4))


def begin(till: TillLife, one: Ticket, amount: str = AMOUNT) -> None:
    """The register opens a ticket, the card is scanned, the amount is known."""
    till.till.name_ticket(one.ticket, one.receipt)
    till.scan(card(one.member))
    till.till.put_amount(amount)
    till.drain()


def reference_of(till: TillLife, ticket: str) -> str:
    """The printed number of a recorded ticket, "" before."""
    found = tickets.result(till.reader, ticket)
    return "" if found is None else found.reference


def ask_for_reward(till: TillLife) -> None:
    """Choose the first reward on line: the ledger has to confirm it."""
    till.turn(till.client.push)
    till.till.rewards()
    till.till.choose(1)
    till.till.escape()
    till.drain()


def give_back(till: TillLife, one: Ticket) -> None:
    """The goods of a whole ticket come back."""
    till.till.open_return()
    till.till.return_reference(f"T{reference_of(till, one.ticket)}")
    till.till.return_confirm()
    till.drain()


def done(state: State) -> str:
    """What the screen shows as recorded."""
    return "" if state.done is None else state.done.reference
