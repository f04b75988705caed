"""A consent at the ledger: withdrawn is so in the member's copy too, and the words that were shown are found."""

import hashlib
from pathlib import Path

import msgspec

from sync.entry import ConsentBody, EntryKind
from sync.ledger.member_copy import copy_of
from sync.member_copy import CopiedConsent, CopyRequest, MemberCopy
from tests.unit.ledger_kit import PROGRAMME, Shop, TillSim, looking, run

CARD, MEMBER = b"card-of-member-1", 501
LABEL, TEXT = "News", "The bakery may send me news. I can end that at any till."
ASKS = f"""
[consent]
purposes = [{{ id = "news", version = 3, label = "{LABEL}", text = "{TEXT}" }}]
""".encode()


def named(text: str) -> str:
    """The name of these words, worked out anew as docs/privacy.md says it."""
    return "3.en." + hashlib.sha256(f"{LABEL}\n{text}".encode()).hexdigest()[:16]


WORDING = named(TEXT)


async def copied(shop: Shop, till: TillSim) -> tuple[CopiedConsent, ...]:
    answer = await copy_of(shop.ledger, till.device, CopyRequest(MEMBER, "nadia"))
    return msgspec.json.decode(answer.copy, type=MemberCopy).consents


def test_withdrawn_at_another_till_it_is_withdrawn_and_both_words_stay(tmp_path: Path) -> None:
    """The later answer in order of sale holds; the copy has both, each with the words behind its name."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(MEMBER, CARD)
        one.write(EntryKind.CONSENT, ConsentBody("news", True, WORDING, "camille"), member=MEMBER)
        await one.push()
        assert [given.given for given in await copied(shop, one)] == [True]
        shop.clock.advance(minutes=5)
        two.write(EntryKind.CONSENT, ConsentBody("news", False, WORDING, "nadia"), member=MEMBER)
        await two.push()
        consents = await copied(shop, two)
        assert [(told.purpose, told.given, told.wording) for told in consents] == [
            ("news", True, WORDING),
            ("news", False, WORDING),
        ]
        assert {told.text for told in consents} == {f"{LABEL}: {TEXT}"}
        rows = await looking(shop.ledger._storage).consents(MEMBER)
        assert [bool(row.given) for row in rows] == [True, False]

    run(tmp_path, scenario, PROGRAMME + ASKS)


def test_words_that_were_changed_without_a_new_version_are_not_shown_as_those(tmp_path: Path) -> None:
    """The digest tells: nothing is passed off as what the member read."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        till.enrol(MEMBER, CARD)
        other = named("Other words.")
        till.write(EntryKind.CONSENT, ConsentBody("news", True, other, "camille"), member=MEMBER)
        await till.push()
        assert [(told.wording, told.text) for told in await copied(shop, till)] == [(other, "")]

    run(tmp_path, scenario, PROGRAMME + ASKS)
