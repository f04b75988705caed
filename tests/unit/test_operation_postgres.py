"""The operator's commands on a ledger in PostgreSQL: the same words, or what to use instead."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.cli.main import main
from sync.ledger.postgres import PostgresStorage
from sync.ledger.service import Ledger
from tests.engines import engines
from tests.unit.ledger_kit import PROGRAMME, FakeClock, Randomness, Shop

SEED = hashlib.sha256(b"ledger").digest()


async def trade(dsn: str) -> None:
    """A store, a till, a member, two tickets."""
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    ledger = Ledger(PostgresStorage(dsn), FakeClock(), Randomness(), key)
    await ledger.open()
    await ledger.add_store("halles", "Halles", "Europe/Paris")
    digest = await ledger.publish("programme", "bakery", PROGRAMME)
    shop = Shop(ledger, ledger._clock, digest.hex())  # type: ignore[arg-type]
    till, member = await shop.till(), await shop.member()
    for euros in (5, 6):
        till.euros(member, euros)
    await till.push()
    await ledger.close()


@pytest.mark.engines("postgres")
def test_every_command_works_or_says_what_does(tmp_path: Path) -> None:
    """Looking, checking, replaying, durable, reports, export; copies are PostgreSQL's own, then recovery begins."""
    (tmp_path / "ledger.key").write_bytes(SEED)
    with engines.lent() as dsn:
        _run_commands(dsn, tmp_path)


def _run_commands(dsn: str, tmp_path: Path) -> None:
    def does(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, [*words, "--db", dsn, "--key", str(tmp_path / "ledger.key")])
        assert done.exit_code == code, done.output
        return done

    asyncio.run(trade(dsn))
    [device] = json.loads(does("ledger", "devices", "list", "--json").stdout)
    assert (device["accepted"], device["held"]) == (2, {"points": 11})
    assert json.loads(does("ledger", "verify", "--json").stdout)["entries"] == 2
    assert json.loads(does("ledger", "quarantine", "list", "--json").stdout)["count"] == 0
    does("ledger", "durable")
    does("ledger", "export", str(tmp_path / "all.ndjson"))
    assert (tmp_path / "all.ndjson").read_bytes().count(b"\n") == 2
    assert json.loads(does("report", "outage", "--json").stdout)["offline"] == []
    assert "pg_dump" in does("ledger", "backup", str(tmp_path / "copy"), code=2).stderr
    assert "pg_restore" in does("ledger", "restore", str(tmp_path / "copy"), code=2).stderr
    does("ledger", "recovery", "begin", "--yes")
    state = json.loads(does("ledger", "recovery", "status", "--json").stdout)
    assert (state["on"], len(state["awaited"])) == (True, 1)
    does("ledger", "devices", "write-off", str(device["dev"]), "--yes")
    assert not json.loads(does("ledger", "recovery", "status", "--json").stdout)["on"]
