"""Cards that are not taken any more, the phone of a member, and the codes that phones have shown here.

Each word is kept in the job of its entry, so that this till goes by it at once; rows of the ledger that do not include
the entry change nothing of it.
"""

from collections.abc import Iterable
from datetime import date

from sync.card_marks import Blocked, BlockReason, PhoneKey, blocked_mark, phone_mark
from sync.entry import CardBlockBody, PhoneKeyBody
from sync.sqlite_driver import Connection
from sync.thin import ThinCard, short
from sync.till import card_words, index
from sync.till.identity import Identity
from sync.wire import MemberRow

KEEP_CODES_S = 3600
"""Seconds for which a code is remembered: longer than it can be believed, whatever the till doubts of its clock."""

State = tuple[tuple[bytes, ...], tuple[Blocked, ...], PhoneKey | None]
"""Keyed hashes of a member's cards and their marks, the blocked cards, the phone's key."""


def is_blocked(connection: Connection, identity: Identity, card: bytes) -> bool:
    """Whether this till knows that the card is not taken."""
    said = card_words.told(connection, card)
    if said is not None:
        return said.why != BlockReason.FOUND
    mark = blocked_mark(identity.lookup_key, card)
    if connection.execute("SELECT 1 FROM card WHERE token = ?", (mark,)).fetchone() is not None:
        return True
    return index.find(connection, mark) is not None


def drop_marks_of_others(connection: Connection, identity: Identity, row: MemberRow) -> None:
    """Nothing that was said of a card while it was another account's, one that nobody had enrolled, holds any more.

    What this till said of it and the ledger has not taken yet does.
    """
    for card in row.cards:
        mark = blocked_mark(identity.lookup_key, card)
        if mark in row.cards or not _is_of_another(connection, mark, row.member):
            continue
        if not any(card in word.cards for word in card_words.own(connection, identity)):
            connection.execute("DELETE FROM card WHERE token = ?", (mark,))


def _is_of_another(connection: Connection, token: bytes, member: int) -> bool:
    found = connection.execute("SELECT member FROM card WHERE token = ?", (token,)).fetchone()
    return found is not None and found[0] != member


def own_cards(
    identity: Identity, member: int, cards: Iterable[bytes], blocked: Iterable[Blocked]
) -> set[bytes]:
    """Those of a member's keyed hashes `cards` that are cards which are taken: no marks, no phone, none blocked."""
    every = set(cards)
    marks = {blocked_mark(identity.lookup_key, card) for card in every}
    return every - marks - {phone_mark(identity.lookup_key, member)} - {one.card for one in blocked}


def after_block(identity: Identity, state: State, body: CardBlockBody, day: date) -> State:
    """What is known of the member's cards after a CARD_BLOCK entry of the business date `day`."""
    cards, blocked, phone = state
    marks = {blocked_mark(identity.lookup_key, card) for card in body.cards}
    cards = tuple(card for card in cards if card not in marks)
    blocked = tuple(one for one in blocked if one.card not in body.cards)
    if body.why == BlockReason.FOUND:
        return cards, blocked, phone
    new = tuple(Blocked(card, body.why, day) for card in body.cards)
    return (*cards, *sorted(marks)), (*blocked, *new), phone


def after_phone(identity: Identity, state: State, body: PhoneKeyBody) -> State:
    """What is known of the member's cards after a PHONE_KEY entry."""
    cards, blocked, _ = state
    mark = phone_mark(identity.lookup_key, body.member)
    rest = tuple(card for card in cards if card != mark)
    return ((*rest, mark), blocked, PhoneKey(body.kid, body.public)) if body.public else (rest, blocked, None)


def hide_marks(connection: Connection, identity: Identity, cards: Iterable[bytes]) -> None:
    """Let these cards be taken again, also where only the list of all members said that they are blocked."""
    used = index.in_use(connection)
    marks = [blocked_mark(identity.lookup_key, card) for card in cards]
    for mark in marks:
        connection.execute("DELETE FROM card WHERE token = ?", (mark,))
    hidden = [ThinCard(short(mark), index.NOBODY) for mark in marks]
    index.store_cards(connection, hidden, 0 if used is None else used.pos + 1)


def was_shown(connection: Connection, code: bytes, at_s: int, now_s: int | None) -> bool:
    """Whether the code of a phone was shown here before; from now on it was.

    `at_s` is when the phone drew it. Older ones than KEEP_CODES_S before `now_s` are forgotten; None keeps all.
    """
    if now_s is not None:
        connection.execute("DELETE FROM shown_code WHERE at_s < ?", (now_s - KEEP_CODES_S,))
    new = connection.execute("INSERT OR IGNORE INTO shown_code VALUES (?, ?)", (code, at_s)).rowcount
    return new == 0
