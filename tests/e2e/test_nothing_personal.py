"""What people tell at a till is in no file of it: names, phone numbers and e-mail addresses planted and looked for.

A real till in a real terminal, with a scanner, a printer, a ledger that goes away, a kill in the middle and a salvage,
so that the write-ahead log, the spool, sealed boxes that wait and the list of members are all there.
"""

import os
import pty
import sqlite3
import subprocess
import sys
import tty
from datetime import datetime
from pathlib import Path

import pytest

from tests.e2e.chain import ENVIRONMENT, Chain, TillProcess
from tests.e2e.counter import slowly

NAMES = ("Wilhelmine", "Zénobie")
NOTE = "Muscovado"
PHONE, EMAIL = "06 71 23 45 89", "zenobie.planted@courriel.example"
PARTS = ("671234589", "6 71 23 45 89", "zenobie", "courriel.example")
ASSIDU = (sys.executable, "-c", "from pos_app.cli import main; main()")


def planted(*more: str) -> set[bytes]:
    """Every form in which a text may stand in a file."""
    texts = {*NAMES, NOTE, *PARTS, *more}
    forms = {form for text in texts for form in (text, text.lower(), text.upper(), text.encode().hex())}
    escaped = {text.encode("ascii", "backslashreplace").decode() for text in texts}
    return {
        form.encode(code)
        for form in forms | escaped
        for code in ("utf-8", "utf-16-le", "cp858", "cp1252")
        if _fits(form, code)
    }


def _fits(text: str, code: str) -> bool:
    try:
        return bool(text.encode(code))
    except UnicodeEncodeError:
        return False


def found_in(folder: Path, secrets: set[bytes]) -> list[tuple[str, bytes]]:
    """Files below a folder that have one of `secrets`, and which."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "till.sqlite-wal" or path.suffix == ".db" for path in files), files
    return [
        (str(path.relative_to(folder)), one) for path in files for one in secrets if one in path.read_bytes()
    ]


def planted_names() -> set[bytes]:
    told = [text.lower().encode() for text in (NAMES[0], NOTE)]
    return {form for form in planted() if any(one in form.lower() for one in told)}


def write_note(till: TillProcess) -> None:
    """F9, the member's services, personal data, 4."""
    terminal = till.terminal
    terminal.press("f9")
    terminal.press(digit_of(till, "Services to the member"))
    terminal.press(digit_of(till, "Personal data"))
    terminal.wait_for("A note on the member")
    terminal.press("4")
    terminal.wait_for("No note yet")
    slowly_in_form(till, NOTE)
    terminal.press("enter")
    terminal.wait_for(f"Note: {NOTE}")


def take_copy(till: TillProcess) -> None:
    """F9, the member's services, a manager's badge: files for the member, the till's and the ledger's."""
    terminal = till.terminal
    terminal.press("f9")
    terminal.press(digit_of(till, "Services to the member"))
    terminal.press(digit_of(till, "Personal data"))
    terminal.wait_for("Scan a manager's badge")
    till.scan("BDG-SOFIA", aim="]C0")
    terminal.wait_for("PIN")
    terminal.type("4321\r")
    terminal.wait_for("A copy of everything")
    terminal.press("1")
    terminal.wait_for("-ledger.txt")


def digit_of(till: TillProcess, label: str) -> str:
    """The digit that a menu gives to a line."""
    rows = till.terminal.wait_for(label)
    return next(row for row in rows if label in row).partition(label)[0].strip("│ ")


def enrol(till: TillProcess, contact: str, consent: str, name: str) -> None:
    """F3, contact, consent, name, and a purchase."""
    terminal = till.terminal
    terminal.press("f3")
    terminal.wait_for("[ ")
    terminal.press("down")
    slowly_in_form(till, contact)
    terminal.press("down")
    terminal.press(consent, "down")
    slowly_in_form(till, name)
    terminal.press("enter")
    terminal.wait_for(name)
    terminal.type("450")
    terminal.press("enter")
    terminal.wait_until(lambda rows: any("RECORDED" in row or "ENREGISTR" in row for row in rows))
    terminal.press("escape")
    terminal.wait_until(lambda rows: any("SCAN" in row for row in rows))


def slowly_in_form(till: TillProcess, text: str) -> None:
    for length, key in enumerate(text, start=1):
        till.terminal.press(key)
        till.terminal.wait_for(text[max(0, length - 20) : length])


@pytest.mark.timeout(120)
def test_no_file_of_a_till_holds_what_members_told(tmp_path: Path) -> None:
    """Enrolled in English on line and in French off line, looked up by phone, killed, started again, salvaged."""
    paper, port = pty.openpty()
    tty.setraw(port)
    with Chain(tmp_path, datetime(2026, 5, 11, 10, 0)) as chain:
        url, (code,) = chain.start_ledger("1")
        till = chain.pair_till("1", (url, code), f'printer = "{os.ttyname(port)}"\n')
        till.present(chain.members[3])
        till.leave()
        enrol(till, PHONE, "2", NAMES[0])
        till.terminal.wait_for("0 to send")
        slowly(till.terminal, "0671234589")
        till.terminal.press("enter")
        till.terminal.wait_for(NAMES[0])
        write_note(till)
        take_copy(till)
        till.terminal.close()
        chain.stop_ledger()
        settings = till.folder / "till.toml"
        settings.write_text(settings.read_text().replace('language = "en"', 'language = "fr"'))
        till.start_again()
        till.terminal.wait_for("BADGE")
        till.scan("BDG-CAMILLE", aim="]C0")
        till.terminal.wait_for("puis Entrée")
        till.terminal.type("1234\r")
        till.terminal.wait_gone("puis Entrée")
        enrol(till, EMAIL, "3", NAMES[1])
        till.terminal.kill()
        assert (till.folder / "till.sqlite-wal").stat().st_size > 0
        saved = tmp_path / "till1" / "saved"
        subprocess.run(
            [*ASSIDU, "journal", "salvage", "--data", str(till.folder), "--out", str(saved)],
            check=True,
            capture_output=True,
            env={**os.environ, **ENVIRONMENT},
        )
        assert saved.stat().st_size > 1000
        known = [name for one in chain.members for name in (one.first_name, one.last_name) if len(name) > 6]
        assert known
        copies = till.folder / "copies"
        assert {
            one for one in planted() for path in copies.iterdir() if one in path.read_bytes()
        } <= planted_names()
        for path in copies.iterdir():
            assert (NAMES[0] in path.read_text(), NOTE in path.read_text()) == (
                True,
                True,
            )  # it is there for the member to read
            path.unlink()
        assert found_in(till.folder, planted(*known)) == []
        assert found_in(chain.database.parent, planted()) == []
    printed = os.read(paper, 1 << 20)
    os.close(paper)
    os.close(port)
    assert b"4,50" in printed or b"4.50" in printed
    assert [one for one in planted() if one in printed] == []


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """In a page of SQLite, in a log line, in bytes of another alphabet: a name that is written is found."""
    file = sqlite3.connect(tmp_path / "x.db")
    file.execute("CREATE TABLE t(a)")
    file.execute("INSERT INTO t VALUES (?)", (f"say {NAMES[1]} twice",))
    file.commit()
    file.close()
    (tmp_path / "log").write_text(f"member {PHONE.replace(' ', '')} seen")
    (tmp_path / "paper").write_bytes(NAMES[1].encode("cp858"))
    assert {name for name, _ in found_in(tmp_path, planted())} == {"x.db", "log", "paper"}
