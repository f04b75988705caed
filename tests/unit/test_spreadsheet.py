"""What managers export is opened by a spreadsheet: a name from outside is a text there, never a formula."""

import csv
import io

import pytest
from click.testing import CliRunner

from pos_app.cli.report import report
from pos_app.manager.board import board_of
from pos_app.manager.pages import patterns_csv
from pos_app.manager.shop import shop_of
from pos_app.tools.table import comma_separated
from sync.figures import StoreFigures
from sync.patterns import TWO_STORES, Pattern
from sync.till.told_figures import keep_figures
from tests.unit.till_kit import Shop

FORMULAS = ("=HYPERLINK(A1)", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_is_a_text(text: str) -> None:
    """An apostrophe stands before it; what it says is still there."""
    made = comma_separated(("a", "b"), [(text, "x" + text)])
    (_, cells) = csv.reader(io.StringIO(made, newline=""))
    assert cells == ["'" + text, "x" + text]


def test_a_row_ends_where_it_ends() -> None:
    """A carriage return in a name begins no row, which could begin with a formula."""
    assert "\r" not in comma_separated(("a",), [("x\r=1+1",)])


def test_numbers_below_zero_are_numbers() -> None:
    """Only texts are guarded: a program adds the figures up."""
    assert comma_separated(("a", "b"), [(-1, -0.5)]) == "a,b\n-1,-0.5\n"


@pytest.mark.engines("sqlite")
def test_names_of_stores_and_people_are_no_formulas(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from the ledger: in the export of the screen, which is that of the command."""
    day = shop_of(shop.till.parts).now.day
    told = Pattern(TWO_STORES, day, 1, 2, "1", "=cmd|' /C calc'!A0", 7, store="@SUM(1+1)")
    shop.write(lambda conn: keep_figures(conn, StoreFigures(1, patterns=(told,))))
    text = patterns_csv(board_of(shop_of(shop.till.parts)))
    monkeypatch.setattr("time.time", lambda: shop.clock.wall / 1000)
    said = CliRunner().invoke(report, ["patterns", "--csv", "--data", str(shop.folder)])
    assert said.output.strip() == text.strip()
    for cell in (cell for row in csv.reader(text.splitlines()) for cell in row):
        assert not cell.startswith(("=", "@"))
    assert "'@SUM(1+1)" in text
    assert "'=cmd|" in text
