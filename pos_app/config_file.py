"""Changes one key of `till.toml` and leaves everything else in it as it is: comments, order, blank lines."""

import os
import re
import tomllib
from pathlib import Path
from typing import Final

from pos_app.config import FILE_NAME, ConfigError, TillConfig, toml
from rules.sentences import said

_TABLE: Final = re.compile(r"^\s*\[", re.MULTILINE)


def keep(folder: Path, key: str, value: object) -> None:
    """Write `key` = `value`, of `TillConfig`, into the file in `folder`, which is made where there is none.

    The file is replaced in one step and only after it was read back: all other keys are as before. Raises ConfigError.
    """
    path = folder / FILE_NAME
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        after = rewritten(before, key, toml(value))
        if not _differ_in(before, after, key):
            raise ValueError(key)
        _replace(path, after)
    except OSError as error:
        raise ConfigError(
            said(
                "{path} cannot be written ({reason}): check your rights on it.",
                path=path,
                reason=error.strerror,
            )
        ) from error
    except ValueError as error:  # no UTF-8, no TOML, or a table in the place of the key
        raise ConfigError(
            said("{key} cannot be changed here: correct it in {path} by hand.", key=key, path=path)
        ) from error


def rewritten(text: str, key: str, value: str) -> str:
    """`text` with `key = value` in the place of the old value, or before the first table; a comment behind it stays."""
    begin = re.search(rf"^{re.escape(key)}\s*=", text, re.MULTILINE)
    if begin is None:
        table = _TABLE.search(text)
        place = table.start() if table else len(text)
        before = text[:place]
        gap = "" if not before or before.endswith("\n") else "\n"
        return f"{before}{gap}{key} = {value}\n{text[place:]}"
    end = _end_of(text, begin.start())
    comment = _comment(text[begin.start() : end])
    return f"{text[: begin.start()]}{key} = {value}{comment}\n{text[end:]}"


def _end_of(text: str, start: int) -> int:
    """Where the lines of the value end that begins at `start`: an array may go over several."""
    end = start
    while end < len(text):
        newline = text.find("\n", end)
        end = len(text) if newline < 0 else newline + 1
        try:
            tomllib.loads(text[start:end])
        except tomllib.TOMLDecodeError:
            continue
        return end
    return end


def _comment(lines: str) -> str:
    """The comment behind a value on one line."""
    line = lines.rstrip("\n")
    if "\n" in line:
        return ""
    for place, char in enumerate(line):
        if char == "#":
            try:
                tomllib.loads(line[:place])
            except tomllib.TOMLDecodeError:
                continue
            return f"  {line[place:]}"
    return ""


def _differ_in(before: str, after: str, key: str) -> bool:
    """Whether nothing but `key` is different."""
    old, new = tomllib.loads(before), tomllib.loads(after)
    return key in new and {**old, key: new[key]} == new and key in TillConfig.__struct_fields__


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
