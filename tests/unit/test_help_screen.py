"""F1 with the keyboard alone: sentences, their detail, old tickets, and the way back."""

import pytest
from textual.pilot import Pilot

from pos_app.app import TillApp
from tests.unit.test_terminal_app import run, shown, until
from tests.unit.till_kit import Shop

SIZES = ((80, 24), (120, 36))


async def press(pilot: "Pilot[None]", app: TillApp, key: str, text: str) -> None:
    """Press a key and wait until the screen shows `text`."""
    await pilot.press(key)
    await until(pilot, lambda: text in shown(app))


async def press_until(pilot: "Pilot[None]", app: TillApp, key: str, text: str) -> None:
    """Press a key, 60 times at most, until the screen shows `text`, which it does not at first."""
    assert text not in shown(app)
    for _ in range(60):
        await pilot.press(key)
        if text in shown(app):
            return
    raise AssertionError(f"{text} never came:\n{shown(app)}")


def marked(app: TillApp) -> str:
    """The marked line."""
    return next((line for line in shown(app).splitlines() if "→" in line), "")


@pytest.mark.parametrize("size", SIZES, ids=["narrow", "wide"])
def test_detail_of_a_sentence_of_the_begun_ticket(shop: Shop, size: tuple[int, int]) -> None:
    """F1, down, Enter: the rule's reckoning; Esc goes back to the list with the mark kept, then to the till."""
    shop.scan(shop.member(1, name="Zoé M."))
    shop.till.put_amount("4590")

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await until(pilot, lambda: "+ 45 points" in shown(app))
        await press(pilot, app, "f1", "→ 1 point per euro: + 45 points")
        await press(pilot, app, "enter", "45.9 rounded down to 45")
        assert "Bakery card, version 1" in shown(app)
        await press(pilot, app, "escape", "MEMBER")
        await press(pilot, app, "down", "→ Coffee card")
        await press(pilot, app, "enter", "Counts lines with .category == 'coffee'")
        await press(pilot, app, "escape", "→ Coffee card")
        await pilot.press("escape")
        await until(pilot, lambda: "KEYS" not in shown(app))
        assert "+ 45 points" in shown(app)

    run(lambda: shop.till, steps, size=size)


def test_help_scrolls_on_behind_the_last_sentence(shop: Shop) -> None:
    """Down moves the mark, then the page; up comes back the same way."""
    shop.scan(shop.member(1))
    shop.till.put_amount("4590")

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await until(pilot, lambda: "+ 45 points" in shown(app))
        await press(pilot, app, "f1", "WHY")
        await press_until(pilot, app, "down", "Printer")
        await pilot.press(*["down"] * 5)
        await press_until(pilot, app, "up", "→ 1 point per euro")

    run(lambda: shop.till, steps)


def test_an_old_ticket_is_chosen_from_the_list(shop: Shop) -> None:
    """T lists this till's tickets, newest first; Enter explains one, Enter again its detail."""
    for n, amount in ((1, "45,90"), (2, "12,00")):
        shop.sale(shop.member(n), amount)
        shop.till.escape()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await press(pilot, app, "f1", "KEYS")
        await press(pilot, app, "t", "TICKETS")
        assert "12.00" in marked(app)
        await press(pilot, app, "down", "45.90")
        await until(pilot, lambda: "45.90" in marked(app))
        await press(pilot, app, "enter", "Ticket 2-1-1 of 20/11/2026")
        assert "→ 1 point per euro: + 45 points" in shown(app)
        await press(pilot, app, "enter", "Lot 2-1-1-0")
        await press(pilot, app, "escape", "→ 1 point per euro")
        await press(pilot, app, "escape", "TICKETS")
        assert "45.90" in marked(app)
        await press(pilot, app, "escape", "KEYS")

    run(lambda: shop.till, steps)


def test_the_done_screen_explains_what_was_recorded(shop: Shop) -> None:
    """F1 on the done screen is about the ticket just recorded, in French too."""
    shop.sale(shop.member(1), "45,90")

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await press(pilot, app, "f1", "→ 1 point par euro")
        await press(pilot, app, "enter", "arrondi vers le bas à 45")

    run(lambda: shop.till, steps, language="fr")


def test_the_balance_of_the_member_is_told_lot_by_lot(shop: Shop) -> None:
    """With a card scanned and nothing rung up, the last sentence is the balance; Enter shows its lots."""
    card = shop.member(1)
    shop.sale(card, "45,90")
    shop.till.escape()
    shop.scan(card)

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await press(pilot, app, "f1", "The member has 45 points")
        for _ in range(20):
            await pilot.press("down")
            if "The member has" in marked(app):
                break
        await press(
            pilot, app, "enter", "45 points of 20/11/2026, 1 point per euro, ticket 2-1-1: no last day"
        )

    run(lambda: shop.till, steps)


def test_a_locked_till_tells_nothing_of_tickets(shop: Shop) -> None:
    """Help works at a locked till; tickets are behind the badge."""
    shop.sale(shop.member(1), "45,90")
    shop.till.escape()
    shop.till.lock()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await press(pilot, app, "f1", "KEYS")
        await press(pilot, app, "t", "Nothing here yet.")

    run(lambda: shop.till, steps)
