"""Commands from other threads: one at a time, each step on the till's own thread, the waiting on the caller's."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from pos_app.headless.answers import Answer
from pos_app.headless.commands import begin, go_on, only_looks
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Wait, refused, written
from pos_app.headless.session import Session
from pos_app.languages.words import Words
from pos_app.till.till import Till
from rules.sentences import mark

T = TypeVar("T")
TURN_S = 70.0
TILL_S = 10.0
STEP_S = 0.05


class Remote:
    """A till behind commands that other threads bring. `answer` never raises and may be called by any of them."""

    def __init__(self, hand: "Hand", turn: "threading.Lock") -> None:
        """`turn` is held by whoever has a command under way."""
        self._hand = hand
        self._turn = turn
        self._session = Session(hand.till)

    def words(self) -> Words:
        """The language that the till speaks now."""
        return self._session.words

    def answer(self, data: bytes) -> bytes:
        """The answer to one command, as JSON without a line end."""
        if only_looks(data):
            return self._answer(data)
        if not self._turn.acquire(timeout=TURN_S):
            return refused(_busy(), self._session.words)
        try:
            return self._answer(data)
        finally:
            self._turn.release()

    def _answer(self, data: bytes) -> bytes:
        try:
            return written(self._run(data))
        except Exception as error:  # noqa: BLE001 - a register must get an answer, whatever is wrong
            return refused(error, self._session.words)

    def _run(self, data: bytes) -> Answer:
        found = self._hand.do(lambda: begin(self._session, data))
        if isinstance(found, dict):
            return found
        steps = found
        while not isinstance(step := self._hand.do(lambda: go_on(steps)), dict):
            _wait(step)
        return step


class Hand:
    """Hands jobs of other threads over to the till's own."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self._stopped = threading.Event()

    def stop(self) -> None:
        """The till comes to nothing any more: nobody waits for it."""
        self._stopped.set()

    def do(self, job: Callable[[], T]) -> T:
        """What `job` gives, done by the till's thread. Raises what it raises; Refused when the till has no time.

        A job that the till does not come to in time is not done at all.
        """
        promise: Future[T] = Future()

        def run() -> None:
            if promise.set_running_or_notify_cancel():
                try:
                    promise.set_result(job())
                except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
                    promise.set_exception(error)

        self.till.ask(run)
        end = time.monotonic() + TILL_S
        while not wait((promise,), STEP_S).done:
            if (self._stopped.is_set() or time.monotonic() > end) and promise.cancel():
                raise _busy()
        return promise.result()


def _wait(what: Wait) -> None:
    end = time.monotonic() + what.seconds
    while not what.ready() and time.monotonic() < end:
        time.sleep(STEP_S)


def _busy() -> Refused:
    return Refused("busy", mark("The till is busy: nothing was done, send it again."))
