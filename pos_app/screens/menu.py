"""The menu page (F9): one digit does one thing."""

from collections.abc import Sequence

from pos_app.languages.words import Words
from pos_app.screens.frame import key_bar
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, indented, padded, row, wrapped


def menu_page(
    title: str, labels: Sequence[str], notes: Sequence[str], words: Words, size: tuple[int, int]
) -> Block:
    """The page as rows: `labels` get the digits from 1, `notes` stand under them."""
    width, height = size
    lines: Block = [BLANK]
    for digit, text in enumerate(labels, start=1):
        first, *rest = wrapped(width - 10, text)
        lines += [row("  ", (f" {digit} ", Role.KEY), "  ", *first), *indented(7, rest), BLANK]
    for note in notes:
        lines += wrapped(width - 4, (note, Role.SOFT))
    box = boxed([(width - 2, fitted(lines, height - 3, words("more: F1")))], height - 1, [title])
    return [padded(line, width) for line in (*box, *key_bar({"Esc": words("Close")}, words, width))]
