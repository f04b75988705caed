"""The printer thread: drains the spool over a real pseudo-terminal, and never keeps a sale waiting."""

import contextlib
import os
import pty
import threading
import tty
from collections.abc import Iterator

import msgspec
import pytest

from pos_app.devices.serial_port import Line
from pos_app.printing import printer as printing
from pos_app.printing.printer import Printer
from pos_app.till.slip import printed
from sync.till import spool
from sync.till.database import Connection
from tests.unit.till_kit import Shop


@pytest.fixture
def paper() -> Iterator[tuple[int, str]]:
    """The printer's end of a pseudo-terminal, and the name of the till's end."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    name = os.ttyname(theirs)
    yield ours, name
    os.close(ours)
    with contextlib.suppress(OSError):
        os.close(theirs)


def made(shop: Shop, port: str, told: list[tuple[str, str]], paper_bytes: int = 0) -> Printer:
    """A printer of the shop's receipts, each followed by so many more bytes."""

    def render(job: bytes) -> bytes:
        return printed(shop.till.parts, job) + b"x" * paper_bytes

    watch = lambda *what: told.append(what)  # noqa: E731
    return Printer(port, Line(), shop.store, shop.writer, shop.clock, render=render, watch=watch)


def test_prints_what_is_sold_from_now_on(shop: Shop, paper: tuple[int, str]) -> None:
    """A job is marked printed once its bytes are out; what waited before the start waits for P."""
    ours, name = paper
    shop.sale(shop.member(1), "1000")
    assert shop.view.done is not None
    assert shop.view.done.printed is None, "no printer, so nothing will ever be printed"
    shop.options = msgspec.structs.replace(shop.options, prints=True)
    shop.restart()
    shop.sign_in()
    told: list[tuple[str, str]] = []
    printer = made(shop, name, told)
    assert printer.step() > 0
    assert len(spool.pending_jobs(shop.store.reader())) == 1
    shop.sale(shop.member(2), "2000")
    assert shop.view.done is not None
    assert shop.view.done.printed is False
    assert printer.step() == 0
    data = os.read(ours, 65_536)
    assert data.startswith(b"\x1b@\x1bt\x13")
    assert data.endswith(b"\x1dVB\x00")
    assert shop.view.done is not None
    assert shop.view.done.printed
    assert told == [("", name)]
    printer._drop()


def test_absent_printer(shop: Shop) -> None:
    """No printer: one sentence, receipts wait, and the sale is recorded all the same."""
    told: list[tuple[str, str]] = []
    printer = made(shop, "/dev/no-such-printer", told)
    for _ in range(3):
        assert printer.step() > 0
    shop.sale(shop.member(1), "1000")
    assert told == [(printing.ABSENT, "/dev/no-such-printer")]
    assert len(spool.pending_jobs(shop.store.reader())) == 1


def test_printer_that_takes_nothing(
    shop: Shop, paper: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of paper: the write times out, the sentence says where to look, the job stays."""
    _, name = paper
    monkeypatch.setattr(printing, "WRITE_TIMEOUT", 0.05)
    told: list[tuple[str, str]] = []
    printer = made(shop, name, told, paper_bytes=400_000)
    shop.sale(shop.member(1), "1000")
    assert printer.step() > 0
    assert told[-1] == (printing.STUCK, name)
    assert len(spool.pending_jobs(shop.store.reader())) == 1


def test_thread_starts_and_stops(shop: Shop, paper: tuple[int, str]) -> None:
    """The thread ends when it is told to, with nothing to print."""
    told: list[tuple[str, str]] = []
    printer = made(shop, paper[1], told)
    names = lambda: [one.name for one in threading.enumerate()]  # noqa: E731
    printer.start()
    assert f"printer {paper[1]}" in names()
    printer.stop()
    assert f"printer {paper[1]}" not in names()


def test_the_view_names_the_printer(shop: Shop) -> None:
    """The status line says what is wrong, in the till's language, and nothing when all is well."""
    shop.till.device("printer", printing.ABSENT, port="/dev/ttyS0")
    shop.till.pump()
    assert "/dev/ttyS0" in shop.view.status.printer
    shop.till.device("printer", "", port="/dev/ttyS0")
    shop.till.pump()
    assert shop.view.status.printer == ""


def test_a_paper_that_cannot_be_laid_out_holds_up_no_other(shop: Shop, paper: tuple[int, str]) -> None:
    """A damaged job is said in words and left out; the receipt behind it comes."""
    ours, name = paper
    told: list[tuple[str, str]] = []
    printer = made(shop, name, told)
    shop.write(lambda conn: spool.add_job(conn, "x", "receipt", b'{"record":{"kind":"new"},"language":"fr"}'))
    shop.sale(shop.member(1), "1000")
    assert printer.step() > 0
    assert told[-1] == (printing.LEFT_OUT, name)
    assert printer.step() == 0.0
    assert b"LOYALTY RECEIPT" in os.read(ours, 65536)
    assert spool.pending_jobs(shop.store.reader()) == ()


def test_a_till_without_a_printer_keeps_the_last_thousand_papers(shop: Shop) -> None:
    """They are for the day on which one is plugged in, and do not fill the disk."""

    def many(conn: Connection) -> None:
        for n in range(spool.KEPT + 30):
            spool.add_job(conn, f"t{n}", "receipt", b"{}")
        spool.forget(conn, 0)

    shop.write(many)
    left = spool.pending_jobs(shop.store.reader())
    assert (len(left), left[-1].ticket) == (spool.KEPT, f"t{spool.KEPT + 29}")
