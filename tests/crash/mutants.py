"""Faults put in on purpose: `run.py --mutant NAME` must fail, else the matrix does not look there."""

from collections.abc import Callable
from typing import Any


def synchronous_normal() -> None:
    """A commit of a till is not on the disk when it is answered."""
    _pragma("NORMAL")


def grant_apart() -> None:
    """What a ticket draws from its grants is written in a transaction of its own, after that of the ticket."""
    from pos_app.till import effects
    from sync.till import slices
    from sync.till.writer import Writer

    real_draw, real_run = slices.draw, Writer.run
    drawn: list[Any] = []

    def draw(connection: Any, draws: Any) -> None:
        draws = tuple(draws)
        real_draw(connection, draws)
        drawn.extend(draws)

    def run(self: Any, job: Any, *priority: Any) -> Any:
        def undrawn(connection: Any) -> Any:
            found = job(connection)
            slices.undraw(connection, drawn)
            return found

        found = real_run(self, undrawn, *priority)
        if drawn:
            draws = tuple(drawn)
            drawn.clear()
            real_run(self, lambda connection: real_draw(connection, draws))
        return found

    effects.slices = _With(slices, draw=draw)  # type: ignore[assignment]
    Writer.run = run  # type: ignore[method-assign,assignment]


def print_apart() -> None:
    """The receipt is queued for the printer in a transaction of its own, after that of the ticket."""
    from pos_app.till import close
    from sync.till import spool
    from sync.till.writer import Writer

    real_run = Writer.run
    later: list[Any] = []

    def add_job(connection: Any, *values: Any) -> int:
        later.append(values)
        return 0

    def run(self: Any, job: Any, *priority: Any) -> Any:
        found = real_run(self, job, *priority)
        while later:
            real_run(self, lambda connection: spool.add_job(connection, *later.pop()))
        return found

    close.spool = _With(spool, add_job=add_job)  # type: ignore[assignment]
    Writer.run = run  # type: ignore[method-assign,assignment]


class _With:
    """A module in which some names mean something else."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _pragma(value: str) -> None:
    from sync.till import database

    real = database.connect

    def connect(*values: Any) -> Any:
        connection = real(*values)
        connection.execute(f"PRAGMA synchronous = {value}")
        return connection

    database.connect = connect


MUTANTS: dict[str, Callable[[], None]] = {
    one.__name__: one for one in (synchronous_normal, grant_apart, print_apart)
}


def put_in(name: str) -> None:
    """Put a mutant into this process; "" for none."""
    if name:
        MUTANTS[name]()
