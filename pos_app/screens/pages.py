"""Pages as screens over the till: installed once, shown again and again."""

from collections.abc import Callable
from string import digits
from typing import TYPE_CHECKING, cast

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from pos_app.languages.words import Words
from pos_app.screens.menu import menu_page
from pos_app.widgets.board import Board
from pos_app.widgets.rows import Block

if TYPE_CHECKING:
    from pos_app.app import TillApp


class MenuItem(msgspec.Struct, frozen=True):
    """One line of the menu: its words in the till's language, and what it does once the menu has closed.

    A line with `items` opens these instead.
    """

    label: Callable[[Words], str]
    action: Callable[["TillApp"], None] | None = None
    items: tuple["MenuItem", ...] = ()


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
        if event.key == self.name or (event.key == "escape" and not self.back()):
            self.till_app.close_page()
        elif event.key == "escape":
            self.draw()
        else:
            self.press(event.character if event.is_printable and event.character else event.key)

    def back(self) -> bool:
        """Leave one level of the page; False on the first one."""
        return False

    def press(self, key: str) -> None:
        """Every other key, by its character or its name."""
        raise NotImplementedError


class MenuScreen(Page):
    """F9: digits."""

    def __init__(self) -> None:
        super().__init__(name="f9")
        self._inside: MenuItem | None = None

    def on_screen_resume(self) -> None:
        self._inside = None
        super().on_screen_resume()

    def _items(self) -> tuple[MenuItem, ...]:
        return self._inside.items if self._inside is not None else self.till_app.menu

    def rows(self) -> Block:
        app = self.till_app
        labels = [item.label(app.words) + (" ..." if item.items else "") for item in self._items()]
        title = self._inside.label(app.words) if self._inside is not None else app.words("MENU")
        notes = () if self._inside is not None else app.notes()
        return menu_page(title, labels, notes, app.words, (self.size.width, self.size.height))

    def back(self) -> bool:
        was, self._inside = self._inside, None
        return was is not None

    def press(self, key: str) -> None:
        items = self._items()
        if key == "f1":
            self.till_app.open_page("help")
        elif len(key) == 1 and key in digits[1:] and int(key) <= len(items):
            self._choose(items[int(key) - 1])

    def _choose(self, item: MenuItem) -> None:
        if item.items:
            self._inside = item
            self.draw()
            return
        self.till_app.close_page()
        if item.action is not None:
            item.action(self.till_app)
