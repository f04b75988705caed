"""The ledger of a simulation: the real service and application on a real file, which may die and start again."""

import hashlib
import random
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.clock import Clock
from sync.floors import Floors
from sync.ledger.app import make_app
from sync.ledger.arrivals import NewMember
from sync.ledger.caller import DeviceId
from sync.ledger.database import key_file
from sync.ledger.floors import SetFloors
from sync.ledger.grants import LEASE, missed_grants, recall
from sync.ledger.live import Wakes
from sync.ledger.port import Job, Transaction
from sync.ledger.service import Ledger, Turn
from sync.ledger.sqlite import SqliteStorage
from sync.ledger.work import Work
from sync.lists import Product, StaffMember
from sync.tokens import card_token
from sync.wire import HoldAnswer, HoldRequest, PushAnswer, PushRequest, pack
from tests.simulation.line import Answer, LedgerDied, Loop, asked
from tests.simulation.quick import lay_ledger
from tests.simulation.replay import LOTS, Chance, Done, Log
from tests.simulation.seeds import Plan

T = TypeVar("T")
A = TypeVar("A", PushAnswer, HoldAnswer)
SEED = hashlib.sha256(b"the ledger of the simulation").digest()
BADGE, PIN = "BDG-SIMULATED", "1234"
MANAGERS = ("BDG-FIRST", "BDG-SECOND")
COFFEE, BREAD = "2000000001005", "3017620422003"
PRODUCTS = (
    Product(COFFEE, "F001", {"en": "Espresso"}, "coffee", "", 160),
    Product(BREAD, "F002", {"en": "Bread"}, "bread", "", 350),
)
# argon2id of the PIN at the smallest cost, with one salt for ever: every run has the same staff list
PIN_HASH = "$argon2id$v=19$m=8,t=1,p=1$B07pGHKHkyikoASAuTaOHg$L2hvBeSbHGYgxhJ1S2z74mQjKGcAHVodqI76R+MF228"
LISTED = 1000  # number of the first member who is there from the beginning
FLOORS = Floors(ticket=100, member=150, till=250)
OPENINGS: tuple[dict[str, int], ...] = (
    {"points": 240, "stamp:coffee": 9},
    {"points": 96, "stamp:coffee": 3, "reward:coffee": 1},
    {"points": 130, "stamp:coffee": 7},
    {},
    {"points": 420},
)


class _Storage(SqliteStorage):
    """The real storage, in which `fails` may break a transaction right before its commit; `log` hears of the others."""

    def __init__(self, path: Path, fails: Callable[[], None], log: Log, clock: Clock) -> None:
        super().__init__(path)
        self._fails, self._log, self._clock = fails, log, clock

    async def write(self, job: Job[T], last: bool = False) -> T:
        async def fragile(tx: Transaction) -> tuple[T, int]:
            done = await job(tx)
            self._fails()
            return done, await tx.counter(LOTS)

        self._log.chance.taken()
        done, lots = await super().write(fragile, last)
        self._log.rows.append(Done(job, self._clock.wall_ms(), self._log.chance.taken(), done, lots))
        return done


class _Ledger(Ledger):
    """The real ledger, which now and then sends every grant once more, whatever its till says it has."""

    def forget(self, forgets: Callable[[], bool]) -> None:
        """Ask `forgets` before each answer."""
        self._forgets = forgets

    async def push(self, device: DeviceId, request: PushRequest, *turn: Turn) -> PushAnswer:
        forgets, answer = self._forgets(), await super().push(device, request, *turn)
        return answer if answer.fence or not forgets else await self._from_the_start(device, answer)

    async def hold(self, device: DeviceId, request: HoldRequest) -> HoldAnswer:
        forgets, answer = self._forgets(), await super().hold(device, request)
        return await self._from_the_start(device, answer) if forgets else answer

    async def _from_the_start(self, device: DeviceId, answer: A) -> A:
        grants = await self._storage.read(lambda tx: missed_grants(tx, device.dev, device.inc, 0))
        return msgspec.structs.replace(answer, grants=grants)


class LedgerHouse:
    """One ledger and its event loop."""

    def __init__(
        self, folder: Path, plan: Plan, clock: Clock, rng: random.Random, count: Callable[[str], None]
    ) -> None:
        self._path = folder / "ledger.db"
        lay_ledger(self._path)
        key_file(self._path).write_bytes(SEED)
        self._plan, self._clock, self._rng, self._count = plan, clock, rng, count
        self.healed = False
        self._serving = False
        self.loop = Loop()
        self.log = Log(Chance(rng))
        self._open()

    def _open(self) -> None:
        self.storage = _Storage(self._path, self._fail, self.log, self._clock)
        key = Ed25519PrivateKey.from_private_bytes(SEED)
        self.ledger = _Ledger(self.storage, self._clock, self.log.chance, key)
        self.ledger.forget(self._forgets)
        self.run(self.ledger.open())
        self._app = make_app(self.ledger, SEED, Wakes(self.ledger))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something of the ledger's now."""
        return self.loop.at_once(work)

    def read(self, job: Job[T]) -> T:
        """What `job` finds in one consistent read."""
        return self.run(self.storage.read(job))

    def review_leases(self) -> None:
        """A round of the running ledger: leases are given and asked back."""
        if self.run(self.ledger.review_leases(50)):
            self._count("lease round")

    def lent(self) -> bool:
        """Whether the ledger still counts anything at tills."""
        return bool(self.read(lambda tx: tx.held()))

    def recall_all(self) -> None:
        """Ask every lease back, so that in the end all lies at the centre."""

        async def ask(work: Work) -> None:
            for member in await work.tx.members():
                data = await work.tx.member_data(member)
                for grant in sorted(
                    [one for one in data.grants if one.kind == LEASE], key=lambda one: one.id
                ):
                    await recall(work, grant)

        self.run(self.ledger.write(ask))

    def start_again(self) -> None:
        """Stop the process (if it has not died) and start it on the same file."""
        self._count("ledger restart")
        self.stop()
        self._open()

    def stop(self) -> None:
        """Stop the process."""
        self.run(self.ledger.close())

    def open_again(self) -> None:
        """Start it on what the file is now."""
        self._open()

    def close(self) -> None:
        """End for good."""
        self.run(self.ledger.close())
        self.loop.close()

    def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The application's whole answer. Raises LedgerDied."""
        self._serving = True
        try:
            work = asked(self._app, scope, body)
            # a wait for news ends by a timeout, which needs a task
            return self.loop.run_until_complete(work) if scope["path"] == "/live" else self.run(work)
        finally:
            self._serving = False

    def _forgets(self) -> bool:
        if self.healed or self._rng.random() >= self._plan.grants_again:
            return False
        self._count("grants sent again")
        return True

    def _fail(self) -> None:
        if self.healed or not self._serving:
            return
        if self._rng.random() < self._plan.ledger_crash:
            self._count("ledger died before commit")
            raise LedgerDied
        if self._rng.random() < self._plan.ledger_fault:
            self._count("ledger fault")
            raise OSError("disk I/O error")

    def publish(self, programme: bytes, effective_from: date) -> None:
        """Rules that hold from a day on."""
        self.run(self.ledger.publish("programme", "simulated", programme, effective_from))

    def open_shop(self, programme: bytes, cards: list[str]) -> None:
        """Publish the shop and a member for every card."""
        self.run(self._open_shop(programme, cards))

    async def _open_shop(self, programme: bytes, cards: list[str]) -> None:
        ledger = self.ledger
        for store in ("halles", "gare"):
            await ledger.add_store(store, store.title(), "Europe/Paris")
        await ledger.publish("programme", "simulated", programme, date(2025, 1, 1))
        key = await ledger.lookup_key()
        await ledger.publish("catalogue", "shop", pack(PRODUCTS))  # type: ignore[arg-type]
        staff = (StaffMember("camille", "Camille", "cashier", card_token(key, BADGE), PIN_HASH),)
        if self._plan.jobs:
            managers = enumerate(MANAGERS)
            staff += tuple(
                StaffMember(f"m{n}", f"M{n}", "manager", card_token(key, badge), PIN_HASH)
                for n, badge in managers
            )
        await ledger.publish("staff", "shop", pack(staff))  # type: ignore[arg-type]
        if self._plan.floors:
            await SetFloors(FLOORS, save=True).run(ledger)
        rows = [
            NewMember(
                LISTED + n,
                (card_token(key, card),),
                ("halles", "gare")[n % 2],
                date(2026, 1, 1),
                f"Member {n}",
                opening=OPENINGS[n % len(OPENINGS)],
            )
            for n, card in enumerate(cards)
        ]
        # as in a shop, no till enrols under the number of somebody who is listed
        await ledger.write(lambda work: work.tx.advance("member", 2 * LISTED))
        await ledger.add_members(rows)
