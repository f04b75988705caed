"""`assidu member CODE` and `export`: a till's knowledge of one member as lines, and files for the member."""

import json
from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_app.cli import main
from rules.account import POINTS, Holding
from sync import complaint
from sync.entry import Slice
from sync.sqlite_driver import Connection
from sync.till import cursors, members, slices
from sync.till.database import open_store
from tests.unit.till_kit import BADGE, OTHER_BADGE, OTHER_PIN, PIN, PROGRAMME, Shop

VOUCHER = b"""
[[rule]]
id = "welcome"
kind = "voucher"
label = { fr = "Bon de bienvenue", en = "Welcome voucher" }
value = 3.00
life = "30d"
"""


LAST = date(2034, 12, 31)  # the command goes by the machine's own clock


def held(asset: str, quantity: int) -> Holding:
    return Holding(asset, f"c-{asset}", quantity, date(2026, 1, 1), date(2026, 1, 1), LAST)


@pytest.fixture
def card(shop: Shop) -> str:
    """A member with 80 points, of which this till holds some, a voucher, a name and a phone."""
    shop.publish("programme", PROGRAMME + VOUCHER)
    balance = {POINTS: 80, "voucher:welcome": 1}
    holdings = (held(POINTS, 80), held("voucher:welcome", 1))
    number = shop.member(1, name="Martin", phone="+33612345678", balance=balance, holdings=holdings, visits=3)
    piece = Slice(POINTS, f"c-{POINTS}", 30, LAST)
    shop.write(lambda conn: slices.lend(conn, 1, "g-2-1-1", (piece,)))
    shop.write(lambda conn: members.set_note(conn, shop.till.parts.identity, 1, note="Oat milk"))
    said = complaint.written(date(2026, 11, 19), "quality", "cold soup")
    shop.write(lambda conn: members.set_note(conn, shop.till.parts.identity, 1, complaint=said))

    def hear(conn: Connection) -> None:
        state = cursors.sync_state(conn)
        cursors.save_sync_state(conn, msgspec.structs.replace(state, heard_ms=shop.clock.wall_ms()))

    shop.write(hear)
    return number


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["member", *words], input=typed)


@pytest.mark.parametrize("by", ["card", "0612345678", "06 12 34 56 78", "1"])
def test_the_status_is_lines_beside_a_till_at_work(shop: Shop, card: str, by: str) -> None:
    """Balance, what is usable without a line, the next reward, vouchers, how old it is; no glyph that says nothing.

    Reports call members by number: that finds them, too.
    """
    done = run(card if by == "card" else by, "--data", str(shop.folder), "--lang", "en")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "Martin" if by == "1" else lines[0].startswith("Martin, card ")
    for line in (
        "Balance: 80 points",
        "Usable now: 30",
        "Next reward: 5 EUR off: 80 of 100, 20 points left",
        "Voucher: 1 x Welcome voucher until 31/12/2034",
        "Note: Oat milk",
    ):
        assert line in lines
    assert "As the ledger told it last: 20/11/2026 10:00" in lines
    french = run(card, "--data", str(shop.folder), "--lang", "fr").output
    assert "Solde : 80 points" in french.replace("\u00a0", " ")
    assert json.loads(run(card, "--data", str(shop.folder), "--json").stdout)["balance"] == 80
    assert shop.kinds() == []


def test_a_code_of_nobody_is_one_sentence(shop: Shop, card: str) -> None:
    """Exit status 2, in the language asked for."""
    done = run("2999999999999", "--data", str(shop.folder), "--lang", "fr")
    assert (done.exit_code, "ne connaît" in done.output) == (2, True)
    assert run(card, "--data", str(shop.folder / "nowhere")).exit_code == 2


def test_a_phone_of_two_members_is_nobody_s(shop: Shop, card: str) -> None:
    """Neither the status nor a copy of one of them: the number of a card is asked for."""
    shop.member(2, name="Bruno", phone="+33612345678")
    found = run("0612345678", "--data", str(shop.folder), "--lang", "en")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "several members have this phone or e-mail" in found.stderr


def test_a_copy_takes_a_manager_and_is_journalled(shop: Shop, card: str, tmp_path: Path) -> None:
    """A cashier's and a wrong PIN are refused, a till at work too; without the ledger the till's copy is written."""
    asked = ("export", card, "--out", str(tmp_path / "out"), "--data", str(shop.folder), "--lang", "en")
    assert run(*asked, typed=f"{OTHER_BADGE}\n{OTHER_PIN}\n").exit_code == 2  # the till is at work
    shop.close()
    for typed in (f"{BADGE}\n{PIN}\n", f"{OTHER_BADGE}\n0000\n"):
        done = run(*asked, typed=typed)
        assert (done.exit_code, "badge or PIN" in done.output) == (2, True)
    assert not (tmp_path / "out").exists()
    done = run(*asked, typed=f"{OTHER_BADGE}\n{OTHER_PIN}\n")
    assert done.exit_code == 0, done.output
    assert "Without the ledger" in done.output
    text = (tmp_path / "out" / "1-till.txt").read_text()
    for line in (
        "First name: Martin",
        "Note: Oat milk",
        "Noted of what went wrong on 19/11/2026: cold soup",
    ):
        assert line in text.splitlines()
    shop.store = open_store(shop.folder)
    (entry,) = shop.entries()
    assert (entry.kind, entry.member) == ("SUPERVISOR", 1)
