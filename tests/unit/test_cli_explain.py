"""`assidu programme explain`: one ticket of a history, from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from tests.unit.till_kit import PROGRAMME

HISTORY = (
    ("1", "m1", "2026-05-04T09:30:00Z", [("esp", "coffee", 9, 1800)], ""),
    ("x", "m2", "2026-05-04T09:31:00Z", [("esp", "coffee", 1, 200)], ""),
    ("2", "m1", "2026-05-05T09:30:00Z", [("esp", "coffee", 2, 400), ("cake", "sweet", 1, 9133)], ""),
    ("3", "m1", "2026-05-06T09:30:00Z", [("esp", "coffee", 1, 200), ("cake", "sweet", 1, 1000)], ""),
    ("4", "", "2026-05-07T09:30:00Z", [("cake", "sweet", 1, 1000)], ""),
    ("5", "m1", "2026-05-08T09:30:00Z", [("cake", "sweet", 1, 1000)], "3"),
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A programme file and a history."""
    programme, history = tmp_path / "p.toml", tmp_path / "h.ndjson"
    programme.write_bytes(PROGRAMME)
    names = ("sku", "category", "qty", "cents")
    history.write_text(
        "\n".join(
            json.dumps(
                {
                    "ticket": ticket,
                    "member": member,
                    "store": "s1",
                    "at": at,
                    "lines": [dict(zip(names, line, strict=True)) for line in lines],
                }
                | ({"refund_of": of} if of else {})
            )
            for ticket, member, at, lines, of in HISTORY
        )
    )
    return str(programme), str(history)


def explain(files: tuple[str, str], *options: str) -> Result:
    """Run the command."""
    programme, history = files
    arguments = ["programme", "explain", programme, "--tickets", history, "--lang", "en", *options]
    return CliRunner().invoke(main, arguments)


def test_an_old_ticket_is_told_with_what_came_before(files: tuple[str, str]) -> None:
    """The balance of that day, the card that the ticket filled, lots and lines."""
    text = explain(files, "--ticket", "2").output.replace("\xa0", " ")
    assert "Bakery card, version 1" in text
    assert "95.33 rounded down to 95" in text
    assert "Lot 2:0" in text
    assert "line 2, cake: 91 points of it" in text
    assert "the balance is too low (18 of 100 points)" in text
    assert "Coffee card is full: 1 free item, no last day" in text
    assert "82 points more: 5 EUR off" in text


def test_a_redemption_of_the_replay_names_the_lot_it_drew(files: tuple[str, str]) -> None:
    """With --redeem auto the third ticket takes the free coffee that the second one filled."""
    data = json.loads(explain(files, "--ticket", "3", "--redeem", "auto", "--json").stdout)
    coffee = next(one for one in data["rules"] if one["outcome"]["rule"] == "coffee")
    assert coffee["spent"][0]["draws"] == [{"lot": "2:c0", "quantity": 1}]
    assert data["reward"] == 200


def test_without_a_name_the_last_sale_is_told(files: tuple[str, str]) -> None:
    """The last one of all is without a card, the last one of a member is his."""
    assert "Ticket 4 of" in explain(files).output
    assert "is for members" in explain(files).output
    assert "Ticket 3 of" in explain(files, "--member", "m1").output
    assert "Ticket x of" in explain(files, "--member", "m2").output


def test_what_is_not_there_is_said(files: tuple[str, str]) -> None:
    """No such ticket, and a return, are one sentence and a failure."""
    missing = explain(files, "--ticket", "99")
    assert missing.exit_code != 0
    assert "There is no ticket 99 in this history" in missing.output
    returned = explain(files, "--ticket", "5")
    assert returned.exit_code != 0
    assert "is a return of the ticket 3" in returned.output


def test_the_version_of_the_day_explains(files: tuple[str, str], tmp_path: Path) -> None:
    """Of several versions the business date chooses one."""
    later = tmp_path / "p2.toml"
    old = PROGRAMME.replace(b"effective_to = 2035-01-01", b"effective_to = 2026-05-06")
    Path(files[0]).write_bytes(old)
    new = PROGRAMME.replace(b"effective_from = 2025-01-01", b"effective_from = 2026-05-06")
    later.write_bytes(new.replace(b"version = 1", b"version = 2").replace(b"per = 1.00", b"per = 2.00"))
    assert "version 1" in explain(files, str(later), "--ticket", "2").output
    text = explain(files, str(later), "--ticket", "3").output
    assert "version 2" in text
    assert "1 point per euro: + 6 points" in text
