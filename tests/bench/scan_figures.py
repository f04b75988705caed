"""Last byte of a scan written to a serial line, to the member's name on the repainted screen; and memory after it."""

import random
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter_ns, sleep

import psutil
import shop
from counter import members
from figures import Row, median, percentile
from terminals import Command, FastTerminal, empty_app, till_command

from pos_app.devices.simulated import SimulatedScanner

MANY, FEW, QUICK = 10_000_000, 1_000_000, (20_000, 1_000)
SIGNED_OUT, CODE = b"SCANNEZ VOTRE BADGE", b"CODE"  # what the till asks for at first, and then
SIGNED_IN = b"SCANNEZ UNE CARTE"  # what it asks for once its cashier is known


class Counter:
    """A till in its terminal with a scanner on a pseudo-terminal, signed in."""

    def __init__(
        self,
        folder: Path,
        count: int,
        stack: ExitStack,
        *,
        wedge: str = "auto",
        command: Command = till_command,
    ) -> None:
        shop.prepare(folder, count, random.Random(count))
        (folder / "till.toml").write_text(f'wedge = "{wedge}"\n', "utf-8")
        self._members = members(count)
        self._scanner = stack.enter_context(SimulatedScanner())
        self.terminal = FastTerminal(command(folder, self._scanner.port))
        stack.callback(self.terminal.close)
        self.terminal.wait_for(SIGNED_OUT)
        self.terminal.drain(2.0)
        self._scanner.scan(shop.BADGE)
        self.terminal.wait_for(CODE)
        self.terminal.write(shop.PIN.encode())
        self.terminal.drain(0.5)
        self.terminal.write(b"\r")
        self.terminal.wait_for(SIGNED_IN)
        self.terminal.drain(1.0)

    def scan(self) -> int:
        """Nanoseconds from the write of one whole scan to the name of its member on the screen."""
        member = next(self._members)
        self.terminal.drain(0.02)
        start = perf_counter_ns()
        self._scanner.scan(shop.card(member))
        return self.terminal.wait_for(shop.name(member)[-8:].encode(), 5.0) - start

    def resident(self) -> int:
        """Bytes of memory of the till's process."""
        return int(psutil.Process(self.terminal.process.pid).memory_info().rss)


def echo(terminal: FastTerminal, key: bytes) -> int:
    """Nanoseconds from a key to its repaint."""
    terminal.drain(0.02)
    start = terminal.write(key)
    return terminal.wait_for(key, 5.0) - start


def rows(quick: bool) -> list[Row]:
    """Two tills of different size scan in turn at 80x24; then the big one at 120x36 in turn with an empty app."""
    many, few, scans = (*QUICK, 30) if quick else (MANY, FEW, 300)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        big = Counter(Path(folder) / "big", many, stack)
        small = Counter(Path(folder) / "small", few, stack)
        pauses = random.Random(3)
        times: dict[str, list[int]] = {"big": [], "small": [], "wide": [], "echo": []}
        memory = 0
        for turn in range(scans):
            sleep(pauses.uniform(0.02, 0.12))  # no step with any timer of the till
            times["big"].append(big.scan())
            times["small"].append(small.scan())
            if turn == min(scans, 200) - 1:
                memory = big.resident()
        big.terminal.resize(120, 36)
        empty = FastTerminal(empty_app(), 120, 36)
        stack.callback(empty.close)
        empty.wait_for_text()
        empty.drain(1.0)
        big.terminal.drain(1.0)
        for turn in range(scans // 2):
            sleep(pauses.uniform(0.02, 0.12))
            times["wide"].append(big.scan())
            times["echo"].append(echo(empty, b"abcdefghij"[turn % 10 : turn % 10 + 1]))
    return _table(times, many, few, memory)


def _table(times: dict[str, list[int]], many: int, few: int, memory: int) -> list[Row]:
    p50 = {what: median(found[5:]) / 1e6 for what, found in times.items()}
    p99 = {what: percentile(found[5:], 0.99) / 1e6 for what, found in times.items()}
    factor = p50["big"] / p50["small"]
    megabytes = memory / 1e6
    return [
        Row(
            f"scan → member on the screen, 80×24, {many:,} members",
            f"p50 {p50['big']:.1f} ms, p99 {p99['big']:.1f} ms",
            "p50 ≤ 25 ms, p99 ≤ 80 ms",
            p50["big"] <= 25 and p99["big"] <= 80,
        ),
        Row(f"the same with {few:,} members", f"p50 {p50['small']:.1f} ms, p99 {p99['small']:.1f} ms"),
        Row(
            "factor between them, p50",
            f"{factor:.2f} (p99 {p99['big'] / p99['small']:.2f})",
            "≤ 1.3",
            factor <= 1.3,
        ),
        Row("scan → member, 120×36", f"p50 {p50['wide']:.1f} ms, p99 {p99['wide']:.1f} ms"),
        Row(
            "÷ key echo of an empty Textual app, 120×36",
            f"{p50['wide'] / p50['echo']:.2f} (echo p50 {p50['echo']:.1f} ms, p99 {p99['echo']:.1f} ms)",
        ),
        Row(
            f"resident memory after 200 scans, {many:,} members",
            f"{megabytes:.0f} MB",
            "≤ 120 MB",
            megabytes <= 120,
        ),
    ]
