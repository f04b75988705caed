"""Every kind has a sentence for every reason, in both languages, that fits the narrow screen."""

import re
from datetime import date

import pytest

import rules.kinds.all  # noqa: F401
from pos_app.languages.words import LANGUAGES, Words
from pos_app.till.labels import amount_text
from pos_app.widgets.rows import cells, wrapped
from rules.decision import Gap, Outcome, Progress, Reason
from rules.explain import Voice, gap_text, outcome_text, progress_text
from rules.kinds.base import kind_names
from rules.wording.distances import GAPS, WAYS

LABEL = {"a": "Double points du samedi", "b": "Carte du petit cafe"}
ASSETS = ("", "points", "stamp:a", "reward:a", "voucher:a")
WIDTH = 76
UNTIL = date(2026, 5, 31)


def voice(language: str) -> Voice:
    """A till's voice without a programme."""
    words = Words(language)
    return Voice(
        say=words,
        money=words.money,
        label=lambda name: LABEL.get(name, name),
        amount=lambda asset, n: amount_text(None, asset, n, words),
        unit="points",
        day=words.date,
        language=language,
    )


def sound(text: str) -> None:
    """No name is left in braces, no doubled blank, no value missing, and two rows of the narrow screen suffice."""
    assert not re.search(r"[{}]", text), text
    assert "  " not in text, text
    assert not re.search(r"\+ (?:$|,|\))", text), text
    assert len(wrapped(WIDTH, text)) <= 2, text
    assert max(cells(word) for word in text.split()) < WIDTH


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", kind_names())
def test_every_kind_has_a_sentence_for_every_reason(kind: str, language: str) -> None:
    """Whatever a kind answers, F1 has words for it; those that give name what is given."""
    speaking = voice(language)
    for reason in Reason:
        assets = ASSETS[1:] if reason in (Reason.APPLIED, Reason.CAP_CUT) else ASSETS
        for asset in assets:
            outcome = Outcome("a", kind, reason, asset, 12, 1234, by="b", cut=3 if asset else 0)
            sound(outcome_text(outcome, speaking))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", [*GAPS, "uses", ""])
def test_every_distance_has_words(unit: str, language: str) -> None:
    """A gap of any unit is told in a few words, known unit or not."""
    text = gap_text(Gap(unit, 3, 10), voice(language))
    assert text
    assert not re.search(r"[{}]", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_has_words(way: str, language: str) -> None:
    """A progress of any sort is told whole."""
    what, _, unit = way.partition("_")
    sound(progress_text(Progress(what, "a", "b", unit or "points", 3, 10, UNTIL), voice(language)))


@pytest.mark.parametrize("kind", kind_names())
def test_both_languages_say_it_differently(kind: str) -> None:
    """A sentence that reads the same in French was forgotten; amounts alone may agree."""
    for reason in set(Reason) - {Reason.APPLIED, Reason.CAP_CUT}:
        outcome = Outcome("a", kind, reason, "points", 1, 100, by="b")
        assert outcome_text(outcome, voice("en")) != outcome_text(outcome, voice("fr"))
