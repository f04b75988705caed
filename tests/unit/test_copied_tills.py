"""Tills whose folder was copied or put back: both lives are fenced, paired again, and no fact is lost or doubled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.compose import Pairing, RunningTill
from pos_app.config import load_config
from sync.entry import EntryKind
from sync.wire import Want
from tests.simulation.counter import URL
from tests.unit.copies_kit import CARDS, MEMBER, Chain, chain, points


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


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


def test_what_a_copy_gave_can_be_spent_there_until_it_is_accepted(shop: Chain) -> None:
    """Births after the fork are birth grants of the new life, less what was spent of them before."""
    _, copy = shop.split(CARDS[2])
    copy.sale(CARDS[2], 300)
    copy.sale(CARDS[2], 10, reward=True)
    before = copy.holds(1002)
    shop.readmit(copy)
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
    _, copy = shop.split(first=10, then=20)
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
