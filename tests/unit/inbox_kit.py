"""A folder for finished tickets beside a till, and a register that writes into it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pos_app.headless.inbox.folder import Folder
from pos_app.headless.inbox.watch import Inbox
from pos_app.headless.remote import Hand
from sync.entry import RefundBody, TicketBody
from tests.unit.till_kit import Shop

T = TypeVar("T")


class Inline(Hand):
    """The till's own thread is this one."""

    def do(self, job: Callable[[], T]) -> T:
        return job()


class PowerCut(BaseException):
    """The power goes."""


class Inn:
    """A folder for tickets beside a till that nobody has signed in at."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "inbox"
        self.path.mkdir(mode=0o700)
        self.shop = Shop(folder / "till")
        self.begin()

    def begin(self) -> None:
        self.inbox = Inbox(Folder(self.path), Inline(self.shop.till), shown="inbox")

    def put(self, name: str, text: str | bytes) -> Path:
        """A register writes a file, and it is looked at until it is whole."""
        path = self.path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(0o600)
        return path

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.inbox.look()
            self.shop.clock.pass_ms(1_000)
        self.shop.till.pump()

    def take(self, name: str, text: str | bytes) -> list[Any]:
        """What is said of the tickets of a file, wherever it was put away."""
        self.put(name, text)
        self.look(14)
        assert not (self.path / name).exists()
        (answer,) = [*self.path.glob("*/*.answer.json")]
        found = json.loads(answer.read_text())["tickets"]
        for one in self.path.glob("*/*"):
            one.unlink()
        return list(found)

    def ticket(self, **fields: object) -> list[Any]:
        return self.take("t.json", json.dumps(fields))

    def why(self) -> str:
        """The sentence beside the one refused file."""
        (path,) = self.path.glob("refused/*.why.txt")
        return path.read_text()

    def bodies(self, kind: type[T]) -> list[T]:
        names = {TicketBody: "TICKET", RefundBody: "REFUND"}
        return [body for body in self.shop.bodies(names[kind]) if isinstance(body, kind)]


@pytest.fixture
def inn(tmp_path: Path) -> Iterator[Inn]:
    made = Inn(tmp_path)
    yield made
    made.shop.close()


LINES = [{"sku": "F001", "category": "coffee", "qty": 2, "cents": 320}, {"sku": "P9", "cents": 1200}]
