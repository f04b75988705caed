"""The word that a register proves itself with: made once, kept in the till's own folder, for its owner's eyes only."""

import hmac
import os
import stat
from collections.abc import Callable
from pathlib import Path

from rules.sentences import said

FILE_NAME = "register.token"
BYTES = 32


class BadToken(Exception):
    """The file cannot be used; the text says what to do."""


def token_in(folder: Path, random: Callable[[int], bytes]) -> str:
    """The token in `folder`, made there if there is none: 64 hex digits. Raises BadToken."""
    path = folder / FILE_NAME
    try:
        if not os.path.lexists(path):
            _make(path, random(BYTES).hex())
        return read_token(path)
    except OSError as error:
        raise BadToken(
            said(
                "{path} cannot be used ({reason}): check your rights on it.", path=path, reason=error.strerror
            )
        ) from error


def is_right(token: str, given: str) -> bool:
    """Whether `given` is the token, in a time that says nothing about it."""
    return hmac.compare_digest(token.encode(), given.encode("utf-8", "replace"))


def _make(path: Path, token: str) -> None:
    """All of the file at once, so that a power cut leaves no half of it."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def read_token(path: Path) -> str:
    """The token in the file at `path`. Raises BadToken (no token, or not this user's alone), OSError."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(number, "rb") as file:
        about = os.fstat(file.fileno())
        mine = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid()
        if not mine or stat.S_IMODE(about.st_mode) & 0o077:
            raise BadToken(
                said(
                    "{path} can be read by others: delete it, the till makes a new one when it starts.",
                    path=path,
                )
            )
        text = file.read(200).strip()
    if len(text) != 2 * BYTES or text.strip(b"0123456789abcdef"):
        raise BadToken(
            said("{path} holds no token: delete it, the till makes a new one when it starts.", path=path)
        )
    return text.decode()
