"""`assidu report members|campaigns|provision`: figures without a screen, as text, CSV and JSON."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.report import report
from sync.figures import Cohort, RuleCost, StoreFigures
from sync.till.told_figures import keep_figures
from tests.unit.ledger_kit import PROGRAMME, open_shop
from tests.unit.test_manager_board import TIERED
from tests.unit.test_outage_report import outage
from tests.unit.till_kit import Shop


def said(*words: str) -> str:
    done = CliRunner().invoke(report, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.engines("sqlite")
def test_members_and_campaigns_come_from_a_tills_folder(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted here, and what the ledger told: who still comes, what rules gave; nobody is named."""
    shop.publish("programme", TIERED)
    shop.with_points(1, 300, tier="gold", tier_since=date(2026, 11, 20))
    cohorts = (Cohort(date(2026, 5, 1), 20, (9, 4, -1)),)
    told = StoreFigures(1, costs=(RuleCost("base", "points", 512, 0, date(2026, 11, 1)),), cohorts=cohorts)
    shop.write(lambda conn: keep_figures(conn, told))
    monkeypatch.setattr("time.time", lambda: shop.clock.wall / 1000)
    folder = ("--data", str(shop.folder))
    page = said("members", *folder, "--lang", "en")
    assert "05/2026           20            45 %            20 %" in page
    assert said("members", *folder, "--csv").splitlines()[1] == "2026-05-01,20,9,4,"
    assert json.loads(said("members", *folder, "--json"))["levels"][0]["members"] == 1
    assert "1 point per euro" in said("campaigns", *folder, "--lang", "en")
    rows = said("campaigns", *folder, "--csv").splitlines()
    assert any(row.startswith("base,earn.amount,,,512,0") and row.endswith(",2560") for row in rows)


@pytest.mark.engines("sqlite")
def test_the_provision_of_a_chain_adds_up_after_an_outage(tmp_path: Path) -> None:
    """Nothing was there before the first day, whatever happened since: kept promises, debts, a till written off."""

    async def prepare() -> None:
        async with open_shop(tmp_path, PROGRAMME.replace(b'"EUR"', b'"CHF"')) as shop:
            await outage(shop)

    asyncio.run(prepare())
    base = ("provision", "--since", "2026-03-01", "--db", str(tmp_path / "ledger.db"))
    books = json.loads(said(*base, "--json"))
    points = next(one for one in books["provision"] if one["asset"] == "points")
    assert points["issued"] > 0
    for one in books["provision"]:
        left = one["issued"] - one["burned"] - one["lapsed"] - one["clawed"]
        assert (one["opened"], left) == (0, one["closed"]), one
    assert said(*base, "--csv").startswith("first,asset,opened,issued,burned,lapsed,clawed,closed,cents")
    page = said(*base, "--lang", "en")
    assert "PROVISION" in page
    assert "CHF" in page  # what it is worth, in the chain's money
    assert "€" not in page
