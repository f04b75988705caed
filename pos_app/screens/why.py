"""Pages of F1 behind the first one: a list of sentences, of which Enter opens one, and the detail of one. Pure."""

from collections.abc import Mapping, Sequence

from pos_app.languages.words import Words
from pos_app.screens.frame import key_bar
from pos_app.widgets.rows import BLANK, Block, Role, boxed, indented, padded, row, wrapped


def list_page(
    title: str,
    head: Sequence[str],
    items: Sequence[str],
    chosen: int,
    *,
    words: Words,
    size: tuple[int, int],
) -> Block:
    """`head`, then `items` with the one at `chosen` marked and in sight."""
    width, height = size
    room, inner = width - 4, height - 3
    lines: Block = [line for text in head for line in wrapped(room, (text, Role.SOFT))]
    lines += [BLANK] if head else []
    marked = (0, 0)
    for n, text in enumerate(items):
        start = len(lines)
        lines += item_rows(text, room, chosen=n == chosen)
        if n == chosen:
            marked = (start, len(lines))
    if not items:
        lines.append(row(words("Nothing here yet.")))
    if chosen <= 0:
        marked = (0, marked[1])
    top = in_sight(0, marked, inner)
    keys = {"Esc": words("Back")}
    if items:
        keys |= {words("Up/Down"): words("Choose"), "Enter": words("Open")}
    return framed(title, lines[top : top + inner], keys, words, size)


def detail_page(
    text: str, detail: Sequence[str], head: Sequence[str], top: int, *, words: Words, size: tuple[int, int]
) -> tuple[Block, int]:
    """One sentence with its detail and the ticket it belongs to, and the largest useful `top`."""
    width, height = size
    room, inner = width - 4, height - 3
    lines: Block = [*wrapped(room, (text, Role.STRONG)), BLANK]
    for one in detail:
        first, *rest = wrapped(room - 4, one)
        lines += [(("  ", Role.TEXT), *first), *indented(4, rest)]
    if not detail:
        lines.append(row(("  " + words("There is no more to say about this."), Role.SOFT)))
    lines += [BLANK, *(line for one in head for line in wrapped(room, (one, Role.SOFT)))]
    last = max(0, len(lines) - inner)
    top = min(top, last)
    keys = {"Esc": words("Back"), **({words("Up/Down"): words("Scroll")} if last else {})}
    return framed(words("WHY"), lines[top : top + inner], keys, words, size), last


def item_rows(text: str, width: int, *, chosen: bool) -> Block:
    """One sentence of a list; the chosen one has a mark that needs no colour."""
    first, *rest = wrapped(width - 2, (text, Role.CHOSEN if chosen else Role.TEXT))
    mark = ("→ ", Role.CHOSEN) if chosen else ("  ", Role.TEXT)
    return [(mark, *first), *indented(2, rest)]


def in_sight(top: int, marked: tuple[int, int], inner: int) -> int:
    """The first row to show so that the rows `marked` (start, end) are among the `inner` shown."""
    start, end = marked
    return start if start < top else max(top, end - inner)


def framed(title: str, lines: Block, keys: Mapping[str, str], words: Words, size: tuple[int, int]) -> Block:
    """Rows in a frame over the whole terminal, with the keys under it."""
    width, height = size
    box = boxed([(width - 2, lines)], height - 1, [title])
    return [padded(line, width) for line in (*box, *key_bar(keys, words, width))]
