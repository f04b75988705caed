"""A row of an older programme's members, checked; personal data is in clear here and never leaves the import so."""

import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import msgspec

from rules.sentences import mark
from sync.ledger.arrivals import OpeningLot
from sync.ledger.cells import BadCell, birthday, day
from sync.ledger.import_members import ImportedMember, lots_of
from sync.ledger.import_rows import Columns
from sync.ledger.shop import ASSETS
from sync.numbers import is_member_number
from sync.seal import seal
from sync.tokens import contact_of, hardened

LONGEST_NAME, LONGEST_ID = 40, 64
COLUMNS = Columns(
    (),
    (
        "id", "number", "cards", "first_name", "last_name", "birthday", "since", "store", "phone", "email",
        "tier", "tier_since", *ASSETS,
    ),
)  # fmt: skip


class MemberRow(msgspec.Struct, frozen=True):
    """A line as it was read. `birthday` is "MM-DD" or empty, contacts are in their one spelling."""

    old: str
    cards: tuple[str, ...]
    first_name: str
    last_name: str
    birthday: str
    since: date | None
    store: str
    contacts: Mapping[str, str]
    tier: str
    tier_since: date | None
    lots: tuple[OpeningLot, ...]

    def __repr__(self) -> str:
        """Nothing: what a person told must not reach a log or a traceback."""
        return "MemberRow(…)"


class Reader:
    """Reads rows of one file: a card or an id stands in it once."""

    def __init__(self, card_prefix: str) -> None:
        self._prefix = card_prefix
        self._seen: set[str] = set()

    def __call__(self, row: Mapping[str, str]) -> MemberRow:
        """The member of a row. Raises BadCell, which names no personal data but the card's number."""
        old, cards = row.get("id", ""), self._cards(row)
        if not (old or cards):
            raise BadCell(
                mark("neither a card number nor an id: give one, so that a second run knows the member.")
            )
        if len(old) > LONGEST_ID or len(row.get("first_name", "")) > LONGEST_NAME:
            raise BadCell(mark("the id has at most 64 characters, the first name at most 40."))
        told = birthday(row.get("birthday", ""))
        found = MemberRow(
            old=old,
            cards=cards,
            first_name=row.get("first_name", ""),
            last_name=row.get("last_name", ""),
            birthday=f"{told[0]:02d}-{told[1]:02d}" if told is not None else "",
            since=day("since", row.get("since", "")),
            store=row.get("store", ""),
            contacts={what: _contact(what, row[what]) for what in ("phone", "email") if row.get(what)},
            tier=row.get("tier", ""),
            tier_since=day("tier_since", row.get("tier_since", "")),
            lots=tuple(
                lot
                for title, cell in row.items()
                if cell and (title == "points" or title.startswith(ASSETS[1:]))
                for lot in lots_of(title, cell)
            ),
        )
        self._remember(old, cards)
        return found

    def _cards(self, row: Mapping[str, str]) -> tuple[str, ...]:
        cards = tuple(dict.fromkeys(f"{row.get('number', '')} {row.get('cards', '')}".split()))
        for card in cards:
            if not is_member_number(card, self._prefix):
                sentence = mark('"{card}" is no card number: 13 digits from {prefix} with a check digit.')
                raise BadCell(sentence, card=card, prefix=self._prefix)
        return cards

    def _remember(self, old: str, cards: Iterable[str]) -> None:
        for card in cards:
            if card in self._seen:
                raise BadCell(mark("card number {card} is there twice."), card=card)
        if old and f"id {old}" in self._seen:
            raise BadCell(mark('the id "{id}" is there twice.'), id=old)
        self._seen |= {*cards, *([f"id {old}"] if old else [])}


def _contact(what: str, text: str) -> str:
    contact = contact_of(text)
    if contact is None or ("@" in contact) != (what == "email"):
        raise BadCell(
            mark('"{what}" is no phone number or e-mail address: correct it, or leave it empty.'), what=what
        )
    return contact


def bare(line: int, row: MemberRow) -> ImportedMember:
    """What the ledger needs to know of a line to say whether it is new: nothing personal but the card's number."""
    return ImportedMember(line, row.old, row.cards, row.store, row.since, row.lots, row.tier, row.tier_since)


def closed(rows: Iterable[tuple[int, MemberRow]], sealing_key: bytes) -> tuple[ImportedMember, ...]:
    """Lines ready to travel: personal data sealed to the ledger's key, contacts hardened (about 40 ms each)."""
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(lambda one: _closed(one[0], one[1], sealing_key), rows))


def _closed(line: int, row: MemberRow, sealing_key: bytes) -> ImportedMember:
    initial = f" {row.last_name[0]}." if row.last_name else ""
    told = {
        "first_name": row.first_name,
        "last_name": row.last_name,
        "birthday": row.birthday,
        **row.contacts,
        "display": row.first_name + initial,
    }
    sealed = tuple(
        seal(sealing_key, what, text.encode(), secrets.token_bytes)
        for what, text in told.items()
        if text.strip()
    )
    hard = tuple(hardened(value) for value in row.contacts.values())
    return msgspec.structs.replace(bare(line, row), sealed=sealed, hard=hard)
