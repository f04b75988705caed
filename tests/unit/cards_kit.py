"""Members whose cards have known numbers, and the owner's commands about cards, for tests of both."""

import asyncio
from datetime import date
from pathlib import Path

from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.ledger.arrivals import NewMember
from sync.numbers import member_number
from sync.tokens import card_token
from tests.unit.ledger_kit import Shop, TillSim, open_shop

NUMBERS = [member_number(serial, b"k" * 32) for serial in range(3)]


async def enrolled(shop: Shop, till: TillSim, *members: int) -> None:
    """Members 1, 2 … whose cards have the numbers of the same place."""
    lookup = till.paired.lookup_key
    rows = [NewMember(n, (card_token(lookup, NUMBERS[n - 1]),), "halles", date(2026, 1, 1)) for n in members]
    assert await shop.ledger.add_members(rows) == len(rows)


class Owner:
    """The commands on a resting ledger with one member."""

    def __init__(self, folder: Path) -> None:
        self.database = str(folder / "ledger.db")

        async def prepare() -> None:
            async with open_shop(folder) as shop:
                await enrolled(shop, await shop.till(), 1)

        asyncio.run(prepare())

    def does(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["card", *words, "--db", self.database, "--lang", "en"])
