"""How many keys each job takes at the real till, and how long that is by the keystroke-level model.

The model: 0.28 s a key, 1.5 s a scan, 1.35 s a thought before each unit of a job (till.md section 1).
"""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pos_app.screens.desk import Desk, follow
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.till import members
from sync.tokens import card_token
from tests.unit.test_till_incident import INCIDENTS
from tests.unit.test_till_visit import VISITS
from tests.unit.till_kit import BADGE, BREAD, COFFEE, LOOKUP, PIN, Shop, card_number

KEY_S, SCAN_S, THOUGHT_S = 0.28, 1.5, 1.35
TABLE = Path(__file__).parents[2] / "docs" / "keystrokes.md"


class Hands:
    """A cashier's hands: they scan and press, and count."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.desk = shop, Desk()
        self.keys = self.scans = self.thoughts = 0

    def scan(self, code: str) -> None:
        self.scans += 1
        before = self.shop.view
        self.shop.scan(code)
        self.desk = follow(self.desk, before, self.shop.view)

    def press(self, *keys: str) -> None:
        """Keys of one unit: one thought before them."""
        self.thoughts += 1
        for key in keys:
            self.keys += 1
            self.desk = press(self.shop.till, self.desk, key, key if len(key) == 1 else None)

    @property
    def seconds(self) -> float:
        return self.keys * KEY_S + self.scans * SCAN_S + self.thoughts * THOUGHT_S


def amount(hands: Hands) -> None:
    hands.scan(hands.shop.member(1))
    hands.press(*"4590", "enter")
    assert hands.shop.view.stage is Stage.DONE


def products(hands: Hands) -> None:
    hands.scan(hands.shop.member(1))
    hands.scan(BREAD)
    hands.scan(COFFEE)
    hands.press("enter")
    assert hands.shop.view.stage is Stage.DONE


def reward(hands: Hands) -> None:
    hands.scan(hands.shop.with_points(1, 300))
    assert hands.shop.till.state.basket is not None
    hands.shop.grant(1, hands.shop.till.state.basket.ticket, "points", 100)
    hands.press(*"4590", "*", "1", "enter", "enter")
    assert hands.shop.view.done is not None
    assert abs(hands.shop.view.done.reward) == 500


def amount_first(hands: Hands) -> None:
    hands.press(*"4590")
    hands.scan(hands.shop.member(1))
    hands.press("enter")
    assert hands.shop.view.stage is Stage.DONE


def enrol_phone(hands: Hands) -> None:
    hands.press("f3")
    hands.scan(card_number(77))
    hands.press(*"0612345678", "enter")
    hands.press("1", "enter")
    assert hands.shop.kinds()[0] == "ENROL"


def enrol(hands: Hands) -> None:
    hands.press("f3")
    hands.scan(card_number(77))
    hands.press("enter", "1", "enter")
    assert hands.shop.kinds()[0] == "ENROL"


def new_card(hands: Hands) -> None:
    hands.shop.till.open_enrol()
    hands.shop.till.enrol_confirm()
    hands.press("q")
    assert hands.shop.view.errand is not None
    assert hands.shop.view.errand.qr


def undo(hands: Hands) -> None:
    hands.shop.sale(hands.shop.member(1), "4590")
    hands.press("backspace", "enter")
    assert hands.shop.code == "undone"


def visit(hands: Hands) -> None:
    hands.shop.publish("programme", VISITS)
    hands.scan(hands.shop.member(1))
    hands.press("enter", "enter")
    assert hands.shop.view.stage is Stage.DONE


def sign_in(hands: Hands) -> None:
    hands.shop.till.lock()
    hands.scan(BADGE)
    hands.press(*PIN, "enter")
    assert hands.shop.view.stage is Stage.IDLE


def incident(hands: Hands) -> None:
    hands.shop.publish("programme", INCIDENTS)
    hands.scan(hands.shop.member(1))
    hands.press("f8", "1")
    assert hands.shop.code == "incident_noted"


def satisfied(hands: Hands) -> None:
    hands.shop.sale(hands.shop.member(1), "4590")
    hands.press("s", "8")
    assert hands.shop.code == "satisfaction_noted"


def lost(hands: Hands) -> None:
    hands.shop.member(1, phone="+33612345678")
    hands.press("f7", *"0612345678", "enter")
    hands.press("enter")
    hands.scan(card_number(77))
    hands.press("enter")
    assert hands.shop.code == "lost_replaced"


def lost_of_two(hands: Hands) -> None:
    hands.shop.member(1, phone="+33612345678")
    other = card_token(LOOKUP, card_number(76))
    hands.shop.write(lambda conn: members.add_card(conn, hands.shop.till.parts.identity, other, 1))
    hands.press("f7", *"0612345678", "enter")
    hands.press("1")
    hands.press("enter")
    hands.scan(card_number(77))
    hands.press("enter")
    assert hands.shop.code == "lost_replaced"


class Job(msgspec.Struct, frozen=True):
    """A job, as the table calls it, how it is done, and the most keys it may take (till.md section 1)."""

    name: str
    does: Callable[[Hands], None]
    most: int


JOBS = (
    Job("sale by amount", amount, 5),
    Job("sale by two products", products, 1),
    Job("sale with a reward", reward, 8),
    Job("amount first, then the card", amount_first, 5),
    Job("enrol with a phone number", enrol_phone, 14),
    Job("enrol without", enrol, 4),
    Job("the new card as a QR code", new_card, 1),
    Job("undo the last ticket", undo, 2),
    Job("visit without purchase", visit, 2),
    Job("incident", incident, 2),
    Job("satisfaction after a sale", satisfied, 2),
    Job("sign in", sign_in, 5),
    Job("lost card", lost, 14),
    Job("one of two cards lost", lost_of_two, 15),
)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_takes_no_more_keys_than_designed_and_the_table_says_how_many(shop: Shop, job: Job) -> None:
    """Driven at the real till; the documented row is what was counted here."""
    hands = Hands(shop)
    job.does(hands)
    assert hands.keys <= job.most
    row = f"| {job.name} | {hands.keys} | {hands.scans} | {hands.seconds:.1f} s |"
    rows = [re.sub(r" +", " ", line) for line in TABLE.read_text("utf-8").splitlines()]
    assert row in rows, f"docs/keystrokes.md wants this row: {row}"
