"""Whose card a code is, where a card is asked for beside the ticket."""

from pos_app.devices.grammar import Code, Kind
from pos_app.till.errands.new_card import CARDS
from pos_app.till.member import masked, who_has
from pos_app.till.parts import Parts
from pos_app.till.signed import verified
from pos_app.till.state import Who
from sync.card_code import Flaw
from sync.entry import Evidence
from sync.till import config
from sync.tokens import card_token


def holder(parts: Parts, code: Code, evidence: Evidence = Evidence.NUMBER) -> Who | None:
    """Whose card it is; None for anything else, and for a card that is neither ours nor known here.

    The number of a product may be a card's, where the catalogue does not have it.
    """
    if code.kind is Kind.SIGNED_CARD:
        found = verified(parts, code.value)
        return None if isinstance(found, Flaw) else found
    if code.kind not in CARDS or config.product(parts.reader, code.value) is not None:
        return None
    token = card_token(parts.identity.lookup_key, code.value)
    who = who_has(parts, token, masked(code.value), evidence.value)
    return who if who.member is not None or code.kind is Kind.MEMBER else None
