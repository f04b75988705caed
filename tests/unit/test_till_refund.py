"""Returns: whole, by lines, by amount, blind; never more than is left, and the parts add up to the whole."""

from datetime import date, timedelta

import msgspec
import pytest

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.render import screen
from pos_app.till.record import unpack
from pos_app.till.view import Stage
from pos_app.widgets.rows import plain
from rules.account import POINTS, Account, Holding
from sync.entry import RefundBody
from sync.till import members
from tests.unit.till_kit import BREAD, COFFEE, START, Shop, card_number, lot


def sell_two_lines(shop: Shop) -> None:
    """Bread for 3.50 and a coffee for 1.60: five points and a stamp."""
    shop.scan(shop.member(1))
    shop.scan(BREAD)
    shop.scan(COFFEE)
    shop.till.enter()


def test_what_is_brought_back_is_scanned(shop: Shop) -> None:
    """A product of the ticket is chosen; one that is not on it, twice over, or a card, waits and loses nothing."""
    sell_two_lines(shop)
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.scan(COFFEE)
    assert shop.view.returning is not None
    assert (shop.view.stage, shop.view.returning.cents) == (Stage.RETURN, 160)
    shop.clock.pass_ms(4_000)
    for other in (COFFEE, card_number(2)):
        shop.scan(other)
        assert (shop.code, shop.view.stage) == ("return_first", Stage.RETURN)
        assert shop.view.returning is not None
        assert shop.view.returning.cents == 160
    shop.till.return_confirm()
    assert shop.kinds()[-1] == "REFUND"


def test_whole_return(shop: Shop) -> None:
    """By its printed number: everything comes back, out of this till's own births."""
    sell_two_lines(shop)
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    act = shop.view.returning
    assert act is not None
    assert act.found
    assert act.cents == 510
    assert any("5 points" in effect for effect in act.effects)
    shop.till.return_confirm()
    assert shop.view.stage is Stage.DONE
    assert shop.view.done is not None
    assert shop.view.done.tell_till == "Give back €5.10."
    body = shop.last_body()
    assert isinstance(body, RefundBody)
    assert {(claw.rule, claw.quantity, claw.draws[0].quantity) for claw in body.claws} == {
        ("base", 5, 5),
        ("coffee", 1, 1),
    }
    assert shop.held(1) == 0
    assert shop.held(1, "stamp:coffee") == 0


def test_lines_one_after_the_other_add_up(shop: Shop) -> None:
    """Two returns by line take back exactly what the ticket gave; a third finds nothing."""
    sell_two_lines(shop)
    for line in (0, 1):
        shop.till.open_return()
        shop.till.return_reference("T2-1-1")
        shop.till.return_line(line)
        shop.till.return_confirm()
    bodies = shop.bodies("REFUND")
    assert sum(claw.quantity for body in bodies for claw in body.claws if claw.asset == POINTS) == 5  # type: ignore[union-attr]
    assert shop.held(1) == 0
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    assert shop.code == "return_nothing"
    shop.till.return_confirm()
    assert shop.code == "return_nothing"
    assert len(shop.bodies("REFUND")) == 2


def test_amount_beyond_what_is_left(shop: Shop) -> None:
    """An amount goes back in parts, never beyond the ticket."""
    shop.sale(shop.member(1), "6100")
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.till.return_amount(2000)
    shop.till.return_confirm()
    assert shop.held(1) == 41
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.till.return_amount(4101)
    assert shop.code == "return_too_much"
    shop.till.return_amount(4100)
    shop.till.return_confirm()
    assert shop.held(1) == 0


def test_reward_comes_back_as_such(shop: Shop) -> None:
    """The reward's part is not handed out in money; its points come back, confirmed by the ledger."""
    card = shop.member(1)
    shop.sale(card, "12000")
    shop.scan(card)
    shop.till.typed("2000")
    shop.till.choose(1)
    shop.till.enter()
    shop.till.open_return()
    shop.till.return_reference("2-1-2")
    shop.till.return_confirm()
    body = shop.last_body()
    assert isinstance(body, RefundBody)
    assert [(one.rule, one.quantity, one.cents) for one in body.restored] == [("five", 100, 500)]
    assert shop.view.done is not None
    assert shop.view.done.paid == 1500
    assert shop.held(1) == 20


def test_spent_points_are_left_to_the_ledger(shop: Shop) -> None:
    """What was spent meanwhile cannot be drawn here: the claw names it, the ledger books it."""
    card = shop.member(1)
    shop.sale(card, "10000")
    shop.scan(card)
    shop.till.typed("1500")
    shop.till.choose(1)
    shop.till.enter()
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.till.return_confirm()
    body = shop.last_body()
    assert isinstance(body, RefundBody)
    assert body.claws[0].quantity == 100
    assert body.claws[0].draws == ()


def told_balance(shop: Shop) -> int | None:
    """The balance of the receipt of the ticket that is shown."""
    assert shop.till.state.done is not None
    return unpack(shop.till.state.done.result).balance


def test_the_receipt_tells_the_balance_after_the_return(shop: Shop) -> None:
    """What was owned before and earned since, less what goes back: the figure the next scan of the card shows."""
    card = shop.with_points(1, 30)
    shop.sale(card, "6100")
    assert told_balance(shop) == 91
    for cents, left in ((2000, 71), (4100, 30)):
        shop.till.open_return()
        shop.till.return_reference("2-1-1")
        shop.till.return_amount(cents)
        shop.till.return_confirm()
        assert told_balance(shop) == left
        assert shop.view.done is not None
        assert f"Balance {left} points" in shop.view.done.lines
        shop.scan(card)
        assert shop.view.member is not None
        assert shop.view.member.balance == left
        shop.till.escape()


def told_by_the_ledger(shop: Shop, *held: Holding) -> None:
    """The ledger's row about the member has these lots, and all that this till has written."""
    account = Account(
        member=1, since=date(2025, 1, 1), balance={POINTS: sum(one.quantity for one in held)}, holdings=held
    )
    row = msgspec.structs.replace(shop.row(1, account), pos=2)
    own_seq = shop.entries()[-1].seq
    shop.write(lambda conn: members.store_rows(conn, shop.till.parts.identity, [row], own_seq))


def last_lot(shop: Shop, points: int, days: int = 0) -> Holding:
    """What the ticket that was just recorded gave; with `days` it is usable until so many days from now."""
    given = lot(POINTS, f"2-1-{shop.entries()[-1].seq}-0", points)
    return msgspec.structs.replace(given, last_day=START.date() + timedelta(days=days)) if days else given


@pytest.mark.parametrize("row_told", [False, True])
def test_points_that_lapsed_before_the_return_lower_no_balance(shop: Shop, *, row_told: bool) -> None:
    """They are in no balance any more, whether the ledger's row is of before their last day or of after it."""
    card = shop.with_points(1, 30)
    shop.sale(card, "6100")
    given = last_lot(shop, 61, days=-1)
    told_by_the_ledger(shop, lot(POINTS, "c-1", 30), *((given,) if row_told else ()))
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.till.return_confirm()
    body = shop.last_body()
    assert isinstance(body, RefundBody)
    assert [(claw.lot, claw.draws[0].quantity) for claw in body.claws] == [(given.lot, 61)]
    assert told_balance(shop) == 30
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.balance == 30


def test_what_a_return_takes_back_is_not_found_among_what_has_lapsed(shop: Shop) -> None:
    """Of 30, 20 that go back and 61 that have lapsed there is left 30."""
    card = shop.with_points(1, 30)
    shop.sale(card, "6100")
    lapsed = last_lot(shop, 61, days=-1)
    shop.sale(card, "2000")
    told_by_the_ledger(shop, lot(POINTS, "c-1", 30), last_lot(shop, 20), lapsed)
    shop.till.open_return()
    shop.till.return_reference("2-1-2")
    shop.till.return_confirm()
    assert told_balance(shop) == 30
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.balance == 30


def test_a_balance_nobody_knows_here_is_not_told(shop: Shop) -> None:
    """A card that is not known yet, and a ticket without card: their returns say nothing of a balance."""
    shop.sale(card_number(88), "1000")
    shop.till.escape()
    shop.key_in("1000")
    shop.till.enter()
    for reference in ("2-1-1", "2-1-2"):
        shop.till.open_return()
        shop.till.return_reference(reference)
        shop.till.return_confirm()
        assert shop.code == "returned"
        assert told_balance(shop) is None


def test_ticket_of_another_till_goes_by_reference_and_amount(shop: Shop) -> None:
    """Blind: the number and the cents are written down, the ledger does the rest."""
    shop.till.open_return()
    shop.till.return_reference("7-1-99")
    assert shop.code == "ticket_unknown"
    shop.till.return_confirm()
    assert shop.code == "return_amount"
    shop.till.return_reference("20,00")
    shop.till.return_confirm()
    body = shop.last_body()
    assert isinstance(body, RefundBody)
    assert (body.of, body.reference, body.cents) == ("", "7-1-99", 2000)


def test_wrong_number(shop: Shop) -> None:
    """What is no ticket number has its sentence, and Esc leaves everything as it was."""
    shop.till.open_return()
    shop.till.return_reference("hello")
    assert shop.code == "ticket_number"
    shop.till.escape()
    assert shop.view.stage is Stage.IDLE


def test_undone_ticket_cannot_be_returned(shop: Shop) -> None:
    """Undone means nothing is left to give back."""
    shop.sale(shop.member(1), "1000")
    shop.till.undo()
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    assert shop.code == "return_nothing"
    shop.till.return_confirm()
    assert shop.kinds() == ["TICKET", "VOID"]


def test_return_in_the_middle_of_a_sale(shop: Shop) -> None:
    """The begun ticket is there again afterwards."""
    sell_two_lines(shop)
    shop.scan(BREAD)
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.till.return_confirm()
    assert shop.view.stage is Stage.TICKET
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 350


@pytest.mark.parametrize("how", ["return", "undo"])
def test_the_member_on_a_begun_ticket_is_shown_what_is_left(shop: Shop, how: str) -> None:
    """Who comes back at once, and whose card is on the next ticket already: no balance of before is shown."""
    sell_two_lines(shop)
    shop.scan(shop.member(1))
    assert shop.view.member is not None
    assert shop.view.member.balance == 5
    if how == "undo":
        shop.till.undo()
    else:
        shop.till.open_return()
        shop.till.return_reference("2-1-1")
        shop.till.return_confirm()
    assert (shop.code, shop.view.stage) == ("returned" if how == "return" else "undone", Stage.TICKET)
    assert shop.view.member is not None
    assert shop.view.member.balance == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_of_a_long_ticket_the_picked_line_and_what_it_does_are_seen(
    shop: Shop, language: str, size: tuple[int, int]
) -> None:
    """Thirty lines, the twenty-first picked with the cursor on it: both, the sum and the effects are on the screen."""
    shop.till.set_language(language)
    shop.scan(shop.member(1))
    for n in range(30):
        shop.scan(BREAD if n % 2 else COFFEE)
        shop.clock.pass_ms(1_000)
    shop.till.enter()
    shop.till.open_return()
    shop.till.return_reference("2-1-1")
    shop.till.return_line(20)
    view, words = shop.till.view(), Words(language)
    assert view.returning is not None
    rows = plain(screen(view, Desk("", 20), words, *size))
    text = " ".join(" ".join(rows).split())
    assert any("> ■ 21" in row for row in rows)
    for part in (words("Given back"), words.money(160), *view.returning.effects):
        assert " ".join(part.split()) in text, part
