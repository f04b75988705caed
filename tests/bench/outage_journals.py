"""Writes what tills sold while they had no line: their stores, with real signed journals, for `outage_drain.py`.

Arguments: folder, address of the ledger, first and last till, tickets a till, members a store. Standard input is the
line that `ledger_child.py` printed. Every till knows what it sold itself and nothing of the others, so that what it
promised is settled differently now and then, as after a real outage.
"""

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

import fleet  # noqa: E402
from ledger_child import TILLS_A_STORE, Begun, seed_of  # noqa: E402

from pos_app.till.housekeeping import MOST_AT_ONCE  # noqa: E402
from rules.account import Account  # noqa: E402
from rules.evaluate import evaluate  # noqa: E402
from rules.fold import fold  # noqa: E402
from rules.programme.load import load_programme  # noqa: E402
from rules.ticket import Ticket  # noqa: E402
from sync.entry import (  # noqa: E402
    Claw,
    Draw,
    EnrolBody,
    EntryKind,
    GrantReturnBody,
    RefundBody,
    RefundLine,
    Slice,
    TicketBody,
    lot_id,
)
from sync.ids import uuid7  # noqa: E402
from sync.till.database import Connection, open_store  # noqa: E402
from sync.till.identity import save_pairing  # noqa: E402
from sync.till.journal import EntryDraft, Times, commit  # noqa: E402
from sync.till.numbers_store import MEMBER, take  # noqa: E402
from sync.till.writer import InlineWriter  # noqa: E402
from sync.wire import PairAnswer  # noqa: E402

DAYS, OPENS_H, OPEN_MINUTES = 3, 9, 600
PARIS = ZoneInfo("Europe/Paris")
REGULARS = 20
"""Of so many members one comes every other day and makes a third of the tickets."""
REFUND, ENROL = 100, 200
"""One ticket of so many is brought back, and one is that of a new member."""


class Till:
    """One till in the days without a line."""

    def __init__(self, url: str, paired: PairAnswer, n: int, store: Path, programme: str) -> None:
        self._draws = random.Random(n)
        self._store = open_store(store)
        self.writer = InlineWriter(self._store)
        self._who = self.writer.run(lambda conn: save_pairing(conn, paired, seed_of(n), url))
        self._rules = load_programme(fleet.GROCER)
        self._programme = programme
        self._accounts: dict[int, Account] = {}
        self._births: list[tuple[int, Slice]] = []
        self._shop = n // TILLS_A_STORE

    def close(self) -> None:
        """Give the store back."""
        self._store.close()

    def write(self, conn: Connection, tickets: int, members: int) -> None:
        """All of it: the tickets of three days in order, then what goes back of what was born in them."""
        for n, at in enumerate(self._times(tickets)):
            new = n % ENROL == ENROL - 1
            member = self._enrol(conn, at) if new else self._customer(members)
            self._sale(conn, at, member, brought_back=n % REFUND == REFUND - 1)
        at = datetime.now(UTC)
        for first in range(0, len(self._births), MOST_AT_ONCE):
            drafts = [self._given(at, *one) for one in self._births[first : first + MOST_AT_ONCE]]
            self._commit(conn, at, drafts)

    def _times(self, tickets: int) -> Iterator[datetime]:
        today = datetime.now(PARIS).replace(hour=OPENS_H, minute=0, second=0, microsecond=0)
        for ago in range(DAYS, 0, -1):
            opened = today - timedelta(days=ago)
            minutes = sorted(self._draws.uniform(0, OPEN_MINUTES) for _ in range(tickets // DAYS))
            yield from (opened + timedelta(minutes=one) for one in minutes)

    def _customer(self, members: int) -> int:
        """One of the store's own members: a third of the tickets are of those who come often."""
        often = self._draws.random() < 1 / 3
        return self._shop * members + self._draws.randrange(members // REGULARS if often else members) + 1

    def _enrol(self, conn: Connection, at: datetime) -> int:
        member = take(conn, MEMBER)
        body = EnrolBody(
            self._who.store, "camille", member, (b"%016d" % member,), at.astimezone(PARIS).date()
        )
        self._commit(conn, at, [self._draft(EntryKind.ENROL, body, at, member, self._ticket(at))])
        return member

    def _sale(self, conn: Connection, at: datetime, member: int, *, brought_back: bool) -> None:
        name, local = self._ticket(at), at.astimezone(PARIS)
        lines = fleet.basket(self._draws)
        account = self._accounts.get(member) or Account(member=member, since=fleet.SINCE)
        minute = local.hour * 60 + local.minute
        ticket = Ticket(name, lines, local.date(), minute, self._who.store)
        decision = evaluate(ticket, account, self._rules, burns=(), tell=False)
        self._accounts[member] = fold(account, ticket, decision)
        body = TicketBody(
            self._who.store, "camille", self._programme, minute, lines, promised=decision.contributions
        )
        seq = self._commit(conn, at, [self._draft(EntryKind.TICKET, body, at, member, name)])
        born = [
            Slice(one.asset, lot_id(self._who.dev, self._who.inc, seq, n), one.quantity, one.last_day)
            for n, one in enumerate(body.promised)
        ]
        if brought_back:
            self._refund(conn, at, body, name, seq, born)
        else:
            self._births += [(member, one) for one in born]

    def _refund(
        self, conn: Connection, at: datetime, body: TicketBody, name: str, seq: int, born: list[Slice]
    ) -> None:
        claws = [
            Claw(
                one.rule, one.asset, got.lot, one.quantity, (Draw(got.lot, one.asset, got.lot, one.quantity),)
            )
            for one, got in zip(body.promised, born, strict=True)
        ]
        back = RefundBody(
            body.store,
            "camille",
            name,
            f"{self._who.dev}-{self._who.inc}-{seq}",
            sum(line.cents for line in body.lines),
            tuple([RefundLine(n, line.cents, line.qty) for n, line in enumerate(body.lines)]),
            tuple(claws),
        )
        self._commit(conn, at, [self._draft(EntryKind.REFUND, back, at, None, self._ticket(at))])

    def _given(self, at: datetime, member: int, born: Slice) -> EntryDraft:
        return self._draft(
            EntryKind.GRANT_RETURN, GrantReturnBody(born.lot, (born,), "accepted"), at, member, None
        )

    def _draft(
        self, kind: EntryKind, body: object, at: datetime, member: int | None, ticket: str | None
    ) -> EntryDraft:
        return EntryDraft(kind, body, at.astimezone(PARIS).date(), member, ticket)  # type: ignore[arg-type]

    def _commit(self, conn: Connection, at: datetime, drafts: list[EntryDraft]) -> int:
        """The boot was another one, as after a power cut: the wall clock says when it was."""
        wall_ms = int(at.timestamp() * 1000)
        return commit(conn, self._who, drafts, Times(wall_ms, wall_ms, "before"), 0)[0].seq

    def _ticket(self, at: datetime) -> str:
        return uuid7(int(at.timestamp() * 1000), self._draws.randbytes(10))


def main() -> None:
    """Write the stores of these tills."""
    folder, url = Path(sys.argv[1]), sys.argv[2]
    first, last, tickets, members = map(int, sys.argv[3:7])
    begun = msgspec.json.decode(sys.stdin.buffer.readline(), type=Begun)
    for n in range(first, last):
        till = Till(url, begun.tills[n], n, folder / f"till{n}", begun.programme)
        till.writer.run(lambda conn, till=till: till.write(conn, tickets, members))  # type: ignore[misc]
        till.close()


if __name__ == "__main__":
    main()
