"""A till behind commands: one JSON command in, one JSON answer out, and nothing that comes in ends the till."""

import threading
import time

from pos_app.headless import member, sale, whole
from pos_app.headless.answers import Answer
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Wait, read, refused, written
from pos_app.headless.session import Do, Session
from pos_app.till.till import Till

STEP_S = 0.05
COMMANDS: dict[str, Do] = {**sale.COMMANDS, **member.COMMANDS, **whole.COMMANDS}


class Console:
    """Commands carried out on the till's own thread. `answer` never raises."""

    def __init__(self, till: Till) -> None:
        """Listen to what other threads bring, to answer a command with what the ledger says to it."""
        self._till = till
        self._session = Session(till)
        self._woken = threading.Event()
        till.on_change = self._woken.set

    def answer(self, line: bytes) -> bytes:
        """The answer to one command, as JSON without a line end."""
        try:
            self._till.pump()
            self._till.dismiss()
            return written(self._run(line))
        except Exception as error:  # noqa: BLE001 - a register must get an answer, whatever is wrong
            return refused(error)

    def _run(self, line: bytes) -> Answer:
        command = read(line)
        do = COMMANDS.get(command.do)
        if do is None:
            names = ", ".join(sorted(COMMANDS))
            raise Refused("unknown_command", f"There is no such command: send one of {names}.")
        steps = do(self._session, command)
        if isinstance(steps, dict):
            return steps
        try:
            while True:
                self._wait(next(steps))
        except StopIteration as end:
            found: Answer = end.value
            return found

    def _wait(self, what: Wait) -> None:
        """Take in what other threads bring until it is ready, or its time is over."""
        end = time.monotonic() + what.seconds
        while not what.ready() and (left := end - time.monotonic()) > 0:
            self._woken.wait(min(left, STEP_S))
            self._woken.clear()
            self._till.pump()
