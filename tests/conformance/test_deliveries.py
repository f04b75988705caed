"""Case A sold at real tills that are off line, late and doubled, and settled by the real ledger."""

from pathlib import Path

import pytest

from tests.conformance.delivered import Outcome, differences, history, live
from tests.engines import ENGINES

HOUSEHOLDS = (7, 2487)
"""With few baskets: a reward refused and given later, a basket sent twice (7), a stamp honoured (2487)."""


@pytest.mark.timeout(300)  # two years of a chain on one engine after the other
def test_settled_as_expected_on_both_engines(replayed: Path) -> None:
    """Every settled column, basket and month is the file's, what was kept beside is listed, and no row differs."""
    baskets = history(replayed, HOUSEHOLDS)
    found: list[Outcome] = []
    for engine in ENGINES:
        found.append(live(engine, baskets, replayed))
        assert differences(found[-1], baskets, replayed) == [], engine
    assert found[0].tally["sent twice"]
    assert found[0].honoured
    assert [one.given for one in found[0].rewards] == [False, True]
    assert found[0].digests == found[1].digests


def test_where_every_line_holds_nothing_is_honoured(replayed: Path) -> None:
    """Baskets that arrive in the order of sale: every column is the file's, those that depend on rewards too."""
    baskets = history(replayed, HOUSEHOLDS[:1])
    found = live("sqlite", baskets, replayed, outages=False)
    assert differences(found, baskets, replayed) == []
    assert found.honoured == ()
    assert found.rewards == ()
    assert found.rows["7"]["rewards"] == "2"


def test_a_reward_that_lapsed_points_would_have_paid(replayed: Path) -> None:
    """1927 pays a reward with 202 points of a moment before: 21 older ones lapse, 7 are missing for the next."""
    baskets = history(replayed, (1927,))
    found = live("sqlite", baskets, replayed)
    assert differences(found, baskets, replayed) == []
    first = found.rewards[0]
    assert (first.basket, first.given, first.online, first.said) == ("41225342324", False, True, "")
    assert first.unknown.startswith("7 points are missing: 21 lapsed on 10 Dec, after S381-T1 had paid")
