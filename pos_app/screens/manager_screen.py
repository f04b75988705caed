"""The manager's screen over the till: counted by a thread, drawn here, asked again while it is open."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from textual.message import Message

from pos_app.languages.words import Words
from pos_app.manager.dashboard import Dashboard, dashboard_of
from pos_app.manager.export import export
from pos_app.manager.member_file import MemberFile, detail_of, member_file
from pos_app.manager.shop import shop_of
from pos_app.screens.frame import key_bar, status_line
from pos_app.screens.manager import dashboard
from pos_app.screens.manager_pages import (
    campaigns_page,
    days_page,
    members_page,
    patterns_page,
    sync_page,
    to_look_at,
)
from pos_app.screens.pages import Page
from pos_app.screens.why import detail_page, in_sight, list_page
from pos_app.till.privacy import VIEWED, note
from pos_app.till.view import Stage
from pos_app.widgets.rows import BLANK, Block, Role, padded, row, rule
from sync.sqlite_driver import DatabaseError
from sync.till.errors import StoreError
from sync.till.told_figures import told_figures

if TYPE_CHECKING:
    from pos_app.till.till import Till

LOOK_S: Final = 2.0
AGAIN_S: Final = 30.0
_PAGES: Final[Mapping[str, Callable[[Dashboard, Words, int, int], Block]]] = {
    "": dashboard,
    "f3": members_page,
    "f4": campaigns_page,
    "f5": days_page,
    "f7": sync_page,
}
_LOOK: Final = "f8"
_MOVES: Final = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}


class Counted(Message):
    """The figures of `till` are there."""

    def __init__(self, till: "Till", found: Dashboard) -> None:
        super().__init__()
        self.till, self.found = till, found


class ManagerScreen(Page):
    """F9, then manager: figures, and by function keys what is behind them. Esc goes back a page, then to the till."""

    def __init__(self) -> None:
        super().__init__(name="manager")
        self._till: Till | None = None  # whose figures are shown: in training it is another one
        self._found: Dashboard | None = None
        self._open = ""
        self._said = ""
        self._at_s = 0.0
        self._told_ms = 0
        self._chosen = self._top = 0
        self._detail = False

    def on_mount(self) -> None:
        self.set_interval(LOOK_S, self._look)

    def on_screen_resume(self) -> None:
        self._open, self._said, self._top = "", "", 0
        self._at_s = 0.0
        self._look()
        super().on_screen_resume()

    def _look(self) -> None:
        """Count again after a while, and once the ledger has told anew; it is asked as often."""
        till = self.till_app.till
        if till is None or not self.is_current:
            return
        if till is not self._till:
            self._till, self._found, self._at_s = till, None, 0.0
        told = told_figures(till.parts.reader)
        told_ms = told.made_ms if told is not None else 0
        due = time.monotonic() >= self._at_s
        if due and till.parts.network is not None:
            till.parts.network.request_figures(shop_of(till.parts).now)
        if self._open == "f2" and not self._detail:
            self.draw()
        if due or told_ms != self._told_ms:
            self._at_s, self._told_ms = time.monotonic() + AGAIN_S, told_ms
            self.run_worker(lambda: self._count(till), thread=True, group="figures")

    def _count(self, till: "Till") -> None:
        try:
            found = dashboard_of(shop_of(till.parts))
        except (StoreError, DatabaseError):
            return  # the disk, of which the till tells itself, or a training that ended meanwhile
        self.post_message(Counted(till, found))

    def on_counted(self, message: Counted) -> None:
        if message.till is not self._till:
            return
        self._found = message.found
        if self.is_current:
            self.draw()

    def rows(self) -> Block:
        app, (width, height) = self.till_app, self.size
        assert app.view is not None
        if app.view.stage is Stage.LOCKED:
            return [BLANK]
        words = app.words
        if self._open == "f2":
            return self._member(words)
        top = [*status_line(app.view.status, words, width), rule(width)]
        said = [row(" ", (self._said, Role.INFO))] if self._said else []
        keys = self._keys(words)
        for more in ({}, self._more(words)):
            bar = key_bar({**more, **keys}, words, width)
            bottom = [*said, rule(width), *bar]
            room = height - len(top) - len(bottom)
            body, whole = self._body(words, width - 2, room)
            if whole:
                break
        body = [row(" ", *line) if line else BLANK for line in body]
        body += [BLANK] * (room - len(body))
        return [padded(line, width) for line in (*top, *body, *bottom)][:height]

    def _body(self, words: Words, width: int, room: int) -> tuple[Block, bool]:
        """The rows of the open page that have room, from where it was scrolled to, and whether no key moves in it."""
        if self._found is None:
            return [row((words("Counting ..."), Role.SOFT))], True
        if self._open == _LOOK:
            every = to_look_at(self._found, words)
            self._chosen = max(0, min(self._chosen, len(every) - 1))
            lines, marked = patterns_page(self._found, words, width, self._chosen)
            self._top = in_sight(self._top, marked, room)
            return lines[self._top : self._top + room], not every
        lines = _PAGES[self._open](self._found, words, width, room)
        self._top = max(0, min(self._top, len(lines) - room))
        return lines[self._top : self._top + room], len(lines) <= room

    def _more(self, words: Words) -> Mapping[str, str]:
        """The keys of a page with more than its first rows."""
        if self._open == _LOOK:
            return {words("Up/Down"): words("Choose"), "Enter": words("The member")}
        return {words("Up/Down"): words("Scroll")}

    def _file(self, words: Words) -> MemberFile | None:
        app = self.till_app
        if app.till is None or app.view is None or app.view.member is None:
            return None
        return member_file(app.till, app.view.member, words)

    def _member(self, words: Words) -> Block:
        """The member of the begun ticket: a list of lines, and behind each what led to it."""
        size = self.size.width, self.size.height
        found = self._file(words)
        head, lines = (found.head, found.lines) if found is not None else ((), ())
        self._chosen = max(0, min(self._chosen, len(lines) - 1))
        if self._detail and lines:
            one = lines[self._chosen]
            assert self.till_app.till is not None
            detail = detail_of(self.till_app.till, one, words)
            page, _ = detail_page(one.text, detail, head, self._top, words=words, size=size)
            return page
        return list_page(
            words("MEMBER"), head, [one.text for one in lines], self._chosen, words=words, size=size
        )

    def _open_member(self) -> None:
        app, words = self.till_app, self.till_app.words
        basket = app.till.state.basket if app.till is not None else None
        who = basket.who if basket is not None else None
        if app.till is None or who is None or who.member is None:
            self._said = words("No member: scan the card at the till, then come back with F9.")
            return
        manager = app.till.state.cashier.id if app.till.state.cashier is not None else ""
        try:
            note(app.till.parts, app.till.state, who.member, VIEWED, manager)
        except StoreError as error:
            self._said = words(str(error))
            return
        if app.till.parts.network is not None:
            app.till.parts.network.request_history(who.member)
        self._open, self._chosen, self._top, self._detail = "f2", 0, 0, False

    def _show_member(self) -> None:
        """The member of the chosen line, at the till: what is known, then F9 and F2 for what led to it."""
        till, every = self.till_app.till, to_look_at(self._found, self.till_app.words) if self._found else []
        member = every[self._chosen][1] if every else 0
        if till is None or not member:
            self._said = self.till_app.words("This line is about no member.")
            self.draw()
            return
        till.look_at(member)
        self.till_app.close_page()
        self.till_app.refresh_view()

    def _keys(self, words: Words) -> Mapping[str, str]:
        keys = {
            "F2": words("Member"),
            "F3": words("Members"),
            "F4": words("Campaigns"),
            "F5": words("Week"),
            "F6": words("Export"),
            "F7": words("Sync"),
            "F8": words("To look at"),
            "F9": words("Settings"),
        }
        shown = {name: what for name, what in keys.items() if name.lower() != self._open}
        if self._open == "f7":
            shown["R"] = words("Send now")
        return {**shown, "Esc": words("Back") if self._open else words("Till")}

    def back(self) -> bool:
        if self._detail:
            self._detail = False
            return True
        was, self._open, self._said, self._top = self._open, "", "", 0
        return bool(was)

    def press(self, key: str) -> None:
        if key in _MOVES:
            self._move(_MOVES[key])
        elif self._open == "f2" and key == "enter":
            self._detail, self._top = True, 0
        elif self._open == _LOOK and key == "enter":
            self._show_member()
            return
        elif key == "f2":
            self._open_member()
        elif key == "f9":
            self.till_app.open_settings()
            return
        elif key == "f6":
            self._export()
        elif key == _LOOK or (key in _PAGES and key):
            self._open, self._said, self._chosen, self._top = key, "", 0, 0
        elif key in {"r", "R"} and self._open == "f7":
            self._send()
        else:
            return
        self.draw()

    def _move(self, by: int) -> None:
        """In a list to another line, else the page up or down."""
        if self._open == _LOOK or (self._open == "f2" and not self._detail):
            self._chosen += by
        else:
            self._top = max(0, self._top + by)

    def _send(self) -> None:
        till = self.till_app.till
        if till is not None and till.parts.network is not None:
            till.parts.network.wake_push()
            self._said = self.till_app.words(
                "Sending what waits. The head office tries again what was put aside."
            )

    def _export(self) -> None:
        till, words = self.till_app.till, self.till_app.words
        if till is None or self._found is None:
            return
        try:
            files = export(self._found, till.parts.store.folder)
        except OSError as error:
            self._said = words("Not written ({reason}): make room on the disk.", reason=error.strerror or "")
            return
        self._said = words("Written: {n} files in {folder}", n=len(files), folder=str(files[0].parent))
