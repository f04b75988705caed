"""What rules say about each other: ids are unique, groups and excluded rules exist, exclusions have no cycle."""

from collections.abc import Mapping, Sequence
from typing import Any

from rules.programme.locate import Path
from rules.programme.source import Source
from rules.suggest import did_you_mean

Located = tuple[Path, Mapping[str, Any]]


def check_references(source: Source, tables: Sequence[Located], groups: Mapping[str, str]) -> None:
    """Report every wrong reference between the raw rule tables."""
    known: dict[str, Located] = {}
    for path, raw in tables:
        name = _id_of(path, raw)
        if name in known:
            source.report((*path, "id"), f"the id {name} is used twice: choose another one")
        elif name:
            known[name] = (path, raw)
    for path, raw in tables:
        _check_group(source, path, raw, groups)
        for other in _excluded(raw):
            if other not in known:
                source.report((*path, "excludes"), f"there is no rule {other}{did_you_mean(other, known)}")
    _check_cycles(source, known)


def _id_of(path: Path, raw: Mapping[str, Any]) -> str:
    name = raw.get("id") if path[0] == "rule" else path[0]
    return name if isinstance(name, str) else ""


def _excluded(raw: Mapping[str, Any]) -> tuple[str, ...]:
    names = raw.get("excludes")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _check_group(source: Source, path: Path, raw: Mapping[str, Any], groups: Mapping[str, str]) -> None:
    group = raw.get("group")
    if isinstance(group, str) and group not in groups:
        advice = did_you_mean(group, groups) or "; declare it under [groups]"
        source.report((*path, "group"), f"there is no group {group}{advice}")


def _check_cycles(source: Source, known: Mapping[str, Located]) -> None:
    """Report each rule whose exclusions lead back to itself, once a cycle. Does not recurse."""
    done: set[str] = set()
    for first in sorted(known):
        cycle = _cycle_from(first, known, done)
        if cycle:
            chain = " → ".join((*cycle, cycle[0]))
            source.report((*known[cycle[0]][0], "excludes"), f"these rules exclude each other: {chain}")


def _cycle_from(first: str, known: Mapping[str, Located], done: set[str]) -> tuple[str, ...]:
    """The rules of a cycle that is met on a walk from `first`; what was walked is added to `done`."""
    if first in done:
        return ()
    trail = [first]
    waiting = [iter(_excluded(known[first][1]))]
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            done.add(trail.pop())
            waiting.pop()
        elif following in trail:
            done.update(trail)
            return tuple(trail[trail.index(following) :])
        elif following in known and following not in done:
            trail.append(following)
            waiting.append(iter(_excluded(known[following][1])))
    return ()
