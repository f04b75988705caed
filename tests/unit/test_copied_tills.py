"""Tills whose folder was copied or put back: both lives are fenced, paired again, and no fact is lost or doubled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from pos_app.compose import Pairing, RunningTill
from pos_app.config import load_config
from pos_app.till.record import unpack
from sync.entry import EntryKind, TicketBody, body_of
from sync.till.pair import PairingFailed
from sync.till.tickets import recent
from sync.wire import Want
from tests.simulation.counter import URL
from tests.unit.copies_kit import CARDS, MEMBER, OTHER, Chain, Copied, chain


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


def points(shop: Chain, member: int = MEMBER) -> tuple[int, int, int]:
    """Earned, burned and owed points; nothing is in quarantine."""
    books = shop.books(member)
    assert shop.aside() == ()
    return books.earned.get("points", 0), books.burned.get("points", 0), books.deficit.get("points", 0)


def test_the_second_of_two_copies_is_fenced_and_nothing_is_lost(shop: Chain) -> None:
    """A cloned disk, both online: each is fenced at its next contact; paired again, all tickets count once."""
    first = shop.till()
    copy = shop.twin(first)
    first.sale(CARDS[0], 10)
    first.talk()
    copy.sale(CARDS[0], 20)
    copy.talk()
    assert copy.fenced()
    first.sale(CARDS[0], 30)
    first.talk()
    assert first.fenced()
    for till in (copy, first):
        till.pair_again(shop.code())
        till.talk()
        assert not till.fenced()
        assert till.waiting() == 0
    assert points(shop)[0] == 60
    assert len({(till.who.dev, till.who.inc) for till in (first, copy)}) == 2
    assert first.who.dev == copy.who.dev
    for till in (copy, first):
        till.sale(CARDS[0], 1)
        till.talk()
    assert points(shop)[0] == 62


def test_copies_that_were_offline_for_days_bring_everything(shop: Chain) -> None:
    """A cloned disk, both offline: extra burns of the same lease become a debt within what was held, once."""
    first = shop.till()
    first.sale(CARDS[0], 5)
    first.talk()
    shop.lease()
    held = first.holds()
    assert held >= 100
    copy = shop.twin(first)
    for till in (first, copy):
        till.line.up = False
        till.sale(CARDS[0], 9, reward=True)
        shop.time.pass_ms(2 * 86_400_000)
    for till in (first, copy):
        till.line.up = True
        till.talk()
    assert not first.fenced()
    assert copy.fenced()
    copy.pair_again(shop.code())
    copy.talk()
    earned, burned, owed = points(shop)
    assert burned == 200
    assert 0 <= owed <= held
    assert earned == 5 + 4 + 4 + 20  # five euros off each; the second visit of the month


def test_a_copy_is_not_sent_what_the_other_was_given(shop: Chain) -> None:
    """A stale copy asks and pulls before it pushes: it gets neither a hold nor the grants its twin had since."""
    first = shop.till()
    first.sale(CARDS[0], 5)
    first.talk()
    copy = shop.twin(first)
    first.sale(CARDS[1], 5)
    first.talk(1)
    shop.house.review_leases()
    first.talk(2)
    assert first.holds() >= 100
    copy.client.request_hold("a begun ticket", MEMBER, (Want("points", 100),))
    for _ in range(3):
        copy.client.holds.step(copy.clock.mono_ms())
        copy.client.pull.step(copy.clock.mono_ms())
        shop.time.pass_ms(61_000)
    assert copy.holds() == 0
    copy.talk(1)
    assert copy.fenced()


@pytest.mark.parametrize("early", [True, False])
def test_a_receipt_says_which_of_two_copies_printed_it(shop: Chain, *, early: bool) -> None:
    """Two copies print the same number: at another till the six characters find the right ticket, late or not."""
    first, desk = shop.till(), shop.till("gare")
    copy = shop.twin(first)
    mine, theirs = printed(first, CARDS[0], 10), printed(copy, CARDS[1], 20)
    assert mine.split()[0] == theirs.split()[0]
    first.talk()
    if not early:
        copy.talk()
        copy.pair_again(shop.code())
        copy.talk()
    give_back(desk, theirs, 20)
    desk.talk()
    if early:
        assert points(shop, OTHER)[0] == 0
        copy.talk()
        copy.pair_again(shop.code())
        copy.talk()
    assert shop.books(MEMBER).clawed == {}
    assert shop.books(OTHER).clawed == {"points": 20}
    assert give_back(copy, theirs.split()[0] + " " + mine.split()[1], 1) == "ticket_other"
    give_back(desk, mine.split()[0], 9)  # without them the number is that of the entry that has it
    for till in (desk, copy):
        till.talk()
    assert shop.books(MEMBER).clawed == {"points": 10}
    assert shop.books(OTHER).clawed == {"points": 20}


def test_a_receipt_is_found_whose_ticket_was_sent_once_more(shop: Chain) -> None:
    """A till that is paired again sends its ticket under another number: the printed one still finds it."""
    till, desk = shop.till(), shop.till("gare")
    till.line.up = False
    receipt = printed(till, CARDS[0], 10)
    till.line.up = True
    till.pair_again(shop.code())
    till.talk()
    give_back(desk, receipt.split()[0], 10)
    desk.talk()
    assert shop.books(MEMBER).clawed == {"points": 10}


def printed(till: Copied, card: str, euros: int) -> str:
    """A sale; the number and the characters at the foot of its receipt."""
    number = till.sale(card, euros)
    return f"{number} {unpack(recent(till.store.reader(), 1)[0].result).tail}"


def give_back(till: Copied, receipt: str, euros: int) -> str:
    """A return by a receipt of another till; the code of what is said about the receipt."""
    till.till.open_return()
    till.till.return_reference(receipt)
    notice = till.till.state.notice
    till.till.return_amount(euros * 100)
    till.till.return_confirm()
    till.settle_writer()
    return "" if notice is None else notice.code


def test_what_a_copy_gave_can_be_spent_there_until_it_is_accepted(shop: Chain) -> None:
    """Births after the fork are birth grants of the new life, less what was spent of them before."""
    first = shop.till()
    first.sale(CARDS[2], 1)
    first.talk()
    copy = shop.twin(first)
    first.sale(CARDS[2], 1)
    first.talk()
    copy.line.up = False
    copy.sale(CARDS[2], 300)
    copy.sale(CARDS[2], 10, reward=True)
    before = copy.holds(1002)
    copy.line.up = True
    copy.talk(1)
    assert copy.fenced()
    copy.pair_again(shop.code())
    assert copy.holds(1002) == before  # all of it was born after the fork
    copy.line.up = False
    copy.sale(CARDS[2], 10, reward=True)
    copy.line.up = True
    copy.talk(10)
    earned, burned, owed = points(shop, 1002)
    assert (burned, owed) == (200, 0)
    assert earned == 1 + 1 + 300 + 5 + 5
    assert copy.holds(1002) == 0


def test_an_older_backup_put_back_loses_and_doubles_nothing(shop: Chain) -> None:
    """A restored backup is older than what was accepted: fenced, and what the ledger has is not sent again."""
    till = shop.till()
    till.sale(CARDS[0], 10)
    till.talk()
    backup = shop.image(till)
    till.sale(CARDS[0], 20)
    till.talk()
    till.end()
    backup.begin()
    backup.sale(CARDS[0], 40)
    backup.talk()
    assert backup.fenced()
    backup.pair_again(shop.code())
    assert [entry.kind for entry in backup.sent_again()].count(EntryKind.TICKET) == 1
    backup.talk()
    assert points(shop) == (70, 0, 0)


def test_a_disk_lost_after_pairing_again_still_brings_everything(shop: Chain) -> None:
    """Fence, then loss of the new life's disk: entries sent again count as known only once they are accepted."""
    till = shop.till()
    till.sale(CARDS[0], 10)
    till.talk()
    copy = shop.twin(till)
    till.sale(CARDS[0], 20)
    till.talk()
    copy.line.up = False
    copy.sale(CARDS[0], 40)
    copy.line.up = True
    copy.talk(1)
    assert copy.fenced()
    before = shop.image(copy)
    copy.pair_again(shop.code())  # everything is in its journal, and the disk goes before anything is sent
    copy.end()
    before.begin()
    before.pair_again(shop.code())
    before.talk()
    assert points(shop) == (70, 0, 0)
    assert before.who.inc == 3


def test_an_entry_that_two_copies_bring_counts_once(shop: Chain) -> None:
    """A ticket from before the copies, which one of them sent in time, is not sent again by the others."""
    till = shop.till()
    till.sale(CARDS[2], 1)
    till.talk()
    till.line.up = False
    till.sale(CARDS[2], 300)
    copy = shop.twin(till)
    thief = shop.twin(till)
    thief.line.up = True
    thief.sale(CARDS[2], 2)
    stale = shop.image(thief)
    thief.talk()  # makes the others stale; has the 300 and its own 2
    stale.begin()
    for one in (till, copy, stale):
        one.line.up = True
        one.talk(1)
        assert one.fenced()
    for one in (till, copy, stale):
        one.pair_again(shop.code())
        one.talk(8)
        one.sale(CARDS[2], 10)
        one.talk(8)
    earned, burned, owed = points(shop, 1002)
    assert earned == 1 + 300 + 2 + 3 * 10
    assert (burned, owed) == (0, 0)


def test_two_unsent_lives_race(shop: Chain) -> None:
    """Both copies ask what the ledger has before either sends: the later one's lots are aliases of the first's."""
    till = shop.till()
    till.sale(CARDS[2], 1)
    till.talk()
    till.line.up = False
    till.sale(CARDS[2], 300)
    copy = shop.twin(till)
    other = shop.twin(till)
    shop.fence(till)
    for one in (till, copy, other):
        one.line.up = True
        one.talk(1)
        assert one.fenced()
        one.pair_again(shop.code())
    for one in (till, copy, other):
        one.line.up = False
        one.sale(CARDS[2], 10, reward=True)
        one.line.up = True
        one.talk(8)
    earned, burned, owed = points(shop, 1002)
    assert earned == 1 + 300 + 3 * 5
    assert (burned, owed) == (300, 0)


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


def test_a_new_member_enrolled_by_a_copy_keeps_the_number(shop: Chain) -> None:
    """The enrolment and its sealed name are sent again; numbers come from new blocks from then on."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    copy = shop.twin(till)
    till.sale(CARDS[0], 1)
    till.talk()
    copy.line.up = False
    copy.till.open_enrol()
    copy.till.enrol_set("first_name", "Ada")
    copy.till.enrol_confirm()
    basket = copy.till.state.basket
    assert basket is not None
    assert basket.who is not None
    member = basket.who.member
    assert member is not None
    copy.till.put_amount("700")
    copy.till.record()
    copy.line.up = True
    copy.talk(1)
    assert copy.fenced()
    copy.pair_again(shop.code())
    copy.talk()
    assert points(shop, member) == (7, 0, 0)
    copy.till.open_enrol()
    copy.till.enrol_set("first_name", "Bea")
    copy.till.enrol_confirm()
    assert copy.till.state.basket is not None
    assert copy.till.state.basket.who is not None
    again = copy.till.state.basket.who.member
    assert again is not None
    assert abs(again - member) > 100


def test_the_same_code_given_again_pairs_nothing(shop: Chain) -> None:
    """A command line that still names the code of the first day starts the same till, which says so."""
    till = shop.blank()
    code = shop.code()
    till.set_up(code)
    till.talk()
    till.sign_in()
    who = till.who
    till.pair_again(code)
    assert (till.who.dev, till.who.inc) == (who.dev, who.inc)
    till.end()
    folder = till.store.folder
    pairing = Pairing(URL, code)
    running = RunningTill(folder, load_config(folder), till.clock, till._rng.randbytes, pairing=pairing)
    running.close()
    assert running.till.state.notice is not None
    assert running.till.state.notice.code == "paired_before"


def test_tickets_keep_their_bodies(shop: Chain) -> None:
    """What is sent again says what was first written, with the hash of that form and the lots it gave."""
    till = shop.till()
    till.sale(CARDS[0], 1)
    till.talk()
    copy = shop.twin(till)
    till.sale(CARDS[0], 2)
    till.talk()
    copy.line.up = False
    reference = copy.sale(CARDS[0], 3)
    first = copy.entries()[-1][0]
    copy.line.up = True
    copy.talk(1)
    copy.pair_again(shop.code())
    again = [entry for entry in copy.sent_again() if entry.kind == EntryKind.TICKET][-1]
    assert again.body == first.body
    assert isinstance(body_of(again), TicketBody)
    assert [one.old for one in again.remap] == [f"{reference}-0"]
    assert again.remap[0].new == f"{again.dev}-{again.inc}-{again.seq}-0"


def test_a_fenced_till_gives_points_and_takes_none(shop: Chain) -> None:
    """Until it is paired again nothing is redeemed there, and every sale still earns."""
    till = shop.till()
    till.sale(CARDS[2], 300)
    shop.fence(till)
    till.talk(1)
    assert till.fenced()
    till.till.scan_text(CARDS[2], "test", guarded=False)
    till.till.put_amount("1000")
    till.till.rewards()
    worth = till.till.state.worth
    assert worth is None or not [offer for offer in worth.offers if not offer.beyond]
    till.till.escape()
    till.till.record()
    till.pair_again(shop.code())
    till.talk()
    assert points(shop, 1002)[:2] == (310, 0)


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
    for _ in range(30):
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
    fresh = shop.blank()
    fresh._disk = folder
    fresh._open()
    fresh.pair_again(shop.code())
    fresh.talk(12)
    tickets = sum(entry.kind == EntryKind.TICKET for entry in fresh.sent_again())
    assert 15 <= tickets < 30
    assert points(shop)[0] == 10 + tickets
    assert fresh.waiting() == 0
