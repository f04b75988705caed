"""The ledger of the demo: a process of its own on loopback that ends, and tidies up, when the demo ends."""

import subprocess
import sys
from pathlib import Path

import msgspec

LAST_MOMENT_S = 15


class LedgerFailed(Exception):
    """The embedded ledger did not start; the text says why."""


class _Announced(msgspec.Struct):
    url: str
    codes: tuple[str, ...]


class EmbeddedLedger:
    """`sync.ledger.embedded` in a child process; `url` is its address, `code` the pairing code of the one till.

    It lives as long as this end of its standard input is open: when this process is killed the pipe closes, and
    the child stops by itself and removes `folder`. Raises LedgerFailed.
    """

    def __init__(self, folder: Path, shop: Path, store: str, till: str) -> None:
        module = [sys.executable, "-m", "sync.ledger.embedded"]
        files = ["--db", str(folder / "ledger.db"), "--shop", str(shop), "--remove", str(folder)]
        log = folder / "ledger.log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*module, *files, "--till", f"{store}={till}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            announced = msgspec.json.decode(line, type=_Announced)
        except msgspec.DecodeError:
            said = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
            self.close()
            raise LedgerFailed(
                f"the demo's ledger did not start: {said[-1] if said else 'no word why'}"
            ) from None
        self.url = announced.url
        self.code = announced.codes[0]

    def close(self) -> None:
        """End the ledger and wait until it has tidied up."""
        with self._process as process:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(timeout=LAST_MOMENT_S)
            except subprocess.TimeoutExpired:
                process.kill()
