"""F1 as a screen: why, keys, state; behind it the detail of a sentence, and the old tickets of this till."""

from typing import TYPE_CHECKING, Final

from pos_app.screens.help import help_frame, help_lines
from pos_app.screens.pages import Page
from pos_app.screens.why import detail_page, in_sight, list_page
from pos_app.widgets.rows import Block

if TYPE_CHECKING:
    from pos_app.till.why import Past, Why

_SCROLL: Final = {"pageup": -10, "pagedown": 10, "home": -9999, "end": 9999}
_STEP: Final = {"up": -1, "down": 1}


class HelpScreen(Page):
    """Help with the sentences of the ticket; Enter opens one, T lists the old tickets, Esc goes back a level.

    `_past` is the list of old tickets while it is open, `_old` the one that was opened in it, `_open` tells that the
    detail of the chosen sentence is shown, `_count` how many sentences were drawn to choose from.
    """

    def __init__(self) -> None:
        super().__init__(name="f1")
        self._reset()

    def _reset(self) -> None:
        self._top = self._last = self._chosen = self._beyond = self._count = 0
        self._follow = False
        self._left: list[int] = []
        self._open = False
        self._past: tuple[Past, ...] | None = None
        self._old = ""

    def on_screen_resume(self) -> None:
        self._reset()
        super().on_screen_resume()

    def rows(self) -> Block:
        app = self.till_app
        assert app.view is not None
        words, size = app.words, (self.size.width, self.size.height)
        if self._past is not None and not self._old:
            texts = [one.text for one in self._past]
            return list_page(words("TICKETS"), (), texts, self._chosen, words=words, size=size)
        why = app.why(self._old)
        lines = why.all if why is not None else ()
        self._count = len(lines)
        self._chosen = max(0, min(self._chosen, len(lines) - 1))
        if self._open and why is not None and lines:
            one = lines[self._chosen]
            page, self._last = detail_page(
                one.text, one.detail, why.heading, self._top, words=words, size=size
            )
            return page
        if self._old:
            head = (
                why.heading if why is not None else (words("This ticket can no longer be explained here."),)
            )
            texts = [one.text for one in lines]
            return list_page(words("WHY"), head, texts, self._chosen, words=words, size=size)
        return self._help(why)

    def _help(self, why: "Why | None") -> Block:
        app = self.till_app
        assert app.view is not None
        words, size = app.words, (self.size.width, self.size.height)
        texts = [one.text for one in why.all] if why is not None else []
        rows, marked = help_lines(app.view, texts, words, size[0], self._chosen if texts else -1)
        if self._follow:
            self._top = in_sight(self._top if self._chosen else 0, marked, size[1] - 3)
            self._follow = False
        keys = {"Enter": words("Open")} if texts else {}
        page, self._last = help_frame(rows, words, size, self._top, keys | {"T": words("Tickets")})
        return page

    def back(self) -> bool:
        if self._open:
            self._open, self._top, self._beyond = False, 0, 0
        elif self._old:
            self._old, self._chosen = "", self._left.pop()
        elif self._past is not None:
            self._past, self._chosen, self._top = None, self._left.pop(), 0
        else:
            return False
        self._follow = True
        return True

    def press(self, key: str) -> None:
        if key in _STEP:
            self._step(_STEP[key])
        elif key in _SCROLL:
            self._top, self._beyond = max(0, min(self._last, self._top + _SCROLL[key])), 0
        elif key == "enter":
            self._enter()
        elif key in {"t", "T"} and self._past is None and not self._open:
            self._left.append(self._chosen)
            self._past, self._chosen, self._top = self.till_app.past(), 0, 0
        elif key == "f9":
            self.till_app.open_page("menu")
            return
        else:
            return
        self.draw()

    def _step(self, by: int) -> None:
        """Move the mark where there is something to choose, else scroll; behind the last sentence help scrolls on."""
        count = self._choices()
        behind = self._past is None and (self._beyond > 0 or (by > 0 and self._chosen >= count - 1))
        if self._open or not count or behind:
            before = self._top
            self._top = max(0, min(self._last, before + by))
            self._beyond = max(0, self._beyond + self._top - before)
        else:
            self._chosen = max(0, min(count - 1, self._chosen + by))
            self._follow = True

    def _choices(self) -> int:
        if self._past is not None and not self._old:
            return len(self._past)
        return self._count

    def _enter(self) -> None:
        if self._open:
            return
        if self._past is not None and not self._old:
            if self._past:
                self._left.append(self._chosen)
                self._old, self._chosen = self._past[self._chosen].reference, 0
        elif self._choices():
            self._open, self._top, self._beyond = True, 0, 0
