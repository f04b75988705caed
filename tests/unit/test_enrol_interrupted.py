"""Enrolment while something else is going on: a ticket with a member, another cashier, a scan of something else."""

import pytest

from pos_app.devices.framing import Ended, Frame
from pos_app.till.state import State
from pos_app.till.view import Stage
from sync.card_code import CARD_KEYS
from sync.card_marks import BlockReason
from sync.entry import ConsentBody, EnrolBody, TicketBody
from sync.wire import pack
from tests.unit.test_signed_cards import OURS, issued
from tests.unit.test_signed_cards import text as signed_card
from tests.unit.till_kit import OTHER_BADGE, OTHER_PIN, Shop, card_number

PHONE = "06 12 34 56 78"


def form(state: State) -> tuple[str, str, int | None]:
    """Card, contact and sponsor of the form."""
    assert state.form is not None
    return state.form.code, state.form.contact, state.form.sponsor


def begun(shop: Shop) -> None:
    """A ticket of 50.00 of member 1, who wants the first reward."""
    shop.scan(shop.with_points(1, 450, name="Ada"))
    shop.till.put_amount("5000")
    shop.till.rewards()
    shop.till.choose(1)
    shop.till.escape()


def lines(shop: Shop) -> tuple[object, ...]:
    """Who is on the ticket, and what was chosen."""
    basket = shop.till.state.basket
    assert basket is not None
    assert basket.who is not None
    return basket.who.member, tuple(one.rule for one in basket.choices)


@pytest.mark.parametrize("known", [True, False], ids=["known phone", "new member"])
def test_a_ticket_of_somebody_asks_before_it_changes_hands(shop: Shop, known: bool) -> None:
    """What its member chose is not paid by the one who was enrolled: Esc leaves it theirs, Enter begins anew."""
    if known:
        shop.with_points(2, 900, name="Bea", phone="+33612345678")
    begun(shop)
    shop.till.open_enrol()
    shop.till.enrol_set("contact", PHONE)
    shop.till.enrol_confirm()
    assert (shop.code, shop.view.stage) == ("replace_member", Stage.TICKET)
    assert lines(shop)[0] == 1
    shop.till.enter()
    assert lines(shop) == (2 if known else 5000, ())
    shop.till.enter()
    ticket = shop.bodies("TICKET")[-1]
    assert isinstance(ticket, TicketBody)
    assert ticket.burns == ()


def test_a_card_that_was_asked_about_is_enrolled_on_its_ticket(shop: Shop) -> None:
    """Nobody else's ticket changes hands: it was begun with that card."""
    shop.scan(card_number(77))
    shop.till.put_amount("5000")
    shop.till.open_enrol()
    shop.till.enrol_confirm()
    assert (shop.code, lines(shop)[0]) == ("enrolled", 5000)


def test_another_badge_leaves_the_form_where_it_was(shop: Shop) -> None:
    """The lock throws it away: nobody's phone number waits behind a PIN."""
    shop.till.open_enrol()
    shop.till.enrol_set("contact", PHONE)
    shop.till.scan_text(OTHER_BADGE, "test")
    shop.till.pin(OTHER_PIN)
    assert (shop.view.stage, form(shop.till.state)[1]) == (Stage.ENROL, "+33612345678")
    shop.till.lock()
    shop.clock.pass_ms(3_500)
    shop.sign_in()
    assert (shop.view.stage, shop.till.state.form) == (Stage.IDLE, None)


@pytest.mark.parametrize("text", ["T2-1-1", "V-2-1-1-1-AAAAAAAAAAAAA"])
def test_what_is_no_card_waits_until_the_form_is_done(shop: Shop, text: str) -> None:
    """A receipt or a voucher opens nothing over it, and the next card of nobody is offered for enrolment as ever."""
    shop.sale(shop.member(1), "4590")
    shop.till.open_enrol()
    shop.till.enrol_set("contact", PHONE)
    shop.scan(text)
    assert (shop.code, shop.view.stage, form(shop.till.state)[1]) == (
        "enrol_first",
        Stage.ENROL,
        "+33612345678",
    )


def test_a_card_that_is_not_taken_brings_nobody(shop: Shop) -> None:
    """A stolen card, and a signed one that a later one replaced, in the form and by its field."""
    stolen = shop.member(1)
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.member(3)
    issued(shop, 3, 2)
    shop.scan(stolen)
    shop.till.errand("card")
    shop.till.choose_in_errand(3)
    assert shop.last_body().why == BlockReason.STOLEN  # type: ignore[union-attr]
    shop.till.escape()
    shop.till.open_enrol()
    for card in (stolen, signed_card(3, 1)):
        shop.scan(card)
        assert (shop.code, form(shop.till.state)) == ("enrol_sponsor_blocked", ("", "", None))
    shop.till.enrol_set("sponsor", stolen)
    assert (shop.code, form(shop.till.state)[2]) == ("enrol_sponsor_blocked", None)


def test_the_sponsors_card_again_takes_the_sponsor_off(shop: Shop) -> None:
    """A wrong card costs one scan more, not the whole form."""
    card = shop.member(1, name="Ada")
    shop.till.open_enrol()
    shop.scan(card)
    assert form(shop.till.state)[2] == 1
    shop.scan(card)
    assert (shop.code, form(shop.till.state)[2]) == ("enrol_sponsor_gone", None)
    shop.till.enrol_confirm()
    body = shop.bodies("ENROL")[0]
    assert isinstance(body, EnrolBody)
    assert body.sponsor is None


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("1234567890123", "]C0"),
        ("12345678", "]A0"),
        ("123456789012345678", "]C0"),
        ("12-34-5", "]C0"),
        ("v-ABCDE", "]C0"),
    ],
)
def test_a_foreign_card_is_taken_as_it_was_scanned(shop: Shop, text: str, aim: str) -> None:
    """What its symbol says it is counts here as it does at rest: no product, no ticket, no voucher."""
    shop.till.open_enrol()
    shop.clock.pass_ms(3_500)
    frame = Frame(text.encode(), aim, Ended.SUFFIX, None, shop.clock.mono_ms())
    assert shop.till.scanned("test", frame)
    shop.till.pump()
    assert (shop.code, form(shop.till.state)[0]) == ("", text)


def test_consents_for_a_known_phone_are_written_down(shop: Shop) -> None:
    """The member said yes to offers while the form was open: it stands in the journal with its words."""
    shop.member(1, phone="+33612345678")
    shop.till.open_enrol()
    shop.till.enrol_set("contact", PHONE)
    shop.till.enrol_set("consent", "2")
    shop.till.enrol_confirm()
    [body] = shop.bodies("CONSENT")
    assert isinstance(body, ConsentBody)
    assert body.given
    assert shop.entries()[-1].member == 1


def test_typed_cards_are_tried_out_five_times_a_minute(shop: Shop) -> None:
    """The form tells whose a number is: it is no way round the limit for typed numbers."""
    shop.till.open_enrol()
    for n in range(5):
        shop.till.enrol_set("card", card_number(60 + n))
    shop.till.enrol_set("card", shop.member(1))
    assert shop.code == "too_many_guesses"
    shop.clock.pass_ms(61_000)
    shop.till.enrol_set("card", card_number(1))
    assert shop.code == "enrol_card_taken"


def test_a_card_whose_member_came_meanwhile_is_not_given_away(shop: Shop) -> None:
    """The form is kept, and says why."""
    shop.till.open_enrol()
    shop.till.enrol_set("card", card_number(7))
    shop.member(7)
    shop.till.enrol_confirm()
    assert (shop.code, shop.view.stage, shop.kinds()) == ("enrol_card_taken", Stage.ENROL, [])
