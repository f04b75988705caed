"""`assidu programme backtest`: what programmes come to over a history."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from pos_app.tools import trials
from tests.unit.tools_kit import BASE, COFFEE, FIVE, history_file, programme_file, run, sold

_MEMBERS = (("m1", "food"), ("m2", "coffee"))


def total(result: Any, place: int = 0) -> dict[str, Any]:
    """The figures of all members under one of the programmes."""
    found: dict[str, Any] = json.loads(result.stdout)[place]["total"]
    return found


def test_figures_of_a_small_history_by_hand(tmp_path: Path) -> None:
    """60 € twice give 120 points; the third ticket burns 100 for 5 €, earns 55, and 75 points are still owed."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(day, "m1", 6000) for day in (0, 7, 14)])
    found = total(run("backtest", programme, "--tickets", history, "--format", "json", "--jobs", 1))
    assert found["issued"] == 175
    assert found["burned"] == 100
    assert found["reward"] == 500
    assert found["liability"] == 75 * 5
    assert found["net"] == 18000


def test_without_redemptions_everything_is_owed(tmp_path: Path) -> None:
    """`--redeem none` leaves all points standing."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(day, "m1", 6000) for day in (0, 7, 14)])
    found = total(
        run("backtest", programme, "--tickets", history, "--format", "json", "--redeem", "none", "--jobs", 1)
    )
    assert (found["burned"], found["reward"], found["liability"]) == (0, 0, 180 * 5)


def test_gain_and_loss_against_the_first(tmp_path: Path) -> None:
    """Stamps on coffee instead of points: the coffee drinker gains, the other member loses."""
    points = programme_file(tmp_path, "points.toml", BASE, FIVE)
    stamps = programme_file(tmp_path, "stamps.toml", COFFEE)
    coffee = [sold(day, "drinker", 300, category="coffee") for day in range(12)]
    history = history_file(tmp_path, [*coffee, sold(3, "eater", 9000, store="s2")])
    result = run("backtest", points, stamps, "--tickets", history, "--format", "json", "--jobs", 1)
    found = json.loads(result.stdout)[1]
    assert (found["total"]["gain"], found["total"]["lose"]) == (1, 1)
    by_store = {
        each["name"]: (each["gain"], each["lose"]) for each in found["groups"] if each["by"] == "store"
    }
    assert by_store == {"s1": (1, 0), "s2": (0, 1)}
    assert found["total"]["reward"] == 300


def test_figures_by_month(tmp_path: Path) -> None:
    """January earns 120 points, February burns 100 of them and earns 55, in March the 75 left of both months lapse."""
    expiry = '[expiry]\nlot_life = "30d"\n'
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE, COFFEE, expiry)
    tickets = [sold(day, "m1", 6000) for day in (0, 20)] + [sold(27, "m1", 6000, category="coffee")]
    tickets += [sold(70, "m2", 100)]
    result = run(
        "backtest", programme, "--tickets", history_file(tmp_path, tickets), "--format", "json", "--jobs", 1
    )
    months = json.loads(result.stdout)[0]["months"]
    assert months == {
        "2026-01": {"issued": 120, "burned": 0, "expired": 0, "cents": 0},
        "2026-02": {"issued": 55, "burned": 100, "expired": 20, "cents": 500},
        "2026-03": {"issued": 1, "burned": 0, "expired": 55, "cents": 0},
    }


def test_what_is_owed_is_priced_asset_by_asset(tmp_path: Path) -> None:
    """A free coffee counts what the one that was taken came to, a stamp a tenth of it, a voucher its face value."""
    voucher = '[[rule]]\nid = "cheque"\nkind = "voucher"\nvalue = 5.00\nmin_basket = 50.00\n'
    convert = '[[rule]]\nid = "auto"\nkind = "convert"\npoints = 10\nvoucher = "cheque"\n'
    stamps = programme_file(tmp_path, "stamps.toml", COFFEE)
    vouchers = programme_file(tmp_path, "vouchers.toml", BASE, convert, voucher)
    tickets = [sold(day, "m1", 300, category="coffee") for day in range(24)]
    history = history_file(tmp_path, tickets)
    result = run("backtest", stamps, vouchers, "--tickets", history, "--format", "json", "--jobs", 1)
    coffee, cheques = json.loads(result.stdout)
    assert (coffee["total"]["reward"], coffee["held"]) == (600, {"stamp:coffee": 2})
    assert coffee["total"]["liability"] == 2 * 30
    assert cheques["held"] == {"points": 2, "voucher:cheque": 7}
    assert cheques["total"]["liability"] == 7 * 500 + 2 * 50


def test_groups_split_the_members(tmp_path: Path) -> None:
    """Every way of grouping holds each member once; the last fifth of spend spends most."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    tickets = [sold(day, f"m{n}", 100 * n) for n in range(1, 11) for day in range(n)]
    history = history_file(tmp_path, sorted(tickets, key=lambda each: each["at"]))
    result = run("backtest", programme, "--tickets", history, "--format", "json", "--jobs", 1)
    groups = json.loads(result.stdout)[0]["groups"]
    for by in ("tier", "store", "spend", "regularity"):
        assert sum(each["members"] for each in groups if each["by"] == by) == 10
    fifths = [each["net"] for each in groups if each["by"] == "spend"]
    assert fifths == sorted(fifths)
    assert fifths[-1] == 9 * 900 + 10 * 1000


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_the_number_of_processes_changes_nothing(tmp_path: Path, form: str) -> None:
    """One process and three print the same bytes, refunds and rewards included."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE, COFFEE)
    tickets = [
        sold(day, f"m{n}", 900 + n, category="coffee") for n in range(80) for day in range(0, 40, 3 + n % 5)
    ]
    back = sold(41, "m7", 907, category="coffee", refund_of="m7-0")
    history = history_file(tmp_path, [*sorted(tickets, key=lambda each: each["at"]), back])
    one, three = (
        run("backtest", programme, "--tickets", history, "--format", form, "--jobs", jobs) for jobs in (1, 3)
    )
    assert one.exit_code == three.exit_code == 0
    assert one.stdout == three.stdout
    assert len(one.stdout) > 100


def test_a_shared_budget_is_not_spent_once_a_process(tmp_path: Path) -> None:
    """A campaign with 50 points to give gives 50, however many processes were asked for."""
    campaign = BASE + "budget = 50\n"
    programme = programme_file(tmp_path, "p.toml", campaign, FIVE)
    history = history_file(tmp_path, [sold(0, f"m{n}", 1000) for n in range(20)])
    found = total(run("backtest", programme, "--tickets", history, "--format", "json", "--jobs", 2))
    assert found["issued"] == 50


def test_bad_lines_are_named_and_the_rest_counts(tmp_path: Path) -> None:
    """A broken line and a refund of nothing are named with file and line; the exit status tells."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(
        tmp_path, [sold(0, "m1", 1000), sold(1, "m1", 100, refund_of="gone"), sold(2, "m1", 2000)]
    )
    history.write_text(history.read_text() + '{"ticket": "x"}\n')
    result = run("backtest", programme, "--tickets", history, "--format", "json", "--jobs", 1)
    assert result.exit_code == 2
    assert f"{history}:2: " in result.stderr
    assert f"{history}:4: " in result.stderr
    assert "2 line(s)" in result.stderr
    assert total(result)["issued"] == 30


def test_several_histories_are_one(tmp_path: Path) -> None:
    """Two files, the later one first, come to the same as one file."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    tickets = [sold(day, "m1", 6000) for day in (0, 7, 14)]
    whole = history_file(tmp_path, tickets, "whole.ndjson")
    late, early = (
        history_file(tmp_path, tickets[1:], "late.ndjson"),
        history_file(tmp_path, tickets[:1], "e.ndjson"),
    )
    arguments = ("--format", "json", "--jobs", 1)
    apart = run("backtest", programme, "--tickets", late, "--tickets", early, *arguments)
    assert apart.stdout == run("backtest", programme, "--tickets", whole, *arguments).stdout


def test_a_ticket_in_two_files_counts_once(tmp_path: Path) -> None:
    """Two exports that overlap: the second time the ticket is named, not counted."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    one = history_file(tmp_path, [sold(0, "m1", 1000)], "one.ndjson")
    two = history_file(tmp_path, [sold(0, "m1", 1000), sold(1, "m1", 1000)], "two.ndjson")
    result = run("backtest", programme, "--tickets", one, "--tickets", two, "--format", "json", "--jobs", 1)
    assert total(result)["issued"] == 20
    assert f"{two}:1: " in result.stderr


def test_a_process_that_is_ended_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system takes a process away, the command ends with a sentence instead of waiting for ever."""
    monkeypatch.setattr(trials, "trial", lambda *_given, **_named: os._exit(9))
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(0, f"m{n}", 1000) for n in range(4)])
    result = run("backtest", programme, "--tickets", history, "--jobs", 2)
    assert result.exit_code == 2
    assert "--jobs 1" in result.stderr


def test_the_same_totals_as_a_replay(tmp_path: Path) -> None:
    """On a history that its programme covers, back-test and `assidu replay` give the same figures."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE, COFFEE, '[expiry]\nlot_life = "20d"\n')
    programme.write_text(programme.read_text().replace("2030-01-01", "2025-01-01"))
    tickets = [
        sold(day, f"m{n}", 5200 + n, category="coffee") for n in range(9) for day in range(0, 40, 3 + n % 5)
    ]
    back = sold(41, "m7", 5207, category="coffee", refund_of="m7-0")
    history = history_file(tmp_path, [*sorted(tickets, key=lambda each: each["at"]), back])
    found = total(run("backtest", programme, "--tickets", history, "--format", "json", "--jobs", 2))
    out = tmp_path / "out.csv"
    options = ["--programme", programme, "--tickets", history, "--redeem", "auto", "--out", out]
    replayed = CliRunner().invoke(main, ["replay", *map(str, options)])
    assert replayed.exit_code == 0, replayed.output
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    for mine, theirs in (
        ("issued", "earned"),
        ("burned", "burned"),
        ("expired", "expired"),
        ("clawed", "clawed"),
        ("reward", "reward_cents"),
        ("net", "net_cents"),
        ("tickets", "tickets"),
    ):
        assert found[mine] == sum(int(row[theirs]) for row in rows), mine
    assert found["reward"] > 0
    assert found["clawed"] > 0


def test_csv_has_one_row_a_group(tmp_path: Path) -> None:
    """The row of all members first, every row with the name of its programme."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(0, "m1", 6000)])
    rows = list(
        csv.DictReader(
            io.StringIO(run("backtest", programme, "--tickets", history, "--format", "csv").stdout)
        )
    )
    assert rows[0] | {"by": "", "issued": "60", "cost": "300"} == rows[0]
    assert {row["programme"] for row in rows} == {"p"}


def test_the_command_draws_a_plot(tmp_path: Path) -> None:
    """The whole command as a process: a table in French, then the plot with its months, no colour codes in a pipe."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    history = history_file(tmp_path, [sold(day, "m1", 6000) for day in range(0, 70, 7)])
    command = [sys.executable, "-c", "from pos_app.cli import main; main()", "programme", "backtest"]
    done = subprocess.run(
        [*command, str(programme), "--tickets", str(history), "--plot", "--lang", "fr", "--jobs", "2"],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "points émis" in done.stdout
    assert "2026-03" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr.startswith("Moteur : DuckDB ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("engine", ["duckdb", "replay"])
def test_both_engines_say_the_same(tmp_path: Path, engine: str) -> None:
    """Two programmes over two histories with bad lines and a return, in two processes: one report."""
    programmes = [
        programme_file(tmp_path, "p.toml", BASE, FIVE),
        programme_file(tmp_path, "q.toml", COFFEE, BASE),
    ]
    tickets = [sold(day, member, 3500, category=goods) for day in range(12) for member, goods in _MEMBERS]
    back = {**sold(5, "m1", 3500), "ticket": "back", "refund_of": "m1-5", "at": "2026-01-20T09:00:00Z"}
    first = history_file(tmp_path, [*tickets, back], "first.ndjson")
    second = history_file(tmp_path, [*tickets[:1], sold(20, "m3", 900), {"ticket": ""}], "second.ndjson")
    given = ["--tickets", first, "--tickets", second, "--format", "json", "--jobs", 2]
    mine = run("backtest", *programmes, *given, "--engine", engine)
    assert mine.stderr.startswith(f"Engine: {engine}".replace("duckdb", "DuckDB"))
    assert mine.exit_code == 2
    assert mine.stderr.count("second.ndjson:") == 2
    known = run("backtest", *programmes, *given[:-1], 1, "--engine", "replay")
    assert (mine.stdout, mine.stderr.split("\n")[1:]) == (known.stdout, known.stderr.split("\n")[1:])
    assert total(mine)["clawed"] == 35


def test_without_duckdb_the_replay_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no DuckDB gets the same, and is told once how it goes sooner; asking for it is refused."""
    monkeypatch.setattr("pos_app.cli.programme.backtest.find_spec", lambda _name: None)
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    given = [programme, "--tickets", history_file(tmp_path, [sold(0, "m1", 6000)]), "--format", "json"]
    found = run("backtest", *given, "--jobs", 1)
    assert found.stderr == "Engine: replay (sooner with DuckDB: pip install 'assidu[backtest]')\n"
    assert total(found)["issued"] == 60
    refused = run("backtest", *given, "--engine", "duckdb")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "pip install 'assidu[backtest]'" in refused.stderr


def test_an_empty_history_is_a_mistake(tmp_path: Path) -> None:
    """No tickets, no figures: one sentence."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE)
    result = run("backtest", programme, "--tickets", history_file(tmp_path, []), "--plot")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no ticket of a member in" in result.stderr
