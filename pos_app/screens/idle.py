"""The idle screen: scan or type, and the last tickets."""

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.parts import field, recent_rows
from pos_app.till.view import View
from pos_app.widgets.rows import BLANK, Block, Role, centred, indented


def idle(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the idle screen's body."""
    recent = indented(1, recent_rows(view.recent, words, width - 2))
    middle = [
        *centred(width, (words("SCAN A CARD OR A PHONE CODE"), Role.STRONG)),
        BLANK,
        *centred(width, (words("or type a card or phone number, or the amount, then Enter"), Role.SOFT)),
        BLANK,
        *centred(width, "> ", *field(desk.text, 20)),
        BLANK,
        *centred(width, (words("No card? F3 enrols in under 20 s."), Role.SOFT)),
        *centred(width, (words("Amount first, then scan: both orders work."), Role.SOFT)),
    ]
    above = max(0, (height - len(middle) - len(recent) - 1) // 2)
    below = max(1, height - above - len(middle) - len(recent))
    return [*[BLANK] * above, *middle, *[BLANK] * below, *recent]
