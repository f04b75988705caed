"""A card that is blocked at one till is refused at the store's others while nobody has a line (row 25)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pos_app.till.card_jobs import block, found_again
from pos_app.till.parts import Options
from pos_app.till.state import change
from pos_app.till.till import Till
from pos_app.till.view import Stage
from rules.account import Account
from sync.card_marks import BlockReason
from sync.entry import CardBlockBody, EntryKind
from sync.field import encrypt_display
from sync.moves import CardWord, MoveRequest
from sync.numbers import check_digit
from sync.till import card_state, card_words, cursors, journal, members
from sync.till.client import Client
from sync.till.door_server import DoorServer
from sync.till.journal import EntryDraft, Times
from sync.tokens import card_token
from sync.wire import MemberRow
from tests.unit.neighbours_kit import DAY, MEMBER, Lan, NoLine, Side, listed, replaced, seed
from tests.unit.test_neighbours import posted, question

NUMBER = "290000000042" + check_digit("290000000042")
CARD = card_token(b"l" * 32, NUMBER)


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    """Three tills."""
    found = Lan(tmp_path)
    yield found
    found.close()


def says(side: Side, why: BlockReason) -> None:
    """The till writes something about the card, as a cashier does with F7."""
    side.clock.now += 1_000
    body = CardBlockBody(MEMBER, (CARD,), why.value, "c1")
    times = Times(side.clock.wall_ms(), side.clock.mono_ms(), "boot-1")

    def job(connection: cursors.Connection) -> None:
        draft = EntryDraft(EntryKind.CARD_BLOCK, body, DAY, member=MEMBER)
        journal.commit(connection, side.who, [draft], times, 0)
        card_words.overrule(connection, [CARD])
        members.change_cards(
            connection, side.who, MEMBER, lambda known: card_state.after_block(side.who, known, body, DAY)
        )
        if why is BlockReason.FOUND:
            card_state.hide_marks(connection, side.who, [CARD])

    side.writer.run(job)


def meet(*sides: Side) -> None:
    """Each looks who is there."""
    for side in sides:
        side.client.neighbours.wake()
        side.turn(1)


def blocked(lan: Lan) -> list[bool]:
    return [card_state.is_blocked(side.store.reader(), side.who, CARD) for side in lan.sides]


def accepted(side: Side) -> None:
    """The ledger has taken all that this till wrote."""

    def job(connection: cursors.Connection) -> None:
        state = cursors.sync_state(connection)
        cursors.save_sync_state(connection, replaced(state, accepted_seq=journal.head(connection)[0]))

    side.writer.run(job)


def test_the_latest_word_counts_whoever_brings_it(lan: Lan) -> None:
    """Blocked at one till, found at another, stolen after that: asked or asking, each till goes by the last."""
    says(lan.one, BlockReason.LOST)
    meet(lan.two)
    assert blocked(lan) == [True, True, False]
    meet(lan.one)
    assert blocked(lan) == [True, True, True]
    lan.two.clock.now = lan.one.clock.now + 5_000
    says(lan.two, BlockReason.FOUND)
    assert blocked(lan) == [True, False, True]
    meet(lan.one, lan.two, lan.three)
    assert blocked(lan) == [False, False, False], "the block is older, and does not come back"
    lan.one.clock.now = lan.two.clock.now + 5_000
    says(lan.one, BlockReason.STOLEN)
    meet(lan.one, lan.two, lan.three)
    assert blocked(lan) == [True, True, True]


def test_a_word_holds_until_the_ledger_s_rows_have_it(lan: Lan) -> None:
    """The teller has sent it: whoever has no line yet goes on refusing the card, until two pulls were read whole."""
    says(lan.one, BlockReason.LOST)
    meet(lan.one)
    accepted(lan.one)
    meet(lan.one, lan.two)
    assert blocked(lan)[1]
    for still in (True, False):
        lan.two.writer.run(card_words.pulled)
        assert blocked(lan)[1] is still


def test_nobody_else_says_anything_of_cards(lan: Lan) -> None:
    """Not a till of another store, not one that was shut out; and nothing garbled or huge is believed."""
    word = CardWord(1, (CARD,), "lost", date(2026, 11, 20), 1)
    telling: MoveRequest = replaced(question(0), wants=(), words=(word,))
    assert posted(lan, lan.one, telling, key=seed(9))[0] == 403
    assert posted(lan, lan.one, telling, who="d9-1", key=seed(9))[0] == 403
    lan.one.learn(listed(1, 3, made_ms=2))
    assert posted(lan, lan.one, telling)[0] == 403
    assert blocked(lan) == [False, False, False]
    for bad in (
        replaced(word, why="because"),
        replaced(word, cards=(CARD + b"x",)),
        replaced(word, cards=(CARD, *[n.to_bytes(16) for n in range(512)])),
        replaced(word, cards=()),
    ):
        assert posted(lan, lan.three, replaced(telling, words=(bad,)))[0] == 200
        assert blocked(lan)[2] is False
    assert posted(lan, lan.three, telling)[0] == 200
    assert blocked(lan)[2] is True


class Counter(Side):
    """A till at work: its door is open on loopback, and a cashier stands there."""

    def open(self) -> None:
        self.server = DoorServer("127.0.0.1:0", self.door)
        self.server.start()

    def work(self, other: "Counter") -> None:
        url = f"http://127.0.0.1:{other.server.port}"
        tell = self.told.append
        self.client = Client(
            self.store,
            self.writer,
            self.who,
            self.clock,
            lambda n: b"r" * n,
            tell,
            transport=NoLine(),
            neighbours=[url],
        )
        shown = encrypt_display(b"s" * 32, MEMBER, "Zoé")
        row = MemberRow(MEMBER, (CARD,), (), shown, Account(member=MEMBER), {}, {}, 1)
        self.writer.run(lambda connection: members.store_rows(connection, self.who, [row], 0))
        self.till = Till(
            self.store,
            self.writer,
            self.clock,
            lambda n: b"t" * n,
            self.client,
            options=Options(language="en"),
        )
        self.till.state = change(self.till.state, stage=Stage.IDLE)

    def shows(self) -> str:
        """What the till says to the card."""
        self.clock.now += 5_000
        self.till.state = change(self.till.state, stage=Stage.IDLE, basket=None, notice=None)
        self.till.scan_text(NUMBER, "test")
        notice = self.till.view().notice
        return notice.code if notice is not None else ""


def test_two_tills_on_the_shop_s_network(tmp_path: Path) -> None:
    """F7 at till 1 while the line is down: till 2 refuses the card and says why; found again at 2, taken at 1."""
    lan = Lan(tmp_path / "unused")
    one, two = (Counter(tmp_path, dev, lan.yard, listed(1, 2)) for dev in (1, 2))
    try:
        for till in (one, two):
            till.open()
        one.work(two)
        two.work(one)
        assert two.shows() not in ("card_lost", "card_not_taken")
        assert block(one.till.parts, one.till.state, MEMBER, BlockReason.LOST) == ""
        one.turn(1)
        assert two.shows() == "card_lost"
        two.clock.now += 10_000
        assert found_again(two.till.parts, two.till.state, MEMBER, CARD) == ""
        two.turn(1)
        assert "card_lost" not in (one.shows(), two.shows())
    finally:
        for till in (one, two):
            till.server.stop()
            till.close()
        lan.close()


def test_an_older_word_that_comes_late_changes_nothing(lan: Lan) -> None:
    """Found again here before the other till's block is heard of: the card is taken here."""
    says(lan.one, BlockReason.LOST)
    lan.two.clock.now = lan.one.clock.now + 5_000
    says(lan.two, BlockReason.FOUND)
    meet(lan.one, lan.two)
    assert blocked(lan)[:2] == [False, False]


def test_the_word_of_a_till_that_never_returns_ends_with_a_later_one_that_the_ledger_has(lan: Lan) -> None:
    """Blocked at a till that burns with its journal, found at another: a third takes it, also once that is sent."""
    says(lan.one, BlockReason.LOST)
    meet(lan.two, lan.three)
    lan.two.clock.now = lan.one.clock.now + 5_000
    says(lan.two, BlockReason.FOUND)
    meet(lan.two, lan.three)
    accepted(lan.two)
    meet(lan.three)
    assert blocked(lan)[2] is False
    for _ in range(2):
        lan.three.writer.run(card_words.pulled)
    assert blocked(lan)[2] is False, "the older word, which nobody takes back, is not all that is left"
