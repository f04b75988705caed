"""Conformance case A on the sample of 123 households: every row, every column, every basket."""

from pathlib import Path

from pos_app.history.duck import database
from pos_app.tools.duck_load import load
from pos_app.tools.quick_trials import try_out_loaded
from pos_app.tools.tickets import read_tickets
from pos_app.tools.trials import try_out
from tests.conformance import compare


def test_every_row_and_column_of_the_sample(replayed: Path) -> None:
    """All 123 households, all columns, as the definition of A gives them."""
    rows = compare.rows_of(replayed / "a.csv")
    assert rows == compare.expected_rows(compare.SAMPLE)
    assert len(rows) == 123


def test_the_totals_of_the_sample(replayed: Path) -> None:
    """The sums of all columns, and the households by tier."""
    rows = compare.rows_of(replayed / "a.csv")
    assert compare.totals_of(rows.values()) == compare.expected_totals("sample 7/20")


def test_every_basket_of_the_sample(replayed: Path) -> None:
    """The ledger, basket by basket, has the expected text to the byte (compared by its hash)."""
    text = compare.ledger_text(replayed / "a.ndjson.gz", replayed / "ledger.csv")
    assert text.count("\n") == 9244
    assert compare.hash_of(text) == compare.LEDGER_SAMPLE


def test_the_months_add_up_to_the_rows(replayed: Path) -> None:
    """What the ledger says month by month is what the rows say of the year."""
    rows = compare.rows_of(replayed / "a.csv").values()
    months = compare.months_of(replayed / "ledger.csv")
    for column in ("earned", "burned", "expired", "rewards", "cards"):
        assert sum(int(month[column]) for month in months) == sum(int(row[column]) for row in rows), column
    assert int(months[-1]["balance_at_month_end"]) == sum(int(row["balance"]) for row in rows)


def test_a_backtest_with_duckdb_gives_the_same(replayed: Path) -> None:
    """Every household's figures and every month, from lines that DuckDB added up: those of the replay's engine."""
    programme, history = compare.PROGRAMME.read_bytes(), [replayed / "a.ndjson.gz"]

    def tell(_part: float) -> None:
        pass

    tickets = read_tickets(history, tell)
    [tried], _ = try_out([programme], tickets, redeem=True, jobs=1, tell=tell)
    with database() as link:
        loaded = load(history, link, tell)
        [quick], faults = try_out_loaded([programme], loaded, redeem=True, jobs=2, tell=tell)
    assert (quick.results, quick.months, quick.paid) == (tried.results, tried.months, tried.paid)
    assert (len(quick.results), faults) == (123, ())
    rows = compare.rows_of(replayed / "a.csv")
    assert {each.member: each.issued for each in quick.results} == {
        member: int(row["earned"]) for member, row in rows.items()
    }
