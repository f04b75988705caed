"""The sign-in screen: badge, then PIN. The PIN shows as dots and is never part of a view."""

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.frame import age
from pos_app.till.view import SignInView, View
from pos_app.widgets.rows import BLANK, Block, Role, boxed, centred


def sign_in(view: View, desk: Desk, words: Words, width: int, height: int) -> Block:
    """Rows of the body: one box in the middle."""
    size = min(width - 4, 76)
    inner = size - 4
    badge = view.sign_in or SignInView("", 0, 0, 0)
    lines: Block = [BLANK, *_ask(badge, desk, words, inner), BLANK]
    if badge.wait_s:
        wait = words("Too many wrong PINs: wait {age}.", age=age(badge.wait_s, words))
        lines += [*centred(inner, (wait, Role.WARNING)), BLANK]
    elif badge.tries_left:
        left = words.plural("{n} try left", "{n} tries left", badge.tries_left)
        lines += [*centred(inner, (left, Role.SOFT)), BLANK]
    lines += centred(inner, (words("Language: F4"), Role.SOFT))
    box = boxed([(size - 2, lines)], len(lines) + 3, [words("SIGN IN")])
    above = max(0, (height - len(box)) // 2)
    side = (width - size) // 2
    return [*[BLANK] * above, *(((" " * side, Role.TEXT), *line) for line in box)]


def _ask(badge: SignInView, desk: Desk, words: Words, width: int) -> Block:
    if not badge.name:
        return centred(width, (words("SCAN YOUR BADGE"), Role.STRONG))
    dots = "●" * len(desk.text)
    room = "·" * max(0, badge.pin_digits - len(desk.text))
    return [
        *centred(width, (badge.name, Role.STRONG)),
        BLANK,
        *centred(width, words("PIN"), "  ", (dots, Role.FIELD), ("_", Role.CURSOR), (room, Role.REST)),
        BLANK,
        *centred(width, (words("then Enter"), Role.SOFT)),
    ]
