"""What is wrong with a till's files: one sentence and exit status 2, or a sentence on the screen; no ticket is lost."""

import contextlib
import fcntl
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner

from pos_app.cli import main
from sync.sqlite_driver import driver
from tests.e2e.chain import ENVIRONMENT
from tests.e2e.counter import reads, tickets_in
from tests.e2e.rights import NOBODY, unprivileged
from tests.e2e.terminal import Terminal
from tests.unit.till_kit import BADGE, PIN, Shop

ASSIDU = (sys.executable, "-c", "from pos_app.cli import main; main()")
SIGN_IN = {"do": "sign_in", "badge": BADGE, "pin": PIN}
SALE = ({"do": "amount", "cents": 160}, {"do": "close"})


@pytest.fixture
def folder() -> Iterator[Path]:
    """A paired till's folder, its ledger out of reach, in a place that any user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        till = Path(name) / "till"
        Shop(till, ledger_url="http://127.0.0.1:9").close()
        yield till


def headless(folder: Path, *commands: dict[str, Any], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a headless till on `commands`."""
    return subprocess.run(
        [*ASSIDU, "till", "--headless", "--data", str(folder)],
        input="".join(json.dumps(command) + "\n" for command in commands),
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **ENVIRONMENT},
        **options,
    )


def sells(folder: Path) -> None:
    """A till on this folder starts and records a sale."""
    before = tickets_in(folder)
    done = headless(folder, SIGN_IN, *SALE)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, True, True], done
    assert (done.returncode, done.stderr) == (0, "")
    assert tickets_in(folder) == before + 1


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    with (folder / "till.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def truncated(folder: Path) -> Iterator[None]:
    file = folder / "till.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3 + 1])
    yield
    file.write_bytes(whole)


@contextlib.contextmanager
def newer(folder: Path) -> Iterator[None]:
    with contextlib.closing(driver.connect(folder / "till.sqlite")) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("PRAGMA user_version = 900")
    yield
    with contextlib.closing(driver.connect(folder / "till.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


FAULTS: tuple[tuple[Callable[[Path], contextlib.AbstractContextManager[None]], str], ...] = (
    (locked, "Another till program is running on this folder: close it, then start again."),
    (truncated, "The store of this till is damaged: move the folder aside, keep it for support"),
    (newer, "The store was written by a newer release: install that release again, or a later one."),
)


@pytest.mark.parametrize(("fault", "sentence"), FAULTS, ids=["locked", "truncated", "newer"])
def test_a_store_that_cannot_be_used(
    folder: Path, fault: Callable[[Path], contextlib.AbstractContextManager[None]], sentence: str
) -> None:
    """Standard error has the one sentence, standard output nothing; once mended, the till sells."""
    with fault(folder):
        done = headless(folder, SIGN_IN)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"assidu: {sentence}")
    assert done.stderr.count("\n") == 1
    sells(folder)


def test_a_folder_without_the_right_to_write(folder: Path) -> None:
    """Root may write anywhere, so the command runs as nobody; with the right given, the till sells."""
    command = ["till", "--headless", "--data", str(folder)]
    assert CliRunner().invoke(main, command).exit_code == 0  # and everything it needs is imported
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, NOBODY, NOBODY)
    for path in (*folder.iterdir(), folder):
        path.chmod(0o400 if path.is_file() else 0o500)
    with unprivileged():
        done = CliRunner().invoke(main, command)
    assert done.exit_code == 2
    assert done.stderr.startswith("assidu: The till may not write in its folder: give this user the right")
    for path in (folder, *folder.iterdir()):
        path.chmod(0o600 if path.is_file() else 0o700)
    sells(folder)


def test_a_store_in_use_is_said_on_the_screen_and_tried_again(folder: Path) -> None:
    """In the cashier's language; Enter tries again, and the till opens once the other program is gone."""
    command = [*ASSIDU, "till", "--data", str(folder)]
    lock = contextlib.ExitStack()
    lock.enter_context(locked(folder))
    with lock, Terminal(command, environment=ENVIRONMENT) as terminal:
        reads(terminal, "Une autre caisse est ouverte sur ce dossier : fermez-la, puis redémarrez.")
        terminal.press("enter")
        reads(terminal, "Entrée réessaie, Échap quitte.")
        lock.close()
        terminal.press("enter")
        reads(terminal, "SCANNEZ VOTRE BADGE")


def test_leaving_a_till_that_cannot_start(folder: Path) -> None:
    """Esc gives the terminal back, with the sentence on it and an exit status that is not 0."""
    command = [*ASSIDU, "till", "--data", str(folder)]
    with locked(folder), Terminal(command, environment=ENVIRONMENT) as terminal:
        reads(terminal, "Échap quitte.")
        terminal.press("escape")
        assert terminal.wait_exit() == 2
        said = b"assidu: Another till program is running on this folder: close it, then start again."
        terminal.wait_until(lambda _: said in terminal.raw)


def test_a_disk_that_fills_up_and_is_cleared(folder: Path) -> None:
    """The ticket is refused whole, stays on the screen, and is recorded once there is room."""
    with co_process(folder) as (process, ask):
        assert ask(SIGN_IN)["ok"]
        assert ask(SALE[0])["ok"]
        assert ask(SALE[1])["ok"]
        before = tickets_in(folder)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        ask(SALE[0])
        refused = ask(SALE[1])
        assert (refused["ok"], refused["code"]) == (False, "disk")
        assert "Le ticket N'EST PAS enregistré" in refused["sentence"]
        assert "libérez de la place" in refused["sentence"]
        assert tickets_in(folder) == before
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert ask(SALE[1])["recorded"]["total"] == 160
        assert tickets_in(folder) == before + 1
    sells(folder)


@contextlib.contextmanager
def co_process(
    folder: Path,
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[dict[str, Any]], dict[str, Any]]]]:
    """A headless till, and how to ask it."""
    with subprocess.Popen(
        [*ASSIDU, "till", "--headless", "--data", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **ENVIRONMENT},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to_till: IO[bytes] = process.stdin
        from_till: IO[bytes] = process.stdout

        def ask(command: dict[str, Any]) -> dict[str, Any]:
            to_till.write(json.dumps(command).encode() + b"\n")
            to_till.flush()
            answer: dict[str, Any] = json.loads(from_till.readline())
            return answer

        yield process, ask


def test_a_register_that_stops_listening(folder: Path) -> None:
    """Nobody reads the answers any more: the till ends with a sentence, and what it recorded is kept."""
    process = subprocess.Popen(
        [*ASSIDU, "till", "--headless", "--data", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **ENVIRONMENT},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(SIGN_IN).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        for command in SALE:
            process.stdin.write(json.dumps(command).encode() + b"\n")
        process.stdin.flush()
        said = process.stderr.read().decode()
        assert process.wait(20) == 2
    assert said.startswith("assidu: The answers cannot be written (Broken pipe)")
    assert said.count("\n") == 1
    sells(folder)


@pytest.mark.parametrize("closed", [0, 1])
def test_a_headless_till_without_its_streams(folder: Path, closed: int) -> None:
    """Standard input or output was never open: a sentence instead of a traceback."""
    done = headless(folder, SIGN_IN, preexec_fn=lambda: os.close(closed))
    assert done.returncode == 2
    assert done.stderr.startswith("assidu: Standard input or output is closed")
