"""Pairing: a one-time code of 32 characters, ten minutes, five tries."""

import hashlib
import itertools
from pathlib import Path

import pytest

from sync.chain import public_key_of
from sync.ledger.caller import LedgerRefusal
from sync.pairing_code import read_code
from sync.wire import PairRequest
from tests.unit.ledger_kit import Shop, run

KEY = public_key_of(b"\x01" * 32)


async def pair(shop: Shop, secret: str) -> object:
    """Try a secret."""
    return await shop.ledger.pair(PairRequest(secret, KEY, "hardware", "till"))


def test_the_code_pins_the_ledgers_key(tmp_path: Path) -> None:
    """Half of the code is the hash of the server key, half the secret that is sent."""

    async def scenario(shop: Shop) -> None:
        code = await shop.ledger.make_pairing_code("halles", "one")
        prefix, secret = read_code(code)
        assert len(code) == 32
        assert prefix == hashlib.sha256(shop.ledger.server_public_key).digest()[:10]
        assert await pair(shop, secret)

    run(tmp_path, scenario)


def test_a_code_works_once(tmp_path: Path) -> None:
    """The second till needs a code of its own."""

    async def scenario(shop: Shop) -> None:
        secret = (await shop.ledger.make_pairing_code("halles", "one"))[16:]
        await pair(shop, secret)
        with pytest.raises(LedgerRefusal):
            await pair(shop, secret)

    run(tmp_path, scenario)


def test_a_code_lives_ten_minutes(tmp_path: Path) -> None:
    """A slip of paper found in the evening opens nothing."""

    async def scenario(shop: Shop) -> None:
        secret = (await shop.ledger.make_pairing_code("halles", "one"))[16:]
        shop.clock.advance(minutes=10)
        with pytest.raises(LedgerRefusal):
            await pair(shop, secret)

    run(tmp_path, scenario)


def test_five_wrong_tries_close_the_code(tmp_path: Path) -> None:
    """Guessing is stopped, and the tries are counted although each was refused."""

    async def scenario(shop: Shop) -> None:
        secret = (await shop.ledger.make_pairing_code("halles", "one"))[16:]
        for _ in range(5):
            with pytest.raises(LedgerRefusal):
                await pair(shop, secret[:4] + "A" * 12)
        with pytest.raises(LedgerRefusal):
            await pair(shop, secret)

    run(tmp_path, scenario)


def test_who_was_never_shown_a_code_closes_none(tmp_path: Path) -> None:
    """A stranger's guesses, or nothing at all, leave the codes that wait open; so do slips at another code."""

    async def scenario(shop: Shop) -> None:
        one, two = [(await shop.ledger.make_pairing_code("halles", name))[16:] for name in ("one", "two")]
        for guess in (*["A" * 16] * 9, *[""] * 9, *[two[:4] + "B" * 12] * 9):
            with pytest.raises(LedgerRefusal):
                await pair(shop, guess)
        await pair(shop, one)
        with pytest.raises(LedgerRefusal):
            await pair(shop, two)

    run(tmp_path, scenario)


def test_each_till_is_a_device_with_numbers_of_its_own(tmp_path: Path) -> None:
    """Device numbers, genesis and blocks differ; the keys of the chain are shared, those of a store too."""

    async def scenario(shop: Shop) -> None:
        one, two, far = await shop.till(), await shop.till(), await shop.till("gare")
        a, b, c = one.paired, two.paired, far.paired
        assert len({a.dev, b.dev, c.dev}) == len({a.genesis, b.genesis, c.genesis}) == 3
        assert a.lookup_key == c.lookup_key
        assert a.scope_key == b.scope_key != c.scope_key
        spans = sorted(
            (block.first, block.last) for x in (a, b, c) for block in x.blocks if block.kind == "member"
        )
        assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
        assert await shop.ledger.device_key(a.dev, 1) == public_key_of(one.seed)
        assert await shop.ledger.device_key(a.dev, 2) is None

    run(tmp_path, scenario)


def test_a_till_without_a_name_gets_the_next_number_of_its_store(tmp_path: Path) -> None:
    """Two tills of one shop are told apart on the screen even if nobody named them."""

    async def scenario(shop: Shop) -> None:
        names = []
        for store in ("halles", "halles", "gare"):
            secret = (await shop.ledger.make_pairing_code(store, ""))[16:]
            names.append((await shop.ledger.pair(PairRequest(secret, KEY, "hardware", ""))).till)
        assert names == ["1", "2", "1"]

    run(tmp_path, scenario)


def test_a_store_must_exist(tmp_path: Path) -> None:
    """A code for an unknown store is refused with a sentence."""

    async def scenario(shop: Shop) -> None:
        with pytest.raises(LedgerRefusal, match="no store"):
            await shop.ledger.make_pairing_code("nowhere", "one")

    run(tmp_path, scenario)


def test_a_till_learns_the_chains_card_prefix(tmp_path: Path) -> None:
    """What shop.toml says of card numbers holds at every till: cards it reads, numbers it gives."""

    async def scenario(shop: Shop) -> None:
        assert (await shop.till()).paired.card_prefix == "29"
        await shop.ledger.set_card_prefix("27")
        assert (await shop.till()).paired.card_prefix == "27"

    run(tmp_path, scenario)
