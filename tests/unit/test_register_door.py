"""Cash registers of the same machine: commands over HTTP, and everybody else who knocks there."""

import json
import socket
import stat
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pos_app.faults import CannotStart
from pos_app.headless.http_door import HttpDoor
from pos_app.headless.protocol import LONGEST_COMMAND
from pos_app.languages.words import Words
from pos_app.till.view import Stage
from sync.till.bounded import BadAddress
from tests.unit.register_kit import Counter
from tests.unit.till_kit import Shop, card_number


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A till whose door is open, off line, signed in, with a member who has a card."""
    made = Counter(tmp_path_factory.mktemp("register") / "till", lambda shop: shop.member(1, name="Martin"))
    yield made
    made.stop()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


def test_a_sale_beside_the_screen(counter: Counter) -> None:
    """What the register sends is on the ticket of the screen at once; what the cashier does is in its answers."""
    assert counter.ask(do="scan", code=card_number(1))["member"]["name"] == "Martin"
    counter.ask(do="lines", ticket="h-1", lines=[{"cents": 500}, {"cents": 250}])
    shown = counter.till.view()
    assert (shown.stage, shown.ticket.total if shown.ticket else 0) == (Stage.TICKET, 750)
    counter.on_till(lambda: counter.till.remove_line(1))
    assert counter.ask(do="state")["view"]["ticket"]["total"] == 500
    first = counter.ask(do="close", ticket="h-1")["recorded"]
    assert first["gained"] == [{"rule": "base", "asset": "points", "quantity": 5}]
    assert counter.till.view().stage is Stage.DONE
    assert counter.ask(do="close", ticket="h-1") == {"ok": True, "again": True, "recorded": first}


def test_looking_leaves_what_the_cashier_is_told(counter: Counter) -> None:
    """A register that asks how things stand takes no notice off the screen."""
    counter.on_till(counter.till.open_return)
    assert counter.ask(do="state")["view"]["notice"]["code"] == "return_wanted"
    assert counter.till.state.notice is not None
    assert counter.ask(do="cancel")["stage"] == "idle"


def test_who_looks_waits_for_nobody(counter: Counter) -> None:
    """A register that waits for the ledger hinders no other one's sale."""
    counter.ask(do="amount", cents=100, ticket="w-0")
    counter.ask(do="close", ticket="w-0")  # off line it waits to be sent
    slow = threading.Thread(target=lambda: counter.ask(do="sync", timeout_s=1.5))
    slow.start()
    began = time.monotonic()
    counter.ask(do="amount", cents=100, ticket="w-1")
    assert slow.is_alive()
    assert time.monotonic() - began < 1.4
    counter.ask(do="cancel")
    slow.join()


def test_one_command_after_the_other(counter: Counter) -> None:
    """Registers that ask at the same moment are answered one by one, whole; nothing is lost or doubled."""
    answers: list[dict[str, object]] = []

    def register(n: int) -> None:
        for one in range(4):
            counter.ask(do="sync", timeout_s=0.05)
            answers.append(counter.ask(do="amount", cents=100 + 10 * n + one))

    threads = [threading.Thread(target=register, args=(n,)) for n in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(answers) == 12
    assert all(one["ok"] for one in answers)
    counter.ask(do="cancel")


BODY = {"do": "state"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": "Bearer " + "0" * 64}, "token"),
        ({"Authorization": "Bearer"}, "token"),
        ({"Authorization": "Basic {token}"}, "token"),
        ({"Authorization": "{token}"}, "token"),
        ({"Authorization": "Bearer \u00e9"}, "token"),
        ({"Authorization": ""}, "token"),
        ({"Host": "till.example:80"}, "host"),
        ({"Host": "rebound.example:{port}"}, "host"),
        ({"Host": "127.0.0.1"}, "host"),
        ({"Host": "127.0.0.1:1"}, "host"),
        ({"Host": "127.0.0.1:{port}.evil.example"}, "host"),
        ({"Origin": "http://127.0.0.1:{port}"}, "browser"),
        ({"Origin": "null"}, "browser"),
        ({"Sec-Fetch-Site": "same-origin"}, "browser"),
        ({"Content-Type": "text/plain"}, "type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "type"),
        ({"Content-Type": "text/plain; application/json"}, "type"),
    ],
)
def test_who_is_not_let_in(counter: Counter, http: httpx.Client, headers: dict[str, str], code: str) -> None:
    """Each check alone is enough: the token, the name that was asked for, what only pages send, the type."""
    token = counter.headers["Authorization"].removeprefix("Bearer ")
    meant = {
        name: text.replace("{port}", str(counter.port)).replace("{token}", token)
        for name, text in headers.items()
    }
    sent = {**counter.headers, **meant}
    raw = {name: text.encode() for name, text in sent.items()}
    answer = http.post(counter.url, json=BODY, headers={"Content-Type": "application/json", **raw})
    assert answer.json() == {"ok": False, "code": code, "sentence": answer.json()["sentence"]}
    assert answer.status_code in (401, 403, 415)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert http.post(counter.url, json=BODY, headers=counter.headers).json()["ok"]


def test_other_names_of_this_machine(counter: Counter, http: httpx.Client) -> None:
    """localhost and [::1] mean the same machine."""
    for name in ("localhost", "LocalHost", "[::1]"):
        headers = {**counter.headers, "Host": f"{name}:{counter.port}"}
        assert http.post(counter.url, json=BODY, headers=headers).json()["ok"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "X"])
def test_nothing_but_post(counter: Counter, http: httpx.Client, method: str) -> None:
    """No other method does anything, least of all the question of a browser before it sends."""
    answer = http.request(method, counter.url, headers=counter.headers)
    assert answer.status_code == 405
    assert "allow" not in " ".join(answer.headers).lower()


def test_other_paths(counter: Counter, http: httpx.Client) -> None:
    """There is one place for commands."""
    for path in ("/", "/command/", "/command?x=1", "/%63ommand"):
        url = f"http://127.0.0.1:{counter.port}{path}"
        assert http.post(url, json=BODY, headers=counter.headers).status_code == 404


def raw(counter: Counter, *lines: str, body: bytes = b"") -> bytes:
    """What comes back to bytes that are sent as they are."""
    auth = f"Authorization: {counter.headers['Authorization']}"
    host = f"Host: 127.0.0.1:{counter.port}"
    head = "\r\n".join(
        ["POST /command HTTP/1.1", host, auth, "Content-Type: application/json", *lines, "", ""]
    )
    with socket.create_connection(("127.0.0.1", counter.port), timeout=20) as bare:
        bare.sendall(head.encode("latin-1") + body)
        bare.shutdown(socket.SHUT_WR)
        found = b""
        while piece := bare.recv(65536):
            found += piece
    return found


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([], b" 411 "),
        (["Content-Length: 14", "Content-Length: 14"], b" 411 "),
        (["Content-Length: -1"], b" 411 "),
        (["Content-Length: +14"], b" 411 "),
        (["Content-Length: 1e2"], b" 411 "),
        (["Content-Length: 99999999999999999999"], b" 411 "),
        (["Transfer-Encoding: chunked", "Content-Length: 14"], b" 411 "),
        ([f"Content-Length: {LONGEST_COMMAND + 1}"], b" 413 "),
        (["Content-Length: 15"], b" 400 "),
        (["Content-Length: 14", "Host: evil.example"], b" 403 "),
        (["Content-Length: 14", "Authorization: Bearer x"], b" 401 "),
        (["Content-Length: 14", "X: " + "y" * 70_000], b" 431 "),
        (["Content-Length: 14", *(f"X-{n}: y" for n in range(200))], b" 431 "),
    ],
)
def test_requests_of_no_client(counter: Counter, lines: list[str], status: bytes) -> None:
    """A length that is missing, said twice, wrong or too much is refused; two hosts or two tokens are none.

    Each with a code and a sentence, as any answer: a program reads no page of HTML.
    """
    head, _, body = raw(counter, *lines, body=b'{"do":"state"}').partition(b"\r\n\r\n")
    assert status in head.split(b"\r\n")[0] + b" "
    assert json.loads(body).keys() == {"ok", "code", "sentence"}


def test_the_largest_command_and_one_more(counter: Counter, http: httpx.Client) -> None:
    """The bound is where it is said to be, and who is refused hears of it."""
    fill = json.dumps({"do": "state", "x": ""})
    for more, status in ((0, 200), (1, 413)):
        body = json.dumps({"do": "state", "x": "y" * (LONGEST_COMMAND - len(fill) + more)})
        headers = {**counter.headers, "Content-Type": "application/json"}
        assert http.post(counter.url, content=body, headers=headers).status_code == status


def test_far_too_much_is_told_so(counter: Counter) -> None:
    """A client that sends all before it listens is told what was wrong, not cut off on the way."""
    headers = {**counter.headers, "Content-Type": "application/json"}
    asked = urllib.request.Request(counter.url, data=b"x" * (5 * LONGEST_COMMAND), headers=headers)
    with pytest.raises(urllib.error.HTTPError, match="413") as told:
        urllib.request.urlopen(asked, timeout=20)
    told.value.close()


def test_two_commands_in_one_request(counter: Counter) -> None:
    """A request is one command: a second one behind it is not carried out."""
    both = b'{"do":"amount","cents":100}\n{"do":"close"}'
    assert b"bad_command" in raw(counter, f"Content-Length: {len(both)}", body=both)
    twice = b'{"do":"state"}POST /command HTTP/1.1\r\n\r\n'
    assert raw(counter, "Content-Length: 14", "Connection: keep-alive", body=twice).count(b"HTTP/1.1") == 1


def test_a_crowd_that_says_nothing(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow ones are cut and hinder nobody at the screen; the register that comes after them is answered."""
    monkeypatch.setattr(HttpDoor, "connection_s", 0.5)
    slow = [socket.create_connection(("127.0.0.1", counter.port), timeout=10) for _ in range(12)]
    for one in slow[:8]:
        one.sendall(b"POST /command HT")
    began = time.monotonic()
    counter.on_till(lambda: counter.till.put_amount("100"))
    counter.on_till(counter.till.escape)
    assert time.monotonic() - began < 2
    for one in slow:
        assert one.recv(1) == b""
        one.close()
    assert counter.ask(do="state")["ok"]


def test_a_till_that_has_no_time(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till that does not come to a command says so, and does not do it afterwards."""
    monkeypatch.setattr("pos_app.headless.remote.TILL_S", 0.3)
    held, free = threading.Event(), threading.Event()
    counter.till.ask(lambda: (held.set(), free.wait(10)))
    assert held.wait(5)
    assert counter.ask(do="amount", cents=100)["code"] == "busy"
    free.set()
    assert counter.ask(do="state")["view"]["stage"] == "idle"


def test_why_not_is_said_in_the_tills_language(counter: Counter, http: httpx.Client) -> None:
    """A register shows it to its cashier: French at a French till, with the same code for the program."""
    counter.on_till(lambda: counter.till.set_language("fr"))
    answer = http.post(counter.url, json={"do": "state"}).json()
    assert (answer["code"], answer["sentence"][:10]) == ("token", "Envoyez Au")
    told = counter.ask(do="fly")
    assert (told["code"], told["sentence"][:25]) == ("unknown_command", "Cette commande n'existe p")


def test_the_token(tmp_path: Path) -> None:
    """Made once, for its owner alone; a till does not start with one that others can read or that is a link."""
    shop = Shop(tmp_path / "till", ledger_url="http://127.0.0.1:9")
    shop.close()
    counter = Counter(tmp_path / "till")
    path = tmp_path / "till" / "register.token"
    token = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token.strip()) == 64
    counter.stop()
    counter.start()
    assert path.read_text() == token
    counter.stop()
    other = tmp_path / "other"
    other.write_text(token)
    other.chmod(0o600)
    spoilt: list[Callable[[], object]] = [
        lambda: path.chmod(0o640),
        lambda: path.write_text(""),
        lambda: (path.unlink(), path.symlink_to(other)),
    ]
    for spoil in spoilt:
        spoil()
        with pytest.raises(CannotStart, match=r"register\.token"):
            counter.start()
        path.unlink()
        path.write_text(token)
        path.chmod(0o600)


@pytest.mark.parametrize(
    "address", ["0.0.0.0:8767", "8767", "10.0.0.1:80", "example.org:80", "127.0.0.1:x", ":8767"]
)
def test_only_this_machine(address: str) -> None:
    """An address that others could reach is no address for registers."""
    with pytest.raises(BadAddress, match="register"):
        HttpDoor(address, "token", bytes, lambda: Words("en"))
