"""What a till sends again in its next life: entries as they were first written, and nothing that is not proved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from pos_app.till.privacy import erase_member
from sync.entry import EntryKind, TicketBody, body_of
from sync.till.pair import PairingFailed
from sync.till.salvage import put_into, salvage
from tests.unit.copies_kit import CARDS, OTHER, Chain, chain, points


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


def test_an_undone_ticket_stays_undone(shop: Chain) -> None:
    """Ticket and undo are sent again together, and neither counts."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    till.line.up = False
    copy = shop.twin(till)
    copy.line.up = True
    copy.sale(CARDS[0], 2)
    copy.talk()
    till.till.scan_text(CARDS[0], "test", guarded=False)
    till.till.put_amount("5000")
    till.till.record()
    till.till.undo()
    till.line.up = True
    till.talk(1)
    assert till.fenced()
    till.pair_again(shop.code())
    till.talk()
    assert points(shop) == (3, 0, 0)


def test_a_new_member_enrolled_by_a_copy_gets_a_number_of_the_next_life(shop: Chain) -> None:
    """The enrolment and its sealed name are sent again; the number and those after it come from new blocks."""
    _, copy = shop.split()
    member = copy.enrol_and_sell("Ada")
    shop.readmit(copy)
    copy.talk()
    fresh = copy.fresh_member()
    assert fresh - member > 100
    assert points(shop, fresh) == (7, 0, 0)
    assert shop.house.read(lambda tx: tx.member(member)) is None
    assert copy.enrol("Bea").member == fresh + 1


def test_a_saved_till_gives_no_number_and_no_point_twice(shop: Chain, tmp_path: Path) -> None:
    """What it has given out it does not know any more: until it is paired again it enrols nobody, and has no grant."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    shop.lease()
    assert till.holds() >= 100
    till.line.up = False
    first = till.enrol_and_sell("Ada")
    till.end()
    salvage(till._disk, tmp_path / "saved")
    fresh = shop.blank()
    fresh._open()
    fresh.writer.run(lambda connection: put_into(connection, tmp_path / "saved"))
    fresh._start()
    fresh.talk()
    assert fresh.holds() == 0
    fresh.sign_in()
    fresh.till.open_enrol()
    fresh.till.enrol_set("first_name", "Bea")
    fresh.till.enrol_confirm()
    assert fresh.till.state.notice is not None
    assert fresh.till.state.notice.code == "no_numbers"
    fresh.pair_again(shop.code())
    fresh.talk()
    second = fresh.enrol_and_sell("Bea")
    fresh.talk()
    again = fresh.fresh_member()
    assert len({first, again, second}) == 3
    assert points(shop, again) == points(shop, second) == (7, 0, 0)


def test_a_ticket_moves_to_a_new_member_under_the_number_of_the_next_life(shop: Chain) -> None:
    """Enrolled and claimed for at a copy, then moved again by its next life: whoever it was has the points."""
    _, copy = shop.split()
    copy.sale(CARDS[1], 12)
    copy.till.open_enrol()
    copy.till.enrol_set("first_name", "Ada")
    copy.till.enrol_set("contact", "0612345678")
    copy.till.enrol_confirm()
    copy.till.escape()
    copy.till.errand("wrong_member")
    copy.till.choose_in_errand(1)
    copy.till.typed("0612345678")
    copy.till.enter()
    copy.sale(CARDS[1], 3)
    shop.readmit(copy)
    copy.talk()
    fresh = copy.fresh_member()
    assert points(shop, fresh) == (12, 0, 0)
    copy.till.errand("wrong_member")
    copy.till.choose_in_errand(1)
    copy.till.scan_text(CARDS[2], "test", guarded=False)
    copy.talk()
    assert (shop.books(OTHER).available["points"], shop.books(OTHER + 1).available["points"]) == (96, 133)
    assert shop.aside() == ()


def test_a_copy_that_erased_its_own_new_member_erases_nobody_else(shop: Chain) -> None:
    """Two copies enrolled somebody under one number, and one erased hers: only she is gone, under her new number."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    copy = shop.twin(till)
    bea = till.enrol("Bea")
    till.till.put_amount("700")
    till.till.record()
    till.talk()
    copy.line.up = False
    ada = copy.enrol("Ada")
    assert ada.member == bea.member
    copy.till.state = erase_member(copy.till.parts, copy.till.state, ada, "m1")
    shop.readmit(copy)
    copy.talk()
    numbers = (bea.member, copy.fresh_member())
    records = [shop.house.read(lambda tx, one=one: tx.member(one)) for one in numbers]
    assert [bool(record and record.erased) for record in records] == [False, True]


def test_tickets_keep_their_bodies(shop: Chain) -> None:
    """What is sent again says what was first written, with the hash of that form and the lots it gave."""
    _, copy = shop.split(then=2)
    reference = copy.sale(CARDS[0], 3)
    first = copy.entries()[-1][0]
    shop.readmit(copy)
    again = [entry for entry in copy.sent_again() if entry.kind == EntryKind.TICKET][-1]
    assert again.body == first.body
    assert isinstance(body_of(again), TicketBody)
    assert [one.old for one in again.remap] == [f"{reference}-0"]
    assert again.remap[0].new == f"{again.dev}-{again.inc}-{again.seq}-0"


def test_an_edited_journal_is_not_sent_again(shop: Chain) -> None:
    """Somebody changed an entry in the file: the batch is refused, the till fenced, and pairing it again too."""
    till = shop.till()
    till.line.up = False
    till.sale(CARDS[0], 1)
    connection = till.store.writer
    connection.execute("DROP TRIGGER journal_no_update")
    (data,) = connection.execute("SELECT bytes FROM journal WHERE kind = 'TICKET'").fetchone()
    edited = data.replace(b'"cents":100', b'"cents":900')
    connection.execute("UPDATE journal SET bytes = ? WHERE kind = 'TICKET'", (edited,))
    till.line.up = True
    till.talk(3)
    assert till.fenced()
    with pytest.raises(PairingFailed, match="salvage"):
        till.pair_again(shop.code())
    assert points(shop)[0] == 0


def test_a_damaged_till_is_saved_and_sends_the_rest(shop: Chain, tmp_path: Path) -> None:
    """A page is lost: what proves itself goes into a file, from there into an empty folder, and after pairing on."""
    till = shop.till()
    till.sale(CARDS[0], 10)
    till.talk()
    till.line.up = False
    for _ in range(15):
        till.sale(CARDS[0], 1)
    till.line.up = True
    assert till.change_key()  # what the key before has signed is not lost with it
    till.line.up = False
    till.sign_in()
    for _ in range(15):
        till.sale(CARDS[0], 1)
    till.end()
    path = till._disk / "till.sqlite"
    data = bytearray(path.read_bytes())
    pages = {at // 4096 for at in range(len(data)) if data.startswith(b'"kind":"TICKET"', at)}
    lost = sorted(pages)[len(pages) // 2] * 4096
    data[lost : lost + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    run = CliRunner()
    saved, folder = tmp_path / "saved", tmp_path / "till-new"
    done = run.invoke(main, ["journal", "salvage", "--data", str(till._disk), "--out", str(saved)])
    assert done.exit_code == 0, done.output
    done = run.invoke(main, ["journal", "restore", str(saved), "--data", str(folder)])
    assert done.exit_code == 0, done.output
    (folder / "till.sqlite-wal").write_bytes(bytes(512))  # the power went before anybody paired it
    fresh = shop.blank()
    fresh._disk = folder
    fresh._open()
    assert not fresh.store.clean
    fresh.pair_again(shop.code())
    fresh.talk(12)
    tickets = sum(entry.kind == EntryKind.TICKET for entry in fresh.sent_again())
    assert 15 <= tickets < 30
    assert points(shop)[0] == 10 + tickets
    assert shop.books().granted == {}  # what is left of what it gave came back as from any till
    assert fresh.waiting() == 0
