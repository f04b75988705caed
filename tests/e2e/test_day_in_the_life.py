"""A day at the counter in a real terminal, from the first start to cash-up, in both languages.

The scanner and the printer are pseudo-terminals, the ledger is a process that dies at noon and comes back; what the
printer got is read back as paper.
"""

import io
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from PIL import Image

from pos_app.devices.simulated import SimulatedScanner
from pos_app.printing.escpos import CUT, INIT
from pos_app.printing.picture import png
from pos_app.printing.profile import STANDARD
from pos_app.printing.rows import Row
from pos_app.printing.viewer import viewed
from tests.e2e.chain import ENVIRONMENT, ROOT
from tests.e2e.counter import reads
from tests.e2e.ledger_process import LedgerProcess
from tests.e2e.terminal import Terminal
from tests.e2e.test_bad_store import ASSIDU

BADGE, PIN = "BDG-CAMILLE", "1234"
REGULAR, BLANK = "2900000000018", "2900000000773"
ESPRESSO = "2000000001005"
MEMBERS = f"""number,first_name,last_name,since,store,points,stamp:coffee
{REGULAR},Adèle,Alouette,2024-05-01,halles,240,3
"""


class Said(msgspec.Struct, frozen=True):
    """What the screen says in one language."""

    language: str
    digit: str
    first: str
    of: str
    letters: str
    ready: str
    badge: str
    idle: str
    form: str
    welcome: str
    recorded: str
    undone: str
    returned: str
    offline: str
    sent: str
    satisfied: str
    closed: str
    taken: str
    points: str
    discount: str


FRENCH = Said(
    language="fr",
    digit="1",
    first="1 SUR 5",
    of="SUR",
    letters="toutes les lettres justes",
    ready="LA CAISSE EST PRÊTE",
    badge="SCANNEZ VOTRE BADGE",
    idle="SCANNEZ UNE CARTE",
    form="NOUVEAU MEMBRE",
    welcome="Bienvenue",
    recorded="ENREGISTRÉ",
    undone="annulé : points",
    returned="enregistré",
    offline="HORS LIGNE",
    sent="0 à envoyer",
    satisfied="Note 9",
    closed="Journée clôturée : 72,90",
    taken="5 € de remise",
    points="45 points",
    discount="-5,00",
)
ENGLISH = Said(
    language="en",
    digit="2",
    first="1 SUR 5",
    of="OF",
    letters="every letter right",
    ready="THE TILL IS SET UP",
    badge="SCAN YOUR BADGE",
    idle="SCAN A CARD",
    form="NEW MEMBER",
    welcome="Welcome",
    recorded="RECORDED",
    undone="is undone",
    returned="recorded",
    offline="OFFLINE",
    sent="0 to send",
    satisfied="Mark 9",
    closed="The day is closed: €72.90",
    taken="5 € off",
    points="45 points",
    discount="-€5.00",
)


class Paper:
    """A printer's port, emptied all the time: what came out, receipt by receipt."""

    def __init__(self, port: SimulatedScanner) -> None:
        self._port, self._bytes, self._ended = port, b"", threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ended.is_set():
            self._bytes += self._port.feedback(0.1)

    def receipts(self) -> list[str]:
        """The text of every receipt so far; the codes on it are not text."""
        return [_text(sheet + CUT) for sheet in self._bytes.split(CUT)[:-1]]

    def code(self, text: str) -> str:
        """The code on the first receipt with `text`, read off the paper as a scanner sees it."""
        sheet = next(one for one in self._bytes.split(CUT)[:-1] if text in _text(one + CUT))
        paper = viewed(sheet[sheet.index(INIT) :])
        with Image.open(io.BytesIO(png(paper, STANDARD.columns))) as image:
            (found,) = zxingcpp.read_barcodes(image.convert("L"))
        return str(found.text)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()


def _text(sheet: bytes) -> str:
    rows = viewed(sheet[sheet.index(INIT) :]).rows
    return "\n".join(row.text for row in rows if isinstance(row, Row)).replace("\u00a0", " ")


class Day:
    """Who works at the till this day, and with what."""

    def __init__(self, folder: Path, said: Said) -> None:
        self.folder, self.said = folder, said
        self._scanned: dict[str, float] = {}
        self._ports = tempfile.TemporaryDirectory()  # a short name stands on one row of the screen
        self.scanner = SimulatedScanner(link=Path(self._ports.name) / "scanner")
        self.printer = SimulatedScanner(link=Path(self._ports.name) / "printer")
        self.paper = Paper(self.printer)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.centre = self.ledger("--till", "halles=1")
        command = [*ASSIDU, "till", "--data", str(folder / "till")]
        command += ["--scanner", self.scanner.port, "--printer", self.printer.port]
        self.terminal = Terminal(command, environment=ENVIRONMENT)

    def ledger(self, *options: str) -> LedgerProcess:
        return LedgerProcess(self.folder / "ledger.sqlite", self.folder / "shop", *options, port=self.port)

    def close(self) -> None:
        self.terminal.close()
        self.paper.close()
        self.scanner.close()
        self.printer.close()
        self._ports.cleanup()
        self.centre.kill()

    def scan(self, code: str, wanted: str) -> None:
        """Scan, and wait for what it does; the same card again within 3 s would be one scan."""
        time.sleep(max(0.0, self._scanned.get(code, 0.0) + 3.2 - time.monotonic()))
        self._scanned[code] = time.monotonic()
        self.scanner.scan(code, aim="]E0" if code.isdigit() else "]C0")
        reads(self.terminal, wanted)

    def press(self, keys: str, wanted: str) -> None:
        """Keys by name or single, with a blank between them; then what the screen says."""
        for key in keys.split():
            self.terminal.press(key)
        reads(self.terminal, wanted)

    def sold(self, keys: str) -> None:
        self.press(keys, self.said.recorded)


@pytest.fixture(params=[FRENCH, ENGLISH], ids=["fr", "en"])
def day(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Day]:
    """An empty till's folder, a shop with one member, a ledger that runs."""
    shutil.copytree(
        ROOT / "assets" / "demo", tmp_path / "shop", ignore=shutil.ignore_patterns("*.py", "names.toml")
    )
    (tmp_path / "shop" / "members.csv").write_text(MEMBERS, "utf-8")
    found = Day(tmp_path, request.param)
    yield found
    found.close()


def test_from_first_start_to_cash_up(day: Day) -> None:
    """Set up, sign in, enrol, sell, reward, undo, return, an outage with a sale, satisfaction, and the day closed."""
    said, terminal = day.said, day.terminal
    _set_up(day)
    day.scan(BADGE, "Camille")
    day.press(" ".join(PIN) + " enter", said.idle)

    day.press("f3", said.form)
    day.scan(BLANK, "0773")
    day.press("0 6 1 2 3 4 5 6 7 8 enter 1 enter", said.welcome)
    day.sold("4 5 9 0 enter")
    terminal.press("enter")

    day.scan(REGULAR, "TICKET 1-1-")
    day.press("2 0 0 0 *", said.taken)
    day.press("1", "140")
    terminal.press("enter")
    day.sold("enter")
    day.press("s 9", said.satisfied)
    terminal.press("enter")

    day.scan(BLANK, "TICKET 1-1-")
    day.scan(ESPRESSO, "1,60" if said.language == "fr" else "1.60")
    day.sold("enter")
    day.press("backspace enter", said.undone)

    day.centre.kill()
    terminal.wait_for(said.offline, 30)
    day.scan(BLANK, "TICKET 1-1-")
    day.sold("1 2 0 0 enter")
    day.centre = day.ledger()
    terminal.wait_for(said.sent, 60)

    _give_back_the_first_sale(day)
    day.press("f9", "MENU")
    day.press("4", said.closed)
    _paper_says_it_all(day)


def _set_up(day: Day) -> None:
    terminal, said = day.terminal, day.said
    reads(terminal, said.first, 30)
    terminal.press(said.digit)
    reads(terminal, f"2 {said.of} 5")
    terminal.type(day.centre.url)
    terminal.wait_for(day.centre.url[-5:])
    terminal.press("enter")
    reads(terminal, f"3 {said.of} 5")
    day.scanner.scan(day.centre.codes[0], aim="]Q1")
    reads(terminal, f"4 {said.of} 5", 30)
    day.scanner.scan(REGULAR, aim="]E0")
    reads(terminal, REGULAR)
    terminal.press("enter")
    rows = reads(terminal, f"5 {said.of} 5")
    choice = next(row for row in rows if day.printer.port in row)
    terminal.press(choice.strip("│ ")[0])
    reads(terminal, said.letters)
    terminal.press("1")
    terminal.wait_for(said.ready)
    terminal.press("enter")
    terminal.wait_for(said.badge, 30)


def _give_back_the_first_sale(day: Day) -> None:
    """The paper of the first sale is scanned: its lines are there, Enter gives it back."""
    code = day.paper.code(day.said.points)
    number = code[1:].split()[0]
    assert number.count("-") == 2
    day.scan(code, number)
    day.press("enter", day.said.returned)


def _paper_says_it_all(day: Day) -> None:
    receipts = day.paper.receipts()
    assert any(day.said.points in text and "0773" in text for text in receipts)
    assert any(day.said.discount in text for text in receipts)
    assert len(receipts) >= 6
