"""Two ledger processes on one PostgreSQL, started by the command of the guide, serve tills at the same time."""

import json
import secrets
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sync.till.events import Pulled
from sync.till.members import find
from tests.e2e.till_side import TillSide
from tests.engines import engines

NOW = 0
START_S = 40
ASSIDU = [sys.executable, "-c", "from pos_app.cli import main; main()"]


class Serving:
    """`assidu ledger serve` on a database that others serve too."""

    def __init__(self, options: list[str], *more: str) -> None:
        command = [*ASSIDU, "ledger", "serve", *options, "--listen", "127.0.0.1:0", *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.url = ""

    def listening(self) -> None:
        """Wait until it serves."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=START_S)[1].decode())
        self.url = json.loads(line)["url"]

    def stop(self) -> None:
        """SIGTERM, as an operator does; it must end well."""
        if self.process.poll() is None:
            self.process.terminate()
            _, log = self.process.communicate(timeout=START_S)
            assert self.process.returncode == 0
            assert b"fault" not in log


def pairing_code(options: list[str], till: str) -> str:
    """What `assidu ledger pair` prints, from a process of its own."""
    command = [*ASSIDU, "ledger", "pair", *options, "--store", "halles", "--till", till, "--json"]
    done = subprocess.run(command, capture_output=True, timeout=START_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return str(json.loads(done.stdout)["code"])


@pytest.mark.engines("postgres")
def test_tills_of_two_processes_are_one_chain(
    tmp_path: Path, shop_folder: Path, till: TillSide, other: TillSide
) -> None:
    """They start together; what one till writes another reads elsewhere; when one process dies the other goes on."""
    card = secrets.token_bytes(32)
    with engines.lent() as dsn:
        options = ["--db", dsn, "--key", str(tmp_path / "ledger.key")]
        both = [Serving(options, "--shop", str(shop_folder)) for _ in range(2)]
        try:
            for serving in both:
                serving.listening()
            first, second = both
            till.pair(first.url, pairing_code(options, "one"))
            other.pair(second.url, pairing_code(options, "two"))
            member = till.enrol(card)
            sides = (till, other)
            clients = [side.connect() for side in sides]
            for side in sides:
                side.write(40)

            threads = [threading.Thread(target=client.push.step, args=(NOW,)) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(START_S)
            assert [side.accepted() for side in sides] == [side.head() for side in sides]

            clients[1].pull.step(NOW)
            other.wait_for(Pulled)
            assert find(other.store.reader(), card) == member

            first.process.kill()
            first.process.communicate(timeout=START_S)
            till.write(3)
            till.connect(second.url).push.step(NOW)
            assert till.accepted() == till.head()
        finally:
            till.close_client()
            other.close_client()
            for serving in both:
                serving.stop()


@pytest.mark.engines("postgres")
def test_a_process_with_another_key_is_sent_away(tmp_path: Path, shop_folder: Path) -> None:
    """Tills know the ledger by its key: a second process without it would be a stranger to them."""
    with engines.lent() as dsn:
        first = Serving(["--db", dsn, "--key", str(tmp_path / "a.key")], "--shop", str(shop_folder))
        try:
            first.listening()
            stranger = Serving(["--db", dsn, "--key", str(tmp_path / "b.key")])
            _, said = stranger.process.communicate(timeout=START_S)
            assert stranger.process.returncode == 2
            assert b"copy the key file of its first process" in said
        finally:
            first.stop()
