"""Commands that cannot begin: one sentence on standard error that says what to do, exit status 2, no traceback."""

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli import main
from tests.e2e.chain import ENVIRONMENT
from tests.e2e.counter import reads
from tests.e2e.ledger_process import PROGRAMME
from tests.e2e.terminal import Terminal
from tests.e2e.test_bad_store import ASSIDU

NO_CODE = "A" * 32


def failed(command: list[str]) -> str:
    """The one sentence of a command that fails."""
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.stderr.startswith("assidu: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "This till is not paired: ask for a code with `assidu ledger pair`, give it with --pair."),
        (["--pair", NO_CODE], "a pairing code needs the ledger's address: add --ledger URL."),
        (["--pair", "AB12", "--ledger", "http://127.0.0.1:9"], "type its 32 letters and digits"),
        (["--pair", NO_CODE, "--ledger", "ftp://x"], "must look like https://ledger.example:8443"),
        (["--pair", NO_CODE, "--ledger", "http://127.0.0.1:9"], "check the network cable and the ledger"),
    ],
)
def test_a_till_that_is_not_paired(tmp_path: Path, options: list[str], sentence: str) -> None:
    """No code, half a code, no address, nobody there: nothing is stored, and the next try starts afresh."""
    command = ["till", "--headless", "--data", str(tmp_path / "till"), *options]
    assert sentence in failed(command)
    assert "not paired" in failed(command[:4])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour = 1", "unknown field `colour`: correct it, `assidu config show` prints every key."),
        ("ceiling_cents = 'much'", "correct ceiling_cents (an amount above this many cents"),
        ("language = 'de'", "correct language (language at start: fr or en"),
        ("scanners = [{ port = 'x', preset = '1200 baud' }]", "correct scanners[0].preset (serial scanners"),
        ("scanners = [{ port = 'x', good = '0' }]", "correct scanners[0].good (serial scanners"),
        ("= 3", "(at line 1, column 1): correct it"),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path: Path, text: str, sentence: str) -> None:
    """The sentence names the file, the key and what may stand there; `config show` fails in the same words."""
    (tmp_path / "till.toml").write_text(text)
    for command in (
        ["till", "--headless", "--data", str(tmp_path)],
        ["config", "show", "--data", str(tmp_path)],
    ):
        said = failed(command)
        assert "till.toml: " in said
        assert sentence in said


def test_a_broken_programme(tmp_path: Path) -> None:
    """`programme check` shows the place with a caret; the ledger does not serve it."""
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "shop.toml").write_text(
        "chain = 'x'\ntimezone = 'Europe/Paris'\n[[store]]\nid = 'a'\nname = 'A'\n"
    )
    (shop / "programme.toml").write_text(PROGRAMME.replace("points = 1\n", "points = -1\n"))
    done = CliRunner().invoke(main, ["programme", "check", str(shop / "programme.toml")])
    assert done.exit_code == 2
    assert "programme.toml:16:" in done.stdout
    assert "^" in done.stdout
    assert "1 error(s): correct the lines named above, then check again." in done.stderr
    serve = [
        "ledger",
        "serve",
        "--db",
        str(tmp_path / "l.db"),
        "--listen",
        "127.0.0.1:0",
        "--shop",
        str(shop),
    ]
    assert "programme.toml" in failed(serve)
    assert not (tmp_path / "l.db").exists()


def test_a_programme_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong name is told as such."""
    assert "check the name and your rights" in failed(["programme", "check", str(tmp_path / "no.toml")])


def test_a_journal_that_is_not_there(tmp_path: Path) -> None:
    """No folder, no till, no journal yet: told apart, and no folder is made by looking."""
    nowhere = tmp_path / "nowhere"
    assert "there is no till in" in failed(["journal", "verify", "--data", str(nowhere)])
    assert not nowhere.exists()
    failed(["till", "--headless", "--data", str(nowhere)])
    assert "not paired" in failed(["journal", "verify", "--data", str(nowhere)])


@pytest.mark.parametrize(
    ("environment", "columns", "sentence"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, 80, "This terminal shows no accents: set LANG=C.UTF-8"),
        ({"TERM": "dumb"}, 80, "TERM says that this is no full terminal"),
        ({}, 60, "This terminal has 60 x 24 cells: make it at least 80 x 24"),
    ],
    ids=["no accents", "dumb", "60 columns"],
)
def test_a_terminal_that_cannot_show_the_till(
    tmp_path: Path, environment: dict[str, str], columns: int, sentence: str
) -> None:
    """Told before anything is drawn, in characters that any terminal has."""
    command = [*ASSIDU, "till", "--data", str(tmp_path / "till")]
    with Terminal(command, columns=columns, environment={**ENVIRONMENT, **environment}) as terminal:
        assert terminal.wait_exit() == 2
        said = f"assidu: {sentence}".encode()
        terminal.wait_until(lambda _: said in terminal.raw)


def test_a_machine_without_a_language(tmp_path: Path) -> None:
    """LANG=C: Python speaks UTF-8 all the same, and so does the till."""
    plain = {**ENVIRONMENT, "LANG": "C", "LC_ALL": "C"}
    with Terminal([*ASSIDU, "till", "--data", str(tmp_path / "till")], environment=plain) as terminal:
        reads(terminal, "Cette caisse démarre pour la première fois")
        reads(terminal, "Échap")


@pytest.mark.parametrize("command", ["till", "demo"])
def test_no_terminal_at_all(tmp_path: Path, command: str) -> None:
    """From a pipe or a service the screen is refused, and the way without one is named."""
    options = ["--data", str(tmp_path / "till")] if command == "till" else []
    done = subprocess.run(
        [*ASSIDU, command, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **ENVIRONMENT},
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("start it in one, or use assidu till --headless.\n")
