"""The ledger's process: how it starts, what stops it, what it leaves behind."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sync.ledger.codes import NewTill
from sync.ledger.operation import NotDone, operate
from sync.till.events import Pulled
from tests.e2e.ledger_process import LedgerProcess
from tests.e2e.till_side import TillSide

NOW = 0


def test_an_embedded_ledger_dies_with_its_parent(tmp_path: Path, shop_folder: Path) -> None:
    """The parent is killed without a goodbye: the ledger ends by itself and removes its folder."""
    folder = tmp_path / "demo"
    folder.mkdir()
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'sync.ledger.embedded', *sys.argv[1:]],"
        " stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    options = ["--db", str(folder / "ledger.sqlite"), "--shop", str(shop_folder), "--remove", str(folder)]
    parent = subprocess.Popen([sys.executable, "-c", script, *options], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    lines = [parent.stdout.readline(), parent.stdout.readline()]
    child = psutil.Process(next(int(line) for line in lines if line.strip().isdigit()))
    assert folder.exists()
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    child.wait(10)
    assert not folder.exists()


def test_a_broken_shop_stops_the_ledger_with_a_sentence(tmp_path: Path, shop_folder: Path) -> None:
    """Exit status 2, file and line, no database touched."""
    catalogue = shop_folder / "catalogue.csv"
    catalogue.write_text(catalogue.read_text("utf-8").replace(",160", ",1.60"), "utf-8")
    command = [
        sys.executable,
        "-m",
        "sync.ledger.embedded",
        "--db",
        str(tmp_path / "l.sqlite"),
        "--shop",
        str(shop_folder),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("assidu: catalogue.csv, line 2: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "l.sqlite").exists()


def test_a_taken_port_stops_the_ledger_with_a_sentence(tmp_path: Path) -> None:
    """Exit status 2 and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [
            sys.executable,
            "-m",
            "sync.ledger.embedded",
            "--db",
            str(tmp_path / "l.sqlite"),
            "--port",
            port,
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    assert done.returncode == 2
    assert b"cannot listen on" in done.stderr


def test_a_code_from_a_running_and_a_resting_ledger(
    tmp_path: Path, ledger: LedgerProcess, till: TillSide, other: TillSide
) -> None:
    """`ledger pair` works beside a running ledger and without one; an unknown store is named."""
    database = tmp_path / "ledger" / "ledger.sqlite"
    code = asyncio.run(operate(database, NewTill("halles", "third"))).code
    assert till.pair(ledger.url, code).till == "third"
    with pytest.raises(NotDone, match="no store nowhere"):
        asyncio.run(operate(database, NewTill("nowhere", "x")))
    port = ledger.port
    ledger.stop()
    resting = asyncio.run(operate(database, NewTill("halles", "fourth"))).code
    with LedgerProcess(database, None, port=port) as again:
        assert other.pair(again.url, resting).till == "fourth"


def test_a_second_start_with_the_same_shop_changes_nothing(
    tmp_path: Path, shop_folder: Path, till: TillSide
) -> None:
    """Published by hash, members by number: a till has nothing to pull after a restart."""
    database = tmp_path / "ledger" / "ledger.sqlite"
    first = LedgerProcess(database, shop_folder, "--till", "halles=one")
    till.pair(first.url, first.codes[0])
    client = till.connect()
    client.pull.step(NOW)
    till.wait_for(Pulled)
    first.stop()
    with LedgerProcess(database, shop_folder, port=first.port):
        client.pull.wake()
        client.pull.step(NOW)
        assert client.state().online
        assert not [event for event in list(till.events.queue) if isinstance(event, Pulled)]
