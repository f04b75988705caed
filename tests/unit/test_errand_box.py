"""The page of a small job that has much to tell."""

import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.errand import job_box
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView
from pos_app.widgets.rows import plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_and_field_are_seen_whatever_is_told_above(language: str) -> None:
    """Five past incidents, one with a long note, nine kinds and a field on the smallest screen."""
    lines = tuple(ErrandLine(f"Incident {n}: " + "x" * (74 if n == 2 else 9)) for n in range(1, 9))
    choices = tuple(ErrandChoice(n, f"Kind {n}") for n in range(1, 10))
    job = ErrandView("INCIDENT", lines, choices, "In a few words, first")
    words = Words(language)
    text = " ".join(plain(job_box(job, "cold soup", words, 80, 17)))
    assert all(f"{one.digit} {one.label}" in text for one in choices)
    assert "In a few words, first > cold soup" in text
    assert "Incident 1" in text
    assert "Incident 8" not in text
    assert words.plural("and {n} more line", "and {n} more lines", 5) in text
