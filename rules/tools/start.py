"""A programme of one's own out of a finished one: its id, name, dates and time zone are replaced, all else stays."""

import re
import unicodedata
from datetime import date

import msgspec

from rules.programme.load import load_programme

_YEARS = 10
_LONGEST_ID = 40
_HEADER_LINE = re.compile(r"\[programme\][ \t]*(?:#.*)?")
_KEY = re.compile(r"([a-z_]+)[ \t]*=")
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


class Own(msgspec.Struct, frozen=True):
    """What makes a programme one's own: its name, its first business date, and the time zone of the shop."""

    name: str
    starts: date
    timezone: str


def started(template: bytes, own: Own) -> bytes:
    """The template with `own` in it, comments and rules kept. Raises ProgrammeError when the result has errors.

    Dates of campaigns move by as many years as the first day does.
    """
    begins = load_programme(template).header.effective_from
    lines: list[str | None] = []
    inside = False
    for line in template.decode().splitlines():
        if line.startswith("["):
            inside = _HEADER_LINE.fullmatch(line) is not None
        found = _KEY.match(line) if inside else None
        lines.append(
            _moved(line, own.starts.year - begins.year) if found is None else _owned(line, found[1], own)
        )
    data = ("\n".join(line for line in lines if line is not None) + "\n").encode()
    load_programme(data)
    return data


def _owned(line: str, key: str, own: Own) -> str | None:
    """A line of the header, with the value that is one's own; None leaves it out."""
    values = {
        "id": _text(id_of(own.name)),
        "name": _text(own.name),
        "version": "1",
        "effective_from": own.starts.isoformat(),
        "effective_to": _later(own.starts, _YEARS).isoformat(),
        "timezone": _text(own.timezone),
    }
    if key == "supersedes":
        return None
    return f"{key} = {values[key]}" if key in values else line


def id_of(name: str) -> str:
    """A name as an id: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_ID].strip("-") or "programme"


def _moved(line: str, years: int) -> str:
    if not years or line.lstrip().startswith("#"):
        return line
    return _DATE.sub(lambda found: _shifted(found, years), line)


def _shifted(found: re.Match[str], years: int) -> str:
    try:
        return _later(date(int(found[1]), int(found[2]), int(found[3])), years).isoformat()
    except ValueError:
        return found[0]


def _later(day: date, years: int) -> date:
    """The same day so many years later; 29 February is kept on the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()
