"""Versions of programmes as they stand at the ledger: which stand, which a file replaces, what speaks against it."""

import tomllib
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from rules.errors import Problem
from rules.language.faults import printable
from rules.programme.load import load_programme
from rules.programme.model import Header
from rules.programme.versions import VersionFile, clashes, gaps
from sync.ledger.books import replace
from sync.ledger.given_rows import PROGRAMME, Published
from sync.ledger.work import Work


class Version(msgspec.Struct, frozen=True):
    """A version at the ledger: what is said of it, its file, and the header with the day it takes effect here."""

    row: Published
    data: bytes
    header: Header

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"published {self.header.id} {self.header.version}"


async def versions(work: Work) -> list[Version]:
    """Every version that was published, the withdrawn ones too, by number; of those for one place only the newest."""
    rows = [row for row in await work.tx.published() if row.what == PROGRAMME]
    newest = {(row.name, row.effective_from, row.stores): row.number for row in rows if not row.withdrawn}
    found = []
    for row in rows:
        data = await work.tx.blob(row.sha256)
        programme = await work.programme(row.sha256.hex())
        place = row.name, row.effective_from, row.stores
        if data is None or programme is None or not (row.withdrawn or newest[place] == row.number):
            continue
        header = programme.header
        if row.effective_from:
            header = replace(header, effective_from=date.fromisoformat(row.effective_from))
        found.append(Version(row, data, header))
    return found


async def speaks_against(
    work: Work, new: VersionFile, stores: Sequence[str], known: Sequence[Version]
) -> tuple[Problem, ...]:
    """What the versions at the ledger have against `new` at the stores it is for, all at once."""
    problems = list(_other_content(new, known))
    standing = [one for one in known if not one.row.withdrawn and not _is_same(one.header, new.header)]
    names = [store.store for store in await work.tx.stores() if not stores or store.store in stores]
    seen: set[tuple[int, ...]] = set()
    for store in names:
        here = [one for one in standing if one.row.is_for(store)]
        place = tuple(one.row.number for one in here)
        if place not in seen:
            seen.add(place)
            problems += _between(new, here)
    return tuple(dict.fromkeys(problems))


def _other_content(new: VersionFile, known: Sequence[Version]) -> list[Problem]:
    """Tickets name a version by its number too, so a number keeps its rules; only its last day may change."""
    top = max([one.header.version for one in known if one.header.id == new.header.id], default=0)
    rules = _rules_of(new.data)
    others = [one for one in known if _is_same(one.header, new.header) and _rules_of(one.data) != rules]
    text = f"version {new.header.version} was published with other rules: write version = {top + 1} here"
    return [_problem(new, "version", text)] if others else []


def _rules_of(data: bytes) -> dict[str, Any]:
    raw = tomllib.loads(data.decode("utf-8-sig"))
    raw["programme"].pop("effective_to", None)
    return raw


def _is_same(one: Header, other: Header) -> bool:
    return (one.id, one.version) == (other.id, other.version)


def _between(new: VersionFile, here: Sequence[Version]) -> list[Problem]:
    """Clashes and gaps that are there with `new` and were not there before."""
    before = [VersionFile(one.name, one.data, one.header) for one in here]
    faults = {(one.message, one.file) for one in _faults(before)}
    return [one for one in _faults([*before, new]) if (one.message, one.file) not in faults]


def _faults(files: Sequence[VersionFile]) -> list[Problem]:
    ended = _ended(files)
    return [problem for problem in (*clashes(ended), *gaps(ended)) if not problem.warning]


def _ended(files: Sequence[VersionFile]) -> list[VersionFile]:
    """The files with every version that another names in `supersedes` ended where that other begins."""
    ends = {
        (file.header.id, file.header.supersedes): file.header.effective_from
        for file in files
        if file.header.supersedes is not None
    }
    found = []
    for file in files:
        end = ends.get((file.header.id, file.header.version), file.header.effective_to)
        last = max(file.header.effective_from, min(file.header.effective_to, end))
        found.append(replace(file, header=replace(file.header, effective_to=last)))
    return found


def beginning(file: str, data: bytes, day: date | None) -> VersionFile | tuple[Problem, ...]:
    """A file to be published from `day` on, by default its own first day; or why it cannot begin then.

    Raises ProgrammeError for a file with faults.
    """
    header = load_programme(data, file).header
    version = VersionFile(file, data, header)
    if day is None:
        return version
    if not header.effective_from <= day < header.effective_to:
        text = (
            f"it holds from {header.effective_from} to before {header.effective_to}: choose a day in between"
        )
        return (_problem(version, "effective_from", f"--from {day}: {text}"),)
    return replace(version, header=replace(header, effective_from=day))


def _problem(file: VersionFile, key: str, text: str) -> Problem:
    return Problem(printable(text), file=file.name, rule="programme", key=key)
