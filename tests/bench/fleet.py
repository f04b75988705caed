"""A ledger with many members and tills that have written tickets of a grocer: what the benches of the ledger push.

Every ticket promises what the rules give on what came before it, as a till that knows the member prints it, so that
settlement finds what was printed.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files

from rules.account import Account
from rules.decision import Contribution
from rules.evaluate import evaluate
from rules.fold import fold
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Line, Ticket
from sync.ledger.arrivals import NewMember
from tests.unit.ledger_kit import Shop, TillSim

MEMBERS_AT_ONCE = 1000
SINCE = date(2026, 1, 1)
GROCER = (files("assets") / "programmes" / "grocer.toml").read_bytes()
SHELVES = ("fruit", "vegetables", "dairy", "bread", "meat", "drinks", "household", "tobacco")


async def enrolled(shop: Shop, count: int, store: str = "halles", after: int = 0, opening: int = 0) -> None:
    """Members `after` + 1 to `after` + `count` at a store, one card and `opening` points each."""
    for first in range(after + 1, after + count + 1, MEMBERS_AT_ONCE):
        numbers = range(first, min(first + MEMBERS_AT_ONCE, after + count + 1))
        points = {"points": opening}
        rows = [NewMember(n, (b"%016d" % n,), store, SINCE, opening=points) for n in numbers]
        await shop.ledger.add_members(rows)


def basket(draws: random.Random) -> tuple[Line, ...]:
    """Two to seven lines."""
    return tuple(
        [
            Line(
                draws.randrange(60, 900),
                f"30000000{draws.randrange(10_000, 99_999)}",
                draws.choice(SHELVES),
                qty=Decimal(draws.randrange(1, 4)),
            )
            for _ in range(draws.randrange(2, 8))
        ]
    )


class Customers:
    """Members who shop at one till or another, and what the rules know of each."""

    def __init__(self, count: int, draws: random.Random) -> None:
        self.programme: Programme = load_programme(GROCER)
        self._accounts = {n: Account(member=n, since=SINCE) for n in range(1, count + 1)}
        self._draws = draws

    def visit(self, till: TillSim, name: str) -> tuple[int, tuple[Line, ...], tuple[Contribution, ...]]:
        """Somebody buys something: who, what, and what the rules promise."""
        lines = basket(self._draws)
        member = self._draws.randrange(1, len(self._accounts) + 1)
        account = self._accounts[member]
        ticket = Ticket(name, lines, till.today, 600, till.paired.store)
        decision = evaluate(ticket, account, self.programme, burns=(), tell=False)
        self._accounts[member] = fold(account, ticket, decision)
        return member, lines, decision.contributions


def written(tills: Sequence[TillSim], count: int, customers: Customers) -> None:
    """Every till writes `count` tickets, one commit each, in turn."""
    for n in range(count):
        for till in tills:
            member, lines, promised = customers.visit(till, f"{till.paired.dev}-{n}")
            till.sale(member, lines, promised)
        tills[0].shop.clock.advance(seconds=20)


def batches(tills: Sequence[TillSim], size: int) -> Iterator[TillSim]:
    """The tills in turn, as often as they have `size` entries left to send; push with `limit=size`."""
    while any(till.accepted < len(till.written) for till in tills):
        for till in tills:
            if till.accepted < len(till.written):
                yield till
