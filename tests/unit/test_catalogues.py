"""The catalogues hold what the code says, whole and compiled."""

import datetime
import string

import pytest
from babel.messages.catalog import Message

from pos_app.languages import extract
from pos_app.languages.words import LANGUAGES, Words


def _forms(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[call-overload]


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _messages(language: str) -> list[Message]:
    return [message for message in extract.read(language) if message.id]


def test_every_message_of_the_code_has_a_french_translation() -> None:
    """A message added without its French fails here; the command names it."""
    french = extract.read("fr")
    lacking = [
        m.id for m in extract.template() if m.id and not ((known := french.get(m.id)) and known.string)
    ]
    assert lacking == [], "run python -m pos_app.languages.extract, then translate"
    assert extract.missing(french) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_fuzzy_or_left_over(language: str) -> None:
    """The catalogue holds exactly what the code holds."""
    catalog = extract.read(language)
    assert [m.id for m in catalog if m.id and m.fuzzy] == []
    assert list(catalog.obsolete) == []
    in_code = {m.id for m in extract.template() if m.id}
    assert {m.id for m in catalog if m.id} == in_code


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_agree(language: str) -> None:
    """A translation names the values that the message names; a plural may leave its number out in one form."""
    wrong = []
    for message in _messages(language):
        wanted = [_names(form) for form in _forms(message.id)]
        if isinstance(message.id, tuple):
            wanted.append(set().union(*wanted) - {"n"})
        wrong += [(message.id, form) for form in _forms(message.string) if _names(form) not in wanted]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_fresh(language: str) -> None:
    """The .mo that is read is the .po that is reviewed."""
    path = extract.po_path(language)
    assert path.with_suffix(".mo").read_bytes() == extract.mo_bytes(extract.read(language))


def test_extraction_finds_single_plural_and_conditional_messages() -> None:
    """Every way of marking a message is found; values and unmarked strings are not."""
    source = 'w = words("one {x}", x="no")\nself._words.plural("a {n}", "b {n}", n)\nwords("y" if c else "z")\nf("no")'
    assert [message for _, message in extract.messages_in(source)] == [
        "one {x}",
        ("a {n}", "b {n}"),
        "y",
        "z",
    ]


@pytest.mark.parametrize(
    ("language", "money", "number", "day"),
    [("fr", "1\u202f254,90\u00a0€", "1\u202f254", "08/11/2026"), ("en", "€1,254.90", "1,254", "08/11/2026")],
)
def test_amounts_and_dates_read_as_people_write_them(
    language: str, money: str, number: str, day: str
) -> None:
    """Euros, thousands and days in the form of each language."""
    words = Words(language)
    assert words.money(125490) == money
    assert words.number(1254) == number
    assert words.date(datetime.date(2026, 11, 8)) == day
    assert words.time(datetime.datetime(2026, 11, 8, 9, 5)) == "09:05"


def test_words_never_raise_on_values_that_do_not_fit() -> None:
    """A sentence with a missing value or a stray brace is shown, not raised."""
    words = Words("xx")
    assert words("{a} and {b}", a=1) == "1 and {b}"
    assert words("{", a=1) == "{"
    assert words("{a.b}", a=1) == "{a.b}"
    assert words.plural("{n} stamp", "{n} stamps", 2) == "2 stamps"
    assert words("") == ""
