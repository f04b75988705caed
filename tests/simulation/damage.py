"""What a disk may have of a till that nobody wrote so: the end of a commit that was never synced, bits that flipped."""

from __future__ import annotations

import random
from pathlib import Path

from sync.till.database import FILE_NAME

SECTOR = 512
LOG = FILE_NAME + "-wal"


def log_of(folder: Path) -> bytes:
    """The write-ahead log as it is on the disk now; b"" where there is none."""
    log = folder / LOG
    return log.read_bytes() if log.exists() else b""


def tear(folder: Path, before: bytes, rng: random.Random) -> None:
    """Let only a part of what was written to the log since `before` be there: up to somewhere, or sector by sector."""
    after = log_of(folder)
    old = before[: len(after)].ljust(len(after), b"\0")
    sectors = [at for at in range(0, len(after), SECTOR) if after[at : at + SECTOR] != old[at : at + SECTOR]]
    if not sectors:
        return
    torn = bytearray(after)
    some = sectors[rng.randrange(len(sectors)) :]
    if rng.random() < 0.5:
        some = [at for at in sectors if at == some[0] or rng.random() < 0.5]
    for at in some:
        torn[at : at + SECTOR] = old[at : at + SECTOR]
    (folder / LOG).write_bytes(torn)
