"""The help page (F1): why these points, the keys, the state of the devices and of the network."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

from pos_app.languages.words import Words
from pos_app.screens.frame import age, notice_rows
from pos_app.screens.parts import before_rows, member_rows
from pos_app.screens.why import framed, item_rows
from pos_app.till.view import View
from pos_app.widgets.rows import BLANK, Block, Role, Row, indented, padded, row, spread, wrapped

_TWO_COLUMNS: Final = 110
"""From this width on, in cells, the keys stand in two columns, before the member, of whom all is beside the ticket."""


def help_lines(
    view: View, why: Sequence[str], words: Words, width: int, chosen: int = -1
) -> tuple[Block, tuple[int, int]]:
    """All lines of the page for a terminal of `width`, and the first and the end of those of `why` at `chosen`.

    `why` is what the till explains.
    """
    room = width - 4
    lines, marked = _why(view, why, words, room, chosen)
    keys, member = _keys(words, room), _member(view, words, room)
    rest = [*keys, *member] if room >= _TWO_COLUMNS else [*member, *keys]
    return [*lines, *rest, *_state(view, words, room)], marked


def help_frame(
    lines: Block, words: Words, size: tuple[int, int], top: int, more: Mapping[str, str]
) -> tuple[Block, int]:
    """The lines from `top` in their frame, and the largest useful `top`; `more` keys work beside the usual ones."""
    inner = size[1] - 3
    last = max(0, len(lines) - inner)
    top = min(top, last)
    keys = {"Esc": words("Close"), **({words("Up/Down"): words("Scroll")} if last else {}), **more}
    return framed(words("HELP"), lines[top : top + inner], keys, words, size), last


def _why(
    view: View, why: Sequence[str], words: Words, width: int, chosen: int
) -> tuple[Block, tuple[int, int]]:
    lines: Block = []
    marked = (0, 0)
    if view.notice:
        lines += [*notice_rows(view.notice, words, width)]
        lines += [_soft(words("code {code}", code=view.notice.code)), BLANK]
    if why:
        lines.append(_title(words("WHY")))
        for n, reason in enumerate(why):
            start = len(lines)
            lines += item_rows(reason, width, chosen=n == chosen)
            marked = (start, len(lines)) if n == chosen else marked
        lines.append(BLANK)
    return lines, marked


def _member(view: View, words: Words, width: int) -> Block:
    """The member of the ticket, whole: beside the ticket a narrow terminal has no room for all of it."""
    if view.member is None:
        return []
    known = [*member_rows(view.member, words, width - 1), *before_rows(view.member, words, width - 1)]
    return [_title(words("MEMBER")), *indented(1, [line for line in known if line]), BLANK]


def _keys(words: Words, width: int) -> Block:
    keys = (
        (words("Enter"), words("does what the screen says; once per sale")),
        (words("Esc"), words("empties the field, else leaves one level")),
        (words("Backspace"), words("on an empty field: undoes the last ticket, for 60 s")),
        ("* F4", words("rewards; the number picks one")),
        ("/ F2", words("finds a member by phone, e-mail or card")),
        ("+ F3", words("enrols a member")),
        ("- F6", words("return of goods")),
        ("F5", words("items or amount")),
        ("F7 F8", words("lost card; incident, or what the alert says")),
        (words("Up/Down Del"), words("marks a line of the ticket, removes it")),
        ("P", words("prints the receipt, after a sale")),
        ("S", words("asks how satisfied the member is, after a sale")),
        ("Q", words("the question to the member, where the ticket asks one; a new card as a QR code")),
        ("V", words("the member's vouchers, each to be printed by its digit")),
        ("F9", words("menu: services, receipt, settings, end of day")),
        ("F12", words("locks the till; a badge opens it")),
        ("Ctrl+Q", words("leaves the till, as in the menu")),
    )
    title = _title(words("KEYS"))
    if width < _TWO_COLUMNS:
        return [title, *_key_rows(keys, width), BLANK]
    half, middle = (width - 2) // 2, (len(keys) + 1) // 2
    both = itertools.zip_longest(
        _key_rows(keys[:middle], half), _key_rows(keys[middle:], half), fillvalue=BLANK
    )
    return [title, *((*padded(left, half + 2), *right) for left, right in both), BLANK]


def _key_rows(keys: Sequence[tuple[str, str]], width: int) -> Block:
    column = max(len(name) for name, _ in keys) + 2
    lines: Block = []
    for name, text in keys:
        first, *rest = wrapped(width - column - 1, text)
        lines.append(row(" ", (name, Role.KEY), " " * (column - len(name)), *first))
        lines += indented(column + 1, rest)
    return lines


def _state(view: View, words: Words, width: int) -> Block:
    status = view.status
    network = words("online") if status.online else words("offline since {since}", since=status.since or "?")
    facts = [
        (words("Ledger"), network if status.paired else words("none is set up; everything is kept here")),
        *([(words("Why offline"), status.reason)] if status.reason else []),
        *([(words("Other tills"), " · ".join(status.neighbours))] if status.neighbours else []),
        (words("To send"), words.number(status.waiting)),
        (words("Sent"), words.number(status.sent)),
        (words("Oldest to send"), age(status.oldest_s, words) if status.waiting else "-"),
        (words("Balances as of"), status.known or "-"),
        (words("Scanner"), status.scanner or words("no fault known")),
        (words("Printer"), status.printer or words("no fault known")),
    ]
    lines: Block = [_title(words("STATE"))]
    for name, text in facts:
        lines += indented(1, spread(width - 1, [(name, Role.SOFT)], text))
    return lines


def _title(text: str) -> Row:
    return row((text, Role.TITLE))


def _soft(text: str) -> Row:
    return row((text, Role.SOFT))
