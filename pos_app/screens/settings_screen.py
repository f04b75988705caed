"""The settings page as a screen: digits change and test, what scanners send is shown as it comes."""

from typing import TYPE_CHECKING, Final

from textual.timer import Timer

from pos_app.config import ConfigError
from pos_app.devices.wedge import WedgeConfig
from pos_app.screens.pages import Page
from pos_app.screens.settings import Settings, settings_page
from pos_app.widgets.rows import Block
from rules.sentences import sentence_of

if TYPE_CHECKING:
    from pos_app.fittings import Fittings

LOOK_EVERY: Final = 0.1  # seconds: scans come in threads of their own
_OTHER: Final = {"fr": "en", "en": "fr"}


class SettingsScreen(Page):
    """Behind F9. While it is open the till takes no scans: they are tried out here."""

    def __init__(self) -> None:
        super().__init__(name="settings")
        self._said = ""
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self._timer = self.set_interval(LOOK_EVERY, self.draw, pause=True)

    def on_screen_resume(self) -> None:
        self._said = ""
        self._listen(on=True)
        super().on_screen_resume()

    def on_screen_suspend(self) -> None:
        self._listen(on=False)

    def rows(self) -> Block:
        app, fittings = self.till_app, self._fittings
        now = Settings(
            config=fittings.config,
            theme=app.palette.name,
            gap_ms=app.wedge.gap_ms,
            start=app.wedge.start,
            scanner=app.view.status.scanner if app.view is not None else "",
            last=fittings.last,
            said=self._said,
            codes=fittings.codes,
        )
        return settings_page(now, app.words, (self.size.width, self.size.height))

    def press(self, key: str) -> None:
        act = _ACTIONS.get(key)
        if act is None:
            return
        try:
            self._said = act(self)
        except ConfigError as error:
            self._said = self.till_app.words(sentence_of(error))
        self.draw()

    @property
    def _fittings(self) -> "Fittings":
        fittings = self.till_app.fittings
        assert fittings is not None
        return fittings

    def _listen(self, *, on: bool) -> None:
        self._fittings.listen(on)
        if self._timer is not None:
            (self._timer.resume if on else self._timer.pause)()

    def _language(self) -> str:
        language = _OTHER[self.till_app.words.language]
        self.till_app.speak(language)
        return self._kept("language", language)

    def _theme(self) -> str:
        self.till_app.next_theme()
        name = self.till_app.palette.name
        return self._kept("theme", "auto" if name == "console" else name)

    def _sound(self) -> str:
        return self._kept("sound", not self._fittings.config.sound)

    def _wedge(self) -> str:
        by_speed = not self._fittings.config.by_speed
        kept = self._kept("wedge", "timing" if by_speed else "start")
        self.till_app.recognise(WedgeConfig(timing=by_speed))
        return kept

    def _kept(self, key: str, value: object) -> str:
        self._fittings.keep(key, value)
        return self.till_app.words("Kept in till.toml for the next start, too.")

    def _print(self) -> str:
        words = self.till_app.words
        if self._fittings.print_test(words("Assidu: test page")):
            return words("A test page was sent: every letter, the amount to the right, and cut.")
        return words("No printer is set: name its port in till.toml (printer), then start the till again.")

    def _display(self) -> str:
        words = self.till_app.words
        if self._fittings.show_test(("1234567890abcdefghij", words("Test of the display"))):
            return words("Twenty signs and a sentence were sent to the display.")
        return words("No display is set: name its port in till.toml (display), then start the till again.")


_ACTIONS: Final = {
    "1": SettingsScreen._language,
    "2": SettingsScreen._theme,
    "3": SettingsScreen._sound,
    "4": SettingsScreen._wedge,
    "5": SettingsScreen._print,
    "6": SettingsScreen._display,
}
