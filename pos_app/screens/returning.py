"""The return screen: the original ticket, what comes back, and what that does to points and rewards."""

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.parts import field, times, windowed
from pos_app.till.view import LineView, ReturnView, View
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, row, spread, wrapped


def returning(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body: one box over the width."""
    act = view.returning
    if act is None:
        return []
    room, inner = width - 4, height - 2
    head = _reference(act, desk, words, room)
    if act.summary:
        head += wrapped(room, act.summary)
    foot = _what(act, desk, words, room) if act.found else []
    for effect in act.effects:
        foot += wrapped(room, (effect, Role.STRONG))
    if act.found:
        text = words("Enter records the return, Esc leaves everything as it was.")
        foot += [BLANK, *wrapped(room, (text, Role.SOFT))]
    free = inner - len(
        [line for line in (*head, *foot) if line]
    )  # what is done and what it does is always seen
    lines = [*head, BLANK, *_lines(act, desk, words, room, free), *foot]
    return boxed([(width - 2, fitted(lines, inner, words("more: F1")))], height, [words("RETURN")])


def _lines(act: ReturnView, desk: Desk, words: Words, width: int, room: int) -> Block:
    """The lines of the ticket, those round the cursor where not all fit."""
    groups = [_line(line, act, desk, words, width) for line in act.lines]
    place = next((i for i, line in enumerate(act.lines) if line.index == desk.row), 0)
    return windowed(groups, place, room, words)


def _reference(act: ReturnView, desk: Desk, words: Words, width: int) -> Block:
    if act.found:
        return spread(width, [(words("Ticket {number}", number=act.reference), Role.STRONG)])
    ask = row(words("Scan the ticket, or type its number"), " > ", *field(desk.text, 24))
    return [*wrapped(width, *ask), BLANK]


def _what(act: ReturnView, desk: Desk, words: Words, width: int) -> Block:
    lines: Block = []
    if desk.row >= 0:
        hint = words(
            "Up and Down move, Space or the number picks a line; none picked: the whole ticket. F5: an amount instead."
        )
        lines += wrapped(width, (hint, Role.SOFT))
    else:
        lines.append(row(words("Amount given back"), " > ", *field(desk.text, 12, " "), f" {words.sign}"))
    if act.cents:
        lines += [
            BLANK,
            *spread(min(width, 50), words("Given back"), [(words.money(act.cents), Role.STRONG)]),
        ]
    return lines


def _line(line: LineView, act: ReturnView, desk: Desk, words: Words, width: int) -> Block:
    chosen, here = line.index in act.chosen, line.index == desk.row
    left = [
        ("> " if here else "  ", Role.GOOD),
        ("■ " if chosen else "· ", Role.GOOD),
        (f"{line.index + 1:>2} ", Role.KEY),
        (line.name, Role.CHOSEN if chosen else Role.TEXT),
    ]
    return spread(width, left, [(times(line.qty), Role.SOFT), "  ", words.money(line.cents)])
