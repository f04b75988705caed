"""`assidu ledger quarantine`: what waits is listed with its reason, and is applied once the reason is gone."""

import asyncio
import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from tests.unit.ledger_kit import PROGRAMME, open_shop

NEXT = PROGRAMME.replace(b"version = 1", b"version = 2")


def quarantine(folder: Path, *words: str) -> Result:
    """The command on a resting ledger."""
    done = CliRunner().invoke(main, ["ledger", "quarantine", *words, "--db", str(folder / "ledger.db")])
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.engines("sqlite")
def test_what_waits_is_listed_and_replayed(tmp_path: Path) -> None:
    """A programme that comes late helps its ticket; what nobody can read goes on waiting."""

    async def outage() -> None:
        async with open_shop(tmp_path) as shop:
            till, member = await shop.till(), await shop.member()
            till.write("TELEPORT", msgspec.Raw(b"{}"))
            till.euros(member, 5, programme=hashlib.sha256(NEXT).hexdigest())
            await till.push()

    async def publish() -> None:
        async with open_shop(tmp_path) as shop:
            await shop.ledger.publish("programme", "bakery", NEXT)

    asyncio.run(outage())
    found = json.loads(quarantine(tmp_path, "list", "--json").stdout)
    assert found["count"] == 2
    assert [(one["seq"], one["kind"], one["code"]) for one in found["entries"]] == [
        (1, "TELEPORT", "unreadable"),
        (2, "TICKET", "programme"),
    ]
    shown = quarantine(tmp_path, "list", "--lang", "en").stdout
    assert "its programme is not published: publish it, then replay" in shown
    assert quarantine(tmp_path, "replay", "--lang", "en").stdout == "Applied now: 0. Still waiting: 2.\n"
    asyncio.run(publish())
    assert quarantine(tmp_path, "replay", "--lang", "en").stdout == "Applied now: 1. Still waiting: 1.\n"
    asyncio.run(check(tmp_path))


async def check(folder: Path) -> None:
    """The ticket counts now."""
    async with open_shop(folder) as shop:
        assert (await shop.balances()).balance() == 5
