"""Consent at the counter: purposes and words of the programme, a proof in the journal, withdrawn as easily as given."""

import hashlib

import pytest

from pos_app.languages.words import Words
from pos_app.screens.desk import CONSENT, Desk
from pos_app.screens.render import screen
from pos_app.till.view import Stage
from sync.entry import ConsentBody
from tests.unit.till_kit import HEAD, PROGRAMME, Shop

TERMS, NEWS = "I accept the rules of the programme.", "Write to me about new bread. " * 30
ASKING = PROGRAMME.replace(
    HEAD,
    HEAD
    + f"""
[consent]
purposes = [
  {{ id = "news", version = 3, label.en = "News", text.en = "{NEWS}", label.fr = "Du neuf", text.fr = "Du pain." }},
  {{ id = "terms", required = true, label.en = "Terms", text.en = "{TERMS}", label.fr = "T", text.fr = "T." }},
  {{ id = "survey", label.en = "Surveys", text.en = "Ask me.", label.fr = "Avis", text.fr = "Demandez." }},
]
""".encode(),
)


def given(shop: Shop) -> list[tuple[str, bool, str]]:
    """The consents in the journal."""
    found = []
    for body in shop.bodies("CONSENT"):
        assert isinstance(body, ConsentBody)
        found.append((body.purpose, body.given, body.wording))
    return found


def test_the_programme_says_what_is_asked_and_the_entry_which_words_were_shown(shop: Shop) -> None:
    """Terms are accepted by joining, the others by their digits; version, language and digest of the words."""
    shop.publish("programme", ASKING)
    shop.till.open_enrol()
    form = shop.view.enrol
    assert form is not None
    assert [(one.digit, one.label, one.chosen) for one in form.consents] == [
        (1, "Terms", True),
        (2, "+ News", False),
        (3, "+ Surveys", False),
    ]
    assert form.wording == TERMS
    shop.till.enrol_set("consent", "3")
    shop.till.enrol_set("consent", "2")
    shop.till.enrol_set("consent", "3")  # and off again
    shop.till.enrol_confirm()
    assert shop.view.stage is Stage.TICKET
    said = [f"Terms\n{TERMS}", f"News\n{NEWS}"]
    digests = [hashlib.sha256(one.encode()).hexdigest()[:16] for one in said]
    assert given(shop) == [
        ("terms", True, f"1.en.{digests[0]}"),
        ("news", True, f"3.en.{digests[1]}"),
    ]


def test_the_words_are_on_the_screen_whole_before_they_are_consented_to(shop: Shop) -> None:
    """A text of 870 characters at 80x24: what can wait makes room for it."""
    shop.publish("programme", ASKING)
    shop.till.open_enrol()
    shop.till.enrol_set("consent", "2")
    rows = screen(shop.view, Desk("", CONSENT), Words("en"), 80, 24)
    text = " ".join(" ".join("".join(part for part, _ in row) for row in rows).split())
    assert len(rows) == 24
    assert NEWS.strip() in text


def test_the_entry_names_the_words_that_were_shown_also_where_they_changed_meanwhile(shop: Shop) -> None:
    """A form that stands open when other rules, or another language, come: what was read is what counts."""
    shop.publish("programme", ASKING)
    shop.till.open_enrol()
    shop.till.enrol_set("consent", "3")
    shop.publish(
        "programme", ASKING.replace(b"version = 1", b"version = 2", 1).replace(b"Ask me.", b"Call me.")
    )
    shop.till.set_language("fr")
    shop.till.enrol_confirm()
    digest = hashlib.sha256(b"Surveys\nAsk me.").hexdigest()[:16]
    assert given(shop)[1] == ("survey", True, f"1.en.{digest}")


@pytest.mark.parametrize("digit", ["0", "4", "9", "a", "23", ""])
def test_a_digit_that_is_not_there_is_refused(shop: Shop, digit: str) -> None:
    """Three are asked without a [consent]: everything else says so and changes nothing."""
    shop.till.open_enrol()
    shop.till.enrol_set("consent", digit)
    assert shop.view.notice is not None
    assert shop.view.notice.code == "enrol_consent"


def test_a_consent_is_withdrawn_by_two_digits_without_a_badge_and_given_again(shop: Shop) -> None:
    """Off line, by the member's word; the page shows the last answer of this till."""
    shop.go_offline()
    shop.till.open_enrol()
    shop.till.enrol_set("contact", "06 12 34 56 78")
    shop.till.enrol_set("consent", "2")
    shop.till.enrol_confirm()
    shop.till.errand("personal")
    shop.till.choose_in_errand(3)
    assert shop.view.errand is not None
    assert [(one.label, one.right) for one in shop.view.errand.choices] == [
        ("offers by SMS", "given"),
        ("offers by e-mail", ""),
    ]
    shop.till.choose_in_errand(1)
    assert shop.view.errand is not None
    assert "offers by SMS" in shop.view.errand.lines[0].text
    shop.till.choose_in_errand(2)
    assert shop.view.errand is not None
    assert shop.view.errand.choices[0].right == "withdrawn"
    assert [one[:2] for one in given(shop)] == [("account", True), ("sms", True), ("sms", False)]
    shop.till.enter()
    assert shop.view.stage is Stage.TICKET
