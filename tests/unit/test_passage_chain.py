"""New terms at two tills of a real ledger: who answered at one is not asked at the other."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.terms import answered, is_to_be_told
from tests.simulation.seeds import PLAIN, PROGRAMME
from tests.unit.copies_kit import CARDS, Chain, Copied, chain

MOVE = """
[transition]
from = "simulated"
notice = "30d"
rate = "1 = 2"
accept = true
"""


def scanned(till: Copied) -> None:
    till.till.scan_text(CARDS[0], "test", guarded=False)
    till.talk(2)
    till.till.pump()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    """A chain with a programme that comes in twenty days, whose terms have to be accepted."""
    with chain(tmp_path) as made:
        day = date.fromtimestamp(made.time.now / 1000) + timedelta(days=20)
        text = PROGRAMME.replace('id = "simulated"', 'id = "nouveau"').replace("2025-01-01", day.isoformat())
        data = (text + PLAIN + MOVE).encode()
        made.house.run(made.house.ledger.publish("programme", "nouveau", data, day))
        yield made


@pytest.mark.parametrize("accepted", [True, False])
def test_who_answered_at_one_till_is_not_asked_at_the_other(shop: Chain, accepted: bool) -> None:
    """Before the first till has sent it the second one asks; after that it knows the answer, off line too."""
    tills = shop.till("halles"), shop.till("halles")
    for till in tills:
        till.talk()
        scanned(till)
        till.till.put_amount("1000")
        till.till.record()
        scanned(till)
    first, second = (till.till for till in tills)
    for till in (first, second):
        assert till.state.basket is not None
        assert till.state.basket.who is not None
        assert is_to_be_told(till.parts, till.state.basket.who)
    for key in ("f8", "1" if accepted else "2"):
        press(first, Desk(), key, key if len(key) == 1 else None)
    for till in tills * 2:
        till.talk()
    second.escape()
    scanned(tills[1])
    assert second.state.basket is not None
    who = second.state.basket.who
    assert who is not None
    assert not is_to_be_told(second.parts, who)
    assert answered(second.parts, who) is accepted


def test_of_two_answers_the_last_one_given_counts_at_every_till(shop: Chain) -> None:
    """The first till says yes, the second one later no; the ledger hears of the yes last."""
    tills = shop.till("halles"), shop.till("halles")
    for till in tills:
        till.talk()
        scanned(till)
        till.till.put_amount("1000")
        till.till.record()
        scanned(till)
    for till, key in zip(tills, "12", strict=True):
        for one in ("f8", key):
            press(till.till, Desk(), one, one if len(one) == 1 else None)
        shop.time.pass_ms(60_000)
    for till in (*reversed(tills), *tills):
        till.talk()
    for till in tills:
        till.till.escape()
        scanned(till)
        assert till.till.state.basket is not None
        assert till.till.state.basket.who is not None
        assert answered(till.till.parts, till.till.state.basket.who) is False
