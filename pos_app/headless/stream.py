"""The till as a co-process: one command a line in, exactly one answer a line out, until the input ends."""

import queue
import threading
from typing import BinaryIO

from pos_app.headless.console import Console
from pos_app.headless.protocol import LONGEST_COMMAND
from pos_app.till.till import Till

TICK_S = 1.0
_WOKEN = b""


def serve(
    till: Till, incoming: BinaryIO, outgoing: BinaryIO, *, turn: "threading.Lock | None" = None
) -> None:
    """Answer commands until the input ends; `turn` is shared with whoever else brings some."""
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(incoming, lines), name="commands", daemon=True).start()
    console = Console(till, turn)

    def wake() -> None:
        console.wake()
        lines.put(_WOKEN)

    till.on_change = wake
    while True:
        try:
            line = lines.get(timeout=TICK_S)
        except queue.Empty:
            till.pump()
            till.tick()
            continue
        if line is None:
            return
        if line.strip():
            outgoing.write(console.answer(line) + b"\n")
            outgoing.flush()
        else:
            till.pump()


def _read(incoming: BinaryIO, lines: "queue.SimpleQueue[bytes | None]") -> None:
    """Cut the input into lines; the rest of a line beyond LONGEST_COMMAND is thrown away."""
    skipping = False
    while True:
        try:
            piece = incoming.readline(LONGEST_COMMAND)
        except (OSError, ValueError):
            piece = b""
        if not piece:
            lines.put(None)
            return
        if not skipping:
            lines.put(piece)
        skipping = not piece.endswith(b"\n")
