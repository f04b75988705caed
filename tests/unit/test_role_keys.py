"""The ledger's keys for its roles: certified by the pinned one, replaced with an overlap."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.chain import public_key_of
from sync.delegation import GRANTS, MANIFESTS, RULES, delegate, holds
from sync.ledger import rounds as ledger_rounds
from sync.ledger.caller import LedgerRefusal
from sync.ledger.new_key import NewRoleKey
from sync.ledger.service import Ledger
from sync.publication import is_genuine
from sync.till import moves
from sync.tills import signed_tills
from sync.wire import PullAnswer
from tests.unit.copies_kit import Chain, chain
from tests.unit.ledger_kit import Randomness, Shop, run

ROOT, OTHER, SEED = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
KEY = public_key_of(ROOT)
root = Ed25519PrivateKey.from_private_bytes(ROOT).sign


def test_a_certified_key_signs_in_its_role_alone() -> None:
    """Another role, another ledger, another message or a changed number are refused; the pinned key itself holds."""
    signature = delegate(root, RULES, 3, SEED)(b"said")
    assert holds(signature, b"said", KEY, RULES)
    assert not holds(signature, b"said", KEY, GRANTS)
    assert not holds(signature, b"other", KEY, RULES)
    assert not holds(signature, b"said", public_key_of(OTHER), RULES)
    renumbered = (9).to_bytes(8) + signature[8:]
    assert not holds(renumbered, b"said", KEY, RULES)
    forged = delegate(Ed25519PrivateKey.from_private_bytes(OTHER).sign, RULES, 3, SEED)(b"said")
    assert not holds(forged, b"said", KEY, RULES)
    assert holds(root(b"said"), b"said", KEY, MANIFESTS)
    assert not holds(b"", b"said", KEY, RULES)


def test_a_replaced_key_holds_until_the_next() -> None:
    """Key 3 is good beside 4, and no more beside 5."""
    signature = delegate(root, RULES, 3, SEED)(b"said")
    for newest, good in ((3, True), (4, True), (5, False)):
        assert holds(signature, b"said", KEY, RULES, {RULES: newest}) is good


def test_the_ledger_signs_with_the_new_key(tmp_path: Path) -> None:
    """What was signed before is still believed after one change, and not after two."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        pulled: list[PullAnswer] = []
        for _ in range(3):
            pulled.append(await till.pull())
            await NewRoleKey(RULES).run(shop.ledger)
        key = shop.ledger.server_public_key
        assert [one.roles[RULES] for one in pulled] == [1, 2, 3]
        assert [one.roles[GRANTS] for one in pulled] == [1, 1, 1]
        first = pulled[0].config[0]
        assert [is_genuine(first, key, one.roles) for one in pulled] == [True, True, False]
        assert is_genuine(pulled[2].config[0], key, pulled[2].roles)
        with pytest.raises(LedgerRefusal, match="name one of"):
            await NewRoleKey("tea").run(shop.ledger)

    run(tmp_path, scenario)


def test_a_running_ledger_learns_of_a_key_that_another_process_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It signs with the new one soon, without being started again: the old one is good for one change only."""
    monkeypatch.setattr(ledger_rounds, "HALF_A_MINUTE", 0.01)

    async def scenario(shop: Shop) -> None:
        mine = shop.ledger
        other = Ledger(mine._storage, shop.clock, Randomness(), mine._server_key)
        await other.read_keys()
        await NewRoleKey(RULES).run(other)
        before = mine.signer(RULES)(b"said")
        async with ledger_rounds.rounds(mine):
            for _ in range(500):
                if mine.signer(RULES)(b"said") != before:
                    break
                await asyncio.sleep(0.01)
        assert mine.signer(RULES)(b"said") == other.signer(RULES)(b"said") != before

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_a_till_goes_on_over_a_change_of_keys(tmp_path: Path) -> None:
    """A till that pinned the server key believes what the next keys sign, without being paired again."""
    with chain(tmp_path) as shop:
        till = shop.till()
        for role in (RULES, GRANTS, MANIFESTS):
            shop.house.run(NewRoleKey(role).run(shop.house.ledger))
        _publish(shop)
        till.client.pull.wake()
        till.talk()
        rows = till.store.reader().execute("SELECT count(*) FROM config_item WHERE name = 'more'")
        assert rows.fetchone()[0] == 1


@pytest.mark.engines("sqlite")
def test_a_key_of_before_puts_nobody_on_the_list_of_a_store(tmp_path: Path) -> None:
    """A till remembers which keys are the present ones, also while the ledger is away and neighbours bring lists."""
    with chain(tmp_path) as shop:
        till, ledger = shop.till(), shop.house.ledger
        leaked = ledger.signer(RULES)
        reader, who = till.store.reader(), till.who
        known = moves.store_tills(reader)
        assert known is not None
        newer = msgspec.structs.replace(known, made_ms=known.made_ms + 10**6)
        for change, good in ((0, True), (1, True), (2, False)):
            if change:
                shop.house.run(NewRoleKey(RULES).run(ledger))
                till.client.pull.wake()
                till.talk()
            assert moves.is_news(reader, who, signed_tills(newer, leaked)) is good
        assert moves.is_news(reader, who, signed_tills(newer, ledger.signer(RULES)))


def _publish(shop: Chain) -> None:
    from sync.lists import Product
    from sync.wire import pack

    more = (Product("2000000009001", "F009", {"en": "Tea"}, "tea", "", 200),)
    shop.house.run(shop.house.ledger.publish("catalogue", "more", pack(more)))  # type: ignore[arg-type]
