"""Prints the spool on a serial or network printer, in a thread of its own: no sale ever waits for paper.

What was waiting when the till started is not printed by itself, because it may be on paper already: the cashier
asks for it, and it is marked as a duplicate.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import serial

from pos_app.devices.serial_port import PORT_ERRORS, Line
from pos_app.printing.line_out import LineOut, in_network, open_line
from rules.sentences import mark
from sync.clock import Clock
from sync.sqlite_driver import DatabaseError
from sync.till import spool
from sync.till.database import Connection, Store, StoreError
from sync.till.spool import Job
from sync.till.writer import Priority, Writer

WRITE_TIMEOUT: Final = 5.0  # seconds: paper out and cover open hold the line until somebody comes
RETRY_EVERY: Final = 2.0
LOOK_EVERY: Final = 0.25
PIECE: Final = 512  # bytes: so that a stop does not wait for a whole receipt at 9600 baud

ABSENT: Final = mark("Printer {port} is not there: plug it in; receipts wait.")
STUCK: Final = mark("Printer {port} takes nothing: check paper and cover; receipts wait.")
LEFT_OUT: Final = mark("A paper cannot be laid out and is left out: F9, 8 shows the last receipt.")

# Makes the printer's bytes of what a job holds.
Render = Callable[[bytes], bytes]
# Tells the sentence, "" when all is well, and the port.
Watcher = Callable[[str, str], None]


class Printer:
    """Drains the spool to one port, step by step; `start` and `stop` drive it from a thread."""

    def __init__(
        self,
        port: str,
        line: Line,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        render: Render,
        watch: Watcher,
    ) -> None:
        """`port` is a device or a pyserial URL. What waits now stays until it is asked for."""
        self._name = port
        self._line = line
        self._store = store
        self._writer = writer
        self._clock = clock
        self._render = render
        self._watch = watch
        self._port: LineOut | None = None
        self._told: str | None = None
        self._after = spool.last_waiting(store.reader())
        self._pages: deque[bytes] = deque()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"printer {port}", daemon=True)

    def start(self) -> None:
        """Begin printing; the printer may be absent."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the piece that is being written."""
        self._stopping.set()
        self._thread.join()
        self._drop()

    def print_page(self, data: bytes) -> None:
        """Print `data`, which is no receipt, before whatever waits. Returns at once; called from any thread."""
        self._pages.append(data)

    def step(self) -> float:
        """Print one waiting page or job, if there is one; returns the seconds to wait before the next step."""
        try:
            return self._step()
        except serial.SerialTimeoutException:
            return self._failed(STUCK)
        except PORT_ERRORS:
            return self._failed(ABSENT)
        except (StoreError, DatabaseError):
            return RETRY_EVERY

    def _step(self) -> float:
        job = spool.next_job(self._store.reader(), self._after)
        if in_network(self._name) and job is None and not self._pages:
            self._drop()
            return LOOK_EVERY
        data = self._laid_out(job) if job is not None else b""
        if job is not None and data is None:
            self._done(job)
            self._tell(LEFT_OUT)
            return RETRY_EVERY
        port = self._port or self._open()
        while self._pages and self._write(port, self._pages[0]):
            self._pages.popleft()
        if job is not None and data and self._write(port, data):
            self._done(job)
        self._tell("")
        return LOOK_EVERY if job is None else 0.0

    def _laid_out(self, job: Job) -> bytes | None:
        try:
            return self._render(job.data)
        except (ValueError, TypeError, LookupError, AttributeError):  # a damaged job: the next one is printed
            return None

    def _done(self, job: Job) -> None:
        wall_ms = self._clock.wall_ms()

        def printed(conn: Connection) -> None:
            spool.mark_printed(conn, job.id, wall_ms)

        self._writer.run(printed, Priority.SYNC)

    def _write(self, port: LineOut, data: bytes) -> bool:
        """Whether all of it was written; False when the till is being left."""
        for start in range(0, len(data), PIECE):
            if self._stopping.is_set():
                return False
            port.write(data[start : start + PIECE])
        port.flush()
        return True

    def _open(self) -> LineOut:
        self._port = open_line(self._name, self._line, WRITE_TIMEOUT)
        return self._port

    def _failed(self, sentence: str) -> float:
        self._drop()
        self._tell(sentence)
        return RETRY_EVERY

    def _drop(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            try:
                port.close()
            except PORT_ERRORS:
                self._port = None

    def _tell(self, sentence: str) -> None:
        if sentence != self._told:
            self._told = sentence
            self._watch(sentence, self._name)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self.step()
            if pause:
                self._stopping.wait(pause)
