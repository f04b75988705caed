"""The bell: at each refusal, however often the same one comes, and at nothing else."""

from typing import TYPE_CHECKING

from pos_app.config import load_config
from pos_app.fittings import Fittings
from tests.unit.test_settings_page import run, shown, until
from tests.unit.till_kit import Shop, card_number

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from pos_app.app import TillApp

BAD = "2900000000019"  # its check digit is wrong


def test_every_refusal_rings_once(shop: Shop) -> None:
    """Three bad scans in a row are three bells, though the screen says the same; a good one, and time, are none."""
    folder = shop.till.parts.store.folder
    fittings = Fittings(folder, load_config(folder), shop.till.parts.options.codes, shop.till.scanned)
    rung: list[str] = []

    async def steps(pilot: "Pilot[None]", app: "TillApp") -> None:
        await pilot.press("escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))
        app.bell = lambda: rung.append("!")  # type: ignore[method-assign]
        for n in range(1, 4):
            shop.clock.pass_ms(5_000)
            app.scan_typed(BAD, ())
            await until(pilot, lambda n=n: len(rung) == n)  # type: ignore[misc]
        for _ in range(5):
            shop.clock.pass_ms(1_000)
            shop.till.tick()
            app.refresh_view()
            await pilot.pause()
        app.scan_typed(card_number(5), ())
        await until(pilot, lambda: app.view is not None and app.view.member is not None)
        assert rung == ["!"] * 3

    run(shop, fittings, steps)
