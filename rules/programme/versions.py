"""Several versions of one programme, file by file: each day belongs to one of them (rules.md section 2, header)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from rules.errors import Problem
from rules.programme.model import Header
from rules.programme.source import Source


class VersionFile(msgspec.Struct, frozen=True):
    """A programme file that loads: its name, its bytes and its header."""

    name: str
    data: bytes
    header: Header


def clashes(files: Sequence[VersionFile]) -> tuple[Problem, ...]:
    """Days that two versions claim, and version numbers that two of them bear; each names both files.

    Files of different programmes (ids) do not concern each other.
    """
    return tuple(
        [problem for line in _lines(files) for problem in (*_same_number(line), *_overlaps(line))],
    )


def gaps(files: Sequence[VersionFile]) -> tuple[Problem, ...]:
    """Days between two versions on which none is in force, and a `supersedes` that is not the version before.

    The first version of a programme may name one that was put away: that is a warning.
    """
    return tuple(
        [problem for line in _lines(files) for problem in (*_holes(line), *_successions(line))],
    )


def overlap(first: Header, second: Header) -> tuple[date, date] | None:
    """First and last day on which both are in force, None where there is no such day."""
    begin = max(first.effective_from, second.effective_from)
    end = min(first.effective_to, second.effective_to)
    return (begin, end - timedelta(days=1)) if begin < end else None


def _lines(files: Sequence[VersionFile]) -> list[list[VersionFile]]:
    """The files of each programme by their first day, programmes by id."""
    by_id: dict[str, list[VersionFile]] = {}
    for file in sorted(files, key=lambda one: (one.header.effective_from, one.header.version, one.name)):
        by_id.setdefault(file.header.id, []).append(file)
    return [by_id[name] for name in sorted(by_id)]


def _same_number(line: Sequence[VersionFile]) -> Iterator[Problem]:
    first: dict[int, VersionFile] = {}
    for file in line:
        other = first.setdefault(file.header.version, file)
        if other is not file:
            text = f"{other.name} is version {file.header.version} too: give each version a number of its own"
            yield _problem(file, "version", text)


def _overlaps(line: Sequence[VersionFile]) -> Iterator[Problem]:
    for place, file in enumerate(line):
        for before in line[:place]:
            both = overlap(before.header, file.header)
            if both is not None:
                yield _problem(file, "effective_from", _overlap_text(before, *both))


def _overlap_text(before: VersionFile, begin: date, last: date) -> str:
    days = f"on {begin}" if begin == last else f"from {begin} to {last}"
    end = before.header.effective_to
    advice = f"write effective_from = {end} here"
    if before.header.effective_from < begin:
        advice = f"write effective_to = {begin} in {before.name}, or effective_from = {end} here"
    return f"{days} {before.name} is in force too: {advice}"


def _holes(line: Sequence[VersionFile]) -> Iterator[Problem]:
    for place, file in enumerate(line[1:], 1):
        before = max(line[:place], key=lambda one: one.header.effective_to)
        end, begin = before.header.effective_to, file.header.effective_from
        if end < begin:
            last = begin - timedelta(days=1)
            days = f"on {end}" if end == last else f"from {end} to {last}"
            text = (
                f"{days} neither {before.name} nor this file is in force: "
                f"write effective_from = {end} here, or effective_to = {begin} in {before.name}"
            )
            yield _problem(file, "effective_from", text)


def _successions(line: Sequence[VersionFile]) -> Iterator[Problem]:
    if len(line) < 2:
        return
    here = {file.header.version for file in line}
    for place, file in enumerate(line):
        named = file.header.supersedes
        if named is None:
            continue
        absent = f"version {named} is not among these files"
        if place == 0:
            if named not in here:
                yield _problem(file, "supersedes", f"{absent}: add it to have its days checked", warning=True)
            else:
                yield _problem(
                    file, "supersedes", f"version {named} begins later: name the one before, or none"
                )
            continue
        before = line[place - 1]
        if named != before.header.version:
            begins = f"{before.name} (version {before.header.version}) is the one before"
            text = f"{absent if named not in here else begins}: write supersedes = {before.header.version}"
            yield _problem(file, "supersedes", text)


def _problem(file: VersionFile, key: str, text: str, *, warning: bool = False) -> Problem:
    source = Source(file.data, file.name)
    source.report(("programme", key), text, warning=warning)
    return source.problems[0]
