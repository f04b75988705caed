"""`assidu programme diff`: rules added, removed and changed, key by key."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from rules.errors import ProgrammeError
from rules.tools.difference import Change, Difference, RuleChange, difference, written
from tests.unit.tools_kit import BASE, COFFEE, FIVE, history_file, programme_file, run, sold

TIERS = '[tiers]\nlevels = [{ id = "a", from = 0 }, { id = "b", from = 100, multiply = "2" }]\n'


def test_every_difference_is_named(tmp_path: Path) -> None:
    """One rule is added, one removed, one changed in one key, and the header has a new version."""
    old = programme_file(tmp_path, "old.toml", BASE, FIVE).read_bytes()
    new = programme_file(tmp_path, "new.toml", BASE.replace("points = 1", "points = 2"), COFFEE, version=2)
    found = difference(old, new.read_bytes())
    assert found.header == (Change("version", "1", "2"),)
    assert (found.added, found.removed) == (("coffee",), ("five",))
    assert found.changed == (RuleChange("base", (Change("points", "1", "2"),)),)


def test_order_and_comments_say_nothing(tmp_path: Path) -> None:
    """The same rules in another order, with a comment, are the same programme."""
    old = programme_file(tmp_path, "old.toml", BASE, FIVE, COFFEE).read_bytes()
    new = programme_file(tmp_path, "new.toml", "# better\n", COFFEE, FIVE, BASE).read_bytes()
    assert difference(old, new) == Difference()


def test_levels_are_compared_by_their_id(tmp_path: Path) -> None:
    """A level that moved and one that was added name only what changed."""
    old = programme_file(tmp_path, "old.toml", BASE, TIERS).read_bytes()
    levels = TIERS.replace("from = 100", "from = 150").replace(" }]", ' }, { id = "c", from = 900 }]')
    new = programme_file(tmp_path, "new.toml", BASE, levels).read_bytes()
    (tiers,) = difference(old, new).changed
    assert tiers.keys == (Change("levels.b.from", "100", "150"), Change("levels.c.from", "", "900"))


def test_values_are_written_as_in_the_file() -> None:
    """Texts keep their quotes, amounts their two decimals, tables their keys."""
    assert written({"b": "x", "a": [True, False, 1]}) == '{ a = [true, false, 1], b = "x" }'
    assert written(datetime(2026, 5, 6, 20, 0)) == "2026-05-06T20:00:00"


def test_diff_tells_in_the_wanted_language(tmp_path: Path) -> None:
    """The report is printed, old value and new value, in French on request."""
    old = programme_file(tmp_path, "old.toml", BASE, FIVE)
    new = programme_file(tmp_path, "new.toml", BASE, FIVE.replace("5.00", "6.00"))
    result = run("diff", old, new, "--lang", "fr")
    assert result.exit_code == 0
    assert result.stdout == "Règle five modifiée\n  value: 5.00 → 6.00\n"


def test_diff_with_a_history_tells_what_it_comes_to(tmp_path: Path) -> None:
    """The same tickets under both versions: the new one gives twice the points."""
    old = programme_file(tmp_path, "old.toml", BASE, FIVE)
    new = programme_file(tmp_path, "new.toml", BASE.replace("points = 1", "points = 2"), FIVE)
    history = history_file(tmp_path, [sold(0, "m1", 3000)])
    found = json.loads(run("diff", old, new, "--history", history, "--json", "--jobs", 1).stdout)
    assert [each["total"]["issued"] for each in found["backtest"]] == [30, 60]
    assert found["backtest"][1]["total"]["gain"] == 1


def test_a_broken_file_is_named_with_its_errors(tmp_path: Path) -> None:
    """Nothing is compared with a file that has errors; they are all named."""
    good = programme_file(tmp_path, "good.toml", BASE)
    bad = programme_file(tmp_path, "bad.toml", BASE.replace("per = 1.00", "per = 1\nparts = 2"))
    result = run("diff", good, bad)
    assert result.exit_code == 2
    assert "base.per" in result.stderr
    assert "base.parts" in result.stderr


def test_a_key_that_is_left_out_has_no_value_any_more() -> None:
    """Whichever it is: a text, an empty table, a list of texts; a file may have no programme and no rules yet."""
    old = b'[[rule]]\nid = "a"\nlabel = "madrid"\nreward = {}\nstores = ["madrid"]\n'
    (rule,) = difference(old, b'[[rule]]\nid = "a"\n').changed
    assert rule.keys == (
        Change("label", '"madrid"', ""),
        Change("reward", "{}", ""),
        Change("stores", '["madrid"]', ""),
    )
    assert difference(b"format = 1\n", b"format = 2\n") == Difference(header=(Change("format", "1", "2"),))


def test_a_file_that_cannot_be_read_is_told_without_a_name() -> None:
    """Whether it is the old one or the new one; whoever asks knows the names."""
    for files in ((b"a = [", b""), (b"", b"a = [")):
        with pytest.raises(ProgrammeError) as caught:
            difference(*files)
        assert caught.value.problems[0].file == ""
