"""Publishing and withdrawing programmes, and which till runs which version (ledger-and-sync.md section 5.1)."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import msgspec

from rules.errors import Problem, ProgrammeError
from rules.programme.load import load_programme
from rules.programme.versions import VersionFile
from rules.sentences import mark
from sync.ledger import publications
from sync.ledger.accept import Refused
from sync.ledger.given_rows import PROGRAMME, HoldingRow, in_force, json_list, list_json
from sync.ledger.operation import Operation
from sync.ledger.overruns import Bound, bounds
from sync.ledger.programme_versions import Version, beginning, speaks_against, versions
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.wire import Held

_held = msgspec.msgpack.Decoder(tuple[Held, ...])


class ProgrammePublished(msgspec.Struct, frozen=True):
    """What stands now: `number` of the publication, `changed` false where it stood before; or the `problems`.

    `bounds` are the worst cases of what tills may give beyond shared counters. With `number` 0 nothing was published.
    """

    problems: tuple[Problem, ...] = ()
    programme: str = ""
    version: int = 0
    effective_from: date | None = None
    stores: tuple[str, ...] = ()
    number: int = 0
    changed: bool = False
    bounds: tuple[Bound, ...] = ()


class PublishProgramme(Operation[ProgrammePublished], frozen=True):
    """A programme file to hold from `day` on (None: its own first day) at `stores` (() for all).

    One that lets tills give beyond shared counters is published only if that is `agreed`.
    """

    file: str
    data: bytes
    day: date | None = None
    stores: tuple[str, ...] = ()
    agreed: bool = False

    name: ClassVar[str] = "publish-programme"
    answer: ClassVar[type[msgspec.Struct]] = ProgrammePublished

    async def run(self, ledger: Ledger) -> ProgrammePublished:
        """Publish it, or say everything that is wrong with it: then nothing has changed."""
        try:
            new = beginning(self.file, self.data, self.day)
        except ProgrammeError as error:
            return ProgrammePublished(tuple(one for one in error.problems if not one.warning))
        if not isinstance(new, VersionFile):
            return ProgrammePublished(new)
        return await ledger.write(lambda work: _publish(work, new, self.stores, agreed=self.agreed))


async def _publish(
    work: Work, new: VersionFile, stores: Sequence[str], *, agreed: bool
) -> ProgrammePublished:
    known = await versions(work)
    unknown = [store for store in stores if await work.tx.store(store) is None]
    problems = [
        Problem(f"there is no store {store}: name stores of this chain", "--stores") for store in unknown
    ]
    problems += await speaks_against(work, new, stores, known)
    if problems:
        return ProgrammePublished(tuple(problems))
    worst = await bounds(work, load_programme(new.data, new.name))
    if worst and not agreed:
        return ProgrammePublished(bounds=worst)
    header = new.header
    same = [
        one
        for one in known
        if not one.row.withdrawn and (one.header.id, one.header.version) == (header.id, header.version)
    ]
    place = header.effective_from.isoformat(), list_json(stores)
    row = next(
        (o.row for o in same if (o.row.effective_from, o.row.stores) == place and o.data == new.data), None
    )
    changed = row is None
    if row is None:
        for one in same:
            await publications.withdraw(work, one.row)
        row = await publications.put(
            work, PROGRAMME, header.id, new.data, header.effective_from, stores, again=True
        )
    return ProgrammePublished(
        programme=header.id,
        version=header.version,
        effective_from=header.effective_from,
        stores=json_list(row.stores),
        number=row.number,
        changed=changed,
        bounds=worst,
    )


class ProgrammeWithdrawn(msgspec.Struct, frozen=True):
    """The `number` of the withdrawal, 0 where the version had been withdrawn before."""

    number: int


class WithdrawProgramme(Operation[ProgrammeWithdrawn], frozen=True):
    """A version of a programme that is no longer to hold: tills go back to the one before it."""

    programme: str
    version: int

    name: ClassVar[str] = "withdraw-programme"
    answer: ClassVar[type[msgspec.Struct]] = ProgrammeWithdrawn

    async def run(self, ledger: Ledger) -> ProgrammeWithdrawn:
        """Raises LedgerRefusal for a version nobody published, and where a store would be left without any."""
        return await ledger.write(lambda work: _withdraw(work, self.programme, self.version))


async def _withdraw(work: Work, programme: str, version: int) -> ProgrammeWithdrawn:
    found = [
        one for one in await versions(work) if (one.header.id, one.header.version) == (programme, version)
    ]
    if not found:
        raise Refused(
            "unknown_programme",
            mark("No such version was published: look at `assidu programme published`."),
        )
    number = 0
    for one in found:
        if not one.row.withdrawn:
            await _needs_former(work, one)
            number = (await publications.withdraw(work, one.row)).number
    return ProgrammeWithdrawn(number)


async def _needs_former(work: Work, gone: Version) -> None:
    """Raises Refused where a store has `gone` in force and nothing before it."""
    rows = await work.tx.published()
    rest = [row for row in rows if row.number != gone.row.number]
    for store in await work.tx.stores():
        day = (await work.moment(store.store, work.now_ms)).bdate
        if in_force(rows, day, store.store) == gone.row and in_force(rest, day, store.store) is None:
            raise Refused(
                "last_programme",
                mark("Nothing would be in force without this version: publish another one first."),
            )


class PublishedVersion(msgspec.Struct, frozen=True):
    """A version at the ledger; `state` is ahead, in_force, former or withdrawn."""

    programme: str
    version: int
    effective_from: date
    stores: tuple[str, ...]
    state: str
    number: int
    sha256: str


class TillVersion(msgspec.Struct, frozen=True):
    """What a till runs on its business date, None where it has not said: (programme, version).

    `ahead` are versions it has for later, `current` whether it runs what the ledger has in force for its store;
    `seen_ms` is its last contact in ms since 1970 UTC, 0 for none.
    """

    store: str
    till: str
    dev: int
    runs: tuple[str, int] | None
    ahead: tuple[tuple[str, int, date], ...]
    current: bool
    seen_ms: int


class Overview(msgspec.Struct, frozen=True):
    """Every version, and what every till runs."""

    programmes: tuple[PublishedVersion, ...]
    tills: tuple[TillVersion, ...]


class PublishedProgrammes(Operation[Overview], frozen=True):
    """Which versions there are, and which till runs which."""

    name: ClassVar[str] = "published-programmes"
    answer: ClassVar[type[msgspec.Struct]] = Overview

    async def run(self, ledger: Ledger) -> Overview:
        """The overview, from one consistent read."""
        return await ledger.read(_overview)


async def _overview(work: Work) -> Overview:
    rows = await work.tx.published()
    days = {one.store: (await _today(work, one.store)) for one in await work.tx.stores()}
    now = {store: in_force(rows, day, store) for store, day in days.items()}
    used = {row.number for row in now.values() if row is not None}
    known = await versions(work)
    tills = [await _till(work, row, days[row.store]) for row in await work.tx.holdings()]
    forces = {store: None if row is None else await _name(work, row.sha256) for store, row in now.items()}
    return Overview(
        tuple(_version(one, used, max(days.values(), default=date.max)) for one in known),
        tuple(
            msgspec.structs.replace(till, current=till.runs is not None and till.runs == forces[till.store])
            for till in tills
        ),
    )


async def _today(work: Work, store: str) -> date:
    """The business date of a store under the programme in force there."""
    day = (await work.moment(store, work.now_ms)).bdate
    return (await work.moment(store, work.now_ms, await work.programme_on(day, store))).bdate


def _version(one: Version, used: set[int], today: date) -> PublishedVersion:
    state = "ahead" if one.header.effective_from > today else "former"
    if one.row.withdrawn or one.row.number in used:
        state = "withdrawn" if one.row.withdrawn else "in_force"
    return PublishedVersion(
        one.header.id,
        one.header.version,
        one.header.effective_from,
        json_list(one.row.stores),
        state,
        one.row.number,
        one.row.sha256.hex(),
    )


async def _till(work: Work, row: HoldingRow, today: date) -> TillVersion:
    held = _held.decode(row.data) if row.data else ()
    begun = [one for one in held if one.effective_from <= today]
    runs = max(begun, key=lambda one: (one.effective_from, one.number), default=None)
    ahead = [one for one in held if one.effective_from > today]
    named = [(await _name(work, one.sha256), one.effective_from) for one in ahead]
    return TillVersion(
        row.store,
        row.till,
        row.dev,
        None if runs is None else await _name(work, runs.sha256),
        tuple((*name, day) for name, day in named if name is not None),
        current=False,
        seen_ms=row.seen_ms,
    )


async def _name(work: Work, sha256: bytes) -> tuple[str, int] | None:
    programme = await work.programme(sha256.hex())
    return None if programme is None else (programme.header.id, programme.header.version)
