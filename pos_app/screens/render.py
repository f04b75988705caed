"""One function from a view to the whole screen: the stage alone decides which one."""

from collections.abc import Callable
from typing import Final

from pos_app.languages.words import Words
from pos_app.screens.code import code_page
from pos_app.screens.desk import Desk
from pos_app.screens.done import done
from pos_app.screens.enrol import enrol
from pos_app.screens.errand import errand
from pos_app.screens.frame import MINIMUM, page
from pos_app.screens.idle import idle
from pos_app.screens.returning import returning
from pos_app.screens.reward import reward
from pos_app.screens.sign_in import sign_in
from pos_app.screens.ticket import ticket
from pos_app.till.view import Stage, View
from pos_app.widgets.rows import BLANK, Block, Role, centred, padded

Body = Callable[[View, Desk, Words, int, int], Block]

BODIES: Final[dict[Stage, Body]] = {
    Stage.LOCKED: sign_in,
    Stage.IDLE: idle,
    Stage.TICKET: ticket,
    Stage.REWARD: reward,
    Stage.DONE: done,
    Stage.ENROL: enrol,
    Stage.RETURN: returning,
    Stage.ERRAND: errand,
}


def screen(view: View, desk: Desk, words: Words, width: int, height: int, *, halves: bool = True) -> Block:
    """The whole screen, `height` rows of `width` cells; one sentence when the terminal is too small.

    `halves` says that the terminal's font has half blocks.
    """
    if width < MINIMUM[0] or height < MINIMUM[1]:
        return too_small(words, width, height)
    if view.errand is not None and view.errand.qr:
        return code_page(view, view.errand, words, width, height, halves=halves)
    body = BODIES[view.stage]
    return page(view, words, width, height, lambda w, h: body(view, desk, words, w, h))


def too_small(words: Words, width: int, height: int) -> Block:
    """What a terminal below 80 by 24 shows; nothing is lost meanwhile."""
    text = words(
        "This terminal has {columns} x {rows} cells: make it at least 80 x 24, the till goes on by itself.",
        columns=width,
        rows=height,
    )
    return in_the_middle([(text, Role.STRONG)], width, height)


def starting(words: Words, width: int, height: int, fault: str = "") -> Block:
    """What shows while the till opens its files, or why it could not."""
    if not fault:
        return in_the_middle([(words("Starting..."), Role.STRONG)], width, height)
    keys = words("Enter tries again, Esc leaves.")
    return in_the_middle([(words(fault), Role.STRONG), ("  " + keys, Role.SOFT)], width, height)


def in_the_middle(pieces: list[tuple[str, Role]], width: int, height: int) -> Block:
    """A sentence in the middle of an empty screen."""
    lines = centred(width, *pieces)
    above = max(0, (height - len(lines)) // 2)
    rows = [*[BLANK] * above, *lines]
    return [padded(line, width) for line in (*rows, *[BLANK] * (height - len(rows)))][:height]
