"""A printer in the network, played by a real listener on loopback: taken, cut off, refused, slow, out of paper."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from pos_app.config import TillConfig
from pos_app.devices.serial_port import Line
from pos_app.doctor.ports import ports
from pos_app.printing import printer as printing
from pos_app.printing.printer import Printer
from pos_app.printing.viewer import viewed
from pos_app.till.slip import printed
from sync.till import spool
from tests.unit.till_kit import Shop


class Played:
    """A printer with room for few bytes; `uses` says what it does with one connection after the other."""

    def __init__(self, *uses: str) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self.got: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, args=(uses,))
        self.full = threading.Event()
        self._thread.start()

    def _serve(self, uses: tuple[str, ...]) -> None:
        for use in uses:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                getattr(self, use)(connection)

    def take(self, connection: socket.socket) -> None:
        """Everything until the till hangs up, with a status again and again that nobody asked for."""
        data = b""
        connection.sendall(b"\x14\x00\x00\x0f")
        while piece := connection.recv(512):
            data += piece
            time.sleep(0.01)
            connection.sendall(b"\x14\x00\x00\x0f")
        self.got.append(data)

    def take_slowly(self, connection: socket.socket) -> None:
        """The same, a few bytes at a time."""
        data = b""
        while piece := connection.recv(1024):
            data += piece
            time.sleep(0.025)
        self.got.append(data)

    def cut(self, connection: socket.socket) -> None:
        """A part, then the cable is pulled: the connection breaks."""
        self.got.append(connection.recv(100))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def hold(self, _connection: socket.socket) -> None:
        """Nothing is taken: paper out, cover open."""
        self.full.wait(10)

    def wait(self) -> None:
        """Until every connection was used."""
        self._thread.join(10)

    def close(self) -> None:
        self.full.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def close() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


def made(shop: Shop, port: str, told: list[str], more: int = 0) -> Printer:
    """A printer of the shop's receipts, each with `more` bytes behind it."""
    render = lambda job: printed(shop.till.parts, job) + b"x" * more  # noqa: E731
    watch = lambda what, _port: told.append(what)  # noqa: E731
    return Printer(port, Line(), shop.store, shop.writer, shop.clock, render=render, watch=watch)


def played(close: contextlib.ExitStack, *uses: str) -> Played:
    found = Played(*uses)
    close.callback(found.close)
    return found


def waiting(shop: Shop) -> int:
    return len(spool.pending_jobs(shop.store.reader()))


def test_a_receipt_for_each_connection(shop: Shop, close: contextlib.ExitStack) -> None:
    """Bytes arrive whole, and between two receipts the printer is free for the other tills."""
    machine = played(close, "take", "take")
    told: list[str] = []
    printer = made(shop, machine.url, told)
    assert printer.step() > 0
    assert printer._port is None, "nothing to print takes no connection"
    for amount in ("1000", "2000"):
        shop.sale(shop.member(1), amount)
        assert printer.step() == 0
        assert waiting(shop) == 0
        assert printer.step() > 0
    machine.close()
    assert [viewed(one).cut for one in machine.got] == [True, True]
    assert told == [""]


def test_cut_off_and_refused(shop: Shop, close: contextlib.ExitStack) -> None:
    """Half a receipt is no receipt: it is printed whole once the printer is back, and nothing of it was lost."""
    machine = played(close, "cut", "take")
    told: list[str] = []
    printer = made(shop, machine.url, told, more=60_000)
    shop.sale(shop.member(1), "1000")
    assert printer.step() == printing.RETRY_EVERY
    assert (waiting(shop), told) == (1, [printing.ABSENT])
    assert printer.step() == 0
    assert printer.step() > 0
    machine.close()
    assert waiting(shop) == 0
    (job,) = [spool.last_job(shop.store.reader())]
    assert job is not None
    assert machine.got[-1] == printed(shop.till.parts, job.data) + b"x" * 60_000
    assert told == [printing.ABSENT, ""]
    shop.sale(shop.member(2), "1000")
    assert printer.step() == printing.RETRY_EVERY, "nobody listens any more"
    assert (waiting(shop), told[-1]) == (1, printing.ABSENT)


def test_slow_is_not_stuck(shop: Shop, close: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A printer that takes longer than the timeout in all, but goes on taking, gets the whole receipt."""
    monkeypatch.setattr(printing, "WRITE_TIMEOUT", 1.0)
    machine = played(close, "take_slowly")
    told: list[str] = []
    printer = made(shop, machine.url, told, more=60_000)
    shop.sale(shop.member(1), "1000")
    begun = time.monotonic()
    assert printer.step() == 0
    assert time.monotonic() - begun > 1.0
    assert printer.step() > 0
    machine.close()
    assert waiting(shop) == 0
    assert len(machine.got[0]) > 60_000


def test_out_of_paper(shop: Shop, close: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only lies in this machine's buffers counts as not printed, also where it all fits into them."""
    monkeypatch.setattr(printing, "WRITE_TIMEOUT", 0.1)
    machine = played(close, "hold")
    told: list[str] = []
    printer = made(shop, machine.url, told, more=5_000)
    shop.sale(shop.member(1), "1000")
    assert printer.step() == printing.RETRY_EVERY
    assert (waiting(shop), told) == (1, [printing.STUCK])
    shop.sale(shop.member(2), "2000")
    assert shop.view.done is not None, "the sale does not wait for paper"
    shop.restart()
    assert waiting(shop) == 2


def test_the_doctor_looks_whether_it_is_there(close: contextlib.ExitStack) -> None:
    """A connection and no byte; nobody there is a fault that says what to correct."""
    machine = played(close, "take_slowly")
    found = [one for one in ports(TillConfig(printer=machine.url), running=False) if one.what == "printer"]
    machine.wait()
    machine.close()
    found += [one for one in ports(TillConfig(printer=machine.url), running=False) if one.what == "printer"]
    assert [str(one.text) for one in found] == [
        f"{machine.url} takes a connection",
        f"{machine.url} is not there: plug it in, or correct its name in till.toml.",
    ]
    assert machine.got == [b""]
