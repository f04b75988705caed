"""A till behind commands: one JSON command in, one JSON answer out, and nothing that comes in ends the till."""

import threading
import time

from pos_app.headless.answers import Answer
from pos_app.headless.commands import begin, go_on, only_looks
from pos_app.headless.protocol import Wait, refused, written
from pos_app.headless.session import Session
from pos_app.till.till import Till

STEP_S = 0.05


class Console:
    """Commands carried out on the till's own thread. `answer` never raises."""

    def __init__(self, till: Till, turn: "threading.Lock | None" = None) -> None:
        """Listen to what other threads bring, to answer a command with what the ledger says to it.

        `turn` is held by whoever has a command under way, where commands come in several ways.
        """
        self._till = till
        self._turn = turn or threading.Lock()
        self._session = Session(till)
        self._woken = threading.Event()
        till.on_change = self.wake

    def wake(self) -> None:
        """Something waits for the till's pump."""
        self._woken.set()

    def answer(self, line: bytes) -> bytes:
        """The answer to one command, as JSON without a line end."""
        if only_looks(line):
            return self._answer(line)
        while not self._turn.acquire(timeout=STEP_S):
            self._till.pump()  # whoever has the turn waits for the till
        try:
            return self._answer(line)
        finally:
            self._turn.release()

    def _answer(self, line: bytes) -> bytes:
        try:
            self._till.pump()
            return written(self._run(line))
        except Exception as error:  # noqa: BLE001 - a register must get an answer, whatever is wrong
            return refused(error, self._session.words)

    def _run(self, line: bytes) -> Answer:
        found = begin(self._session, line)
        while not isinstance(found, dict):
            step = go_on(found)
            if isinstance(step, dict):
                return step
            self._wait(step)
        return found

    def _wait(self, what: Wait) -> None:
        """Take in what other threads bring until it is ready, or its time is over."""
        end = time.monotonic() + what.seconds
        while not what.ready() and (left := end - time.monotonic()) > 0:
            self._woken.wait(min(left, STEP_S))
            self._woken.clear()
            self._till.pump()
