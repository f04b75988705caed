"""A signed code: whether it is genuine, by the keys that the ledger published, and whose it then is (devices.md 4)."""

import msgspec

from pos_app.till import phones
from pos_app.till.member import who_has
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.state import Who
from sync import card_code
from sync.card_code import CardCode, Flaw
from sync.entry import Evidence
from sync.till import cards
from sync.tokens import card_token

SHOWN = "QR"


def verified(parts: Parts, digits: str) -> Who | Flaw:
    """Who shows the code `digits`, or what is wrong with it. Its internal number is nowhere shown."""
    code = card_code.read(digits)
    if code is None:
        return Flaw.MALFORMED
    if code.dynamic:
        return phones.shown(parts, code)
    flaw = card_code.card_flaw(code, cards.keys(parts.reader), now(parts).bdate)
    return _who(parts, code) if flaw is None else flaw


def _who(parts: Parts, code: CardCode) -> Who:
    lookup = parts.identity.lookup_key
    after = card_token(lookup, card_code.card_name(code.member, code.issue + 1))
    token = card_token(lookup, card_code.card_name(code.member, code.issue))
    who = who_has(parts, token, SHOWN, Evidence.STATIC.value)
    return msgspec.structs.replace(who, voided_by=after)
