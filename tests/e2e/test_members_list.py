"""The list of all members at a till: a ledger process, its HTTP ranges, lines that are cut, a till that is killed."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from sync.ledger.devices import ListDevices
from sync.ledger.operation import NotDone, Operation, operate
from sync.ledger.snapshots import MakeSnapshot
from sync.snapshot import FRAME_BYTES, Manifest, SnapshotAnswer
from sync.till import index
from sync.till.client import Client
from sync.till.events import Pushed
from sync.till.members import find, load
from sync.till.offline import Failure
from tests.e2e.ledger_process import LedgerProcess, write_shop
from tests.e2e.line import Proxy, _shut
from tests.e2e.planted import plant, token
from tests.e2e.till_side import TillSide

LATER = 10**12
MEMBERS = 250_000  # two frames
SHOP_TWO = '\n[[store]]\nid = "gare"\nname = "Gare"\n'


class Cutting(Proxy):
    """A proxy that hangs up after so many bytes of answers."""

    def __init__(self, port: int) -> None:
        self.left = 10**12
        super().__init__(port)

    def _backward(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while self.left > 0 and (data := far.recv(min(65536, self.left))):
                self.left -= len(data)
                near.sendall(data)
        _shut(near)
        _shut(far)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A ledger's folder with many members on its shelf; to be copied."""
    folder = tmp_path_factory.mktemp("planted")
    shop = write_shop(folder / "shop")
    with (shop / "shop.toml").open("a", encoding="utf-8") as file:
        file.write(SHOP_TWO)
    with LedgerProcess(folder / "ledger.sqlite", shop):
        pass
    return folder, plant(folder / "ledger.sqlite", MEMBERS)


@pytest.fixture
def many(planted: tuple[Path, Manifest], tmp_path: Path) -> Iterator[LedgerProcess]:
    folder = tmp_path / "chain"
    shutil.copytree(planted[0], folder)
    tills = ("--till", "halles=one", "--till", "gare=two")
    with LedgerProcess(folder / "ledger.sqlite", None, *tills) as process:
        yield process


def steps(client: Client, till: TillSide, most: int = 40) -> int:
    """Step until the list is here; how many steps it took."""
    for count in range(most):
        if index.in_use(till.store.reader()) is not None:
            return count
        client.everyone.wake()
        client.everyone.step(LATER)
    raise AssertionError("the list never came")


def who(till: TillSide, member: int) -> tuple[int, int] | None:
    """Number and points of the member behind a planted card, as the till sees it."""
    reader = till.store.reader()
    found = find(reader, token(member))
    known = None if found is None else load(reader, till.identity, found)
    return None if known is None else (known.member, known.account.balance["points"])


def test_everybody_is_known_after_the_first_start(
    many: LedgerProcess, planted: tuple[Path, Manifest], till: TillSide
) -> None:
    """Frames one by one, with the part that is done; cards that nobody has stay unknown; what the till wrote stays."""
    till.pair(many.url, many.codes[0])
    till.write(2)
    client = till.connect(cache_scope="all")
    shares = []
    while index.in_use(till.store.reader()) is None:
        client.everyone.step(LATER)
        if (loading := client.state().loading) is not None:
            shares.append(loading.done / loading.total)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(set(shares)) == 2
    assert client.state().loading is None
    assert who(till, 77) == (77, 77)
    assert who(till, MEMBERS) == (MEMBERS, MEMBERS % 700)
    assert who(till, MEMBERS + 1) is None
    assert till.head() == 2
    assert not list((till.store.folder / "incoming").iterdir())


def test_a_cut_in_the_middle_of_a_frame_costs_only_the_rest(many: LedgerProcess, till: TillSide) -> None:
    """After the cut the till asks for the bytes that it lacks, and no others."""
    till.pair(many.url, many.codes[0])
    proxy = Cutting(many.port)
    try:
        client = till.connect(proxy.url, cache_scope="all")
        client.everyone.step(LATER)
        proxy.left = 1_000_000
        client.everyone.step(LATER)
        part = till.store.folder / "incoming" / "part"
        kept = part.stat().st_size
        assert 500_000 < kept < 1_000_000
        proxy.left = budget = 10**9
        total = client.state().loading.total  # type: ignore[union-attr]
        steps(client, till)
        assert budget - proxy.left < total - kept + 50_000
        assert who(till, 77) == (77, 77)
    finally:
        till.close_client()
        proxy.close()


def test_a_killed_till_goes_on_where_it_was(many: LedgerProcess, till: TillSide, tmp_path: Path) -> None:
    """SIGKILL between frames, and a torn end of the file: whole frames are not fetched again."""
    till.pair(many.url, many.codes[0])
    till.close()
    folder = tmp_path / "till-one"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.load_members", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    done = 0
    while not done:
        process.stdin.write(b"\n")
        process.stdin.flush()
        done = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    file = folder / "incoming" / "members.sqlite"
    assert file.stat().st_size == FRAME_BYTES
    with file.open("ab") as torn:
        torn.write(b"half a frame" * 999)
    again = TillSide(folder)
    try:
        client = again.connect(cache_scope="all")
        client.everyone.step(LATER)
        loading = client.state().loading
        assert loading is not None
        assert loading.done > done
        steps(client, again)
        assert who(again, 77) == (77, 77)
    finally:
        again.close()


def test_changes_elsewhere_come_net_and_a_sale_here_is_not_counted_twice(
    many: LedgerProcess, till: TillSide, other: TillSide
) -> None:
    """A member enrolled at the other store is known here by the next pull of changes."""
    till.pair(many.url, many.codes[0])
    other.pair(many.url, many.codes[1])
    client = till.connect(cache_scope="all")
    steps(client, till)
    member = other.enrol(b"card of gare" * 2)
    there = other.connect()
    there.push.step(0)
    reader = till.store.reader()
    assert find(reader, b"card of gare" * 2) is None
    client.everyone.wake()
    client.everyone.step(LATER)
    client.everyone.wake()
    client.everyone.step(LATER)
    assert find(reader, b"card of gare" * 2) == member
    assert load(reader, till.identity, member).account.known == "thin"  # type: ignore[union-attr]


def test_parts_of_a_file_over_http(many: LedgerProcess, till: TillSide) -> None:
    """RFC 9110: a range from a byte on, a closed one, one that is not there; a foreign `If-Range` gives all."""
    till.pair(many.url, many.codes[0])
    client = till.connect()
    exchange = client.context.exchange
    answer = exchange.ask("GET", "/snapshot/all", SnapshotAnswer)
    assert not isinstance(answer, Failure)
    frame = answer.manifest.frames[-1]
    path = f"/blob/{frame.sha256.hex()}"
    whole = exchange.fetch(path)
    assert isinstance(whole, bytes)

    def part(**headers: str) -> httpx.Response:
        request = exchange.signed("GET", path)
        request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        response = exchange.open(request)
        assert isinstance(response, httpx.Response)
        response.read()
        return response

    end = part(range=f"bytes={frame.size - 10}-")
    assert (end.status_code, end.content) == (206, whole[-10:])
    assert end.headers["content-range"] == f"bytes {frame.size - 10}-{frame.size - 1}/{frame.size}"
    assert part(range="bytes=5-9").content == whole[5:10]
    assert part(range=f"bytes={frame.size}-").status_code == 416
    assert part(range="bytes=5-9", if_range='"another"').content == whole
    assert isinstance(exchange.ask("GET", "/snapshot/moon", SnapshotAnswer), Failure)


def test_the_list_comes_while_the_till_sells(many: LedgerProcess, till: TillSide) -> None:
    """A started till loads by itself; what it writes meanwhile is sent, and no commit waits long for the loading."""
    till.pair(many.url, many.codes[0])
    client = till.connect(cache_scope="all")
    client.start()
    waits = []
    while who(till, 4_242) is None:
        begun = time.monotonic()
        till.write()
        waits.append(time.monotonic() - begun)
        time.sleep(0.01)
        assert len(waits) < 2_000, "the list never came"
    assert max(waits) < 2.0
    client.wake_push()
    till.wait_for(Pushed, lambda event: event.accepted_seq == len(waits))


def test_a_snapshot_is_waited_for_longer_than_anything_else(
    many: LedgerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten million members take ten minutes; a running ledger is asked, and tills are served meanwhile."""
    monkeypatch.setattr(Operation, "answer_s", 1e-6)
    database = tmp_path / "chain" / "ledger.sqlite"
    with pytest.raises(NotDone, match="gave no answer"):
        asyncio.run(operate(database, ListDevices()))
    made = asyncio.run(operate(database, MakeSnapshot()))
    assert made.frames == 1
