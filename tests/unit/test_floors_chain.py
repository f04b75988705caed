"""Floor limits whole: published, read by real tills, given without a line, and what the ledger makes of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync.floors import Taken
from sync.ledger.floors import SetFloors
from sync.till import floors
from sync.till.journal import head
from tests.simulation.floors import unsecured
from tests.simulation.house import FLOORS
from tests.unit.copies_kit import CARDS, MEMBER, Chain, Copied, chain

PRICE = 100  # of the reward, of which FLOORS give one a ticket and 150 points to a member


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    """A chain whose owner gives something beyond grants."""
    with chain(tmp_path) as made:
        made.plan = replace(made.plan, floors=True)
        made.house.run(SetFloors(FLOORS, save=True).run(made.house.ledger))
        yield made


def cut(till: Copied) -> None:
    """The line is gone, and the till knows."""
    till.line.up = False
    till.client.wake_push()
    till.talk(1)
    assert not till.till.parts.online


def reward(till: Copied) -> int:
    """A sale with the reward, to a member whose card cannot be copied; the points that were not held."""
    till.till.scan_text(CARDS[0], "test", guarded=False)
    till.sign_card()
    till.sale(CARDS[0], 9, reward=True)
    till.note()
    return unsecured(till.store.reader(), head(till.store.reader())[0])


def test_tills_without_a_line_overspend_by_what_they_were_allowed(shop: Chain) -> None:
    """240 points, three tills give 100 each, none gives a second time: the 60 too many are owed."""
    tills = [shop.till() for _ in range(3)]
    for till in tills:
        cut(till)
    assert [reward(till) for till in tills] == [PRICE, PRICE, PRICE]
    assert [reward(till) for till in tills] == [0, 0, 0], "another 100 would be above the limit of a member"
    assert [floors.taken(till.store.reader(), MEMBER) for till in tills] == [Taken(PRICE, PRICE)] * 3
    for till in tills:
        till.line.up = True
        till.talk()
    assert [floors.taken(till.store.reader(), MEMBER) for till in tills] == [Taken(0, 0)] * 3
    books = shop.books()
    assert books.burned == {"points": 3 * PRICE}
    assert 0 < books.deficit["points"] <= 3 * PRICE - 240, "what the sales earned repays some of it"
    assert shop.aside() == ()


def test_a_till_that_heard_of_the_debt_gives_nothing_more(shop: Chain) -> None:
    """The other till took the rest: after one contact the limits are free again, and there is nothing to give."""
    one, two = shop.till(), shop.till()
    cut(one)
    cut(two)
    assert (reward(one), reward(two)) == (PRICE, PRICE)
    one.line.up = two.line.up = True
    one.talk()
    two.talk()
    one.talk()
    cut(one)
    one.till.scan_text(CARDS[0], "test", guarded=False)
    one.sign_card()
    one.till.put_amount("900")
    worth = one.till.state.worth
    assert worth is not None
    assert worth.floor.held + worth.floor.units < PRICE


def test_what_was_given_counts_on_when_the_till_is_paired_again(shop: Chain) -> None:
    """A fenced till sends again under new numbers; until the ledger has it, it counts."""
    till = shop.till()
    cut(till)
    assert reward(till) == PRICE
    shop.fence(till)
    till.line.up = True
    till.talk()
    assert till.fenced()
    till.pair_again(shop.code())
    cut(till)
    assert floors.taken(till.store.reader(), MEMBER) == Taken(PRICE, PRICE)
    till.line.up = True
    till.talk()
    assert floors.taken(till.store.reader(), MEMBER) == Taken(0, 0)
    assert shop.books().burned == {"points": PRICE}


def test_what_was_given_counts_while_no_row_is_asked_for(shop: Chain) -> None:
    """The ledger has the ticket, the answer is lost, and who was enrolled here may be somebody else there (4.5)."""
    till = shop.till()
    cut(till)
    till.till.open_enrol()
    till.till.enrol_set("first_name", "Ada")
    till.till.enrol_confirm()
    till.till.put_amount("700")
    till.till.record()
    till.time.pass_ms(61_000)
    assert reward(till) == PRICE
    till.line.up = till.line.lose_next_answer = True
    till.client.wake_push()
    till.client.push.step(till.clock.mono_ms())
    assert shop.books().burned == {"points": PRICE}
    till.client.pull.wake()
    till.client.pull.step(till.clock.mono_ms())
    assert till.client.pull.held_back
    assert floors.taken(till.store.reader(), MEMBER) == Taken(PRICE, PRICE)
    till.talk()
    assert floors.taken(till.store.reader(), MEMBER) == Taken(0, 0)
