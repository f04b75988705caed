"""The done screen of a sale that many rules gave something for."""

import msgspec
import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.desk import Desk
from pos_app.screens.render import screen
from pos_app.widgets.rows import plain
from tests.unit.till_views import views


@pytest.mark.parametrize("rules", [3, 9, 11, 30])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_and_the_next_sale_are_always_seen(
    language: str, size: tuple[int, int], rules: int
) -> None:
    """The discount for the register, what to say, the receipt and the field; of the rules what there is room for."""
    view, _, _ = views(language)["done"]
    assert view.done is not None
    lines = tuple(f"Rule {n}: + 5 points" for n in range(1, rules + 1))
    words = Words(language)
    many = msgspec.structs.replace(view, done=msgspec.structs.replace(view.done, lines=lines))
    text = " ".join(" ".join(plain(screen(many, Desk("12"), words, *size))).split())
    for part in (view.done.tell_till, view.done.say, view.done.reference, words("Next sale") + " > 12"):
        assert " ".join(part.split()) in text, part
    assert (lines[-1] in text) != (" ".join(words("more: F1").split()) in text)
