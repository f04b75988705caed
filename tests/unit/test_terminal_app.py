"""The terminal app around a real till: keys, scans, pages, language, theme, start-up faults."""

import asyncio
import inspect
import os
import selectors
import time
from collections.abc import Awaitable, Callable
from functools import cache

import pytest
from textual import events
from textual.drivers import linux_driver
from textual.pilot import Pilot

from pos_app.app import MenuItem, TillApp
from pos_app.config import TillConfig
from pos_app.devices.framing import Ended, Frame
from pos_app.devices.wedge import WedgeConfig
from pos_app.faults import CannotStart
from pos_app.fittings import Fittings
from pos_app.screens.keyboard import Keyboard
from pos_app.screens.menu_items import MENU
from pos_app.till.facing import facing
from pos_app.till.till import Till
from pos_app.till.view import Stage
from pos_app.widgets.board import Board
from pos_app.widgets.rows import plain
from tests.unit.till_kit import OTHER_BADGE, OTHER_PIN, Shop, card_number

CARDS = (card_number(1), card_number(2))
Steps = Callable[["Pilot[None]", TillApp], Awaitable[None]]


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till with two members, signed in; no ledger answers."""
    for n, name in ((1, "Zoé M."), (2, "Abel R.")):
        shop.member(n, name=name)
    return shop.till


def run(
    start: Callable[[], Till], steps: Steps, language: str = "en", size: tuple[int, int] = (80, 24)
) -> TillApp:
    """Run the app without a terminal, let the till start, take the steps."""
    extra = (MenuItem(lambda words: "Extra", lambda app: app.exit(return_code=7)),)
    app = TillApp(
        start,
        language=language,
        theme="dark",
        extra_menu=extra,
        wedge=WedgeConfig(gap_ms=20),
        fitted=lambda: fittings(app.till, language),
    )

    async def drive() -> None:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.view is not None or bool(app.fault))
            await steps(pilot, app)

    asyncio.run(drive())
    return app


@cache
def fittings(till: Till, language: str) -> Fittings:
    """What hangs on the till: nothing but keyboard and screen."""
    config = TillConfig(language=language)
    return Fittings(till.parts.store.folder, config, till.parts.options.codes, till.scanned)


async def until(pilot: "Pilot[None]", holds: Callable[[], bool]) -> None:
    """Wait until something is so; the app's own timers run meanwhile."""
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come about")


def shown(app: TillApp) -> str:
    """The screen as text."""
    return "\n".join(plain(app.screen.query_one(Board).rows))


async def type_slowly(pilot: "Pilot[None]", app: TillApp, text: str) -> None:
    """Press keys as a person does: slower than the scanner's gap, each seen before the next."""
    for char in text:
        before = len(app.desk.text)
        await pilot.press({",": "comma", "*": "asterisk", "-": "minus"}.get(char, char))
        await until(pilot, lambda before=before: len(app.desk.text) > before)


def test_scan_amount_enter_records(till: Till) -> None:
    """A card by wedge, the amount, Enter: five keys and the ticket is recorded."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("tilde", *CARDS[0], "enter")
        await until(pilot, lambda: "Zoé M." in shown(app))
        await type_slowly(pilot, app, "4590")
        assert "+ 45 points" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: "RECORDED €45.90" in shown(app))
        assert app.desk.text == ""

    run(lambda: till, steps)
    assert till.view().recent[0].cents == 4590


def test_scan_from_another_thread_repaints(till: Till) -> None:
    """A frame of a serial scanner arrives in its own thread and shows at once."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        frame = Frame(CARDS[1].encode(), None, Ended.SUFFIX, None, 5)
        assert await asyncio.to_thread(till.scanned, "port", frame)
        await until(pilot, lambda: "Abel R." in shown(app))

    run(lambda: till, steps)


def test_paste_of_one_line_is_a_scan_of_several_is_nothing(till: Till) -> None:
    """Some wedges paste; a text from elsewhere must not become keys."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        app.post_message(events.Paste("4590\n12"))
        await pilot.pause()
        assert app.desk.text == ""
        app.post_message(events.Paste(CARDS[0] + "\n"))
        await until(pilot, lambda: "Zoé M." in shown(app))

    run(lambda: till, steps)


def test_a_burst_beyond_all_sense_is_said_and_the_next_scan_is_read(till: Till) -> None:
    """Ten thousand characters at once are no code: the cashier is told, and nothing of them is typed."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        app.post_message(events.Paste("7" * 10_240))
        await until(pilot, lambda: "far too much for one code" in shown(app))
        assert app.desk.text == ""
        app.post_message(events.Paste(CARDS[0] + "\n"))
        await until(pilot, lambda: "Zoé M." in shown(app))

    run(lambda: till, steps)


def test_scanner_on_another_keyboard_layout_is_read_and_said(till: Till) -> None:
    """A scanner set to US typing into a French till: the card is found, the alert names the cure."""
    azerty = dict(zip("1234567890", "&é\"'(-è_çà", strict=True))

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        for char in "~" + "".join(azerty[digit] for digit in CARDS[0]):
            app.post_message(events.Key(char, char))
        app.post_message(events.Key("enter", "\r"))
        await until(pilot, lambda: "Zoé M." in shown(app))
        assert "AZERTY" in shown(app)

    run(lambda: till, steps)


def test_language_switches_everything_and_back(till: Till) -> None:
    """F9, 3, 1: the next frame is French, the till included."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f9")
        await until(pilot, lambda: "MENU" in shown(app))
        await pilot.press("3")
        await until(pilot, lambda: "Language" in shown(app))
        await pilot.press("1")
        await until(pilot, lambda: "Langue" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "SCANNEZ" in shown(app))
        assert till.view().language == "fr"
        assert "Aide" in shown(app)
        await pilot.press("f9", "3")
        await until(pilot, lambda: "Langue" in shown(app))
        await pilot.press("1", "escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))

    run(lambda: till, steps)


def test_help_opens_closes_and_yields_to_a_scan(till: Till) -> None:
    """The scanner is the menu: a card scanned under an open page shows its member."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f1")
        await until(pilot, lambda: "HELP" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))
        await pilot.press("f1")
        await until(pilot, lambda: "HELP" in shown(app))
        await pilot.press("tilde", *CARDS[0], "enter")
        await until(pilot, lambda: "Zoé M." in shown(app))

    run(lambda: till, steps)


def test_a_badge_under_the_menu_signs_in_with_the_digits_that_follow(till: Till) -> None:
    """Locked, with the menu left open: after the badge the PIN is typed to the till, not to the menu."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f12", "f9")
        await until(pilot, lambda: "MENU" in shown(app))
        till.scanned("usb", Frame(OTHER_BADGE.encode(), None, Ended.SUFFIX, None, 0))
        await until(pilot, lambda: "MENU" not in shown(app))
        await pilot.press(*OTHER_PIN, "enter")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))

    run(lambda: till, steps)


def test_whoever_faces_the_till_is_told_each_new_view(till: Till) -> None:
    """The customer's display hears of the scan and of the amount, each once, in the till's language."""
    told: list[tuple[str, str]] = []
    app = TillApp(
        lambda: till, language="fr", theme="dark", facing=lambda view, words: told.append(facing(view, words))
    )

    async def drive() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.view is not None)
            till.scanned("usb", Frame(CARDS[0].encode(), None, Ended.SUFFIX, None, 0))
            await until(pilot, lambda: "Zoé M." in shown(app))

    asyncio.run(drive())
    assert [upper for upper, _ in told] == ["Halles", "Bonjour"]


def test_themes_follow_each_other(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """F9, 3, 2 goes round dark, light, 16 colours and none, where the terminal has them."""
    monkeypatch.setenv("COLORTERM", "truecolor")

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        for name in ("light", "ansi", "mono", "dark"):
            await pilot.press("f9")
            await until(pilot, lambda: "MENU" in shown(app))
            await pilot.press("3", "2")
            await until(pilot, lambda name=name: app.palette.name == name)
            await pilot.press("escape")

    run(lambda: till, steps)


def test_training_is_begun_from_the_menu_and_left_by_escape(till: Till) -> None:
    """F9, 6, 1: the status line says so, a digit is a member; Esc on the idle screen is back at work."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f9", "6")
        await until(pilot, lambda: "With the coming rules" in shown(app))
        await pilot.press("1")
        await until(pilot, lambda: "TRAINING" in shown(app) and "SCAN A CARD" in shown(app))
        await type_slowly(pilot, app, "3")
        await pilot.press("enter")
        await until(pilot, lambda: "Training 3" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))
        assert "TRAINING" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "TRAINING" not in shown(app))
        assert app.till is till

    run(lambda: till, steps)


def test_extra_menu_item_follows_the_tills_own(till: Till) -> None:
    """What the demo adds is one digit more."""

    last = len(MENU) + 1

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f9")
        await until(pilot, lambda: f"{last}   Extra" in shown(app))
        await pilot.press(str(last))

    assert run(lambda: till, steps).return_code == 7


def test_sign_in_with_badge_and_pin(till: Till) -> None:
    """F12 locks; the badge and four digits open; the digits show as dots."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f12")
        await until(pilot, lambda: "SCAN YOUR BADGE" in shown(app))
        await pilot.press("tilde", *(char if char != "-" else "minus" for char in OTHER_BADGE), "enter")
        await until(pilot, lambda: "Sofia" in shown(app))
        await type_slowly(pilot, app, OTHER_PIN)
        assert "●●●●" in shown(app)
        assert OTHER_PIN not in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: till.view().stage is Stage.IDLE)

    run(lambda: till, steps)


def test_small_terminal_says_so_and_goes_on_when_enlarged(till: Till) -> None:
    """A sentence at 60 columns, the ticket again at 80, nothing lost."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("tilde", *CARDS[0], "enter")
        await until(pilot, lambda: "Zoé M." in shown(app))
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: "60 x 24" in shown(app))
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: "Zoé M." in shown(app))

    run(lambda: till, steps)


def test_start_that_fails_is_a_sentence_and_can_be_tried_again(till: Till) -> None:
    """What keeps the till from starting is shown; Enter tries again."""
    tries: list[int] = []

    def start() -> Till:
        tries.append(1)
        if len(tries) == 1:
            raise CannotStart("The file of this till is used by another program: close it.")
        return till

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await until(pilot, lambda: "used by another program" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))

    run(start, steps)
    assert len(tries) == 2


def test_control_c_does_not_end_the_till(till: Till) -> None:
    """A stray hand on the keyboard changes nothing."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("ctrl+c", "ctrl+p")
        await pilot.pause(0.05)
        assert "SCAN A CARD" in shown(app)

    assert run(lambda: till, steps).return_code in (0, None)


def test_textuals_driver_waits_for_keys_by_our_selector() -> None:
    """An Esc is known within 60 ms: what a hand or a scanner sends behind it is no part of it."""
    assert "selectors.SelectSelector()" in inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
    assert vars(linux_driver)["selectors"].SelectSelector is Keyboard
    reading, writing = os.pipe()
    with Keyboard() as keyboard:
        keyboard.register(reading, selectors.EVENT_READ)
        began = time.monotonic()
        assert keyboard.select(30) == []
        assert time.monotonic() - began < 15
        os.write(writing, b"4")
        assert keyboard.select(None)
    os.close(reading)
    os.close(writing)


def test_the_language_of_the_sign_in_screen_is_that_of_everything_shown(till: Till) -> None:
    """F4 before anybody signed in: also the words of frame and key bar change."""

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await pilot.press("f12")
        await until(pilot, lambda: "F1 Help F4 Language F9 Menu" in shown(app))
        await pilot.press("f4")
        await until(pilot, lambda: "F1 Aide F4 Langue F9 Menu" in shown(app))

    run(lambda: till, steps)
