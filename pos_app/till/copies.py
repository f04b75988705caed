"""A member's copy as files in the till's folder: for the member to take away, gone by themselves after some days."""

import contextlib
import os
from pathlib import Path
from typing import Final

from pos_app.languages.words import Words
from pos_app.till.copy_text import as_text
from rules.programme.model import Programme
from sync.member_copy import MemberCopy, as_json

FOLDER: Final = "copies"


def save(folder: Path, copy: MemberCopy, programme: Programme | None, words: Words) -> Path:
    """Write the copy as text and as JSON, which only the till's user may read; the text. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{copy.member}-{'ledger' if copy.source == 'ledger' else 'till'}"
    text = folder / f"{name}.txt"
    _write(folder / f"{name}.json", as_json(copy))
    _write(text, as_text(copy, programme, words).encode())
    return text


def drop(folder: Path, member: int) -> None:
    """Remove the copies of a member."""
    for path in folder.glob(f"{member}-*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            path.unlink()


def forget(folder: Path, before_ms: int) -> None:
    """Remove the copies that were made before `before_ms` (wall clock, UTC)."""
    for path in folder.glob("*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime * 1000 < before_ms:
                path.unlink()


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
