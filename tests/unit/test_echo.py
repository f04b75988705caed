"""A digit stands in the field before the sale is weighed; nothing that follows it, however fast, loses it."""

from typing import TYPE_CHECKING

from textual import events

from pos_app.config import load_config
from pos_app.fittings import Fittings
from pos_app.till.view import Stage
from tests.unit.test_settings_page import run, shown, until
from tests.unit.till_kit import Shop, card_number

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from pos_app.app import TillApp


def typed(app: "TillApp", text: str) -> None:
    """Keys in one go, as a fast hand or a slow machine has them: none is waited for."""
    for char in text:
        app.post_message(events.Key("enter" if char == "\r" else char, char))


def fittings_of(shop: Shop) -> Fittings:
    till = shop.till
    folder = till.parts.store.folder
    return Fittings(folder, load_config(folder), till.parts.options.codes, till.scanned)


def test_enter_right_behind_the_digits_records_all_of_them(shop: Shop) -> None:
    """12.50 and Enter in one go beside a member, then another sale in the same way."""

    async def steps(pilot: "Pilot[None]", app: "TillApp") -> None:
        await pilot.press("escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))
        for n, text in ((1, "1250\r"), (2, "70\r")):
            shop.clock.pass_ms(4_000)
            app.scan_typed(shop.member(n), ())
            await until(pilot, lambda: app.view is not None and app.view.stage is Stage.TICKET)
            typed(app, text)
            await until(pilot, lambda: app.view is not None and app.view.stage is Stage.DONE)
        assert [one.cents for one in shop.till.view().recent] == [70, 1250]

    run(shop, fittings_of(shop), steps)


def test_a_scan_right_behind_a_digit_finds_it_in_the_field(shop: Shop) -> None:
    """An amount and then another card: the amount is on the ticket that is asked about, whole."""

    async def steps(pilot: "Pilot[None]", app: "TillApp") -> None:
        await pilot.press("escape")
        app.scan_typed(shop.member(1), ())
        await until(pilot, lambda: app.view is not None and app.view.stage is Stage.TICKET)
        app.press("4", "4")
        app.press("5", "5")
        shop.clock.pass_ms(4_000)
        app.scan_typed(card_number(2), ())
        assert shop.till.view().ticket is not None
        assert shop.till.state.basket is not None
        assert [entry.line.cents for entry in shop.till.state.basket.shown] == [45]

    run(shop, fittings_of(shop), steps)
