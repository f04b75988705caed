"""Real tills and a real ledger over a bad line: `python tests/crash/long_run.py --seconds 600 --seed 1`.

Headless tills sell, undo and take back through a proxy that harms what passes; now and then a process is killed. At the
end the line is good again, everything is sent, and the books of tills and ledger must agree.
"""

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from nacl.pwhash import argon2id

from sync.ledger.open import open_ledger
from tests.crash.faulty_line import FaultyLine
from tests.crash.ledger_life import Books, card, read_books
from tests.crash.process import Points
from tests.crash.till_life import Kept, TillLife, expected
from tests.e2e.ledger_process import LedgerProcess, write_shop

MEMBERS, OPENING, FIRST = 5, 500, 1000
BADGE, PIN = "BDG-LINE1", "1234"
ASSIDU = [sys.executable, "-c", "from pos_app.cli import main; main()"]
ROOT = Path(__file__).parents[2]
KILLS = {"till": 0.02, "ledger": 0.01}


class HeadlessTill:
    """`assidu till --headless`, started again after each end; `told` is what it said was recorded."""

    def __init__(self, folder: Path, url: str, code: str) -> None:
        self.folder = folder
        self.told: dict[str, str] = {}
        self._start("--ledger", url, "--pair", code)

    def _start(self, *options: str) -> None:
        command = [
            *ASSIDU,
            "till",
            "--headless",
            "--data",
            str(self.folder),
            *options,
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        signed = self.ask(do="sign_in", badge=BADGE, pin=PIN)
        assert signed["ok"], signed

    def ask(self, **command: Any) -> dict[str, Any]:
        """The answer to a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def send(self, **command: Any) -> None:
        """Ask, and do not wait for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL, and the next start."""
        self._process.kill()
        self._process.communicate()
        self._start()

    def close(self) -> None:
        """End its input, and wait."""
        self._process.communicate(timeout=60)


class LongRun:
    """One run in `folder`."""

    def __init__(self, folder: Path, seed: int, tills: int, rate: float) -> None:
        self.counts: Counter[str] = Counter()
        self._rng = random.Random(seed)
        self._folder, self._tickets = folder, 0
        names = [option for n in range(tills) for option in ("--till", f"halles=till{n}")]
        self._ledger = LedgerProcess(folder / "ledger.db", _shop(folder / "shop"), *names)
        self.line = FaultyLine(self._ledger.port, seed, rate)
        self._tills = [
            HeadlessTill(folder / f"till{n}", self.line.url, code)
            for n, code in enumerate(self._ledger.codes)
        ]

    def live(self, seconds: float) -> None:
        """Sell for so long over the bad line."""
        self.line.healed = False
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            till = self._rng.choice(self._tills)
            roll = self._rng.random()
            if roll < KILLS["ledger"]:
                self._kill_ledger()
            elif roll < sum(KILLS.values()):
                self._kill_till(till)
            elif roll < 0.75:
                self._sale(till)
            elif roll < 0.82:
                self._count("undo", till.ask(do="undo"))
            elif roll < 0.9:
                self._refund(till)
            elif roll < 0.93:
                self._count("day closed", till.ask(do="close_day"))
            else:
                self._count("sync", till.ask(do="sync", timeout_s=0.5))

    def agree(self) -> list[str]:
        """Heal the line, send everything, stop everything, and say what does not agree."""
        self.line.healed = True
        for till in self._tills:
            till.ask(do="cancel")
            for _ in range(10):
                if till.ask(do="sync", timeout_s=10).get("waiting") == 0:
                    break
            till.close()
        found = self._settled()
        self.close()
        return found

    def close(self) -> None:
        """Give everything back."""
        with contextlib.suppress(ValueError, OSError):
            self._ledger.stop()
        self.line.close()

    # --- what happens

    def _count(self, what: str, answer: dict[str, Any]) -> None:
        self.counts[what if answer["ok"] else f"{what}: {answer['code']}"] += 1

    def _sale(self, till: HeadlessTill) -> None:
        self._tickets += 1
        name = f"t{self._tickets}"
        till.ask(do="cancel")
        till.ask(do="scan", code=card(FIRST + self._rng.randrange(MEMBERS)))
        till.ask(do="amount", cents=self._rng.randrange(100, 9000), ticket=name, pos_ref=f"receipt {name}")
        if self._rng.random() < 0.4:
            self._count("reward", till.ask(do="redeem", rule="five"))
        if self._rng.random() < KILLS["till"]:
            till.send(do="close", ticket=name)
            self._kill_till(till)
        done = till.ask(do="close", ticket=name)
        self._count("sale", done)
        if done["ok"]:
            again = till.ask(do="close", ticket=name)["recorded"]
            assert again["reference"] == done["recorded"]["reference"], f"{name} is recorded twice"
            till.told[name] = again["reference"]

    def _refund(self, till: HeadlessTill) -> None:
        if till.told:
            till.ask(do="cancel")
            self._count("refund", till.ask(do="refund", of=self._rng.choice(list(till.told.values()))))

    def _kill_till(self, till: HeadlessTill) -> None:
        till.kill()
        self.counts["till killed"] += 1

    def _kill_ledger(self) -> None:
        self._ledger.kill()
        self._ledger = LedgerProcess(self._folder / "ledger.db", None, port=self._ledger.port)
        self.counts["ledger killed"] += 1

    # --- what must hold

    def _settled(self) -> list[str]:
        lives = [TillLife(till.folder, "", f"end {n}", Points(None)) for n, till in enumerate(self._tills)]
        problems = []
        for _ in range(2):  # what one till sends changes what the others are told
            problems = [f"till {n}: {life.settle()}" for n, life in enumerate(lives) if life.settle()]
        if problems:
            return problems
        members = [lives[0].member_of(card(FIRST + n)) for n in range(MEMBERS)]
        kept = [life.kept(members) for life in lives]
        for life in lives:
            life.client.stop()
            life.writer.stop()
            life.store.close()
        self._ledger.stop()
        for till, one in zip(self._tills, kept, strict=True):
            problems += self._till_faults(till, one)
        return problems + self._point_faults(kept, members)

    def _till_faults(self, till: HeadlessTill, kept: Kept) -> list[str]:
        books = asyncio.run(_books(self._folder / "ledger.db", kept))
        found = [*kept.faults, *books.faults]
        for inc, seq, data in kept.entries:
            there = books.entries.get((kept.dev, inc, seq))
            if there != (data, "applied"):
                found.append(f"entry {kept.dev}-{inc}-{seq} is {there and there[1]} at the ledger")
        if kept.last_gno == books.last_gno and kept.held != books.held:
            found.append(f"till {kept.dev} holds {kept.held}, the ledger counts {books.held}")
        lost = set(till.told.values()) - set(kept.recorded.values())
        self.counts["entries compared"] += len(kept.entries)
        return found + [f"{one} was answered and is gone" for one in sorted(lost)]

    def _point_faults(self, kept: list[Kept], members: list[int]) -> list[str]:
        books = asyncio.run(_books(self._folder / "ledger.db", kept[0]))
        entries = [data for one in kept for _, _, data in one.entries]
        right = expected(entries, dict.fromkeys(members, OPENING))
        found = {one: [right[one], books.points[one], *(k.points[one] for k in kept)] for one in members}
        return [
            f"member {member}: journals, ledger and tills say {said}"
            for member, said in found.items()
            if len(set(said)) != 1
        ]


async def _books(database: Path, kept: Kept) -> Books:
    ledger = await open_ledger(database)
    try:
        return await read_books(ledger, kept.dev, kept.inc)
    finally:
        await ledger.close()


def _shop(folder: Path) -> Path:
    """The small shop of the other tests, with more members and somebody whose PIN is known."""
    write_shop(folder)
    lines = [f"{card(FIRST + n)},M{n},Member,2024-05-01,{OPENING}" for n in range(MEMBERS)]
    (folder / "members.csv").write_text(
        "number,first_name,last_name,since,points\n" + "\n".join(lines) + "\n"
    )
    pin = argon2id.str(PIN.encode(), opslimit=argon2id.OPSLIMIT_MIN, memlimit=argon2id.MEMLIMIT_MIN).decode()
    staff = folder / "staff.toml"
    before = staff.read_text()
    staff.write_text(before[: before.index("badge =")] + f'badge = "{BADGE}"\npin = "{pin}"\n')
    return folder


def main() -> int:
    """Exit status 0 when the books agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tills", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.15, help="how many of the pieces meet a fault")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="line") as folder:
        run = LongRun(Path(folder), options.seed, options.tills, options.rate)
        try:
            run.live(options.seconds)
            problems = run.agree()
        finally:
            run.close()
    for what, often in sorted({**run.counts, **run.line.counts}.items()):
        print(f"{often:8} {what}")
    for problem in problems:
        print(f"WRONG {problem}")
    print(f"{len(problems)} faults after {options.seconds:.0f} s, seed {options.seed}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
