"""Tills that were paired, paired again or given a new key after the copy from which their ledger was restored."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from sync.ledger import backup
from sync.ledger.caller import LedgerRefusal
from sync.ledger.known_again import show
from sync.ledger.recovery_state import RecoveryState
from sync.papers import LivesRequest
from sync.till.cursors import sync_state
from tests.unit.copies_kit import CARDS, Chain, Copied, chain


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


def back_up(shop: Chain) -> None:
    """A copy of the ledger as it is now."""
    backup.back_up(shop.folder / "ledger.db", shop.folder / "copy.db")


def restore(shop: Chain) -> None:
    """The ledger is lost, and its copy takes its place."""
    shop.house.stop()
    database = shop.folder / "ledger.db"
    shop.house.run(backup.restore(shop.folder / "copy.db", database, shop.time.now, replace=True))
    shop.house.open_again()


def figures(shop: Chain) -> list[object]:
    """What the books have of each member: earned, burned, owed, all there is."""
    books = [shop.books(1000 + n) for n in range(3)]
    assert shop.aside() == ()
    return [(one.earned, one.burned, one.deficit, one.balance()) for one in books]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_everything_since_the_copy_comes_back(shop: Chain, order: tuple[int, ...]) -> None:
    """Lives and keys that the copy does not know go on under their names; nobody pairs anything, nothing is lost."""
    again, keyed = shop.till(), shop.till()
    again.sale(CARDS[0], 5)
    again.talk()
    back_up(shop)
    again.sale(CARDS[1], 10)
    again.talk()
    again.line.up = False
    again.sale(CARDS[0], 40)
    again.line.up = True
    again.pair_again(shop.code())
    again.sale(CARDS[1], 300)
    again.talk()
    assert keyed.change_key()
    keyed.sign_in()
    keyed.sale(CARDS[2], 7)
    keyed.talk()
    assert keyed.change_key()
    keyed.sign_in()
    keyed.sale(CARDS[0], 3)
    fresh = shop.till()
    fresh.sale(CARDS[1], 9, reward=True)
    fresh.line.up = False
    tills = again, keyed, fresh
    shop.lease()
    fresh.sale(CARDS[0], 11)
    for till in tills:
        till.line.up = True
        till.talk()
    before, names = figures(shop), [(till.who.dev, till.who.inc) for till in tills]
    restore(shop)
    for which in order:
        tills[which].talk()
    for till in tills:
        till.talk(2)
    assert [till.waiting() for till in tills] == [0, 0, 0]
    assert not any(till.fenced() for till in tills)
    assert [(till.who.dev, till.who.inc) for till in tills] == names
    assert figures(shop) == before
    state = shop.house.run(RecoveryState().run(shop.house.ledger))
    assert (state.on, state.missing, state.waiting) == (False, 0, 0)
    for till in tills:
        till.sale(CARDS[2], 1)
        till.talk()
    assert shop.books(1002).earned["points"] == before[2][0]["points"] + 3  # type: ignore[index]


@pytest.mark.parametrize("known", [True, False])
def test_a_till_is_paired_again_before_the_restored_ledger_has_heard_it(shop: Chain, *, known: bool) -> None:
    """What the lost ledger had acknowledged is sent again too, also of a life that the copy does not know."""
    till = shop.till()
    if known:
        till.sale(CARDS[0], 5)
        till.talk()
    back_up(shop)
    till.sale(CARDS[1], 10)
    till.talk()
    if not known:
        till.pair_again(shop.code())
        till.sale(CARDS[2], 20)
        till.talk()
    before = figures(shop)
    restore(shop)
    shop.time.pass_ms(60_000)
    till.pair_again(shop.code())
    till.talk()
    assert (till.waiting(), till.fenced()) == (0, False)
    assert [entry.kind for entry in till.sent_again()].count("TICKET") == 1, "what is there is not sent again"
    assert figures(shop) == before


def test_an_answer_lost_while_the_papers_are_shown(shop: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger knows the till by then, and takes its pushes: what it lacks of a former life still comes."""
    till = shop.till()
    till.sale(CARDS[0], 5)
    till.talk()
    back_up(shop)
    till.sale(CARDS[1], 10)
    till.talk()
    till.pair_again(shop.code())
    till.sale(CARDS[2], 20)
    till.talk()
    before = figures(shop)
    restore(shop)
    deliver, lost = till.line.handle_request, list[str]()

    def lose_one(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/lives" and not lost:
            lost.append("answer")
            till.line.lose_next_answer = True
        return deliver(request)

    monkeypatch.setattr(till.line, "handle_request", lose_one)
    till.talk(12)
    assert lost
    assert (till.waiting(), sync_state(till.store.reader()).showing) == (0, False)
    assert figures(shop) == before


def papers(till: Copied) -> LivesRequest:
    """What a till would show."""
    state = sync_state(till.store.reader())
    return LivesRequest(state.papers, state.over)


def test_nobody_else_comes_back(shop: Chain) -> None:
    """Papers that the ledger did not write say nothing, and none does at a ledger that was never restored."""
    till, other = shop.till(), shop.till()
    back_up(shop)
    till.pair_again(shop.code())
    request = papers(till)

    def refused(request: LivesRequest) -> None:
        with pytest.raises(LedgerRefusal, match="does not know this till"):
            shop.house.run(show(shop.house.ledger, request))

    refused(request)
    restore(shop)
    forged = msgspec.structs.replace(request.papers[-1], public_key=bytes(32))
    refused(msgspec.structs.replace(request, papers=(forged,)))
    mixed = (*papers(other).papers, *request.papers)
    refused(msgspec.structs.replace(request, papers=mixed))
    assert shop.house.run(show(shop.house.ledger, request)).inc == 0
