"""Till and ledger over a real wire: a ledger process on loopback, real stores, lines that fail."""

import secrets
import shutil
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import msgspec
import pytest

from sync.system_clock import SystemClock
from sync.till.config import product as product_of
from sync.till.config import programme_for, staff_by_badge
from sync.till.events import (
    AccountArrived,
    CodeArrived,
    HabitsArrived,
    HoldArrived,
    OnlineChanged,
    Pulled,
    Pushed,
)
from sync.till.exchange import make_http, receive
from sync.till.members import find
from sync.till.offline import Failure, OfflineReason
from sync.till.pair import PairingFailed
from sync.till.slices import slices_of
from sync.tokens import card_token
from sync.wire import Refusal, Want
from tests.e2e.ledger_process import CARD, PROGRAMME, LedgerProcess, write_shop
from tests.e2e.line import Proxy, server
from tests.e2e.till_side import TillSide

NOW = 0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerProcess]:
    """One ledger for the tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("shared")
    tills = [option for n in range(20) for option in ("--till", f"halles=till-{n}")]
    with LedgerProcess(folder / "ledger.sqlite", write_shop(folder / "shop"), *tills) as process:
        yield process
        status, log = process.stop()
        assert status == 0
        assert "Traceback" not in log


@pytest.fixture
def code(shared: LedgerProcess) -> str:
    """A pairing code of the shared ledger that no other test uses."""
    return take_code(shared)


def take_code(shared: LedgerProcess) -> str:
    first, *rest = shared.codes
    shared.codes = tuple(rest)
    return first


def inbox(folder: Path) -> list[tuple[int, int, int]]:
    """What a stopped ledger has of journals: (dev, inc, seq)."""
    connection = sqlite3.connect(folder / "ledger" / "ledger.sqlite")
    rows = connection.execute("SELECT dev, inc, seq FROM inbox ORDER BY 1, 2, 3").fetchall()
    connection.close()
    return rows


def test_pair_push_pull(ledger: LedgerProcess, till: TillSide, tmp_path: Path) -> None:
    """A new till is paired, sends its journal and has programme, catalogue, staff and members."""
    who = till.pair(ledger.url, ledger.codes[0])
    assert (who.store, who.till, who.paired) == ("halles", "one", True)
    client = till.connect()
    till.write(3)
    client.push.step(NOW)
    client.pull.step(NOW)
    assert (till.accepted(), client.state().waiting, client.state().sent) == (3, 0, 3)
    reader = till.store.reader()
    assert programme_for(reader, date(2026, 5, 1)) == PROGRAMME.encode()
    product = product_of(reader, "2000000001005")
    assert product is not None
    assert product.cents == 160
    person = staff_by_badge(reader, card_token(who.lookup_key, "STAFF-1"))
    assert person is not None
    assert person.name == "Camille"
    assert find(reader, card_token(who.lookup_key, CARD)) is not None
    status, log = ledger.stop()
    assert status == 0
    assert "Traceback" not in log
    assert CARD not in log
    assert [row[2] for row in inbox(tmp_path)] == [1, 2, 3]


def test_a_lost_answer_doubles_nothing(ledger: LedgerProcess, till: TillSide, tmp_path: Path) -> None:
    """The ledger takes a push whose answer is lost; the same entries again are harmless, and so is the next push."""
    till.pair(ledger.url, ledger.codes[0])
    proxy = Proxy(ledger.port)
    try:
        client = till.connect(proxy.url)
        till.write(4)
        proxy.losing.set()
        client.push.step(NOW)
        assert (proxy.lost, till.accepted()) == (1, 0)
        proxy.losing.clear()
        till.write(1)
        client.wake_push()
        client.push.step(NOW)
        till.write(1)
        client.wake_push()
        client.push.step(NOW)
        assert till.accepted() == 6
        assert client.state().reason is None
    finally:
        till.close_client()
        proxy.close()
    ledger.stop()
    assert [row[2] for row in inbox(tmp_path)] == [1, 2, 3, 4, 5, 6]


def test_account_and_hold(shared: LedgerProcess, code: str, till: TillSide) -> None:
    """An unknown token is answered as such; a known one brings the row; a hold brings slices, once."""
    who = till.pair(shared.url, code)
    client = till.connect()
    client.request_account(b"x" * 16)
    client.request_account(card_token(who.lookup_key, CARD))
    client.holds.step(NOW)
    assert till.wait_for(AccountArrived).row is None
    row = till.wait_for(AccountArrived).row
    assert row is not None
    assert row.available == {"points": 120}
    ticket = till.ticket()
    for _ in range(2):
        client.request_hold(ticket, row.member, (Want("points", 100),))
        client.holds.step(NOW)
        assert till.wait_for(HoldArrived).answer.code == "granted"
    held = slices_of(till.store.reader(), row.member)
    assert [(piece.asset, piece.quantity, piece.ticket) for piece in held] == [("points", 100, ticket)]


def test_the_last_visits_are_told_where_the_card_is(shared: LedgerProcess, code: str, till: TillSide) -> None:
    """A card of the store's brings its answer; for a member who is nobody's none comes, and the till stays on line."""
    who = till.pair(shared.url, code)
    client = till.connect()
    client.request_habits(999_999, b"x" * 16)
    client.asking.step(NOW)
    client.request_account(card_token(who.lookup_key, CARD))
    client.holds.step(NOW)
    row = till.wait_for(AccountArrived).row
    assert row is not None
    client.request_habits(row.member, card_token(who.lookup_key, CARD))
    client.asking.step(NOW)
    assert till.wait_for(HabitsArrived).habits.member == row.member
    assert client.state().reason is None


def test_a_phones_code_is_taken_by_one_of_two_tills(
    shared: LedgerProcess, till: TillSide, other: TillSide
) -> None:
    """The second till is told while the customer stands there."""
    told = []
    for side in (till, other):
        side.pair(shared.url, take_code(shared))
        client = side.connect()
        client.claim_code(b"8 bytes!")
        client.asking.step(NOW)
        told.append(side.wait_for(CodeArrived).shown.elsewhere)
    assert told == [False, True]


@pytest.mark.parametrize("poll_s", [None, 25], ids=["stream", "long poll"])
def test_one_till_wakes_the_other(
    shared: LedgerProcess, till: TillSide, other: TillSide, poll_s: int | None
) -> None:
    """A member enrolled at one till is known at the other as soon as the ledger has it, without asking around."""
    till.pair(shared.url, take_code(shared))
    who = other.pair(shared.url, take_code(shared))
    listener = other.connect(poll_s=poll_s)
    listener.start()
    other.wait_for(Pulled)
    sender = till.connect()
    sender.start()
    till.wait_for(OnlineChanged, lambda event: event.online)
    token = card_token(who.lookup_key, secrets.token_hex(8))
    member = till.enrol(token)
    started = time.monotonic()
    sender.wake_push()
    till.wait_for(Pushed, lambda event: event.accepted_seq == 1)
    other.wait_for(Pulled, lambda event: member in event.members)
    assert time.monotonic() - started < 5
    assert find(other.store.reader(), token) == member


def test_a_killed_ledger_loses_and_doubles_nothing(tmp_path: Path, shop_folder: Path, till: TillSide) -> None:
    """SIGKILL in the middle of pushes, twice; afterwards the ledger has every entry once, in order."""
    database = tmp_path / "ledger" / "ledger.sqlite"
    process = LedgerProcess(database, shop_folder, "--till", "halles=one")
    till.pair(process.url, process.codes[0])
    client = till.connect()
    client.start()
    for turn in range(1, 3):
        for _ in range(20):
            till.write(2)
            client.wake_push()
        till.wait_for(Pushed)
        process.kill()
        till.write(3)
        client.wake_push()
        till.wait_for(OnlineChanged, lambda event: not event.online)
        assert client.state().waiting >= 3
        process = LedgerProcess(database, shop_folder, port=process.port)
        assert turn * 43 == till.head()
        client.wake_push()
    till.wait_for(Pushed, lambda event: event.accepted_seq == till.head())
    assert client.state().waiting == 0
    till.close_client()
    process.stop()
    assert [row[2] for row in inbox(tmp_path)] == list(range(1, till.head() + 1))


def test_a_used_or_wrong_code_pairs_nobody(shared: LedgerProcess, till: TillSide, other: TillSide) -> None:
    """A code works once; one with a wrong secret, or no code at all, never: one sentence each."""
    used, fresh = take_code(shared), take_code(shared)
    till.pair(shared.url, used)
    for code, word in (
        (used, "code"),
        (fresh[:16] + "A" * 16, "code"),
        ("not a code", "32 letters"),
    ):
        with pytest.raises(PairingFailed, match=word) as caught:
            other.pair(shared.url, code)
        assert "\n" not in str(caught.value)
    assert other.pair(shared.url, fresh.lower()).paired


def test_a_code_of_another_ledger_never_leaves_the_till(ledger: LedgerProcess, till: TillSide) -> None:
    """The key in the code is not the key that answers: the secret is not sent, and the sentence says interception."""
    code = "A" * 16 + ledger.codes[0][16:]
    with pytest.raises(PairingFailed) as caught:
        till.pair(ledger.url, code)
    assert caught.value.code == "wrong_key"
    _, log = ledger.stop()
    assert "/pair" not in log


def test_no_answer_to_pairing(till: TillSide, code: str) -> None:
    """Nobody listens, or somebody else does: one sentence each, nothing stored."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        closed = f"http://127.0.0.1:{reserved.getsockname()[1]}"
    with pytest.raises(PairingFailed, match="cannot be reached"):
        till.pair(closed, code)
    with server(page) as url, pytest.raises(PairingFailed, match="not a ledger"):
        till.pair(url, code)
    with pytest.raises(PairingFailed, match="must look like"):
        till.pair("ledger.example", code)


def test_another_ledger_at_the_address(tmp_path: Path, shop_folder: Path, till: TillSide) -> None:
    """The address now belongs to a ledger with another key: offline with that reason, nothing taken over."""
    first = LedgerProcess(tmp_path / "a" / "ledger.sqlite", shop_folder, "--till", "halles=one")
    till.pair(first.url, first.codes[0])
    first.stop()
    till.write(2)
    client = till.connect()
    with LedgerProcess(tmp_path / "b" / "ledger.sqlite", shop_folder, port=first.port):
        client.push.step(NOW)
        assert client.state().reason is OfflineReason.WRONG_KEY
        assert (till.accepted(), till.head()) == (0, 2)


def test_a_till_the_ledger_does_not_know(tmp_path: Path, shop_folder: Path, till: TillSide) -> None:
    """The ledger came back with its key and without its database: its signed refusal is the state."""
    first = LedgerProcess(tmp_path / "a" / "ledger.sqlite", shop_folder, "--till", "halles=one")
    till.pair(first.url, first.codes[0])
    first.stop()
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / "ledger.sqlite.key", tmp_path / "b")
    client = till.connect()
    with LedgerProcess(tmp_path / "b" / "ledger.sqlite", shop_folder, port=first.port):
        client.push.step(NOW)
        assert client.state().reason is OfflineReason.REFUSED


def page(plug: socket.socket, over: threading.Event) -> None:
    body = b"<html>Welcome to the Wi-Fi</html>"
    plug.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def noise(plug: socket.socket, over: threading.Event) -> None:
    plug.sendall(bytes(range(256)) * 40)


def hang_up(plug: socket.socket, over: threading.Event) -> None:
    return


def flood(plug: socket.socket, over: threading.Event) -> None:
    plug.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.msgpack\r\n\r\n")
    while not over.is_set():
        plug.sendall(b"\0" * 65536)


def truncated(plug: socket.socket, over: threading.Event) -> None:
    plug.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nshort")


def silence(plug: socket.socket, over: threading.Event) -> None:
    over.wait()


def drip(plug: socket.socket, over: threading.Event) -> None:
    plug.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.msgpack\r\n\r\n")
    while not over.wait(0.02):
        plug.sendall(b"\0")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (page, OfflineReason.UNSIGNED),
        (noise, OfflineReason.BAD_ANSWER),
        (hang_up, OfflineReason.UNREACHABLE),
        (flood, OfflineReason.TOO_BIG),
        (truncated, OfflineReason.UNREACHABLE),
    ],
)
def test_rubbish_is_a_state(
    shared: LedgerProcess,
    code: str,
    till: TillSide,
    answer: Callable[[socket.socket, threading.Event], None],
    reason: OfflineReason,
) -> None:
    """A server that is no ledger: the till is offline with a reason, keeps its entries, and recovers by itself."""
    till.pair(shared.url, code)
    till.write(2)
    with server(answer) as url:
        client = till.connect(url)
        client.push.step(NOW)
        assert client.state().reason is reason
        assert client.state().waiting == 2
        client.pull.step(NOW)
        client.live.step(NOW)
        till.close_client()
    client = till.connect()
    client.push.step(NOW)
    assert (client.state().waiting, client.state().online) == (0, True)


@pytest.mark.parametrize("answer", [silence, drip])
def test_a_slow_ledger_does_not_keep_the_customer(
    shared: LedgerProcess, code: str, till: TillSide, answer: Callable[[socket.socket, threading.Event], None]
) -> None:
    """An account question is given up after 300 ms, whether nothing comes or a byte now and then."""
    till.pair(shared.url, code)
    with server(answer) as url:
        client = till.connect(url)
        started = time.monotonic()
        client.request_account(b"x" * 16)
        client.holds.step(NOW)
        assert time.monotonic() - started < 1.5
        assert till.events.empty()
        with make_http(url) as http:
            request = http.build_request("GET", url, timeout=0.2)
            assert receive(http, request, SystemClock().mono_ms, 200, 10**6) == Failure(OfflineReason.SLOW)
        till.close_client()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/push", b"\xc1", 401, "unknown_device"),
        ("POST", "/pair", b"\xc1", 400, "bad_request"),
        ("POST", "/pair", b"\x91" * 5000, 400, "bad_request"),
        ("POST", "/pair", b"\0" * (2 * 1024 * 1024), 413, "too_big"),
        ("GET", "/account/zz", b"", 401, "unknown_device"),
        ("GET", "/hello", b"", 400, "bad_request"),
        ("GET", "/nowhere", b"", 404, "not_found"),
        ("DELETE", "/push", b"", 405, "not_found"),
        ("POST", "/operations/pair", b"\xc1", 401, "bad_signature"),
    ],
)
def test_bad_requests_get_a_refusal(
    shared: LedgerProcess, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    """Whatever is asked, the answer is a code and a sentence; the log has no traceback."""
    with httpx.Client(trust_env=False) as http:
        answer = http.request(method, shared.url + path, content=body)
        assert answer.status_code == status
        assert msgspec.msgpack.decode(answer.content, type=Refusal).code == code
        plain = http.request(method, shared.url + path, content=body, headers={"accept": "application/json"})
        assert msgspec.json.decode(plain.content, type=Refusal).code == code
        assert http.get(shared.url + "/health").text == "ok"


def test_a_stream_ends_when_the_ledger_stops(ledger: LedgerProcess, till: TillSide) -> None:
    """A listening till does not keep a stopping ledger alive."""
    till.pair(ledger.url, ledger.codes[0])
    client = till.connect()
    client.start()
    till.wait_for(Pulled)
    started = time.monotonic()
    ledger.process.send_signal(signal.SIGTERM)
    assert ledger.process.wait(10) == 0
    assert time.monotonic() - started < 5
    till.wait_for(OnlineChanged, lambda event: not event.online)
