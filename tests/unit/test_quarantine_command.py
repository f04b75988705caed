"""`assidu ledger quarantine`: what waits is listed with its reason, and is applied once the reason is gone."""

import asyncio
import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from tests.unit.ledger_kit import PROGRAMME, burn, draw, line, open_shop

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
            lot = till.euros(member, 8, programme=hashlib.sha256(NEXT).hexdigest()).lots[0]
            till.sale(member, (line(600),), (), (burn(3, draw(lot, lot, 3)),))
            await till.push()

    async def publish() -> None:
        async with open_shop(tmp_path) as shop:
            await shop.ledger.publish("programme", "bakery", NEXT)

    asyncio.run(outage())
    found = json.loads(quarantine(tmp_path, "list", "--json").stdout)
    assert found["count"] == 3
    assert [(one["seq"], one["kind"], one["code"], one["spent"]) for one in found["entries"]] == [
        (1, "TELEPORT", "unreadable", {}),
        (2, "TICKET", "programme", {}),
        (3, "TICKET", "waits", {"points": 3}),
    ]
    shown = quarantine(tmp_path, "list", "--lang", "en").stdout
    assert "its programme is not published: publish it, then replay" in shown
    assert "Spent by them, and in no account yet: 3 points." in shown
    assert "Dépensé par elles" in quarantine(tmp_path, "list", "--lang", "fr").stdout
    assert quarantine(tmp_path, "replay", "--lang", "en").stdout == "Applied now: 0. Still waiting: 3.\n"
    asyncio.run(publish())
    assert quarantine(tmp_path, "replay", "--lang", "en").stdout == "Applied now: 2. Still waiting: 1.\n"
    asyncio.run(check(tmp_path))


async def check(folder: Path) -> None:
    """Both tickets count now: 8 given, 3 spent, 1 for what was paid of the second one."""
    async with open_shop(folder) as shop:
        assert (await shop.balances()).balance() == 6
