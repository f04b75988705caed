"""Real processes that live on a folder and end when they are told to: forked, so that one starts in milliseconds."""

import contextlib
import gc
import multiprocessing
import os
import random
import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.crash.disk import Disk

FAULTS = ("kill", "torn", "lost")
KILLED = -signal.SIGKILL
WAIT_S, END_S = 60.0, 5.0
STOP = ("stop",)
_FORK = multiprocessing.get_context("fork")


class Fault(msgspec.Struct, frozen=True):
    """What happens to a process at the `at`-th named point after it is armed; `after` is the disk of a power cut."""

    kind: str
    at: int
    seed: int
    after: str = ""


class Points:
    """The `crash` of a process. Until it is armed nothing happens."""

    def __init__(self, disk: Disk | None) -> None:
        self.seen: list[str] = []
        self.look: Callable[[], None] = lambda: None
        self._disk = disk
        self._fault: Fault | None = None
        self._armed = False

    def arm(self, fault: Fault | None) -> None:
        """From now on points count; at that of `fault` the process ends."""
        self._fault, self._armed, self.seen = fault, True, []

    def disarm(self) -> None:
        """Points do not count any more. A cut that was due and had no occasion happens now."""
        self._armed = False
        if self._fault is not None and len(self.seen) > self._fault.at:
            self._end()

    def __call__(self, point: str) -> None:
        """A process is at `point`."""
        if not self._armed:
            return
        self.seen.append(point)
        self.look()
        fault = self._fault
        if fault is None or len(self.seen) - 1 != fault.at:
            return
        if fault.kind == "torn" and self._disk is not None:
            self._disk.before_next_sync(self._end)
        else:
            self._end()

    def _end(self) -> None:
        fault = self._fault
        assert fault is not None
        if self._disk is not None:
            self._disk.cut(Path(fault.after), fault.kind, random.Random(fault.seed))
        os.kill(os.getpid(), signal.SIGKILL)


class Process:
    """A forked process that does what it is sent, one thing after the other."""

    def __init__(self, life: Callable[..., None], *values: Any) -> None:
        self._pipe, far = _FORK.Pipe()
        self._process = _FORK.Process(target=_live, args=(far, self._pipe, life, values), daemon=True)
        self._process.start()
        far.close()

    def send(self, *message: Any) -> None:
        """Ask for something; the answer comes by `answer`."""
        self._pipe.send(message)

    def answer(self) -> Any:
        """What it said. Raises Ended when it said nothing more, AssertionError when something in it broke."""
        try:
            if not self._pipe.poll(WAIT_S):
                raise AssertionError("a process does not answer")
            good, found = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise Ended from None
        if not good:
            raise AssertionError(found)
        return found

    def ask(self, *message: Any) -> Any:
        """Both."""
        self.send(*message)
        return self.answer()

    def end(self, *, hard: bool = False) -> int:
        """Wait for its end after telling it to stop, or killing it; its exit status, negative for a signal."""
        if hard:
            self._process.kill()
        with contextlib.suppress(OSError):
            self._pipe.send(STOP)  # processes that were forked later hold the pipe open, too
        self._pipe.close()
        self._process.join(END_S)
        self._process.kill()
        self._process.join()
        status = self._process.exitcode
        self._process.close()
        return KILLED if status is None else status


class Ended(Exception):
    """The process is no more."""


def _live(far: Any, near: Any, life: Callable[..., None], values: tuple[Any, ...]) -> None:
    near.close()
    gc.freeze()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        life(far, *values)
    except EOFError:
        pass
    except BaseException:
        far.send((False, traceback.format_exc()))


def _end_with(parent: int) -> None:
    """Whoever began this may be killed, and brothers hold the pipe open."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def serve(pipe: Any, do: Callable[..., Any]) -> None:
    """Do what comes through the pipe until it is closed."""
    while True:
        message = pipe.recv()
        if message == STOP:
            return
        try:
            done = do(*message)
        except Exception:
            pipe.send((False, traceback.format_exc()))
        else:
            pipe.send((True, done))
