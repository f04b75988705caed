"""The network of a simulation: an httpx transport that calls the ledger's ASGI application in this process.

A request or its answer may be lost, come twice or late; the ledger may die before it commits or before it answers.
"""

import asyncio
import random
from asyncio import events
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Protocol, TypeVar

import httpx

from tests.simulation.seeds import Plan

T = TypeVar("T")


class LedgerDied(BaseException):
    """The ledger's process ended in the middle of a request; nothing of it is committed."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop without threads: what would run in an executor runs here and now, so runs repeat exactly."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # whoever awaits it gets it
            future.set_exception(error)
        return future

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, **context: Any) -> Any:
        """There is no other thread, and nobody sleeps who must be woken."""
        return self.call_soon(callback, *args, **context)

    def at_once(self, work: Coroutine[Any, Any, T]) -> T:
        """Run what waits for nothing: that needs no task and no turn of the loop, which take longer than it does."""
        events._set_running_loop(self)
        try:
            copy_context().run(work.send, None)
        except StopIteration as done:
            result: T = done.value
        else:
            work.close()
            raise RuntimeError("this waits: let the loop run it")
        finally:
            self._tell()
            events._set_running_loop(None)
        return result

    def _tell(self) -> None:
        """What the loop would call next."""
        ready = self._ready  # type: ignore[attr-defined]
        while ready:
            ready.popleft()._run()


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""


async def asked(app: Any, scope: dict[str, Any], body: bytes) -> Answer:
    """What an ASGI application answers, whole."""
    started: dict[str, Any] = {}
    parts: list[bytes] = []
    requests = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return started["status"], list(started["headers"]), b"".join(parts)


class House(Protocol):
    """Where requests arrive."""

    def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The application's whole answer. Raises LedgerDied."""

    def start_again(self) -> None:
        """Open the ledger on the same file once more."""


class Line(httpx.BaseTransport):
    """The way of one till to the ledger."""

    def __init__(
        self,
        house: House,
        plan: Plan,
        rng: random.Random,
        count: Callable[[str], None],
        pass_ms: Callable[[int], None],
    ) -> None:
        self._house, self._plan, self._rng = house, plan, rng
        self._count, self._pass_ms = count, pass_ms
        self.up = True
        self.healed = False
        self.lose_next_answer = False

    def seed(self, number: int) -> None:
        """Draw from here on what this number says."""
        self._rng.seed(number)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request, or fail as networks do."""
        status, headers, body = self.carry(_scope(request), request.read())
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    def carry(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The answer to one request. Raises what httpx raises when a network fails."""
        if not self.up:
            raise httpx.ConnectError("no line")
        if self._happens(self._plan.drop_request, "request lost"):
            raise httpx.ConnectTimeout("lost")
        if self._happens(self._plan.rubbish, "rubbish"):
            return self._rng.choice((200, 302, 503)), [], b"<html>sign in</html>"
        if self._happens(self._plan.delay, "delay"):
            self._pass_ms(self._rng.choice((200, 900, 2500)))
        answer = self._carry(scope, body)
        if self._happens(self._plan.twice, "request twice"):
            answer = self._carry(scope, body)
        if self.lose_next_answer or self._happens(self._plan.drop_answer, "answer lost"):
            self.lose_next_answer = False
            raise httpx.ReadError("lost")
        if self._happens(self._plan.delay, "delay"):
            self._pass_ms(self._rng.choice((200, 900, 2500)))
        return answer

    def _happens(self, rate: float, what: str) -> bool:
        if self.healed or not rate or self._rng.random() >= rate:
            return False
        self._count(what)
        return True

    def _carry(self, scope: dict[str, Any], body: bytes) -> Answer:
        try:
            return self._house.answer({**scope, "state": {}}, body)
        except LedgerDied:
            self._house.start_again()
            raise httpx.ReadError("the ledger died") from None


def _scope(request: httpx.Request) -> dict[str, Any]:
    raw = request.url.raw_path
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": raw.split(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
