"""Members as the till knows them: a thin row for everyone, a profile for those of its store (ledger-and-sync.md 5.4).

Cards and contacts are keyed hashes. The profile is what came from the ledger (or was enrolled here): the display
name and the folded account, both encrypted with the store-scope key.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from rules.account import FOREVER, POINTS, Account
from sync import field
from sync.card_marks import Blocked, PhoneKey, blocked_mark
from sync.entry import CardBlockBody, EntryKind, LinkBody, PhoneKeyBody, body_of
from sync.sqlite_driver import Connection
from sync.thin import BLOCKED
from sync.till import card_state, contacts, index, journal, unconfirmed
from sync.till.identity import Identity
from sync.till.index import Thin
from sync.till.notes import notes_after
from sync.wire import MemberRow


class ThinRow(msgspec.Struct, frozen=True, array_like=True):
    """A line of the member index: keyed card hash, id, points, tier id, flags, first day on which points end."""

    token: bytes
    member: int
    balance: int
    tier: str = ""
    flags: int = 0
    next_expiry: date = FOREVER


class Known(msgspec.Struct, frozen=True):
    """What this till knows of a member.

    `account.known` is thin when only the index row is here. `available` is what no till holds and `elsewhere` what
    other tills hold, per asset, as of the ledger's position `pos`; this till's entries above `own_seq` come on top.
    `kept` says that the store's feed tells of every change; without it the rest was true when it was asked for.
    `cards` are keyed hashes, marks of `blocked` cards among them, `phone` is the key of the member's phone, `note` what
    the shop notes about the member, `complaint` about the last incident (sync/complaint.py).
    """

    member: int
    account: Account
    display: str
    available: Mapping[str, int]
    elsewhere: Mapping[str, int]
    own_seq: int
    pos: int
    next_expiry: date
    kept: bool = True
    cards: tuple[bytes, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    phone: PhoneKey | None = None
    note: str = ""
    complaint: str = ""


class _Detail(msgspec.Struct, frozen=True, array_like=True):
    """The encrypted part of a profile; the card and contact hashes tell which index rows to drop on a change.

    `kept` is false for a member outside the store's scope, of whom the ledger tells only when it is asked.
    """

    account: Account
    available: Mapping[str, int]
    elsewhere: Mapping[str, int]
    cards: tuple[bytes, ...]
    contacts: tuple[bytes, ...]
    kept: bool = True
    blocked: tuple[Blocked, ...] = ()
    phone: PhoneKey | None = None
    note: str = ""
    complaint: str = ""


_NOTHING = _Detail(Account(), {}, {}, (), ())
_NOTED_ONLY = _Detail(Account(known="thin"), {}, {}, (), (), kept=False)
"""Of a member in the list of all, of whom the ledger has not told more: what was noted here, until it does."""
_CHUNK = 50_000
_CARD_KINDS = frozenset({EntryKind.LINK, EntryKind.CARD_BLOCK, EntryKind.PHONE_KEY})
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Detail)


def find(connection: Connection, token: bytes) -> int | None:
    """The member a card's keyed hash belongs to.

    A card that the list of all members gives to a number which is here that of a member enrolled here is unknown.
    """
    row = connection.execute("SELECT member FROM card WHERE token = ?", (token,)).fetchone()
    if row is not None:
        return int(row[0])
    found = index.find(connection, token)
    return None if found is None or unconfirmed.waits(connection, found) else found


def card_of(connection: Connection, identity: Identity, member: int) -> bytes | None:
    """The keyed hash of a card of `member` that is taken; None where this till has none."""
    rows = connection.execute("SELECT token FROM card WHERE member = ?", (member,)).fetchall()
    cards = [bytes(token) for (token,) in rows]
    marks = {blocked_mark(identity.lookup_key, card) for card in cards}
    good = [
        card for card in cards if card not in marks and blocked_mark(identity.lookup_key, card) not in cards
    ]
    return good[0] if good else None


def load_contact(connection: Connection, key: bytes) -> int | None:
    """The member a phone's or e-mail's hardened hash belongs to; of several the one with the lowest number."""
    return next(iter(load_contacts(connection, key)), None)


def load_contacts(connection: Connection, key: bytes) -> tuple[int, ...]:
    """All members with this hash, by number: people may share a phone, or one person have two accounts."""
    rows = connection.execute("SELECT member FROM contact WHERE key = ? ORDER BY member", (key,)).fetchall()
    return tuple([int(member) for (member,) in rows])


def load(connection: Connection, identity: Identity, member: int) -> Known | None:
    """All that is known of `member`; None when there is not even an index row.

    A profile that cannot be decrypted counts as not there: the till goes on with the thin row.
    """
    profile = connection.execute(
        "SELECT pos, own_seq, display, detail FROM profile WHERE member = ?", (member,)
    ).fetchone()
    thin = connection.execute(
        "SELECT balance, tier, flags, next_expiry FROM member WHERE id = ?", (member,)
    ).fetchone()
    known = None
    if profile is not None:
        known = _full(identity, member, profile, FOREVER if thin is None else date.fromisoformat(thin[3]))
        if known is not None and known.account.known != "thin":
            return known if known.kept else _newer(connection, known)
    if thin is not None:
        return _thin(member, Thin(thin[0], thin[1], thin[2], date.fromisoformat(thin[3])), known)
    line = index.load(connection, member)
    return None if line is None else _thin(member, line, known)


def store_rows(
    connection: Connection,
    identity: Identity,
    rows: Sequence[MemberRow],
    own_seq: int,
    *,
    asked: bool = False,
) -> None:
    """Keep rows from the ledger that include this till's entries up to `own_seq`; older rows change nothing.

    `asked` rows answer a question about one card. They make no member one of the store's: only the feed does.
    At most 500 rows a job, so that a ticket never waits long behind them.
    """
    erased = journal.erased_after(connection, own_seq)
    for row in rows:
        if row.member in erased:
            continue  # the ledger has still to hear of it
        if asked and unconfirmed.waits(connection, row.member):
            continue  # the ledger may have the number of somebody else
        old = connection.execute("SELECT pos FROM profile WHERE member = ?", (row.member,)).fetchone()
        before = _old_detail(connection, identity, row.member)
        if old is not None and old[0] > row.pos:
            if not asked and not before.kept:
                sealed = _seal(identity, row.member, msgspec.structs.replace(before, kept=True))
                connection.execute("UPDATE profile SET detail = ? WHERE member = ?", (sealed, row.member))
            continue
        kept = not asked or (old is not None and before.kept)
        cards, blocked, phone = _own_word(connection, identity, row, before, own_seq)
        noted = notes_after(connection, identity, row, (before.note, before.complaint), own_seq)
        detail = _Detail(
            row.account, row.available, row.elsewhere, cards, row.contacts, kept, blocked, phone, *noted
        )
        _replace_index(connection, row.member, detail, before)
        contacts.drop_hearsay(
            connection, row.member, row.contacts, lambda one: _old_detail(connection, identity, one).kept
        )
        card_state.drop_marks_of_others(connection, identity, row)
        sealed = _seal(identity, row.member, detail)
        _store_profile(connection, (row.member, row.pos, own_seq, row.display, sealed))


def _own_word(
    connection: Connection, identity: Identity, row: MemberRow, before: _Detail, own_seq: int
) -> card_state.State:
    """Cards and phone of the row, after entries of this till which the row does not include."""
    state: card_state.State = (row.cards, row.blocked, row.phone)
    missing = set(before.cards) - set(row.cards)
    if not missing and (before.blocked, before.phone) == (row.blocked, row.phone):
        return state
    for entry in journal.entries_after(connection, row.member, own_seq):
        if entry.kind not in _CARD_KINDS:
            continue
        body = body_of(entry)
        if isinstance(body, LinkBody) and body.card in missing:
            state = ((*state[0], body.card), *state[1:])
        elif isinstance(body, CardBlockBody):
            state = card_state.after_block(identity, state, body, entry.bdate)
        elif isinstance(body, PhoneKeyBody):
            state = card_state.after_phone(identity, state, body)
    return state


def move(connection: Connection, identity: Identity, old: int, new: int) -> None:
    """Keep what is known of `old` as that of `new`."""
    row = connection.execute("SELECT pos, own_seq FROM profile WHERE member = ?", (old,)).fetchone()
    known = None if row is None else load(connection, identity, old)
    if known is None:
        return
    detail = _old_detail(connection, identity, old)
    detail = msgspec.structs.replace(detail, account=msgspec.structs.replace(detail.account, member=new))
    name = field.encrypt_display(identity.scope_key, new, known.display)
    _store_profile(connection, (new, *row, name, _seal(identity, new, detail)))
    connection.execute("DELETE FROM profile WHERE member = ?", (old,))


def forget(connection: Connection, identity: Identity, gone: Iterable[int]) -> None:
    """Forget who these members are; their lines in the list of all members, if there is one, hold again."""
    for member in gone:
        _replace_index(connection, member, _NOTHING, _old_detail(connection, identity, member))
        connection.execute("DELETE FROM member WHERE id = ?", (member,))
        connection.execute("DELETE FROM profile WHERE member = ?", (member,))


def add_local_member(
    connection: Connection,
    identity: Identity,
    member: int,
    *,
    cards: Sequence[bytes],
    contacts: Sequence[bytes],
    display: str,
    account: Account,
) -> None:
    """Keep a member enrolled at this till, in the same job as its ENROL entry."""
    detail = _Detail(account, {}, {}, tuple(cards), tuple(contacts))
    _replace_index(connection, member, detail, _NOTHING)
    name = field.encrypt_display(identity.scope_key, member, display)
    _store_profile(connection, (member, 0, 0, name, _seal(identity, member, detail)))


def add_card(connection: Connection, identity: Identity, token: bytes, member: int) -> None:
    """Let one more card stand for `member`, in the same job as its LINK entry.

    The ledger may know it as somebody else's: its next row of `member` that includes the entry says so.
    """
    connection.execute("INSERT OR REPLACE INTO card VALUES (?, ?)", (token, member))
    known = _old_detail(connection, identity, member)
    if known is not _NOTHING:
        sealed = _seal(identity, member, msgspec.structs.replace(known, cards=(*known.cards, token)))
        connection.execute("UPDATE profile SET detail = ? WHERE member = ?", (sealed, member))


def change_cards(
    connection: Connection,
    identity: Identity,
    member: int,
    word: Callable[[card_state.State], card_state.State],
) -> None:
    """Let what `word` makes of the member's cards and phone hold here, in the same job as its entry."""
    before = _old_detail(connection, identity, member)
    cards, blocked, phone = word((before.cards, before.blocked, before.phone))
    for token in set(before.cards) - set(cards):
        connection.execute("DELETE FROM card WHERE token = ? AND member = ?", (token, member))
    for token in set(cards) - set(before.cards):
        connection.execute("INSERT OR REPLACE INTO card VALUES (?, ?)", (token, member))
    if before is not _NOTHING:
        known = msgspec.structs.replace(before, cards=cards, blocked=blocked, phone=phone)
        sealed = _seal(identity, member, known)
        connection.execute("UPDATE profile SET detail = ? WHERE member = ?", (sealed, member))


def set_note(connection: Connection, identity: Identity, member: int, **noted: str) -> None:
    """Let `noted` (`note` or `complaint`) be what is noted about the member, in the same job as its NOTE entry."""
    before = _old_detail(connection, identity, member)
    if before is _NOTHING:
        before = _NOTED_ONLY
        _store_profile(connection, (member, 0, 0, field.encrypt_display(identity.scope_key, member, ""), b""))
    sealed = _seal(identity, member, msgspec.structs.replace(before, **noted))
    connection.execute("UPDATE profile SET detail = ? WHERE member = ?", (sealed, member))


def forget_positions(connection: Connection) -> None:
    """Let the next rows of the ledger replace what is here whatever their position: after a new ledger epoch."""
    connection.execute("UPDATE profile SET pos = 0")


def bulk_load(connection: Connection, rows: Iterable[ThinRow]) -> None:
    """Add many thin rows in one job: the member index at the first start, or a benchmark's million members."""
    every = iter(rows)
    while chunk := list(itertools.islice(every, _CHUNK)):
        connection.executemany(
            "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?)",
            [(row.member, row.balance, row.tier, row.flags, row.next_expiry.isoformat()) for row in chunk],
        )
        cards = sorted((row.token, row.member) for row in chunk)  # in key order: each page is visited once
        connection.executemany("INSERT OR REPLACE INTO card VALUES (?, ?)", cards)


def _full(
    identity: Identity, member: int, profile: tuple[int, int, bytes, bytes], expiry: date
) -> Known | None:
    pos, own_seq, display, sealed = profile
    try:
        detail = _decoder.decode(field.decrypt(identity.scope_key, field.ACCOUNT, member, sealed))
        name = field.decrypt_display(identity.scope_key, member, display)
    except (field.FieldUnreadable, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Known(
        member=member,
        account=detail.account,
        display=name,
        available=detail.available,
        elsewhere=detail.elsewhere,
        own_seq=own_seq,
        pos=pos,
        next_expiry=expiry,
        kept=detail.kept,
        cards=detail.cards,
        blocked=detail.blocked,
        phone=detail.phone,
        note=detail.note,
        complaint=detail.complaint,
    )


def _newer(connection: Connection, known: Known) -> Known:
    """`known`, of whom the ledger tells only when asked, or the line that has come since under the same name."""
    line = index.changed(connection, known.member)
    if line is None or line.pos <= known.pos:
        return known
    return msgspec.structs.replace(_thin(known.member, line, known), display=known.display, kept=False)


def _thin(member: int, row: Thin, noted: Known | None) -> Known:
    account = Account(
        member=member,
        known="thin",
        tier=row.tier,
        blocked=bool(row.flags & BLOCKED),
        balance={POINTS: row.balance},
    )
    return Known(
        member=member,
        account=account,
        display="",
        available={},
        elsewhere={},
        own_seq=row.own_seq,
        pos=row.pos,
        next_expiry=row.next_expiry,
        note=noted.note if noted is not None else "",
        complaint=noted.complaint if noted is not None else "",
    )


def _replace_index(connection: Connection, member: int, detail: _Detail, old: _Detail) -> None:
    account = detail.account
    first_end = min((h.last_day for h in account.holdings if h.asset == POINTS), default=FOREVER)
    connection.execute(
        "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?)",
        (
            member,
            account.balance.get(POINTS, 0),
            account.tier,
            BLOCKED if account.blocked else 0,
            first_end.isoformat(),
        ),
    )
    for table, column, keys, gone in (
        ("card", "token", detail.cards, old.cards),
        ("contact", "key", detail.contacts, old.contacts),
    ):
        for key in set(gone) - set(keys):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ? AND member = ?", (key, member))  # noqa: S608
        for key in keys:
            connection.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (key, member))  # noqa: S608


def _old_detail(connection: Connection, identity: Identity, member: int) -> _Detail:
    row = connection.execute("SELECT detail FROM profile WHERE member = ?", (member,)).fetchone()
    if row is None:
        return _NOTHING
    try:
        return _decoder.decode(field.decrypt(identity.scope_key, field.ACCOUNT, member, row[0]))
    except (field.FieldUnreadable, msgspec.DecodeError):
        return _NOTHING


def _seal(identity: Identity, member: int, detail: _Detail) -> bytes:
    return field.encrypt(identity.scope_key, field.ACCOUNT, member, _encoder.encode(detail))


def _store_profile(connection: Connection, profile: tuple[int, int, int, bytes, bytes]) -> None:
    connection.execute("INSERT OR REPLACE INTO profile VALUES (?, ?, ?, ?, ?)", profile)
