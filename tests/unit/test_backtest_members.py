"""Back-tests of programmes in which members concern each other: the same whatever the number of processes."""

import json
from pathlib import Path
from typing import Any

from tests.unit.tools_kit import BASE, FIVE, history_file, programme_file, run, sold

REFER = (
    '[[rule]]\nid = "bring"\nkind = "referral"\nsponsor_points = 50\nsponsored_points = 20\nwithin = "60d"\n'
)
BUDGET = (
    '[[rule]]\nid = "gone"\nkind = "earn.visit"\npoints = 10\nbudget = 35\n'
    '[transition]\nto = "next"\nburn_limit = 100\n'
)


def enrolled(day: int, member: str, **fields: str) -> dict[str, Any]:
    """An enrolment a minute before nine."""
    at = sold(day, member, 1)["at"].replace("09:00", "08:59")
    return {
        "ticket": f"e-{member}",
        "member": member,
        "store": "s1",
        "at": at,
        "event": {"name": "enrolment", "fields": fields},
    }


def history(folder: Path) -> Path:
    """Nine chains of nine members, each brought in by the one before; the first of each never buys anything."""
    tickets = []
    for chain in range(9):
        for n in range(1, 9):
            name = f"m{chain}-{n}"
            tickets.append(enrolled(n, name, sponsor=f"m{chain}-{n - 1}"))
            tickets += [sold(n, name, 2000), sold(n + 10, name, 4000)]
    returned = sold(20, "m3-4", 2000, refund_of="m3-4-4")
    other = sold(21, "m3-4", 4000, refund_of="m3-4-14")
    return history_file(folder, [*tickets, returned, other])


def test_who_brought_whom_stays_together(tmp_path: Path) -> None:
    """The referral of what came back is gone, every sponsor is a member, and three processes say the same as one."""
    programme = programme_file(tmp_path, "p.toml", BASE, REFER)
    told = [
        run("backtest", programme, "--tickets", history(tmp_path), "--format", "json", "--jobs", jobs)
        for jobs in (1, 3)
    ]
    assert told[0].stdout == told[1].stdout
    assert (told[0].exit_code, told[1].exit_code) == (0, 0)
    total = json.loads(told[0].stdout)[0]["total"]
    assert total["members"] == 81
    assert total["issued"] - total["clawed"] == 71 * (20 + 40 + 20 + 50)


def test_a_sponsor_is_nobody_where_nothing_is_given_for_it(tmp_path: Path) -> None:
    """Under a programme without a referral there are only the members who have a record of their own."""
    programme = programme_file(tmp_path, "p.toml", BASE)
    result = run("backtest", programme, "--tickets", history(tmp_path), "--format", "json", "--jobs", 2)
    assert json.loads(result.stdout)[0]["total"]["members"] == 72


def test_what_is_shared_is_counted_once(tmp_path: Path) -> None:
    """35 points for all visits together, and one redemption of 100 points a store and day, whatever the processes."""
    programme = programme_file(tmp_path, "p.toml", BASE, FIVE, BUDGET)
    tickets = [sold(day, f"m{n}", 10_000) for day in (0, 5) for n in range(4)]
    found = [
        json.loads(
            run(
                "backtest",
                programme,
                "--tickets",
                history_file(tmp_path, tickets),
                "--format",
                "json",
                "--jobs",
                jobs,
            ).stdout
        )[0]["total"]
        for jobs in (1, 3)
    ]
    assert found[0] == found[1]
    assert found[0]["burned"] == 100
    assert found[0]["issued"] == 8 * 100 - 5 + 35
