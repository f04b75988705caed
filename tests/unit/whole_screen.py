"""What of a screen was cut away: it is drawn as it is and as high as it likes, and the words are compared."""

import re
from collections import Counter

import msgspec

from pos_app.languages.words import Words
from pos_app.screens.desk import Desk
from pos_app.screens.render import screen
from pos_app.till.view import View
from pos_app.widgets.rows import Block, plain

HIGH = 300


def said(rows: Block) -> "Counter[str]":
    """The words on a screen, each as often as it stands there; lines and bars are no words."""
    return Counter(re.sub("[│─┌┬┐└┴┘█░▒]", " ", " ".join(plain(rows))).split())


def cut(view: View, desk: Desk, words: Words, size: tuple[int, int]) -> list[str]:
    """What is missing at `size` of what there is to say."""
    high = view if view.notice is None else msgspec.structs.replace(view, prompt="")
    rows = screen(view, desk, words, *size)
    assert len(rows) == size[1]
    return list((said(screen(high, desk, words, size[0], HIGH)) - said(rows)).elements())


def shortened(view: View) -> View:
    """The view with two lines of a return: the others are scrolled, and all the rest needs its room beside two."""
    if view.returning is None:
        return view
    some = msgspec.structs.replace(view.returning, lines=view.returning.lines[:2])
    return msgspec.structs.replace(view, returning=some)
