"""The terminal: a Textual app around a till. It draws views, hands on keys and scans, and decides nothing.

Only light modules are imported here: the till comes from a factory that runs after the first paint.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_app.screens.terminal_app import TerminalApp, now_ms  # sets Textual's switches, so it must come first

# isort: split
from textual.message import Message

from pos_app.devices.azerty import fold
from pos_app.devices.wedge import WedgeConfig
from pos_app.faults import CannotStart
from pos_app.languages.words import Words
from pos_app.screens.desk import Desk, follow, refused
from pos_app.screens.help_screen import HelpScreen
from pos_app.screens.keys import echoed, press
from pos_app.screens.menu_items import MENU
from pos_app.screens.pages import MenuItem, MenuScreen, Page
from pos_app.screens.practice import Practice
from pos_app.screens.till_screen import TillScreen
from pos_app.till.view import Stage, View
from rules.sentences import sentence_of

if TYPE_CHECKING:
    from pos_app.fittings import Fittings
    from pos_app.till.till import Till
    from pos_app.till.why import Past, Why

__all__ = ["MenuItem", "TillApp"]


class Woken(Message):
    """Something happened outside the user's hands: a scan, an answer of the ledger."""


class Started(Message):
    """The factory has made the till."""

    def __init__(self, till: "Till") -> None:
        super().__init__()
        self.till = till


class Failed(Message):
    """The factory could not make the till; `fault` is one sentence."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault


class TillApp(TerminalApp[None]):
    """The till in a terminal. `start` makes the `Till` in a thread, after the first paint.

    `language` is "fr" or "en", `theme` one of dark, light, ansi, mono or "auto". `extra_menu` follows the till's own
    menu. `facing` is told each new view, for whoever else looks at the till; `fitted` gives what the running till is
    fitted with, for the settings page.
    """

    def __init__(
        self,
        start: Callable[[], "Till"],
        *,
        language: str,
        theme: str = "auto",
        extra_menu: tuple[MenuItem, ...] = (),
        wedge: WedgeConfig | None = None,
        facing: "Callable[[View, Words], None] | None" = None,
        fitted: "Callable[[], Fittings] | None" = None,
    ) -> None:
        super().__init__(theme, wedge or WedgeConfig())
        self._start = start
        self._facing = facing
        self._fitted = fitted
        self._awake = False
        self._last_scan = 0
        self._wrong_layout = False
        self.words = Words(language)
        self.till: Till | None = None
        self._practice = Practice()
        self.view: View | None = None
        self.desk = Desk()
        self._typed: tuple[Desk, str, str | None] | None = None
        self.fault = ""
        self.menu = (*MENU, *extra_menu)

    # --- starting

    def on_mount(self) -> None:
        for name, page in (("help", HelpScreen()), ("menu", MenuScreen())):
            self.install_screen(page, name)
        self.push_screen(TillScreen())
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.fault = ""
        self.redraw()
        self.run_worker(self._make_till, thread=True, group="start", exclusive=True, exit_on_error=False)

    def _make_till(self) -> None:
        self.words.money(0)  # Babel reads its tables here, not when the first amount is drawn
        try:
            till = self._start()
        except Exception as error:  # noqa: BLE001 (whatever keeps the till from starting is shown, not raised)
            self.post_message(Failed(self._sentence(error)))
        else:
            self.post_message(Started(till))

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, CannotStart):
            return sentence_of(error)
        name = type(error).__name__
        return self.words(
            "The till could not start ({fault}): try again; call support if it stays so.", fault=name
        )

    def on_failed(self, message: Failed) -> None:
        self.fault = message.fault
        self.redraw()

    def on_started(self, message: Started) -> None:
        self.till = message.till
        self.till.on_change = self.wake
        if self.till.view().language != self.words.language:
            self.till.set_language(self.words.language)
        self.till.pump()
        self.set_interval(1.0, self._tick, name="tick")
        self.refresh_view()

    # --- from the till to the screen

    def wake(self) -> None:
        """Called from any thread: look at the till soon. Calls before that happens count as one."""
        if not self._awake:
            self._awake = True
            self.post_message(Woken())

    def on_woken(self) -> None:
        self._awake = False
        self._weigh()
        self._practice.go_on()
        if self.till is not None and self.till.pump():
            self.refresh_view()

    def _tick(self) -> None:
        self._weigh()
        self._practice.go_on(tick=True)
        if self.till is not None:
            self.till.tick()
            self.refresh_view()

    def on_unmount(self) -> None:
        if self._practice.work is not None:
            self.till = self._practice.end()

    def train(self, *, coming: bool) -> None:
        """Practise on a till of its own, with the programme of today or the coming one."""
        if self.till is not None:
            self.till = self._practice.begin(self.till, coming=coming)
            self.refresh_view(Desk())

    def refresh_view(self, desk: Desk | None = None) -> None:
        """Take the till's view, settle the desk after it and draw what changed."""
        if self.till is None:
            return
        before, now = self.view, self.till.view()
        new = follow(self.desk, before, now) if desk is None else desk
        fresh = now.notice is not (before.notice if before is not None else None)
        if refused(now) and fresh and self._sounds():
            self.bell()  # the second refusal of a kind is as loud as the first: who scans does not look
        unchanged = now == before and new == self.desk
        self.view, self.desk = now, new
        if unchanged:
            return
        if now.language != self.words.language:  # changed at the till itself, as on the sign-in screen
            self.words = Words(now.language)
        self.words = self.words.paying(now.currency)
        if self._facing is not None and self._practice.work is None and now != before:
            self._facing(now, self.words)
        if before is not None and (before.stage is not now.stage or before.scans != now.scans):
            self.close_page()
        self.redraw()

    def redraw(self) -> None:
        """Draw the screen that is shown now."""
        if self._running and isinstance(self.screen, Page | TillScreen):
            self.screen.draw()

    # --- keys, scans

    def scan_too_long(self) -> None:
        if self.till is not None:
            from pos_app.devices.framing import Ended, Fault, Frame

            self.till.scanned("wedge", Frame(b"", None, Ended.SUFFIX, Fault.TOO_LONG, now_ms()))

    def scan_typed(self, text: str, times: tuple[int, ...]) -> None:
        """A scan that came as keys; one typed on the wrong keyboard layout is read all the same, and said."""
        self._weigh()
        self._last_scan = len(text)
        if self.till is None:
            return
        if self.fittings is not None and self.screen.name == "settings":
            self.fittings.typed(text, times)
            return
        folded = fold(text)
        if folded.wrong_layout != self._wrong_layout:
            from pos_app.devices.messages import WRONG_LAYOUT

            self._wrong_layout = folded.wrong_layout
            self.till.device("scanner", WRONG_LAYOUT if folded.wrong_layout else "", port="")
            self.till.pump()
        self.till.scan_text(folded.text, "wedge")
        self.refresh_view()

    def press(self, key: str, char: str | None) -> None:
        """A key that no page took: do what it means and draw the result."""
        self._weigh()
        if self._practice.leaves(key, self.view, self.desk.text):
            self.till = self._practice.end()
            self.refresh_view(Desk())
        elif self.till is not None:
            self._echo(key, char)
        elif self.fault and key == "enter":
            self._begin()
        elif self.fault and key == "escape":
            self.exit(return_code=1)

    def _echo(self, key: str, char: str | None) -> None:
        """A digit of a sale stands in the field before it is weighed: who types does not wait for the rules."""
        shown = echoed(self.view, self.desk, char) if self.view is not None else None
        if shown is None:
            assert self.till is not None
            self.refresh_view(press(self.till, self.desk, key, char))
            return
        self._typed, self.desk = (self.desk, key, char), shown
        self.redraw()
        self.call_after_refresh(self._weigh)

    def _weigh(self) -> None:
        """Let the till know of the digit that was drawn already, before anything else happens to it."""
        if self._typed is not None and self.till is not None:
            (desk, key, char), self._typed = self._typed, None
            self.refresh_view(press(self.till, desk, key, char))

    def action_press_key(self, key: str) -> None:
        """A function key."""
        self.press(key, None)

    # --- pages

    def action_open_page(self, name: str) -> None:
        """Show help or menu."""
        self.open_page(name)

    def open_page(self, name: str) -> None:
        """Show the installed page `name` ("help", "menu" or "settings") instead of another one."""
        self._weigh()
        if self.view is not None:
            self.close_page()
            self.push_screen(name)

    def close_page(self) -> None:
        """Back to the till, if a page is open."""
        if isinstance(self.screen, Page):
            self.pop_screen()

    @property
    def fittings(self) -> "Fittings | None":
        """The devices beside the till, once it runs; none for a till that was made without."""
        return self._fitted() if self._fitted is not None and self.till is not None else None

    def _sounds(self) -> bool:
        return self.fittings is None or self.fittings.config.sound

    def open_settings(self) -> None:
        """Show the settings, where there is something to set."""
        if self.fittings is None:
            return
        if not self.is_screen_installed("settings"):
            from pos_app.screens.settings_screen import SettingsScreen

            self.install_screen(SettingsScreen(), "settings")
        self.open_page("settings")

    def why(self, reference: str = "") -> "Why | None":
        """Why these points and not that reward, from the till; nothing while it is locked."""
        if self.till is None or self.view is None or self.view.stage is Stage.LOCKED:
            return None
        return self.till.why(reference)

    def past(self) -> "tuple[Past, ...]":
        """The last tickets of the till; none while it is locked."""
        if self.till is None or self.view is None or self.view.stage is Stage.LOCKED:
            return ()
        return self.till.past()

    def notes(self) -> tuple[str, ...]:
        """What the menu says about the scanners: faults of the ports, and how the keyboard one is recognised."""
        fault = self.view.status.scanner if self.view is not None else ""
        config = self.wedge
        how = self.words("start key {key}", key=config.start) if config.start else self.words("no start key")
        seen = self.words.plural("last scan: {n} character", "last scan: {n} characters", self._last_scan)
        keyboard = f"{how} · {seen}" if self._last_scan else how
        return (
            self.words("Scanner: {state}", state=fault or self.words("no fault known")),
            self.words("Keyboard scanner: {state}", state=keyboard),
        )

    # --- language and theme

    def speak(self, language: str) -> None:
        """Switch the language of everything shown, at once."""
        self.words = Words(language, self.words.currency)
        if self.till is not None:
            self.till.set_language(language)
            self.refresh_view()
        self.redraw()

    def next_theme(self) -> None:
        """The next of the themes that this terminal can show."""
        super().next_theme()
        self.redraw()
