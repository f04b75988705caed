"""Real till folders that are copied, restored and paired again, with a real ledger in the same process."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from pos_app.till.state import Who
from pos_app.till.view import Stage
from sync.entry import Entry, EntryKind, decode
from sync.ledger.audit import check
from sync.ledger.report import Aside, Balances, balances, quarantine
from sync.ledger.work import Work
from sync.till.database import FILE_NAME
from sync.till.pair import pair
from tests.simulation.counter import URL, Counter, TrueTime
from tests.simulation.house import LedgerHouse
from tests.simulation.line import Line
from tests.simulation.seeds import PROGRAMMES, Plan, plan_of
from tests.simulation.world import START, own_card

FAULTS = "drop_request drop_answer twice delay rubbish ledger_crash ledger_fault grants_again power_cut outage leases"
NO_FAULTS: dict[str, Any] = dict.fromkeys(FAULTS.split(), 0.0)
MEMBER, OTHER = 1000, 1001  # of the cards 0 and 1: 240 and 96 points
CARDS = tuple(own_card(n) for n in range(3))


def quiet_plan() -> Plan:
    """Nothing goes wrong but what the test does."""
    plan = plan_of(random.Random(1))
    return replace(
        plan,
        programme="plain",
        stores=("halles", "gare"),
        skew_ms=(0, 0),
        late=False,
        new_rules=False,
        queued_writer=False,
        **NO_FAULTS,
    )


class Copied(Counter):
    """A till in a folder of its own, which may be a copy of another's."""

    def copy_from(self, other: "Copied") -> None:
        """Take the other's folder as it is now, as an image of its disk would."""
        self._disk.mkdir(mode=0o700)
        for suffix in ("", "-wal"):
            part = other._disk / (FILE_NAME + suffix)
            if part.exists():
                shutil.copy(part, self._disk / part.name)

    def begin(self) -> None:
        """Start on what the folder has."""
        self._open()
        self._start()
        self.sign_in()

    def end(self) -> None:
        """Stop, and give the folder back."""
        self.stop()
        self.store.close()

    def pair_again(self, code: str) -> None:
        """Stop, pair with a new code, start."""
        self.end()
        self._open()
        again = pair(URL, code, self.writer, self._rng.randbytes, self.clock.mono_ms, transport=self.line)
        assert again.paired
        self._start()
        self.sign_in()

    def talk(self, rounds: int = 6) -> None:
        """Everything that is due between this till and the ledger."""
        for _ in range(rounds):
            self.sync(everything=True)
            self.till.pump()
            self.settle_writer()
            self.time.pass_ms(61_000)
            self.till.tick()

    def sale(self, card: str, euros: int, *, reward: bool = False) -> str:
        """A sale to a member, with the first reward offered if asked for; its printed reference."""
        till = self.till
        till.scan_text(card, "test", guarded=False)
        till.put_amount(str(euros * 100))
        if reward:
            till.rewards()
            worth = till.state.worth
            assert worth is not None, till.state.notice
            assert worth.offers, till.state.notice
            till.choose(1)
            if till.state.stage is Stage.REWARD:
                till.escape()
        till.record()
        done = till.state.done
        assert done is not None, till.state.notice
        assert till.state.basket is None, till.state.notice
        self.time.pass_ms(61_000)
        return done.reference

    def enrol(self, name: str) -> Who:
        """Enrol somebody without a card; the new member, on a begun ticket."""
        till = self.till
        till.open_enrol()
        till.enrol_set("first_name", name)
        till.enrol_confirm()
        assert till.state.basket is not None, till.state.notice
        assert till.state.basket.who is not None
        return till.state.basket.who

    def enrol_and_sell(self, name: str, euros: int = 7) -> int:
        """Enrol somebody and record a ticket of theirs; the number that this till gave."""
        who = self.enrol(name)
        assert who.member is not None
        self.till.put_amount(str(euros * 100))
        self.till.record()
        return who.member

    def fresh_member(self) -> int:
        """The number that the first of those who were enrolled in a former life has in this one."""
        member = next(entry.member for entry in self.sent_again() if entry.kind == EntryKind.ENROL)
        assert isinstance(member, int)
        return member

    def sent_again(self) -> list[Entry]:
        """Entries of the journal that were first written in a former life."""
        rows = self.store.reader().execute("SELECT bytes FROM journal ORDER BY inc, seq").fetchall()
        return [entry for (data,) in rows if (entry := decode(data)).orig is not None]

    def holds(self, member: int = MEMBER) -> int:
        """Points of a member in grants of this till."""
        row = self.store.reader().execute(
            "SELECT coalesce(sum(quantity), 0) FROM slice WHERE member = ? AND asset = 'points'", (member,)
        )
        return int(row.fetchone()[0])


class Chain:
    """A ledger, its tills, and time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan, self.rng = quiet_plan(), random.Random(7)
        self.time = TrueTime(int(START.timestamp() * 1000))
        self.house = LedgerHouse(folder, self.plan, self.time, self.rng, lambda _: None)
        self.house.healed = True
        self.house.open_shop(PROGRAMMES["plain"].encode(), list(CARDS))
        self.tills: list[Copied] = []

    def blank(self) -> Copied:
        """A till with an empty folder."""
        name = f"till{len(self.tills)}"
        line = Line(self.house, self.plan, self.rng, lambda _: None, self.time.pass_ms)
        till = Copied(
            name, self.folder, self.time, line, self.plan, random.Random(len(self.tills)), lambda _: None, 0
        )
        till.healed = line.healed = True
        self.tills.append(till)
        return till

    def code(self, store: str = "halles") -> str:
        """A new pairing code."""
        return self.house.run(self.house.ledger.make_pairing_code(store, ""))

    def till(self, store: str = "halles") -> Copied:
        """A till that was just paired, with the shop's files."""
        till = self.blank()
        till.set_up(self.code(store))
        till.talk()
        till.sign_in()
        return till

    def image(self, of: Copied) -> Copied:
        """A folder that is a copy of another's, not started."""
        copy = self.blank()
        copy.copy_from(of)
        return copy

    def twin(self, of: Copied) -> Copied:
        """A second machine that runs on a copy of another's disk."""
        copy = self.image(of)
        copy.begin()
        return copy

    def split(self, card: str = CARDS[0], *, first: int = 1, then: int = 1) -> tuple[Copied, Copied]:
        """A till and a copy of its disk from after a sale over `first` euros; the ledger has the till's next one, over
        `then` euros, and the copy has no line.
        """
        till = self.till()
        till.sale(card, first)
        till.talk()
        copy = self.twin(till)
        till.sale(card, then)
        till.talk()
        copy.line.up = False
        return till, copy

    def readmit(self, copy: Copied) -> None:
        """A copy has a line again: it is fenced, and paired again."""
        copy.line.up = True
        copy.talk(1)
        assert copy.fenced()
        copy.pair_again(self.code())

    def lease(self) -> None:
        """Let the ledger lend points to tills, and let them hear of it."""
        self.house.review_leases()
        for till in self.tills:
            till.talk(2)

    def books(self, member: int = MEMBER) -> Balances:
        """What the ledger has of a member, once its books are sound."""
        assert self.house.read(check) == []
        found = self.house.read(lambda tx: balances(tx, member))
        assert found is not None
        return found

    def aside(self) -> tuple[Aside, ...]:
        """What is in quarantine."""
        return self.house.read(quarantine)

    def fence(self, till: Copied) -> None:
        """Close a till's life, as a copy of it that nobody sees again would."""

        async def close(work: Work) -> None:
            row = await work.tx.incarnation(till.who.dev, till.who.inc)
            assert row is not None
            await work.tx.save_incarnation(msgspec.structs.replace(row, state="closed"))

        self.house.run(self.house.ledger.write(close))

    def close(self) -> None:
        """Give files back."""
        for till in self.tills:
            if hasattr(till, "store"):
                till.store.close()
        self.house.close()


@contextmanager
def chain(folder: Path) -> Iterator[Chain]:
    """A chain in `folder`, closed at the end."""
    made = Chain(folder)
    try:
        yield made
    finally:
        made.close()


def points(shop: Chain, member: int = MEMBER) -> tuple[int, int, int]:
    """Earned, burned and owed points; nothing is in quarantine."""
    books = shop.books(member)
    assert shop.aside() == ()
    return books.earned.get("points", 0), books.burned.get("points", 0), books.deficit.get("points", 0)
