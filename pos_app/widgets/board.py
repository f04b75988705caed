"""The one widget that draws: a block of rows over its whole area, repainting only the rows that changed."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget

from pos_app.widgets.clean import for_console
from pos_app.widgets.rows import Block, Role, Row, cells
from pos_app.widgets.themes import Theme


class Board(Widget, can_focus=True):
    """Shows rows; knows nothing of what they say."""

    def __init__(self) -> None:
        super().__init__(id="board")
        self._rows: Block = []
        self._strips: list[Strip] = []
        self._theme: Theme | None = None

    @property
    def rows(self) -> Block:
        """What is shown now."""
        return self._rows

    def show(self, rows: Block, theme: Theme) -> None:
        """Draw `rows` in `theme`; rows that stay the same are not painted again."""
        if theme is not self._theme or len(rows) != len(self._rows):
            self._strips = [_strip(row, theme) for row in rows]
            self._rows, self._theme = rows, theme
            self.refresh()
            return
        width = self.size.width
        dirty = [y for y, row in enumerate(rows) if row != self._rows[y]]
        for y in dirty:
            self._strips[y] = _strip(rows[y], theme)
        self._rows = rows
        if dirty:
            self.refresh(*(Region(0, y, width, 1) for y in dirty))

    def render_line(self, y: int) -> Strip:
        """Textual asks for one row."""
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(self.size.width, self._ground())
        return Strip.blank(self.size.width, self._ground())

    def place_cursor(self) -> None:
        """Put the terminal's own (invisible) cursor where the input field's is: braille and zoom follow it."""
        for y, row in enumerate(self._rows):
            x = 0
            for text, role in row:
                if role is Role.CURSOR:
                    self.app.cursor_position = Offset(x, y)
                    return
                x += cells(text)

    def _ground(self) -> Style | None:
        return self._theme.roles[Role.TEXT] if self._theme else None


def _strip(row: Row, theme: Theme) -> Strip:
    shown = for_console if theme.latin else str
    return Strip([Segment(shown(text), theme.roles[role]) for text, role in row])
