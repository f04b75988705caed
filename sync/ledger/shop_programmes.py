"""The programmes of a shop folder: all their faults at once, those between versions of one programme among them."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from rules.errors import Problem, ProgrammeError
from rules.language.tree import Type
from rules.programme.load import load_programme
from rules.programme.versions import VersionFile, clashes, gaps
from rules.sentences import said
from sync.ledger.shop_files import ShopFault, read_bytes


class ProgrammeFile(msgspec.Struct, frozen=True):
    """A programme as it is on disk, the first business day it holds for, and the types of its profile fields.

    `fields` are named without `member.`.
    """

    name: str
    data: bytes
    effective_from: date
    fields: Mapping[str, Type]


def read_programmes(folder: Path) -> tuple[ProgrammeFile, ...]:
    """`programme.toml` and `programmes/*.toml` of a shop folder. Raises ShopFault with every fault of all of them."""
    several = folder / "programmes"
    paths = sorted(several.glob("*.toml")) if several.is_dir() else []
    single = folder / "programme.toml"
    if single.exists() or not paths:
        paths.append(single)
    faults: list[Problem] = []
    loaded = [one for path in paths if (one := _loaded(path, faults)) is not None]
    versions = [version for version, _ in loaded]
    faults += [problem for problem in (*clashes(versions), *gaps(versions)) if not problem.warning]
    if faults:
        raise _fault(paths, faults)
    return tuple([file for _, file in loaded])


def _loaded(path: Path, faults: list[Problem]) -> tuple[VersionFile, ProgrammeFile] | None:
    data = read_bytes(path)
    try:
        programme = load_programme(data, path.name)
    except ProgrammeError as error:
        faults += [problem for problem in error.problems if not problem.warning]
        return None
    header = programme.header
    fields = {field.removeprefix("member."): spec.type for field, spec in programme.fields.items()}
    file = ProgrammeFile(header.id, data, header.effective_from, fields)
    return VersionFile(path.name, data, header), file


def _fault(paths: Sequence[Path], faults: Sequence[Problem]) -> ShopFault:
    """The first fault, the others with it."""
    by_name = {path.name: path for path in paths}
    first, *rest = [(by_name[one.file], one.line, _what(one)) for one in faults]
    what = first[2]
    if rest:
        what = said("{what} ({count} more: run `assidu programme check`)", what=what, count=len(rest))
    return ShopFault(first[0], first[1], what, tuple([ShopFault(*each) for each in rest]))


def _what(problem: Problem) -> str:
    name = ".".join([part for part in (problem.rule, problem.key) if part])
    return f"{name}: {problem.message}" if name else problem.message
