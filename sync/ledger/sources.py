"""Sources outside the tills: who they are, what they tell, and what they read."""

import asyncio
import re
from collections.abc import Sequence
from typing import ClassVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.sentences import mark, sentence_of
from sync.ledger.caller import LedgerRefusal
from sync.ledger.effect import Effects
from sync.ledger.operation import Operation
from sync.ledger.service import Ledger
from sync.ledger.told import Answers, BadLine, LineAnswer, Told, read_lines
from sync.ledger.told_apply import tell
from sync.ledger.told_rows import SourceRow
from sync.ledger.work import Work
from sync.signing import source_key_id

LINES_AT_ONCE = 50
MOST_EFFECTS = 1000
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


async def tell_all(ledger: Ledger, source: str, body: bytes) -> Answers:
    """Take every line of `body` (NDJSON) that can be taken. Raises LedgerRefusal for too many lines."""
    try:
        lines = await asyncio.to_thread(read_lines, body, ledger.keys.lookup, ledger.now_ms())
    except BadLine as bad:
        raise LedgerRefusal(bad.code, sentence_of(bad)) from None
    good = [one for one in lines if isinstance(one, Told)]
    answers = {one.line: one for one in lines if isinstance(one, LineAnswer)}
    for start in range(0, len(good), LINES_AT_ONCE):
        part = good[start : start + LINES_AT_ONCE]
        answers |= {one.line: one for one in await _tell_part(ledger, source, part)}
    return Answers(tuple([answers[line] for line in sorted(answers)]))


async def _tell_part(ledger: Ledger, source: str, part: Sequence[Told]) -> list[LineAnswer]:
    return await ledger.write(lambda work: tell(work, source, part))


async def page_of_effects(ledger: Ledger, after: int, limit: int) -> Effects:
    """Effects after a position, at most `limit` of them."""
    limit = min(max(1, limit), MOST_EFFECTS)

    async def look(work: Work) -> Effects:
        found = await work.tx.effects(after, limit + 1)
        page = found[:limit]
        return Effects(page, page[-1].pos if page else after, len(found) > limit)

    return await ledger.read(look)


async def open_source(ledger: Ledger, source: str) -> SourceRow | None:
    """A source that may tell, by its name."""

    async def look(work: Work) -> SourceRow | None:
        return await work.tx.source(source)

    row = await ledger.read(look)
    return row if row is not None and row.state == "open" else None


class NewSource(msgspec.Struct, frozen=True):
    """A source's name, how it names its key in signatures, and its private key (Ed25519 seed, hex): told once."""

    source: str
    key_id: str
    key: str


class AddSource(Operation[NewSource], frozen=True):
    """A new source; with `effects` it may also read the effects."""

    source: str
    effects: bool = False

    name: ClassVar[str] = "source-add"
    answer: ClassVar[type[msgspec.Struct]] = NewSource

    async def run(self, ledger: Ledger) -> NewSource:
        """Make its key. Raises LedgerRefusal for a name that is taken or cannot be one."""
        if not NAME.fullmatch(self.source):
            raise LedgerRefusal(
                "bad_name", mark("Name the source in small letters, digits, - and _, such as web-shop.")
            )
        key = Ed25519PrivateKey.generate()
        row = SourceRow(
            self.source, key.public_key().public_bytes_raw(), int(self.effects), "open", ledger.now_ms()
        )

        async def add(work: Work) -> bool:
            known = await work.tx.source(self.source)
            if known is None or known.state != "open":
                await work.tx.save_source(row)
                return True
            return False

        if not await ledger.write(add):
            raise LedgerRefusal(
                "source_taken", mark("There is a source of this name: revoke it first, or choose another.")
            )
        return NewSource(self.source, source_key_id(self.source), key.private_bytes_raw().hex())


class SourceState(msgspec.Struct, frozen=True):
    """A source: whether it may read effects, open or revoked, and since when (ms UTC)."""

    source: str
    effects: bool
    state: str
    added_ms: int


class SourceList(msgspec.Struct, frozen=True):
    """All sources by name."""

    sources: tuple[SourceState, ...]


class ListSources(Operation[SourceList], frozen=True):
    """All sources."""

    name: ClassVar[str] = "source-list"
    answer: ClassVar[type[msgspec.Struct]] = SourceList

    async def run(self, ledger: Ledger) -> SourceList:
        """Them."""

        async def look(work: Work) -> tuple[SourceRow, ...]:
            return await work.tx.sources()

        rows = await ledger.read(look)
        return SourceList(
            tuple([SourceState(row.source, bool(row.effects), row.state, row.added_ms) for row in rows])
        )


class RevokeSource(Operation[SourceState], frozen=True):
    """A source's key is worth nothing from now on."""

    source: str

    name: ClassVar[str] = "source-revoke"
    answer: ClassVar[type[msgspec.Struct]] = SourceState

    async def run(self, ledger: Ledger) -> SourceState:
        """Revoke it. Raises LedgerRefusal for a name that nobody has."""

        async def revoke(work: Work) -> SourceRow | None:
            row = await work.tx.source(self.source)
            if row is not None:
                await work.tx.save_source(msgspec.structs.replace(row, state="revoked"))
            return row

        row = await ledger.write(revoke)
        if row is None:
            raise LedgerRefusal("unknown_source", mark("There is no source of this name: list them first."))
        return SourceState(row.source, bool(row.effects), "revoked", row.added_ms)


class PostEvents(Operation[Answers], frozen=True):
    """What a source tells, as NDJSON, brought by the ledger's owner."""

    source: str
    body: bytes

    name: ClassVar[str] = "events"
    answer: ClassVar[type[msgspec.Struct]] = Answers

    async def run(self, ledger: Ledger) -> Answers:
        """Take it. Raises LedgerRefusal for a source that is not open."""
        if await open_source(ledger, self.source) is None:
            raise LedgerRefusal(
                "unknown_source",
                mark("There is no open source of this name: add it with `assidu event source add`."),
            )
        return await tell_all(ledger, self.source, self.body)


class ReadEffects(Operation[Effects], frozen=True):
    """A page of effects after a position."""

    after: int = 0
    limit: int = MOST_EFFECTS

    name: ClassVar[str] = "effects"
    answer: ClassVar[type[msgspec.Struct]] = Effects

    async def run(self, ledger: Ledger) -> Effects:
        """It."""
        return await page_of_effects(ledger, self.after, self.limit)
