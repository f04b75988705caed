"""Signed cards at the ledger: signed for who has the number, issue by issue, with keys that tills are told of."""

import json
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest

from sync.card_code import CARD_KEYS, Flaw, card_flaw, card_name, read, read_keys
from sync.card_marks import BlockReason
from sync.entry import CardBlockBody, EntryKind
from sync.ledger.caller import LedgerRefusal
from sync.ledger.cards import ChangeCardKeys, SignCards, SignedCard, published
from sync.publication import ConfigItem, is_genuine
from sync.thin import THIN, short, unsqueezed
from sync.tokens import card_token
from sync.wire import Cursor
from tests.unit.cards_kit import NUMBERS, Owner, enrolled
from tests.unit.ledger_kit import START, Shop, run

TODAY = START.astimezone(UTC).date()


async def sign(shop: Shop, *numbers: str, renew: bool = False) -> list[SignedCard]:
    return list((await SignCards(numbers, 365, renew).run(shop.ledger)).cards)


async def flaw(shop: Shop, card: SignedCard, day: date = TODAY) -> Flaw | None:
    """What a till that knows all published keys finds wrong with a card."""
    keys, code = await shop.ledger.read(published), read(card.text)
    assert code is not None
    return card_flaw(code, {one.kid: one for one in keys}, day)


def test_each_issue_is_one_more_card_of_its_member(tmp_path: Path) -> None:
    """The same without --renew, the next with it; tills hear of both as of any card; nobody's number gets none."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await enrolled(shop, till, 1, 2)
        first = await sign(shop, *NUMBERS)
        assert [(one.number, bool(one.text), one.issue) for one in first] == [
            (NUMBERS[0], True, 1),
            (NUMBERS[1], True, 1),
            (NUMBERS[2], False, 0),
        ]
        assert [await flaw(shop, one) for one in first[:2]] == [None, None]
        assert await flaw(shop, first[0], TODAY + timedelta(days=365)) is Flaw.EXPIRED
        assert await sign(shop, NUMBERS[0]) == first[:1]
        (second,) = await sign(shop, NUMBERS[0], renew=True)
        assert (second.issue, await flaw(shop, second)) == (2, None)
        code = read(second.text)
        assert code is not None
        assert code.member == 1
        tokens = [card_token(till.paired.lookup_key, card_name(1, issue)) for issue in (1, 2)]
        row = await shop.ledger.account(till.device, tokens[1])
        assert row.row is not None
        assert set(tokens) < set(row.row.cards)
        told = await till.pull(Cursor(THIN, 1, 0))
        assert {short(token) for token in tokens} <= {one.card for one in unsqueezed(told.thin).cards}

    run(tmp_path, scenario)


def test_keys_are_published_signed_and_a_revoked_one_voids_its_cards(tmp_path: Path) -> None:
    """Tills get the keys with the ledger's signature; after a revocation a new key signs by itself."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await enrolled(shop, till, 1)
        (old,) = await sign(shop, NUMBERS[0])
        assert [one.kid for one in (await ChangeCardKeys(new=True).run(shop.ledger)).keys] == [1, 2]
        (newer,) = await sign(shop, NUMBERS[0])
        assert [await flaw(shop, one) for one in (old, newer)] == [None, None]
        await ChangeCardKeys(revoke=1).run(shop.ledger)
        assert [await flaw(shop, one) for one in (old, newer)] == [Flaw.REVOKED_KEY, None]
        await ChangeCardKeys(revoke=2).run(shop.ledger)
        (third,) = await sign(shop, NUMBERS[0])
        code = read(third.text)
        assert code is not None
        assert (code.kid, await flaw(shop, third)) == (3, None)
        with pytest.raises(LedgerRefusal, match="no card key 9"):
            await ChangeCardKeys(revoke=9).run(shop.ledger)
        answer = await till.pull(Cursor("config", 0, 0))
        (item,) = [one for one in answer.config if one.what == CARD_KEYS]
        assert isinstance(item, ConfigItem)
        assert is_genuine(item, till.paired.server_key)
        data = await shop.ledger.blob(item.sha256)
        assert data is not None
        assert [(one.kid, one.revoked) for one in read_keys(data)] == [(1, True), (2, True), (3, False)]

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_the_owner_signs_cards_and_changes_keys(tmp_path: Path) -> None:
    """One line a card; a number that nobody has is named, and the exit says so; keys are listed."""
    owner = Owner(tmp_path)
    done = owner.does("sign", NUMBERS[0])
    assert done.exit_code == 0
    number, text = done.stdout.split()
    code = read(text)
    assert code is not None
    assert (number, code.issue) == (NUMBERS[0], 1)
    both = owner.does("sign", NUMBERS[0], NUMBERS[1], "--renew", "--json")
    assert both.exit_code == 2
    cards = json.loads(both.stdout)["cards"]
    assert [(one["number"], one["issue"], bool(one["text"])) for one in cards] == [
        (NUMBERS[0], 2, True),
        (NUMBERS[1], 0, False),
    ]
    assert f"Nobody has the card {NUMBERS[1]}" in both.stderr
    keys = json.loads(owner.does("keys", "--new", "--json").stdout)["keys"]
    assert [(one["kid"], one["revoked"], len(one["public"])) for one in keys] == [
        (1, False, 64),
        (2, False, 64),
    ]
    told = owner.does("keys", "--revoke", "1")
    assert told.exit_code == 0
    assert "revoked" in told.stdout
    refused = owner.does("keys", "--revoke", "7")
    assert refused.exit_code == 2
    assert "There is no card key 7: list them first." in refused.stderr


def test_a_blocked_card_is_not_printed_again(tmp_path: Path) -> None:
    """Who lost it gets the next issue without having to ask for one."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await enrolled(shop, till, 1)
        [first] = await sign(shop, NUMBERS[0])
        blocked = card_token(till.paired.lookup_key, card_name(1, first.issue))
        body = CardBlockBody(1, (blocked,), BlockReason.LOST, "camille")
        till.write(EntryKind.CARD_BLOCK, body, member=1)
        await till.push()
        [second], [same] = await sign(shop, NUMBERS[0]), await sign(shop, NUMBERS[0])
        assert (first.issue, second.issue, same.issue) == (1, 2, 2)

    run(tmp_path, scenario)
