"""The done screen: what was recorded, what to tell the register and the customer. The next scan replaces it."""

from collections.abc import Sequence

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.parts import balance_rows, field, recent_rows
from pos_app.till.view import View
from pos_app.widgets.rows import BLANK, Block, Piece, Role, boxed, fitted, indented, row, spread, wrapped
from rules.sentences import mark

_PAPER = {
    True: mark("Receipt printed."),
    False: mark("Receipt kept, not printed yet."),
    None: mark("No printer: F9, 8 shows the receipt."),
}


def done(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body: one box, the last tickets under it when there is room."""
    if view.done is None:
        return []
    room = width - 4
    box = _record(view, words, room, height - 3)
    box += [BLANK, row(words("Next sale"), " > ", *field(desk.text, 20))]
    recent = indented(1, recent_rows(view.recent, words, width - 2)) if height > len(box) + 8 else []
    tall = min(height, max(len(box) + 2, height - len(recent) - 1))
    return [
        *boxed([(width - 2, fitted(box, tall - 2, words("more: F1")))], tall, [words("DONE")]),
        BLANK,
        *recent,
    ]


def _record(view: View, words: Words, width: int, room: int) -> Block:
    """What was recorded in `room` rows: of many rules that gave something F1 has the rest, not what is to be told."""
    record = view.done
    assert record is not None
    head: list[Piece] = [(words("RECORDED"), Role.GOOD), " ", (words.money(record.paid), Role.STRONG)]
    if record.reward:
        head += [" ", (words("(reward {amount})", amount=words.money(-record.reward)), Role.SOFT)]
    lines = spread(width, head, [(words("ticket {number}", number=record.number), Role.SOFT)])
    head_rows, lines = lines, []
    for name, text in ((words("Tell the register: "), record.tell_till), (words("Say: "), record.say)):
        if text:
            lines += [BLANK, *wrapped(width, (name, Role.TITLE), (text, Role.STRONG))]
    if view.member:
        lines += [
            BLANK,
            *wrapped(width, (view.member.name, Role.STRONG)),
            *balance_rows(view.member, words, width),
        ]
    printed = words(_PAPER[record.printed])
    undo = words("Backspace: undo ({n} s)", n=record.undo_s) if record.undo_s > 0 else ""
    lines += [BLANK, *spread(width, [(f"{printed} {record.reference}", Role.SOFT)], [(undo, Role.SOFT)])]
    free = room - len([line for line in (*head_rows, *lines) if line])
    return [*head_rows, BLANK, *_gained(record.lines, words, width, free), *lines]


def _gained(texts: Sequence[str], words: Words, width: int, room: int) -> Block:
    """As many sentences as fit whole, and that there is more."""
    groups = [wrapped(width, text) for text in texts]
    if sum(map(len, groups)) <= room:
        return [line for group in groups for line in group]
    shown: Block = []
    for group in groups:
        if len(shown) + len(group) >= room:
            break
        shown += group
    return [*shown, row((words("more: F1"), Role.SOFT))]
