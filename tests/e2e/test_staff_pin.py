"""The PIN of `assidu staff add` at a real terminal: asked twice, never shown."""

import asyncio
import json
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.ledger.open import open_ledger
from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[2]


def people(database: Path) -> list[str]:
    """Who may sign in."""
    done: Result = CliRunner().invoke(main, ["staff", "list", "--json", "--db", str(database)])
    return [one["id"] for one in json.loads(done.stdout)["people"]]


def make_ledger(database: Path) -> None:
    """A new ledger without a store."""

    async def make() -> None:
        await (await open_ledger(database)).close()

    asyncio.run(make())


def test_a_pin_is_typed_twice_without_echo(tmp_path: Path) -> None:
    """The same one twice adds the person, two different ones do not; the screen shows neither."""
    database = tmp_path / "chain.db"
    make_ledger(database)
    for second, said in (("2469", "the two PINs differ"), ("2468", "Anna may sign in now")):
        command = [sys.executable, "-c", "from pos_app.cli.main import main; main()", "staff", "add", "anna"]
        command += ["--name", "Anna", "--badge", "BDG-0001", "--lang", "en", "--db", str(database)]
        with Terminal(command, environment={"PYTHONPATH": str(ROOT)}) as terminal:
            terminal.wait_for("PIN:")
            terminal.type("2468\r")
            terminal.wait_for("PIN once more:")
            terminal.type(f"{second}\r")
            terminal.wait_for(said)
            assert b"2468" not in terminal.raw
            assert b"2469" not in terminal.raw
    assert people(database) == ["anna"]
