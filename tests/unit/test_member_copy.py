"""A copy for the member at the counter: files, the ledger's beside it, the journal's word on who took it."""

import stat
from pathlib import Path

import msgspec
import pytest

from pos_app.till.consents import with_texts
from rules.kinds.consent import wording
from sync.entry import SupervisorBody
from sync.member_copy import CopiedConsent, MemberCopy
from sync.till.events import CopyArrived
from tests.unit.test_till_erase import type_in
from tests.unit.till_kit import DAY_MS, OTHER_BADGE, OTHER_PIN, PROGRAMME, Shop, card_number

CARD = card_number(900)


@pytest.fixture
def asked(shop: Shop) -> Shop:
    """A member enrolled and sold to here, whose copy a manager has just asked for."""
    shop.till.open_enrol()
    told = {"card": CARD, "contact": "someone@example.org", "consent": "3", "first_name": "Wilhelmine"}
    for name, value in told.items():
        shop.till.enrol_set(name, value)
    shop.till.enrol_confirm()
    shop.key_in("4590")
    shop.scan(CARD)
    shop.till.errand("personal")
    shop.scan(OTHER_BADGE)
    shop.till.pin(OTHER_PIN)
    type_in(shop, "1")
    return shop


def files(shop: Shop) -> dict[str, Path]:
    return {path.name: path for path in (shop.folder / "copies").iterdir()}


def test_what_the_till_keeps_is_written_for_the_member(asked: Shop) -> None:
    """Name, purchases, points and consents; the contact stays sealed and is named so; the journal says who took it."""
    assert asked.code == "copy_asked"
    assert asked.last_body() == SupervisorBody("m1", "member_copy", "manager")
    assert asked.entries()[-1].member == 5000
    assert asked.ledger.copies == [(5000, "m1")]
    made = files(asked)
    assert sorted(made) == ["5000-till.json", "5000-till.txt"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.values()} == {0o600}
    copy = msgspec.json.decode(made["5000-till.json"].read_bytes(), type=MemberCopy)
    assert (copy.name, copy.cards, copy.contacts) == ("Wilhelmine", 1, 1)
    assert copy.sealed == ("contact", "first_name")
    assert [one.purpose for one in copy.consents if one.given] == ["account", "email"]
    assert [(line.cents, one.given[0].quantity) for one in copy.tickets for line in one.lines] == [(4590, 45)]
    assert {one.purpose: one.text for one in copy.consents}["email"] == (
        "offers by e-mail: The shop may send you offers by e-mail. You can end that at any till, any time."
    )
    text = made["5000-till.txt"].read_text()
    assert "  offers by e-mail: The shop may send you offers by e-mail." in text
    for words in ("First name: Wilhelmine", "€45.90", "1 point per euro: + 45 points", "contact, first_name"):
        assert words in text
    assert "example.org" not in text + made["5000-till.json"].read_text()


def test_the_ledgers_copy_comes_beside_it_and_goes_in_time(asked: Shop) -> None:
    """French, when the till is French; a week later both are gone, and at once where the member is erased."""
    asked.till.set_language("fr")
    asked.till.heard(CopyArrived(5000, MemberCopy("ledger", 5000, asked.clock.wall_ms(), name="Wilhelmine")))
    asked.till.pump()
    assert asked.code == "copy_made"
    assert "Prénom : Wilhelmine" in files(asked)["5000-ledger.txt"].read_text().replace("\u00a0", " ")
    asked.till.heard(CopyArrived(5000, None))
    asked.till.pump()
    assert asked.code == "copy_refused"
    asked.scan(CARD)
    asked.till.errand("personal")
    asked.scan(OTHER_BADGE)
    asked.till.pin(OTHER_PIN)
    type_in(asked, "2", "enter", *"effacer", "enter")
    assert files(asked) == {}
    (asked.folder / "copies" / "7-till.txt").write_text("old")
    asked.clock.pass_ms(3650 * DAY_MS)
    asked.restart()
    assert files(asked) == {}


def test_the_words_of_a_consent_are_found_by_their_name_also_in_a_former_programme(shop: Shop) -> None:
    """Those of the programme then, in the language then; words that nobody has here stay a name."""
    asks = b'[consent]\npurposes = [{ id = "news", version = %d, label = "News", text = "Letters, %d."}]\n'
    for version in (1, 2):
        shop.publish("programme", PROGRAMME + asks % (version, version))
    first, other = wording("News", "Letters, 1.", 1, "en"), wording("News", "Others.", 1, "en")
    given = tuple(CopiedConsent("news", True, name, 0) for name in (first, other))
    found = with_texts(shop.till.parts, MemberCopy("ledger", 7, 0, consents=given))
    assert [one.text for one in found.consents] == ["News: Letters, 1.", ""]
