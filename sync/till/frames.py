"""Parts of the list of members, and pieces of its changes, as fetched, kept where neighbours may fetch them.

A part is a file called after the hash of what is in it, so whoever gets it can check it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

FOLDER, PIECES = "frames", "pieces"
MOST_PIECES = 32  # of a day by the hour, and of the days before
_NAME = re.compile(r"[0-9a-f]{64}")


def frame_file(store: Path, name: str) -> Path | None:
    """The file of the part `name`, its SHA-256 in hex, in the till's folder `store`; None where it is not kept."""
    if _NAME.fullmatch(name) is None:
        return None
    for folder in (FOLDER, PIECES):
        if (path := store / folder / name).is_file():
            return path
    return None


def keep(store: Path, part: Path, sha256: bytes) -> None:
    """Keep the whole part `part` under its hash, which has been checked."""
    folder = store / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    part.replace(folder / sha256.hex())


def keep_only(store: Path, hashes: Iterable[bytes]) -> None:
    """Let every other part go."""
    names = {one.hex() for one in hashes}
    folder = store / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in names:
            path.unlink()


def keep_piece(store: Path, data: bytes, sha256: bytes) -> None:
    """Keep a piece, whose hash has been checked, and the newest before it."""
    folder = store / PIECES
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / "part"
    part.write_bytes(data)
    part.replace(folder / sha256.hex())
    kept = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in kept[:-MOST_PIECES]:
        path.unlink()
