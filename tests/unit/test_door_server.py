"""The door of a till on the shop's network: whoever knocks how ever, it stays open for the neighbours and ends."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from sync.till.bounded import MOST_CONNECTIONS, BadAddress
from sync.till.door import BODY_LIMIT, Answer
from sync.till.door_server import DoorServer


class Told:
    """A door that says what it was asked."""

    def __init__(self, part: Path) -> None:
        self.part = part
        self.threads: set[str] = set()
        self.fails = False

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.threads.add(threading.current_thread().name)
        if self.fails:
            raise RuntimeError("a fault")
        if path == "/part":
            return Answer(206, {"content-length": "6"}, part=(self.part, 4, 6))
        said = f"{method} {path} {headers.get('x-word', '')} {len(body)}".encode()
        return Answer(200, {"content-length": str(len(said))}, said)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[Told, str]]:
    """A door on loopback and its address."""
    (tmp_path / "part").write_bytes(b"0123456789abcdef")
    told = Told(tmp_path / "part")
    server = DoorServer("127.0.0.1:0", told)  # type: ignore[arg-type]
    server.start()
    yield told, f"http://127.0.0.1:{server.port}"
    server.stop()


def plug(url: str) -> socket.socket:
    """A bare connection."""
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=10)


def test_questions_and_parts(door: tuple[Told, str]) -> None:
    """Method, path, headers and body arrive, and a part of a file goes out."""
    with client() as http:
        assert http.post(f"{door[1]}/move", content=b"abc", headers={"x-word": "w"}).text == "POST /move w 3"
        assert http.get(f"{door[1]}/blob/x").text == "GET /blob/x  0"
        assert http.get(f"{door[1]}/part").text == "456789"


def test_too_much_is_not_read(door: tuple[Told, str]) -> None:
    """A body beyond the bound, or of unknown length, is refused unread; what is no HTTP ends its connection."""
    with client() as http:
        assert http.post(f"{door[1]}/move", content=b"x" * (BODY_LIMIT + 1)).status_code == 413
        assert http.post(f"{door[1]}/move", content=iter([b"x"])).status_code == 413
        assert http.put(f"{door[1]}/move", content=b"").status_code == 501
    with plug(door[1]) as bare:
        bare.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
        assert b"400" in bare.recv(4096)
    assert door[0].threads == set()


def test_a_crowd(door: tuple[Told, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that say nothing are so many at most, and are cut after their time; then the door is free again."""
    monkeypatch.setattr(DoorServer, "connection_s", 1.0)
    crowd = [plug(door[1]) for _ in range(MOST_CONNECTIONS + 4)]
    for one in crowd:
        one.settimeout(10)
        assert one.recv(1) == b""  # nobody is served, nobody hangs
        one.close()
    with client() as http:
        assert http.get(f"{door[1]}/again").status_code == 200


def test_a_slow_one(door: tuple[Told, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte by byte for ever is cut too: what counts is the whole time of a connection."""
    monkeypatch.setattr(DoorServer, "connection_s", 1.0)
    began = time.monotonic()
    with plug(door[1]) as bare, pytest.raises(OSError, match=r"."):
        drip(bare, began + 20)
    assert time.monotonic() < began + 20


def drip(bare: socket.socket, end: float) -> None:
    """Send a byte now and then."""
    while time.monotonic() < end:
        bare.sendall(b"G")
        time.sleep(0.05)


def test_a_fault_of_ours(door: tuple[Told, str], caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong while answering ends that connection only, and is logged without what was asked."""
    door[0].fails = True
    with client() as http:
        for _ in range(DoorServer.workers + 2):
            with pytest.raises(httpx.RemoteProtocolError):
                http.get(f"{door[1]}/secret")
        door[0].fails = False
        assert http.get(f"{door[1]}/again").status_code == 200
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_few_threads_for_ever(door: tuple[Told, str]) -> None:
    """However many ask, the same few threads answer: each keeps a connection to the store."""
    with client() as http:
        for _ in range(40):
            http.get(f"{door[1]}/x")
    assert len(door[0].threads) <= DoorServer.workers


def test_it_ends(tmp_path: Path) -> None:
    """Stopped with a connection open, it is gone at once."""
    server = DoorServer("127.0.0.1:0", Told(tmp_path))  # type: ignore[arg-type]
    server.start()
    with plug(f"http://127.0.0.1:{server.port}"):
        began = time.monotonic()
        server.stop()
    assert time.monotonic() - began < 5
    with pytest.raises(OSError, match=r"."):
        plug(f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    "address", ["", "8766", "127.0.0.1:", "127.0.0.1:99999", "256.0.0.1:80", "203.0.113.7:80"]
)
def test_an_address_that_is_none(address: str, tmp_path: Path) -> None:
    """A door that cannot be opened is said when the till starts, with what to write."""
    with pytest.raises(BadAddress, match="door"):
        DoorServer(address, Told(tmp_path))  # type: ignore[arg-type]
