"""One question a visit at the counter, and what the ledger keeps of the answer."""

from pathlib import Path

import msgspec
import pytest

from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from rules.errors import ProgrammeError
from rules.programme.load import load_programme
from rules.ticket import Event
from sync.entry import EventBody
from tests.unit import till_kit
from tests.unit.ledger_kit import HEAD, Shop, looking, run
from tests.unit.till_kit import DAY_MS, PROGRAMME

FIELDS = b"""
[fields]
"member.diet" = { type = "enum", values = ["none", "vegan"], ask = { fr = "Un regime ?", en = "Any diet?" } }
"member.parking" = { type = "bool", ask = "Parking?" }
"member.silent" = { type = "bool" }
"""


@pytest.fixture
def curious(shop: till_kit.Shop) -> till_kit.Shop:
    """A shop whose programme has two questions, with a member on the ticket."""
    shop.publish("programme", PROGRAMME + FIELDS)
    shop.scan(shop.member(1))
    return shop


def question(shop: till_kit.Shop) -> str:
    assert shop.view.member is not None
    return shop.view.member.question


def keys(shop: till_kit.Shop, *names: str) -> None:
    for name in names:
        press(shop.till, Desk(), name, name)


def test_one_question_a_visit_and_the_next_one_at_the_next(curious: till_kit.Shop) -> None:
    """Q, 2: journalled as an event; nothing more is asked on this ticket, the other question on the next one."""
    assert (question(curious), curious.view.keys["Q"]) == ("Any diet?", "Ask")
    keys(curious, "q", "2")
    (body,) = curious.bodies("EVENT")
    assert isinstance(body, EventBody)
    assert (body.event.name, body.event.fields) == ("profile", {"field": "diet", "value": "vegan"})
    assert question(curious) == ""
    curious.till.escape()
    curious.clock.pass_ms(DAY_MS)
    curious.scan(curious.member(1))
    assert question(curious) == "Parking?"
    assert curious.till.state.basket is not None
    assert curious.till.state.basket.who is not None
    assert curious.till.state.basket.who.account.fields["diet"] == "vegan"


def test_the_card_scanned_again_asks_nothing_more_on_this_visit(curious: till_kit.Shop) -> None:
    """Who has answered, or refused, is left in peace: on the ticket begun anew, after an undo, on a second ticket."""
    card = curious.member(1)
    keys(curious, "q", "0")
    curious.till.escape()
    curious.clock.pass_ms(4_000)
    curious.sale(card, "1000")
    curious.till.undo()
    curious.clock.pass_ms(4_000)
    curious.scan(card)
    assert question(curious) == ""


def test_a_refusal_is_for_ever(curious: till_kit.Shop) -> None:
    """0 is kept: this question never comes again, not even once the ledger has told of it."""
    keys(curious, "q", "0")
    curious.till.escape()
    curious.clock.pass_ms(DAY_MS)
    curious.scan(curious.member(1))
    assert question(curious) == "Parking?"
    curious.till.escape()
    curious.clock.pass_ms(DAY_MS)
    curious.scan(curious.member(1, fields={"asked.diet": True, "parking": True}))
    assert question(curious) == ""


def test_later_asks_again_on_the_next_visit(curious: till_kit.Shop) -> None:
    """Enter leaves it open; nothing is journalled."""
    keys(curious, "q", "enter")
    assert curious.bodies("EVENT") == []
    assert question(curious) == "Any diet?"


@pytest.mark.parametrize("told", [True, False])
def test_the_ledger_keeps_the_answer_in_the_profile(tmp_path: Path, told: bool) -> None:
    """The value, or that the question was refused; every till hears of it with the member's row."""
    fields: dict[str, str | int | bool] = {"field": "diet", **({"value": "vegan"} if told else {})}

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.event(member, Event("profile", fields=fields))
        till.event(member, Event("check_in", fields={"place": "door"}))
        await till.push()
        record = await looking(shop.ledger._storage).member(member)
        assert record is not None
        value = {"diet": "vegan"} if told else {}
        assert msgspec.json.decode(record.fields) == {"asked.diet": True, **value}
        assert await shop.faults() == []

    run(tmp_path, scenario, HEAD + FIELDS)


def test_only_what_a_digit_can_answer_is_asked() -> None:
    """A date or a long list has no question; `check` says so."""
    with pytest.raises(ProgrammeError, match="a digit answers"):
        load_programme(PROGRAMME + b'\n[fields]\n"member.child" = { type = "date", ask = "When?" }\n')
