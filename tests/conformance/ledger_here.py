"""The ledger of a year of case A, on either engine, answered in the process that sells."""

import hashlib
import random
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.ledger.app import make_app
from sync.ledger.live import Wakes
from sync.ledger.port import Job, Storage, Transaction
from sync.ledger.service import Ledger
from tests.simulation.counter import TrueTime
from tests.simulation.line import Answer, Loop, asked

T = TypeVar("T")
SEED = hashlib.sha256(b"the ledger of case A").digest()


class House:
    """The ledger, answered in this process.

    `moved` has the buckets that something was logged in, `wrote` is true after a write, until somebody has looked.
    """

    def __init__(self, storage: Storage, clock: TrueTime, rng: random.Random) -> None:
        self.storage = storage
        self.moved: set[str] = set()
        self.wrote = False
        write = storage.write
        storage.write = lambda job, last=False: write(lambda tx: job(self._noted(tx)), last)  # type: ignore[method-assign]
        self.loop = Loop()
        self.ledger = Ledger(storage, clock, rng.randbytes, Ed25519PrivateKey.from_private_bytes(SEED))
        self.run(self.ledger.open())
        self._app = make_app(self.ledger, SEED, Wakes(self.ledger))

    def _noted(self, tx: Transaction) -> Transaction:
        self.wrote = True
        log_many = tx.log_many

        async def noted(bucket: str, keys: Sequence[str]) -> None:
            self.moved.add(bucket)
            await log_many(bucket, keys)

        tx.log_many = noted  # type: ignore[method-assign]
        return tx

    def run(self, work: Awaitable[T]) -> T:
        """Do something of the ledger's now."""
        return self.loop.run_until_complete(work)  # type: ignore[arg-type]

    def read(self, job: Job[T]) -> T:
        """What `job` finds in one consistent read."""
        return self.run(self.storage.read(job))

    def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The application's whole answer."""
        return self.run(asked(self._app, scope, body))

    def start_again(self) -> None:
        """Never: this ledger does not die."""
        raise AssertionError("this ledger does not die")

    def close(self) -> None:
        """End for good."""
        self.run(self.ledger.close())
        self.loop.close()
