"""Points that lapsed while some that end later were drawn: what `assidu report outage` says of them."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from sync.ledger.outage import ReadConflicts
from tests.unit.ledger_kit import START, Shop, TillSim, Written, burn, draw, line, open_shop, promise, run
from tests.unit.test_ledger_expiry import dying, returned

SINCE = int(START.timestamp() * 1000)


def pays(till: TillSim, member: int, sold: Written, points: int = 60) -> Written:
    """A ticket paid with points of another one, which are at this till."""
    paid = burn(points, draw(sold.lots[0], sold.lots[0], points))
    return till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))


async def lapses(shop: Shop) -> int:
    """Points of three members lie at the ledger and lapse, of the first some more later, while a till has others.

    Member 7 spent 60 of those, member 8 undid that and spent 10, member 9 had spent them before. Between the lapses.
    """
    one, far = await shop.till("halles"), await shop.till("gare")
    members = [await shop.member(number) for number in (7, 8, 9)]
    late = [far.euros(member, 100) for member in members]
    pays(far, 9, late[2])
    await far.push()
    shop.clock.advance(days=1)
    for member in members:
        await returned(one, dying(one, member, 40), 40)
    await returned(one, dying(one, 7, 40), 40)
    pays(far, 7, late[0])
    far.void(pays(far, 8, late[1]))
    pays(far, 8, late[1], 10)
    await far.push()
    shop.clock.advance(days=10)
    between = shop.clock.ms
    await returned(one, dying(one, 7, 5), 5)
    pays(far, 7, late[0], 30)
    await far.push()
    shop.clock.advance(days=10)
    for member in members:
        one.euros(member, 1)
    await one.push()
    return between


def test_what_lapsed_while_later_points_were_drawn_is_listed_once_with_its_worth(tmp_path: Path) -> None:
    """Only what somebody who held all of it would have drawn; not what lapsed before the day asked for."""

    async def scenario(shop: Shop) -> None:
        between = await lapses(shop)
        lapsed = [(await shop.balances(member)).expired["points"] for member in (7, 8, 9)]
        assert lapsed == [85, 40, 40]
        found = (await ReadConflicts(SINCE, START.date(), ()).run(shop.ledger)).conflicts
        assert [(one.what, one.member, one.asset, one.quantity, one.cents) for one in found] == [
            ("lapsed", 7, "points", 40, 200),
            ("lapsed", 7, "points", 20, 100),
            ("lapsed", 7, "points", 5, 25),
            ("lapsed", 8, "points", 10, 50),
        ]
        found = (await ReadConflicts(between, START.date(), ()).run(shop.ledger)).conflicts
        assert [(one.member, one.quantity) for one in found] == [(7, 5)]

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("fr", "périmé alors que des points plus tardifs étaient pris\xa0: 4"),
        ("en", "lapsed while a later lot was drawn: 4"),
    ],
)
def test_the_report_says_so_in_both_languages(tmp_path: Path, lang: str, told: str) -> None:
    """How often, and what it came to."""

    async def prepare() -> None:
        async with open_shop(tmp_path) as shop:
            await lapses(shop)

    asyncio.run(prepare())
    args = ["report", "outage", "--since", f"{START:%Y-%m-%d}", "--db", str(tmp_path / "ledger.db")]
    page = CliRunner().invoke(main, [*args, "--lang", lang], catch_exceptions=False).stdout
    assert told.replace("\xa0", " ") in page.replace("\xa0", " ")
    assert ("3,75 €" if lang == "fr" else "€3.75") in page.replace("\xa0", " ")
