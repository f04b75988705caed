"""A real ledger process on loopback, and a shop small enough to read at a glance."""

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

import msgspec

from sync.ledger.serve import Listening

SHOP = """chain = "fournil"
timezone = "Europe/Paris"

[[store]]
id = "halles"
name = "Halles"
"""
PROGRAMME = """format = 1

[programme]
id = "fidele"
name = "Fidele"
version = 1
effective_from = 2025-01-01
effective_to = 2035-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"

[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00

[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
"""
CATALOGUE = """code,sku,name_fr,name_en,category,subcategory,cents
2000000001005,F001,Expresso,Espresso,coffee,espresso,160
"""
STAFF = """[[staff]]
id = "c1"
name = "Camille"
role = "cashier"
badge = "STAFF-1"
pin = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
"""
CARD = "2900000000018"
MEMBERS = f"""number,first_name,last_name,since,points
{CARD},Adèle,Alouette,2024-05-01,120
"""
START_S = 30


def write_shop(folder: Path) -> Path:
    """A shop folder of one store, one product, one cashier and one member with 120 points."""
    folder.mkdir()
    texts = {
        "shop.toml": SHOP,
        "programme.toml": PROGRAMME,
        "catalogue.csv": CATALOGUE,
        "staff.toml": STAFF,
        "members.csv": MEMBERS,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


class LedgerProcess:
    """`python -m sync.ledger.embedded` with its pipe held open."""

    def __init__(self, database: Path, shop: Path | None, *options: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "sync.ledger.embedded", "--db", str(database), "--port", str(port)]
        if shop is not None:
            command += ["--shop", str(shop)]
        self.process = subprocess.Popen(
            [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self._said: list[bytes] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self._ended(START_S))
        listening = msgspec.json.decode(line, type=Listening)
        self.url, self.codes = listening.url, listening.codes
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self) -> "LedgerProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> tuple[int, str]:
        """Close its standard input and wait; exit status and log."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        log = self._ended(20)
        return self.process.returncode, log

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self.process.kill()
        self._ended(20)

    def _listen(self) -> None:
        """Read its log as it comes: a pipe that nobody empties would stop the ledger once it is full."""
        assert self.process.stderr is not None
        self._said += self.process.stderr

    def _ended(self, seconds: float) -> str:
        """Wait for its end; its log."""
        self.process.wait(seconds)
        self._listener.join(seconds)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return b"".join(self._said).decode()
