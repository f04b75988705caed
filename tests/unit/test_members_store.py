"""Members at the till: thin rows for all, profiles for the store, nothing personal in clear."""

import os
import statistics
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from rules.account import Account, Holding
from sync import field, tokens
from sync.card_marks import blocked_mark
from sync.entry import EntryKind, LinkBody
from sync.sqlite_driver import Connection
from sync.thin import ThinMember
from sync.till import card_state, index, journal, members
from sync.till.database import Store, open_store
from sync.till.identity import Identity, identity, save_identity, standalone_identity
from sync.till.members import ThinRow
from sync.till.writer import InlineWriter
from sync.wire import MemberRow

TILL = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
CARD, OTHER_CARD, PHONE = b"c" * 16, b"d" * 16, b"p" * 16
ACCOUNT = Account(
    member=77,
    since=date(2024, 5, 1),
    birthday=(2, 29),
    tier="gold",
    visits=12,
    last_visit=date(2026, 3, 1),
    state={"coffee": {"open": 4, "days": ["2026-03-01"]}},
    holdings=(
        Holding("points", "1-1-1-0", 40, date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
        Holding("stamp:coffee", "1-1-1-1", 1, date(2026, 1, 1), date(2026, 1, 1), date(2026, 6, 30)),
    ),
    balance={"points": 40, "stamp:coffee": 1},
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def writer(store: Store) -> InlineWriter:
    made = InlineWriter(store)
    made.run(lambda c: save_identity(c, TILL))
    return made


def row(pos: int = 5, **changes: object) -> MemberRow:
    base = MemberRow(
        member=77,
        cards=(CARD,),
        contacts=(PHONE,),
        display=field.encrypt_display(TILL.scope_key, 77, "Zoé E."),
        account=ACCOUNT,
        available={"points": 30},
        elsewhere={"points": 10},
        pos=pos,
    )
    return msgspec.structs.replace(base, **changes)


def test_a_row_comes_back_whole(store: Store, writer: InlineWriter) -> None:
    """Card, phone and member lead to what the ledger sent, name decrypted."""
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=9))
    assert members.find(store.reader(), CARD) == 77
    assert members.load_contact(store.reader(), PHONE) == 77
    known = members.load(store.reader(), TILL, 77)
    assert known.account == ACCOUNT
    assert known.display == "Zoé E."
    assert (known.available, known.elsewhere) == ({"points": 30}, {"points": 10})
    assert (known.own_seq, known.pos, known.next_expiry) == (9, 5, date(2026, 12, 31))


def test_unknown_cards_are_unknown(store: Store) -> None:
    """Nothing is invented for a card that is not in the index."""
    assert members.find(store.reader(), CARD) is None
    assert members.load_contact(store.reader(), PHONE) is None
    assert members.load(store.reader(), TILL, 77) is None


def test_what_was_asked_is_not_kept_up_to_date(store: Store, writer: InlineWriter) -> None:
    """An answer about one card is marked so until the store's feed brings the member; then it stays the store's."""

    def kept() -> bool:
        return members.load(store.reader(), TILL, 77).kept

    writer.run(lambda c: members.store_rows(c, TILL, [row(pos=5)], own_seq=9, asked=True))
    assert not kept()
    writer.run(lambda c: members.store_rows(c, TILL, [row(pos=4)], own_seq=9))
    assert kept()
    assert members.load(store.reader(), TILL, 77).pos == 5
    writer.run(lambda c: members.store_rows(c, TILL, [row(pos=7)], own_seq=9, asked=True))
    assert kept()


def test_an_older_row_changes_nothing(store: Store, writer: InlineWriter) -> None:
    """An answer that was overtaken by a newer one is dropped, until a new ledger epoch starts."""
    writer.run(lambda c: members.store_rows(c, TILL, [row(pos=5)], own_seq=9))
    older = row(pos=4, available={"points": 1})
    writer.run(lambda c: members.store_rows(c, TILL, [older], own_seq=8))
    assert members.load(store.reader(), TILL, 77).pos == 5
    writer.run(members.forget_positions)
    writer.run(lambda c: members.store_rows(c, TILL, [older], own_seq=8))
    assert members.load(store.reader(), TILL, 77).available == {"points": 1}


def test_a_lost_card_stops_working(store: Store, writer: InlineWriter) -> None:
    """Cards and contacts that a newer row no longer lists find nobody."""
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=0))
    writer.run(lambda c: members.store_rows(c, TILL, [row(6, cards=(OTHER_CARD,), contacts=())], own_seq=0))
    assert members.find(store.reader(), CARD) is None
    assert members.find(store.reader(), OTHER_CARD) == 77
    assert members.load_contact(store.reader(), PHONE) is None


def test_a_card_that_moved_stays_with_its_new_member(store: Store, writer: InlineWriter) -> None:
    """Dropping the card from the old member's row does not take it from the new one."""
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=0))
    writer.run(lambda c: members.add_card(c, TILL, CARD, 78))
    writer.run(lambda c: members.store_rows(c, TILL, [row(6, cards=())], own_seq=0))
    assert members.find(store.reader(), CARD) == 78


def link(writer: InlineWriter, token: bytes, member: int) -> None:
    """Give `member` one more card, as an enrolment of somebody known does."""
    body = LinkBody(member, token, "camille")
    draft = journal.EntryDraft(kind=EntryKind.LINK, body=body, bdate=date(2026, 3, 1), member=member)

    def job(connection: Connection) -> None:
        journal.commit(connection, TILL, [draft], journal.Times(1, 1, "b"), 0)
        members.add_card(connection, TILL, token, member)

    writer.run(job)


def test_a_card_linked_here_and_taken_elsewhere_is_let_go(store: Store, writer: InlineWriter) -> None:
    """The ledger gave the card to somebody of another store: no row of theirs comes here, but one of this member."""
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=0))
    link(writer, OTHER_CARD, 77)
    assert members.find(store.reader(), OTHER_CARD) == 77
    writer.run(lambda c: members.store_rows(c, TILL, [row(6)], own_seq=1))
    assert members.find(store.reader(), OTHER_CARD) is None


def test_a_card_linked_here_works_before_the_ledger_heard_of_it(store: Store, writer: InlineWriter) -> None:
    """A row that does not include the link yet does not take the card away."""
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=0))
    link(writer, OTHER_CARD, 77)
    writer.run(lambda c: members.store_rows(c, TILL, [row(6)], own_seq=0))
    assert members.find(store.reader(), OTHER_CARD) == 77
    writer.run(lambda c: members.store_rows(c, TILL, [row(7, cards=(CARD, OTHER_CARD))], own_seq=1))
    assert members.find(store.reader(), OTHER_CARD) == 77


def test_an_index_row_is_thin(store: Store, writer: InlineWriter) -> None:
    """Balance, tier and block only: the rules then promise nothing that needs history."""
    thin = ThinRow(CARD, 77, 412, "gold", members.BLOCKED, date(2026, 6, 30))
    writer.run(lambda c: members.bulk_load(c, [thin]))
    known = members.load(store.reader(), TILL, members.find(store.reader(), CARD))
    assert (known.account.known, known.account.balance, known.account.tier) == (
        "thin",
        {"points": 412},
        "gold",
    )
    assert known.account.blocked
    assert known.next_expiry == date(2026, 6, 30)


def test_a_profile_of_another_key_falls_back_to_thin(store: Store, writer: InlineWriter) -> None:
    """After a change of the store's key the till goes on with what it can read."""
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=0))
    other = msgspec.structs.replace(TILL, scope_key=b"z" * 32)
    assert members.load(store.reader(), other, 77).account.known == "thin"


def test_a_member_enrolled_here_is_known_here(store: Store, writer: InlineWriter) -> None:
    """Enrolment without a network: the card works at once; the ledger's row then replaces it."""
    local: Identity = TILL
    account = Account(member=77, since=date(2026, 3, 1))
    writer.run(
        lambda c: members.add_local_member(
            c, local, 77, cards=[CARD], contacts=[PHONE], display="Zoé", account=account
        )
    )
    known = members.load(store.reader(), TILL, members.find(store.reader(), CARD))
    assert (known.account, known.display, known.pos) == (account, "Zoé", 0)
    writer.run(lambda c: members.store_rows(c, TILL, [row()], own_seq=3))
    assert members.load(store.reader(), TILL, 77).account == ACCOUNT


def test_nothing_personal_is_in_the_file(store: Store, writer: InlineWriter) -> None:
    """Name, birthday and phone cannot be found in the bytes on the disk."""
    phone = "+33612345678"
    contacts = (tokens.contact_key(TILL.lookup_key, phone),)
    writer.run(lambda c: members.store_rows(c, TILL, [row(contacts=contacts)], own_seq=0))
    writer.run(
        lambda c: members.add_local_member(
            c, TILL, 78, cards=[OTHER_CARD], contacts=[], display="Maurice", account=ACCOUNT
        )
    )
    store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = store.path.read_bytes()
    for text in ("Zoé", "Maurice", phone, "birthday", "last_visit"):
        assert text.encode() not in data


def test_what_a_thief_reads_with_the_keys_of_the_file(store: Store, writer: InlineWriter) -> None:
    """The store's keys lie in it: who is in scope has a name for him, a number can be tried, others stay numbers."""
    phone = "+33612345678"
    known = row(contacts=(tokens.contact_key(TILL.lookup_key, phone),))
    writer.run(lambda c: save_identity(c, TILL))
    writer.run(lambda c: members.store_rows(c, TILL, [known], own_seq=0))
    writer.run(lambda c: index.store_news(c, [ThinMember(99, 12, "gold", 0, 0, 5)], 0))
    reader = store.reader()
    thief = identity(reader)
    assert thief is not None
    mine, other = members.load(reader, thief, 77), members.load(reader, thief, 99)
    assert (mine.display, mine.account.birthday) == ("Zoé E.", (2, 29))
    assert members.load_contact(reader, tokens.contact_key(thief.lookup_key, phone)) == 77
    assert (other.display, other.account.birthday, other.account.balance) == ("", None, {"points": 12})


def test_a_big_index_loads_and_is_looked_up_quickly(store: Store, writer: InlineWriter) -> None:
    """With 100,000 members a scan's look-up is far below a millisecond; a million is the benchmark's business."""
    rows = [ThinRow(tokens.card_token(TILL.lookup_key, str(n)), n, n % 500) for n in range(100_000)]
    writer.run(lambda c: members.bulk_load(c, rows))
    reader = store.reader()
    assert reader.execute("SELECT count(*) FROM card").fetchone()[0] == 100_000
    spent = []
    for n in range(0, 100_000, 500):
        begun = time.perf_counter()
        member = members.find(reader, rows[n].token)
        assert members.load(reader, TILL, member).account.balance == {"points": n % 500}
        spent.append(time.perf_counter() - begun)
    assert statistics.median(spent) < 0.001


def test_who_is_gone_is_forgotten(store: Store, writer: InlineWriter) -> None:
    """Name, account, card and phone number; the line in the list of all members holds again."""
    writer.run(lambda c: members.store_rows(c, TILL, (row(),), 0))
    writer.run(lambda c: index.store_news(c, [ThinMember(77, 3, "", 0, 0, pos=9)], 0))
    writer.run(lambda c: members.forget(c, TILL, (77, 78)))
    reader = store.reader()
    assert (members.find(reader, CARD), members.load_contact(reader, PHONE)) == (None, None)
    known = members.load(reader, TILL, 77)
    assert known is not None
    assert (known.display, known.account.known, known.account.balance) == ("", "thin", {"points": 3})


def test_what_was_said_of_a_card_while_nobody_had_it_goes_with_that_account(
    store: Store, writer: InlineWriter
) -> None:
    """Blocked under the account of the card itself, which the ledger has joined to a member; the card was found."""
    mark = blocked_mark(TILL.lookup_key, CARD)
    waiting = row(member=1 << 47, cards=(mark,), contacts=(), display=b"", account=Account(member=1 << 47))
    writer.run(lambda c: members.store_rows(c, TILL, [waiting], own_seq=9))
    assert card_state.is_blocked(store.reader(), TILL, CARD)
    writer.run(lambda c: members.store_rows(c, TILL, [row(cards=(CARD, mark))], own_seq=9))
    assert card_state.is_blocked(store.reader(), TILL, CARD)
    writer.run(lambda c: members.store_rows(c, TILL, [waiting], own_seq=9))
    writer.run(lambda c: members.store_rows(c, TILL, [row(pos=6)], own_seq=9))
    assert not card_state.is_blocked(store.reader(), TILL, CARD)
