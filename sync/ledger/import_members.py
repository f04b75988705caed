"""Members of an older programme: who is new, who is here already, and who cannot be taken (docs/publishing.md).

Names and contacts arrive sealed and hardened as at an enrolment; what was imported once is never changed again.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import msgspec

from rules.account import FOREVER, POINTS
from rules.kinds.tiers import TIERS, brought
from rules.programme.model import Programme
from rules.sentences import mark
from sync.ledger.arrivals import NewMember, OpeningLot, add_members
from sync.ledger.books import Origin
from sync.ledger.cells import BadCell, day, whole
from sync.ledger.import_rows import RefusedLine
from sync.ledger.members import bind, profile, with_profile
from sync.ledger.operation import Operation
from sync.ledger.pairing import CARD_PREFIX
from sync.ledger.service import Ledger
from sync.ledger.shop_publish import IMPORTED, member_id
from sync.ledger.work import Work
from sync.numbers import DEFAULT_PREFIX
from sync.tokens import card_token, hardened_key
from sync.wire import Blob

WITHOUT_CARD = IMPORTED + (1 << 40)  # numbers of members who bring no card: above those made of card numbers
_OLD = "member of an older programme: "


class ImportedMember(msgspec.Struct, frozen=True):
    """A line: `old` is the member's id in the older programme, `hard` are hardened contacts, `sealed` personal data."""

    line: int
    old: str = ""
    cards: tuple[str, ...] = ()
    store: str = ""
    since: date | None = None
    lots: tuple[OpeningLot, ...] = ()
    tier: str = ""
    tier_since: date | None = None
    hard: tuple[bytes, ...] = ()
    sealed: tuple[Blob, ...] = ()


class Preparation(msgspec.Struct, frozen=True):
    """What an import has to know: the public key for sealing, the first digits of card numbers, the stores."""

    sealing_key: bytes
    card_prefix: str
    stores: tuple[str, ...]


class PrepareImport(Operation[Preparation], frozen=True):
    """Ask for what an import has to know."""

    name: ClassVar[str] = "prepare-import"
    answer: ClassVar[type[msgspec.Struct]] = Preparation

    async def run(self, ledger: Ledger) -> Preparation:
        """It, from one read."""

        async def look(work: Work) -> Preparation:
            prefix = await work.tx.value(CARD_PREFIX) or DEFAULT_PREFIX.encode()
            stores = tuple(one.store for one in await work.tx.stores())
            return Preparation(work.keys.sealing_public, prefix.decode(), stores)

        return await ledger.read(look)


class MembersTaken(msgspec.Struct, frozen=True):
    """The lines of new members, how many are here already, and the lines refused."""

    new: tuple[int, ...]
    same: int
    refused: tuple[RefusedLine, ...]


class ImportMembers(Operation[MembersTaken], frozen=True):
    """Members to be taken over; with `dry` they are looked at only."""

    members: tuple[ImportedMember, ...]
    dry: bool = False

    name: ClassVar[str] = "import-members"
    answer: ClassVar[type[msgspec.Struct]] = MembersTaken

    async def run(self, ledger: Ledger) -> MembersTaken:
        """Take those that are new; the others stay as they are."""
        if self.dry:
            return await ledger.read(lambda work: _take(work, self.members, dry=True))
        return await ledger.write(lambda work: _take(work, self.members, dry=False))


async def _take(work: Work, members: Sequence[ImportedMember], *, dry: bool) -> MembersTaken:
    new: list[int] = []
    same = 0
    refused: list[RefusedLine] = []
    for one in members:
        try:
            row = await _checked(work, one)
        except BadCell as bad:
            refused.append(RefusedLine(one.line, bad.sentence, bad.values))
            continue
        if row is None:
            same += 1
            continue
        new.append(one.line)
        if not dry:
            await _add(work, one, row)
    return MembersTaken(tuple(new), same, tuple(refused))


async def _checked(work: Work, one: ImportedMember) -> NewMember | None:
    """The member to be added, not numbered yet; None for one that is here already. Raises BadCell."""
    store = await _store(work, one)
    today = (await work.moment(store, work.now_ms)).bdate
    programme = await work.programme_on(today, store)
    for lot in one.lots:
        _check_lot(lot, programme, today)
    counters = _counters(one, programme, today)
    owners = await _owners(work, one)
    if len(owners) > 1:
        raise BadCell(mark("its cards and its id belong to different members here: import them apart."))
    if owners:
        return None
    key = work.keys.lookup
    return NewMember(
        member=0,
        cards=tuple(card_token(key, card) for card in one.cards),
        store=store,
        since=one.since or today,
        contacts=tuple(hardened_key(key, hard) for hard in one.hard),
        lots=one.lots,
        programme=programme.sha256 if programme is not None else "",
        counters=counters,
    )


async def _store(work: Work, one: ImportedMember) -> str:
    stores = [row.store for row in await work.tx.stores()]
    if one.store in stores:
        return one.store
    if one.store:
        raise BadCell(mark('store "{store}" is not one of this chain.'), store=one.store)
    if len(stores) != 1:
        raise BadCell(mark("the store is missing: the chain has several, so name one."))
    return stores[0]


def _check_lot(lot: OpeningLot, programme: Programme | None, today: date) -> None:
    known = {POINTS}
    for rule in programme.rules if programme is not None else ():
        if rule.kind.assets is not None:
            known |= set(rule.kind.assets(rule.id, rule.table))
    if lot.asset not in known:
        raise BadCell(mark('the programme in force has no rule for "{asset}".'), asset=lot.asset)
    if lot.last_day < today:
        raise BadCell(mark('"{asset}" ended on {day}: leave it out.'), asset=lot.asset, day=str(lot.last_day))


def _counters(one: ImportedMember, programme: Programme | None, today: date) -> dict[str, object]:
    if not one.tier:
        return {}
    counters = brought(programme, one.tier, one.tier_since or today) if programme is not None else None
    if counters is None:
        raise BadCell(mark('the programme in force has no level "{tier}".'), tier=one.tier)
    return {TIERS: counters}


async def _owners(work: Work, one: ImportedMember) -> set[int]:
    """Enrolled members that the cards and the old id of a line lead to; who was erased does not come again."""
    found = [await work.tx.member_of_card(card_token(work.keys.lookup, card)) for card in one.cards]
    if one.old:
        found.append(await work.tx.former(_old_key(work, one.old)))
    records = [await work.tx.member(member) for member in found if member is not None]
    return {
        record.member
        for record in records
        if record is not None and (record.state != "provisional" or record.erased)
    }


def _old_key(work: Work, old: str) -> bytes:
    return card_token(work.keys.lookup, _OLD + old)


async def _add(work: Work, one: ImportedMember, row: NewMember) -> None:
    """Book the member; what one of the cards earned before anybody knew it comes along."""
    number = await _number(work, one)
    await add_members(work, [msgspec.structs.replace(row, member=number)])
    if one.old:
        await work.tx.save_former(_old_key(work, one.old), number)
    await work.tx.add_sealed(one.sealed)
    record = await work.tx.member(number)
    assert record is not None, "it was added just now"
    facts: dict[str, str] = {}
    for blob in one.sealed:
        fact = await profile(work, number, blob.what, blob.sha256)
        facts |= dict([fact]) if fact else {}
    await work.tx.save_member(await with_profile(work, record, facts, row.since))
    today = (await work.moment(row.store, work.now_ms)).bdate
    for token in row.cards:
        await bind(work, record, token, Origin(0, 0, 0, today))
    await work.announce(number)


async def _number(work: Work, one: ImportedMember) -> int:
    for card in one.cards:
        number = member_id(card)
        if not await work.tx.known([number]):
            return number
    return WITHOUT_CARD + await work.tx.advance("imported", 1)


def lots_of(asset: str, cell: str) -> tuple[OpeningLot, ...]:
    """What a cell says a member has of `asset`: quantities, each with its last day after an @ or none.

    Raises BadCell.
    """
    found = []
    for part in cell.replace(";", " ").split():
        quantity, at, last = part.partition("@")
        end = day(asset, last) if at else FOREVER
        if end is None:
            raise BadCell(mark('"{asset}" has an @ without a day: write 120@2027-03-31.'), asset=asset)
        found.append(OpeningLot(asset, whole(asset, quantity), end))
    return tuple(lot for lot in found if lot.quantity)
