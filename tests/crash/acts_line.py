"""What a till writes when it talks with its ledger, and when it stops."""

import secrets
from typing import Any

from sync.system_clock import SystemClock
from sync.till import cursors, journal
from sync.till.rotate import rotate
from tests.crash.act import LARGE, Act, Ticket, ask_for_reward, begin, new_ticket
from tests.crash.till_life import TillLife


class Hold(Act):
    """The answer of the ledger that holds points for a ticket."""

    name = "hold answer"

    def prepare(self, till: TillLife, given: Any) -> Ticket:
        one = new_ticket()
        begin(till, one, LARGE)
        ask_for_reward(till)
        basket = till.till.state.basket
        assert basket is not None
        assert basket.wanted is not None, "the ledger is not asked for the reward"
        return one

    def act(self, till: TillLife, memo: Ticket) -> None:
        till.turn(till.client.holds)

    def there(self, till: TillLife, memo: Ticket) -> bool:
        rows = till.reader.execute("SELECT 1 FROM slice WHERE ticket = ? AND kind = 'hold'", (memo.ticket,))
        return rows.fetchone() is not None

    def again(self, till: TillLife, memo: Ticket) -> bool:
        """The ticket is left; what is held for it goes back."""
        till.leave()
        return True


class Push(Act):
    """The answer to a push of several tickets."""

    name = "push answer"

    def prepare(self, till: TillLife, given: Any) -> int:
        for _ in range(3):
            begin(till, new_ticket())
            till.till.record()
            till.leave()
        return journal.head(till.reader)[0]

    def act(self, till: TillLife, memo: int) -> None:
        till.turn(till.client.push)

    def there(self, till: TillLife, memo: int) -> bool:
        return cursors.sync_state(till.reader).accepted_seq >= memo

    def again(self, till: TillLife, memo: int) -> bool:
        assert journal.head(till.reader)[0] >= memo, "tickets that were recorded are gone"
        return bool(super().again(till, memo))


class Pull(Act):
    """A new price and a new member come from the ledger."""

    name = "pull"

    def act(self, till: TillLife, memo: int) -> None:
        till.turn(till.client.pull)

    def there(self, till: TillLife, memo: int) -> bool:
        who = till.paired
        assert who is not None
        member = till.reader.execute("SELECT count(*) FROM profile WHERE member = ?", (memo,)).fetchone()[0]
        prices = till.reader.execute("SELECT data FROM product").fetchall()
        here = any(memo.to_bytes(4, "big") in data for (data,) in prices)
        return bool(member) and here


class Snapshot(Act):
    """A newer list of all members takes the place of the one in use."""

    name = "snapshot swap"

    def prepare(self, till: TillLife, given: Any) -> bytes:
        return till.snapshot()

    def act(self, till: TillLife, memo: bytes) -> None:
        till.client.everyone._stale = True  # so much has changed that a new list takes less room
        for _ in range(20):
            till.turn(till.client.everyone)
            if self.there(till, memo):
                return

    def there(self, till: TillLife, memo: bytes) -> bool:
        return till.snapshot() not in (b"", memo)


class ChangeKey(Act):
    """A new private key."""

    name = "key change"

    def prepare(self, till: TillLife, given: Any) -> bytes:
        assert till.paired is not None
        return till.paired.private_key

    def act(self, till: TillLife, memo: bytes) -> None:
        assert till.paired is not None
        clock = SystemClock()
        rotate(till.paired, till.writer, secrets.token_bytes, clock.mono_ms, clock.wall_ms())

    def there(self, till: TillLife, memo: bytes) -> bool:
        assert till.paired is not None
        return till.paired.private_key != memo

    def again(self, till: TillLife, memo: bytes) -> bool:
        found = super().again(till, memo)
        till.start()
        return bool(found)


class PairAgain(Act):
    """A till that is paired once more goes on as another incarnation, and sends again what was not accepted."""

    name = "pair again"

    def prepare(self, till: TillLife, given: tuple[str, str]) -> tuple[str, str, int]:
        begin(till, new_ticket())
        till.till.record()
        till.leave()
        assert till.paired is not None
        return (*given, till.paired.inc)

    def act(self, till: TillLife, memo: tuple[str, str, int]) -> None:
        till.pair(memo[0])

    def there(self, till: TillLife, memo: tuple[str, str, int]) -> bool:
        assert till.paired is not None
        return till.paired.inc != memo[2]

    def again(self, till: TillLife, memo: tuple[str, str, int]) -> bool:
        """The code may be used up: the owner asks for another one."""
        if not self.there(till, memo):
            till.pair(memo[1])
        till.start()
        return self.there(till, memo)


class PairFirst(Act):
    """A till that never was one."""

    name = "first pairing"

    def act(self, till: TillLife, memo: tuple[str, str]) -> None:
        till.pair(memo[0])

    def there(self, till: TillLife, memo: tuple[str, str]) -> bool:
        return till.paired is not None

    def again(self, till: TillLife, memo: tuple[str, str]) -> bool:
        if till.paired is None:
            till.pair(memo[1])
        till.start()
        return True


class Stop(Act):
    """A clean stop, which empties the write-ahead log."""

    name = "checkpoint"

    def prepare(self, till: TillLife, given: Any) -> int:
        for _ in range(3):
            begin(till, new_ticket())
            till.till.record()
            till.leave()
        return journal.head(till.reader)[0]

    def act(self, till: TillLife, memo: int) -> None:
        till.writer.stop()

    def there(self, till: TillLife, memo: int) -> bool:
        return journal.head(till.reader)[0] == memo

    def again(self, till: TillLife, memo: int) -> bool:
        return journal.head(till.reader)[0] >= memo
