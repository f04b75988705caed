"""The doctor beside a real till: a ledger's process, HTTPS of the chain's own, a scanner and a printer."""

import json
import os
import re
import select
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from pos_app.config import TillConfig
from pos_app.devices.customer_display import shown
from pos_app.devices.grammar import CodeConfig
from pos_app.devices.simulated import SimulatedScanner
from pos_app.doctor import report
from pos_app.doctor.display_test import SIGNS
from pos_app.doctor.finding import Finding, Level, fault
from pos_app.doctor.line import ledger as look_at_ledger
from pos_app.doctor.machine import terminal
from pos_app.doctor.registers import registers
from pos_app.doctor.scan_test import codes_of, kinds, scan_once
from pos_app.doctor.store import look_into
from rules.sentences import said
from sync.numbers import member_number
from sync.till.cursors import raise_mark
from sync.till.events import Pulled
from tests.e2e.ledger_process import SHOP, LedgerProcess
from tests.e2e.test_tls import DAY, NOW, Authority, ledger
from tests.e2e.till_side import TillSide

DAY_MS = 86_400_000
CARD = member_number(1, b"k" * 32)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[TillSide]:
    """A till that works: its folder is taken."""
    side = TillSide(tmp_path / "till")
    try:
        yield side
    finally:
        side.close()


def does(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words, "--lang", "en"])


def findings(folder: Path) -> dict[str, tuple[str, str]]:
    """What was looked at, with its level and text."""
    done = does("--data", str(folder), "--json")
    rows = json.loads(done.stdout)["findings"]
    assert done.exit_code == int(any(one["level"] == "fault" for one in rows))
    return {one["what"]: (one["level"], one["text"]) for one in rows}


def faults(found: list[Finding]) -> dict[str, str]:
    return {one.what: one.text for one in found if one.level is not Level.GOOD}


def test_a_sound_till_at_work(tmp_path: Path, shop_folder: Path, till: TillSide) -> None:
    """Nothing is at fault, the till goes on, and nothing it holds of people or keys is printed."""
    with LedgerProcess(tmp_path / "ledger.sqlite", shop_folder, "--till", "halles=t") as centre:
        who = till.pair(centre.url, centre.codes[0])
        till.connect().start()
        till.wait_for(Pulled, lambda event: bool(event.config))
        till.close_client()
        (tmp_path / "till" / "till.toml").write_text('scanners = [{ port = "/dev/ttyUSB7" }]\n')
        till.write(2)
        found = findings(tmp_path / "till")
        assert {level for level, _ in found.values()} <= {"good", "look"}
        assert found["till"][1] == f"{who.till} of {who.store_name}, device {who.dev}-{who.inc}"
        assert found["journal"] == ("good", "2 entries, chain and signatures are whole.")
        assert "2 entries wait" in found["sending"][1]
        assert found["scanner"] == ("good", "/dev/ttyUSB7 is in use by the running till")
        assert found["at work"] == ("good", "it runs, and its folder is locked")
        assert found["members"][0] == "look"
        assert found["ledger"] == ("good", f"{centre.url} answers and is ready")
        text = does("--data", str(tmp_path / "till")).output
        assert not [key for key in (who.private_key, who.lookup_key, who.scope_key) if key.hex() in text]
        block = does("--data", str(tmp_path / "till"), "--report").output.splitlines()
        assert (block[0], block[-1]) == ("```text", "```")
        assert centre.url not in "".join(block)
        assert not [line for line in block if who.store_name in line or str(tmp_path) in line]
        assert 'till.toml: scanners = [{ port = "/dev/ttyUSB7" }]' in block
        assert any(line.startswith("good   journal: 2 entries") for line in block)
        till.write(1)
    till.close()
    (tmp_path / "till" / "till.toml").write_text(
        'scanners = [{ port = "/dev/ttyUSB7" }]\nprinter = "/dev/ttyUSB8"\ndisplay = "/dev/ttyUSB9"\n'
    )
    after = findings(tmp_path / "till")
    gone = "is not there: plug it in, or correct its name in till.toml."
    assert after["printer"] == ("fault", f"/dev/ttyUSB8 {gone}")
    assert after["customer's display"] == ("fault", f"/dev/ttyUSB9 {gone}")
    assert after["ledger"][0] == "fault"
    assert after["scanner"] == (
        "fault",
        "Scanner /dev/ttyUSB7 is not there: plug it in, the till takes it up by itself.",
    )


def test_each_fault_is_named(tmp_path: Path, shop_folder: Path, till: TillSide) -> None:
    """Rights, a changed entry, a clock before the last sale, rules too old, a file that is none, a wrong till.toml."""
    with LedgerProcess(tmp_path / "ledger.sqlite", shop_folder, "--till", "halles=t") as centre:
        till.pair(centre.url, centre.codes[0])
    till.write(3)
    till.writer.run(lambda conn: raise_mark(conn, till.clock.wall_ms()))
    folder, now = tmp_path / "till", till.clock.wall_ms()
    assert "set it" in faults(look_into(folder, now - DAY_MS)[1])["clock"]
    assert "No programme is here" in faults(look_into(folder, now)[1])["rules"]
    spoil = "UPDATE journal SET bytes = CAST('x' || substr(CAST(bytes AS TEXT), 2) AS BLOB) WHERE seq = 2"
    guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
    with sqlite3.connect(folder / "till.sqlite") as file:
        for (guard,) in file.execute(guards).fetchall():
            file.execute(f"DROP TRIGGER {guard}")
        file.execute(spoil)
    assert "entry 2 is bad" in faults(look_into(folder, now)[1])["journal"]
    folder.chmod(0o755)
    (folder / "till.toml").write_text("ceiling_cents = 0\n")
    found = findings(folder)
    assert "chmod 700" in found["folder"][1]
    assert "ceiling_cents" in found["configuration"][1]
    folder.chmod(0o700)
    till.close()
    (folder / "till.sqlite").write_bytes(b"no database" * 1000)
    assert findings(folder)["file"][0] == "fault"
    assert findings(tmp_path / "nobody")["folder"] == (
        "look",
        f"There is no till in {tmp_path / 'nobody'} yet: pair one, or name its folder.",
    )


def test_certificates_are_looked_at(tmp_path: Path) -> None:
    """Good, ending soon, and not believed without the chain's own authority."""
    ours, ends = Authority(tmp_path), NOW + 100 * DAY
    with ledger(tmp_path / "ledger", ours.certificate(NOW - DAY, ends), NOW) as at:
        assert faults(list(look_at_ledger(at.url, str(ours.file), NOW))) == {}
        soon = faults(list(look_at_ledger(at.url, str(ours.file), ends - 20 * DAY)))
        assert soon.keys() == {
            "certificate",
            "clock",
        }  # the ledger says with its answer that it is not that day
        assert soon["certificate"] == f"It ends on {ends.date()}: renew it."
        said = re.fullmatch(r"It is (\d+) minutes from the ledger's: set one of them\.", soon["clock"])
        assert said, soon["clock"]
        # The ledger's clock goes on since NOW was read.
        assert 0 <= 80 * 24 * 60 - int(said[1]) <= 1 + (datetime.now(UTC) - NOW) / timedelta(minutes=1)
        stranger = faults(list(look_at_ledger(at.url, "", NOW)))
        assert "not believed" in stranger["certificate"]
        assert "gives no answer" in stranger["ledger"]


def test_a_certificate_or_an_address_that_is_none_is_a_finding(tmp_path: Path) -> None:
    """The till would not start with it: the doctor says so in the same words, and looks at the rest."""
    (tmp_path / "letter.pem").write_text("Dear doctor")
    for name in ("letter.pem", "nobody.pem"):
        wrong = faults(list(look_at_ledger("https://ledger.invalid", str(tmp_path / name), NOW)))
        assert "is no certificate of an authority" in wrong["certificate"], name
    assert "is no address" in faults(list(look_at_ledger("http://[::1", "", NOW)))["ledger"]


def test_a_report_names_no_machine_and_no_place(tmp_path: Path) -> None:
    """Ports in the network, paths of users, addresses of the shop: a bug report says that they are set, not what."""
    (tmp_path / "till.toml").write_text(
        """printer = "socket://marie-pc.lan:9100"
display = "/home/marie/display"
door = "192.168.1.14:8471"
ca = "/home/marie/ca.pem"
ledger = "https://marie.example"
register = "192.168.1.14:8767"
scanners = [{ port = "socket://marie-pc.lan:4000", station = "cellar" }, { port = "/dev/ttyUSB7" }]
"""
    )
    block = does("--data", str(tmp_path), "--report").output
    refused = said(
        "It is not believed ({told}, code {code}): check clock, address and --ca.",
        told="Hostname mismatch, certificate is not valid for 'marie.example'.",
        code=62,
    )
    block += "\n".join(report.block([fault(said("certificate"), refused)], tmp_path, NOW))
    assert "code 62" in block
    assert "marie" not in block
    assert "192.168" not in block
    for told in (
        'printer = "(port)"',
        'display = "(port)"',
        "door = (set)",
        "/dev/ttyUSB7",
        'station = "cellar"',
    ):
        assert told in block


def test_what_registers_come_in_by_is_looked_at(tmp_path: Path) -> None:
    """Address, token and folder, each sound, then each spoilt; nothing is made there by looking."""
    inbox, token = tmp_path / "inbox", tmp_path / "register.token"
    inbox.mkdir(mode=0o700)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = TillConfig(register=f"127.0.0.1:{taken.getsockname()[1]}", inbox="inbox")
        found = faults(list(registers(tmp_path, config, running=False)))
        assert "cannot be opened" in found.pop("registers")
        assert found == {}
    assert faults(list(registers(tmp_path, config, running=False))) == {}
    assert (list(inbox.iterdir()), token.exists()) == ([], False)
    assert (
        "start the till again" in faults(list(registers(tmp_path, config, running=True)))["register's token"]
    )
    token.write_text("ab" * 32)
    token.chmod(0o640)
    (inbox / "refused").mkdir(mode=0o700)
    (inbox / "refused" / "1.json").write_text("{")
    (inbox / "refused" / "1.json.why.txt").write_text("no")
    found = faults(list(registers(tmp_path, config, running=True)))
    assert "can be read by others" in found["register's token"]
    assert found["refused files"].startswith("1 in refused/")
    token.chmod(0o600)
    inbox.chmod(0o770)
    found = faults(list(registers(tmp_path, config, running=True)))
    assert found.keys() == {"register's folder"}
    assert "others can write it" in found["register's folder"]
    inbox.rename(tmp_path / "away")
    assert "make it" in faults(list(registers(tmp_path, config, running=True)))["register's folder"]


def test_a_scan_is_shown_byte_by_byte(tmp_path: Path) -> None:
    """What came, how it ended, and what the till takes it for; silence is told, too."""
    with SimulatedScanner() as scanner:
        port = scanner.port
        sender = threading.Timer(0.3, scanner.scan, (CARD, "]E0"), {"suffix": b"\r\n"})
        sender.start()
        seen = scan_once(port, "9600 8N1", time.monotonic)
        sender.join()
        assert seen is not None
        assert (seen.spelled, seen.ending) == (f"]E0{CARD}<CR><LF>", "CR LF")
        assert kinds(seen, CodeConfig()) == ("]E0 member",)
        times = iter(range(0, 100_000, 5))
        assert scan_once(port, "9600 8N1", lambda: float(next(times))) is None
        sender = threading.Timer(0.5, scanner.send, (b"29431958\r",))
        sender.start()
        done = does("--scan", port)
        sender.join()
        assert done.exit_code == 0
        assert "29431958<CR>\n32 39 34 33 31 39 35 38 0d\n9 bytes · " in done.stdout
        assert "The till takes it as: bad: bad_check_digit" in done.stdout
    gone = does("--scan", "/dev/ttyUSB7")
    assert (gone.exit_code, gone.stderr.splitlines()[-1]) == (
        2,
        "assidu: Scanner /dev/ttyUSB7 is not there: plug it in, the till takes it up by itself.",
    )


def test_a_scan_is_taken_as_that_till_takes_it(tmp_path: Path, shop_folder: Path, till: TillSide) -> None:
    """The chain's own prefix makes a member's card; without a till the usual one does, and no file is made."""
    assert codes_of(tmp_path / "nobody") == CodeConfig()
    (shop_folder / "members.csv").unlink()
    (shop_folder / "shop.toml").write_text('card_prefix = "28"\n' + SHOP)
    with LedgerProcess(tmp_path / "ledger.sqlite", shop_folder, "--till", "halles=t") as centre:
        till.pair(centre.url, centre.codes[0])
    assert codes_of(tmp_path / "till") == CodeConfig(member_prefix="28")
    assert not (tmp_path / "nobody").exists()


def test_the_printers_page_has_every_letter() -> None:
    """Accents and the euro sign come as code page 858, and the paper is cut."""
    with SimulatedScanner() as wire:
        done = does("--print", wire.port)
        assert done.exit_code == 0
        host = wire._plugged()[0]
        data = b""
        while select.select([host], [], [], 0.3)[0]:
            data += os.read(host, 4096)
    text = data.decode("cp858")
    assert "àâäçéèêëîïôöùûü" in text
    assert "12,50 €" in text
    assert data.endswith(b"\x1dVB\x00")
    gone = does("--print", "/dev/ttyUSB7")
    assert gone.exit_code == 2
    assert "printer /dev/ttyUSB7 took nothing" in gone.stderr


def test_the_display_shows_twenty_signs_and_a_sentence() -> None:
    """Both dialects; one that is not there is said."""
    for dialect in ("cd5220", "escpos"):
        with SimulatedScanner() as wire:
            done = does("--display", wire.port, "--dialect", dialect)
            assert done.exit_code == 0, done.output
            assert wire.feedback(1.0) == shown((SIGNS, "Test of the display"), dialect)
    gone = does("--display", "/dev/ttyUSB7")
    assert gone.exit_code == 2
    assert "display /dev/ttyUSB7 took nothing" in gone.stderr


def test_the_signs_of_the_screens_are_shown_to_be_looked_at() -> None:
    """Every box line and shape that a screen may draw stands in the line on letters."""
    found = {
        one.what: one
        for one in terminal({"TERM": "linux", "LANG": "C.UTF-8"}, "utf-8", (80, 24), attached=True)
    }
    assert set("│─┌┬┐└┴┘█░▒●■→•≥≤€œ") <= set(found[said("letters")].text)
