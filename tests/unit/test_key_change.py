"""A till gets a new key: the old one holds until the new one is used, wherever the change breaks off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.chain import public_key_of
from sync.ledger.devices import RevokeDevice
from sync.ledger.verify import CheckJournals
from sync.till import journal_check
from sync.till.exchange import Exchange, Peer, make_http
from sync.till.identity import Identity
from sync.till.offline import Failure, OfflineReason
from sync.till.rotate import LIFE_MS, is_due, note_age, rotate
from sync.wire import PullAnswer, PullRequest
from tests.unit.copies_kit import CARDS, Chain, Copied, chain


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


def change(till: Copied) -> Identity | Failure:
    """Change the key of a till between two runs, and start it again."""
    till.end()
    till._open()
    done = rotate(
        till.who,
        till.writer,
        till._rng.randbytes,
        till.clock.mono_ms,
        till.clock.wall_ms(),
        transport=till.line,
    )
    till._start()
    till.sign_in()
    return done


def asked(till: Copied, who: Identity) -> PullAnswer | Failure:
    """What the ledger says to a request signed with the key of `who`."""
    peer = Peer(who.ledger_url, who.dev, who.inc, who.private_key, who.server_key)
    with make_http(who.ledger_url, till.line) as http:
        exchange = Exchange(http, peer, till._rng.randbytes, till.clock.mono_ms)
        return exchange.ask("POST", "/pull", PullAnswer, PullRequest((), 1000))


def test_the_old_key_holds_until_the_new_one_is_used(shop: Chain) -> None:
    """The first request with the new key ends the old one; tickets signed before are still taken."""
    till = shop.till()
    old = till.who
    till.line.up = False
    till.sale(CARDS[0], 10)
    till.line.up = True
    new = change(till)
    assert isinstance(new, Identity)
    assert isinstance(asked(till, old), PullAnswer)
    till.sale(CARDS[0], 10)
    till.talk()
    assert till.waiting() == 0
    refused = asked(till, old)
    assert isinstance(refused, Failure)
    assert refused.code == "bad_signature"
    assert shop.books().earned["points"] == 20
    assert journal_check.verify(till.store.reader()).ok
    checked = shop.house.run(CheckJournals((new.dev, new.inc, 0)).run(shop.house.ledger))
    assert checked.faults == ()


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_change_cut_half_way_goes_on_later(shop: Chain, lost: str) -> None:
    """Whatever was lost, the till works on with its old key, and the next start ends the change with the same key."""
    till = shop.till()
    old = public_key_of(till.who.private_key)
    till.line.up = lost != "request"
    till.line.lose_next_answer = lost == "answer"
    assert isinstance(change(till), Failure)
    till.line.up = True
    assert public_key_of(till.who.private_key) == old
    till.sale(CARDS[0], 10)
    till.talk()
    assert till.waiting() == 0
    done = change(till)
    assert isinstance(done, Identity)
    till.sale(CARDS[0], 10)
    till.talk()
    assert till.waiting() == 0
    assert public_key_of(till.who.private_key) != old
    assert shop.books().earned["points"] == 20


def test_two_changes_with_nothing_sent_in_between(shop: Chain) -> None:
    """Tickets that the first of three keys signed are taken, and the ledger can still check all of its journal."""
    till = shop.till()
    till.sale(CARDS[0], 10)
    till.talk()
    till.line.up = False
    till.sale(CARDS[0], 20)
    till.line.up = True
    for _ in range(2):
        new = change(till)
        assert isinstance(new, Identity)
        assert isinstance(asked(till, new), PullAnswer)
    till.talk()
    assert till.waiting() == 0
    assert shop.books().earned["points"] == 30
    assert shop.house.run(CheckJournals().run(shop.house.ledger)).faults == ()


@pytest.mark.parametrize("changes", [1, 3])
def test_a_copy_from_before_the_change(shop: Chain, changes: int) -> None:
    """A copy whose key was replaced is refused, and can be paired again with any key that this life had."""
    till = shop.till()
    till.sale(CARDS[0], 10)
    till.talk()
    copy = shop.twin(till)
    for _ in range(changes):
        assert isinstance(change(till), Identity)
        till.sale(CARDS[0], 1)
        till.talk()
    copy.sale(CARDS[0], 5)
    copy.talk(1)
    assert copy.client.state().reason is OfflineReason.REFUSED
    copy.pair_again(shop.code())
    copy.talk()
    assert shop.books().earned["points"] == 15 + changes


def test_two_copies_change_their_key_and_neither_was_heard_since(shop: Chain) -> None:
    """The later change replaces the earlier one; whose key was never used can still be paired again with it."""
    till = shop.till()
    till.sale(CARDS[0], 10)
    till.talk()
    copy = shop.twin(till)
    for one in (copy, till):
        assert isinstance(change(one), Identity)
    copy.sale(CARDS[0], 5)
    till.sale(CARDS[0], 1)
    till.talk()
    copy.talk(1)
    assert copy.client.state().reason is OfflineReason.REFUSED
    copy.pair_again(shop.code())
    for one in (copy, till):
        one.talk()
    assert shop.books().earned["points"] == 16


def test_a_key_is_a_year_old(shop: Chain) -> None:
    """A change is due a year after the key was first used, and not before."""
    from sync.till.cursors import sync_state

    till = shop.till()
    at = till.clock.wall_ms()
    till.writer.run(lambda connection: note_age(connection, at))
    state = sync_state(till.store.reader())
    assert not is_due(state, at + LIFE_MS - 1)
    assert is_due(state, at + LIFE_MS)


def test_a_revoked_till_is_told_so(shop: Chain) -> None:
    """Its next request is refused with a sentence that says what to do."""
    till = shop.till()
    shop.house.run(RevokeDevice(till.who.dev).run(shop.house.ledger))
    refused = asked(till, till.who)
    assert isinstance(refused, Failure)
    assert refused.code == "revoked"
    assert "shut out by its owner" in refused.sentence


def test_a_key_that_the_ledger_keeps_at_hand_ends_with_its_till(shop: Chain) -> None:
    """A push asks for no key as long as it holds; once the till is revoked it brings nothing, and is told why."""
    till = shop.till()
    for _ in range(2):
        till.sale(CARDS[0], 10)
        till.talk()
    shop.house.run(RevokeDevice(till.who.dev).run(shop.house.ledger))
    till.sale(CARDS[0], 5)
    till.talk(1)
    assert till.client.state().reason is OfflineReason.REFUSED
    assert shop.books().earned["points"] == 20
