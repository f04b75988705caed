"""The help and menu pages as screens over the till: installed once, shown again and again."""

from collections.abc import Callable
from string import digits
from typing import TYPE_CHECKING, Final, cast

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from pos_app.languages.words import Words
from pos_app.screens.help import help_page
from pos_app.screens.menu import menu_page
from pos_app.widgets.board import Board
from pos_app.widgets.rows import Block

if TYPE_CHECKING:
    from pos_app.app import TillApp

_SCROLL: Final = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10, "home": -9999, "end": 9999}


class MenuItem(msgspec.Struct, frozen=True):
    """One line of the menu: its words in the till's language, and what it does. The menu closes first."""

    label: Callable[[Words], str]
    action: Callable[["TillApp"], None]


class Page(ModalScreen[None]):
    """A page over the whole terminal; Esc closes it, and so does whatever changes the till's stage."""

    AUTO_FOCUS = "#board"

    @property
    def till_app(self) -> "TillApp":
        """The app, as what it is."""
        return cast("TillApp", self.app)

    def compose(self) -> ComposeResult:
        yield Board()

    def on_screen_resume(self) -> None:
        self.draw()

    def on_resize(self) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw the page as it is now."""
        if self.size.width and self.till_app.view is not None:
            self.query_one(Board).show(self.rows(), self.till_app.palette)

    def rows(self) -> Block:
        """The page."""
        raise NotImplementedError

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in {"escape", self.name}:
            self.till_app.close_page()
        else:
            self.press(event.character if event.is_printable and event.character else event.key)

    def press(self, key: str) -> None:
        """Every other key, by its character or its name."""
        raise NotImplementedError


class HelpScreen(Page):
    """F1: why, keys, state."""

    def __init__(self) -> None:
        super().__init__(name="f1")
        self._top = 0
        self._last = 0

    def on_screen_resume(self) -> None:
        self._top = 0
        super().on_screen_resume()

    def rows(self) -> Block:
        app = self.till_app
        assert app.view is not None
        size = (self.size.width, self.size.height)
        page, self._last = help_page(app.view, app.explained(), app.words, size, self._top)
        return page

    def press(self, key: str) -> None:
        if key in _SCROLL:
            self._top = max(0, min(self._last, self._top + _SCROLL[key]))
            self.draw()
        elif key == "f9":
            self.till_app.open_page("menu")


class MenuScreen(Page):
    """F9: digits."""

    def __init__(self) -> None:
        super().__init__(name="f9")

    def rows(self) -> Block:
        app = self.till_app
        labels = [item.label(app.words) for item in app.menu]
        return menu_page(labels, app.notes(), app.words, (self.size.width, self.size.height))

    def press(self, key: str) -> None:
        if key == "f1":
            self.till_app.open_page("help")
        elif len(key) == 1 and key in digits[1:] and int(key) <= len(self.till_app.menu):
            self.till_app.close_page()
            self.till_app.menu[int(key) - 1].action(self.till_app)
