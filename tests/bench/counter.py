"""A till at work without a screen: the same use cases as behind the terminal, signed in."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import TypeVar

import shop

from pos_app.memory import settle
from pos_app.till.till import Till
from sync.system_clock import SystemClock
from sync.till.database import Connection, Store, open_store
from sync.till.writer import Priority, Writer

T = TypeVar("T")


class WatchedWriter(Writer):
    """The shop's writer with its thread; notes how long the last ticket job took from the caller's side."""

    last_ns = 0

    def settle(self) -> None:
        """Wait until the queue is empty, as it is between two keys of a cashier."""
        super().run(lambda _: None, Priority.CHECKPOINT)

    def run(self, job: Callable[[Connection], T], priority: Priority = Priority.TICKET) -> T:
        """As `Writer.run`, timed."""
        start = perf_counter_ns()
        try:
            return super().run(job, priority)
        finally:
            self.last_ns = perf_counter_ns() - start


@contextmanager
def open_till(folder: Path) -> Iterator[tuple[Till, Store, WatchedWriter]]:
    """The till of a prepared folder, signed in."""
    store = open_store(folder)
    writer = WatchedWriter(store)
    writer.start()
    try:
        till = Till(store, writer, SystemClock(), os.urandom)
        till.scan_text(shop.BADGE, "bench")
        till.pin(shop.PIN)
        settle()  # as every entry point does
        yield till, store, writer
    finally:
        writer.stop()
        store.close()


def members(count: int, seed: int = 7) -> Iterator[int]:
    """Members known by name in random order, none twice before all had their turn."""
    order = list(range(1, min(count, shop.REGULARS) + 1))
    while True:
        random.Random(seed).shuffle(order)
        yield from order
        seed += 1
