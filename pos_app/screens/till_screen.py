"""The till's one screen: its content follows the view's stage."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pos_app.screens.render import screen, starting
from pos_app.widgets.board import Board

if TYPE_CHECKING:
    from pos_app.app import TillApp


class TillScreen(Screen[None]):
    """Draws the app's view and hands keys to the app."""

    AUTO_FOCUS = "#board"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.open_page('help')", show=False, priority=True),
        Binding("f9", "app.open_page('menu')", show=False, priority=True),
        *(
            Binding(key, f"app.press_key('{key}')", show=False, priority=True)
            for key in ("f2", "f3", "f4", "f5", "f6", "f7", "f8", "f12", "tab", "shift+tab")
        ),
    ]

    @property
    def till_app(self) -> "TillApp":
        """The app, as what it is."""
        return cast("TillApp", self.app)

    def compose(self) -> ComposeResult:
        yield Board()

    def on_resize(self) -> None:
        self.draw()

    def on_screen_resume(self) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw the view, or what stands for it while the till starts."""
        app, (width, height) = self.till_app, self.size
        if not width or not self.is_mounted:
            return
        if app.view is None:
            rows = starting(app.words, width, height, app.fault)
        else:
            rows = screen(app.view, app.desk, app.words, width, height, halves=app.halves)
        board = self.query_one(Board)
        board.show(rows, app.palette)
        board.place_cursor()

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.till_app.press(event.key, event.character)
