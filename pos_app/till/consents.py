"""What members are asked to consent to: the purposes of the programme in force, in the words that are shown.

A consent's entry names those words: the version of the purpose, the language, and the first digits of the SHA-256 of
label and text. The programme that has them is published, signed and kept (GDPR article 7: who consented to what).
"""

from collections.abc import Collection
from typing import Final

import msgspec

from pos_app.languages.words import LANGUAGES, Words
from pos_app.till.moment import now
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import Ask
from rules.kinds.consent import MOST_OPTIONAL, purposes_of, shown, wording
from sync.entry import ConsentBody, EntryKind, body_of
from sync.member_copy import MemberCopy
from sync.till import config
from sync.till.journal import entries_after

SMS, EMAIL = "sms", "email"  # purposes that come by a contact
BUILT_IN: Final = 1


def out_of_reach(purposes: Collection[str], contact: str) -> str:
    """The notice for who consents to what the phone number or e-mail `contact` ("" for none) cannot bring; "" else."""
    if not contact and (SMS in purposes or EMAIL in purposes):
        return "enrol_needs_contact"
    if SMS in purposes and "@" in contact:
        return "enrol_needs_phone"
    return "enrol_needs_email" if EMAIL in purposes and "@" not in contact else ""


def asked(parts: Parts, language: str) -> tuple[Ask, ...]:
    """What a member is asked today, required ones first; without `[consent]` in the programme, the till's own words."""
    programme = parts.programme(now(parts).bdate)
    purposes = purposes_of(programme) if programme is not None else ()
    if not purposes:
        return _built_in(words_of(language))
    found = [_ask(one.id, *one.words(language), one.version, language, one.required) for one in purposes]
    return tuple(sorted(found, key=lambda one: not one.required))


def optional(asks: tuple[Ask, ...]) -> tuple[Ask, ...]:
    """Those that a member may leave, as many as there are digits for behind the one for none."""
    return tuple([one for one in asks if not one.required])[:MOST_OPTIONAL]


def entry_of(ask: Ask, cashier: str, *, given: bool) -> ConsentBody:
    """The entry of an answer."""
    return ConsentBody(ask.purpose, given, ask.wording, cashier)


def known_here(parts: Parts, member: int) -> dict[str, bool]:
    """The last answer by purpose that this till has in its own journal."""
    found: dict[str, bool] = {}
    for entry in entries_after(parts.reader, member, 0):
        if entry.kind == EntryKind.CONSENT:
            body = body_of(entry)
            assert isinstance(body, ConsentBody)
            found[body.purpose] = body.given
    return found


def with_texts(parts: Parts, copy: MemberCopy) -> MemberCopy:
    """`copy` with the words of each consent where they are not there yet: of the programmes here, or the till's own."""
    return msgspec.structs.replace(
        copy,
        consents=tuple(
            one if one.text else msgspec.structs.replace(one, text=_text(parts, one.purpose, one.wording))
            for one in copy.consents
        ),
    )


def _text(parts: Parts, purpose: str, name: str) -> str:
    here = [parts.programme_of(one.sha256.hex()) for one in config.held(parts.reader)]
    found = shown([one for one in here if one is not None], purpose, name)
    own = [ask for language in LANGUAGES for ask in _built_in(words_of(language))]
    return found or next((f"{ask.label}: {ask.text}" for ask in own if ask.wording == name), "")


def _ask(purpose: str, label: str, text: str, version: int, language: str, required: bool) -> Ask:
    return Ask(purpose, label, text, wording(label, text, version, language), required)


def _built_in(words: Words) -> tuple[Ask, ...]:
    account = words(
        "Card, purchases and what you tell us are kept to count your points. You can see or erase them any time."
    )
    sms = words("The shop may send you offers by SMS. You can end that at any till, any time.")
    email = words("The shop may send you offers by e-mail. You can end that at any till, any time.")
    language = words.language
    return (
        _ask("account", words("Points and account only"), account, BUILT_IN, language, True),
        _ask("sms", words("offers by SMS"), sms, BUILT_IN, language, False),
        _ask("email", words("offers by e-mail"), email, BUILT_IN, language, False),
    )
