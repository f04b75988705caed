"""Pairing: a one-time secret makes a till a device (ledger-and-sync.md section 5.3)."""

import hashlib
import itertools
from typing import Any

import msgspec

from sync.chain import genesis_hash
from sync.ledger.accept import RATCHET_BYTES, Refused
from sync.ledger.records import BlockRow, Incarnation, StoreRow
from sync.ledger.work import Work
from sync.numbers import DEFAULT_PREFIX
from sync.pairing_code import HALF_BYTES, make_code
from sync.wire import Block, PairAnswer, PairRequest, pack

LIFE_MS = 10 * 60 * 1000
TRIES = 5
BLOCK_SIZE = 500
KEY_BYTES = 32
CARD_PREFIX = "card_prefix"  # name of the chain's setting
_COUNTERS = {"member": "member", "card": "serial"}


class PairingRecord(msgspec.Struct, frozen=True, array_like=True):
    """What the first entry of a chain stands on: its hash is the genesis."""

    dev: int
    inc: int
    store: str
    till: str
    public_key: bytes
    fingerprint: str
    paired_ms: int
    nonce: bytes


async def make_pairing_code(work: Work, server_key: bytes, store: str, till: str) -> str:
    """Open a code of 32 characters for a new till of `store`. Raises Refused for an unknown store."""
    if await work.tx.store(store) is None:
        raise Refused("unknown_store", f"There is no store {store}: name one of the shop's stores.")
    code = make_code(server_key, work.random(HALF_BYTES))
    await work.tx.add_pairing(_hash(code[len(code) // 2 :]), store, till, work.now_ms + LIFE_MS)
    return code


async def find_code(work: Work, secret: str) -> tuple[str, str] | None:
    """Store and till name of an open code; a wrong secret is counted."""
    found = await work.tx.open_pairing(_hash(secret.strip().upper()), work.now_ms, TRIES)
    if found is None:
        await work.tx.count_bad_try(work.now_ms)
    return found


async def pair(
    work: Work, request: PairRequest, place: tuple[str, str], server_key: bytes, epoch: int
) -> PairAnswer:
    """Make the till of an open code a device, with keys, first ratchet and blocks of numbers."""
    if len(request.public_key) != KEY_BYTES:
        raise Refused("bad_request", "The till's public key must be 32 bytes: update the till.")
    store = await work.tx.store(place[0])
    assert store is not None, "codes are made for known stores"
    await work.tx.close_pairing(_hash(request.secret.strip().upper()))
    name = place[1] or request.name or await _next_name(work, store.store)
    till = await _device(work, request, store, name)
    blocks = await give_blocks(work, till.dev)
    return PairAnswer(
        dev=till.dev,
        inc=till.inc,
        store=store.store,
        store_name=store.name,
        till=till.till,
        timezone=store.timezone,
        genesis=till.genesis,
        server_key=server_key,
        ratchet=till.ratchet,
        lookup_key=work.keys.lookup,
        scope_key=store.scope_key,
        sealing_key=work.keys.sealing_public,
        permutation_key=work.keys.permutation,
        blocks=blocks,
        ledger_epoch=epoch,
        card_prefix=(await work.tx.value(CARD_PREFIX) or DEFAULT_PREFIX.encode()).decode(),
    )


async def _next_name(work: Work, store: str) -> str:
    """The lowest number that no till of the store was ever called."""
    taken = await work.tx.till_names(store)
    return next(name for n in itertools.count(1) if (name := str(n)) not in taken)


async def _device(work: Work, request: PairRequest, store: StoreRow, name: str) -> Incarnation:
    dev, inc = await work.tx.advance("device", 1), 1
    record = PairingRecord(
        dev, inc, store.store, name, request.public_key, request.fingerprint, work.now_ms, work.random(16)
    )
    genesis = genesis_hash(pack(record))
    fields: dict[str, Any] = {
        "dev": dev,
        "inc": inc,
        "store": store.store,
        "till": name,
        "public_key": request.public_key,
        "state": "open",
        "genesis": genesis,
        "acc_seq": 0,
        "acc_hash": genesis,
        "dur_seq": 0,
        "last_gno": 0,
        "ratchet": work.random(RATCHET_BYTES),
        "ratchet_prev": b"",
        "nonce": "",
        "last_sold_ms": 0,
        "paired_ms": work.now_ms,
    }
    till = Incarnation(**fields)
    await work.tx.save_incarnation(till)
    return till


async def give_blocks(work: Work, dev: int) -> tuple[Block, ...]:
    """New blocks of member ids and card serials for offline enrolment."""
    given = []
    for kind, counter in _COUNTERS.items():
        last = await work.tx.advance(counter, BLOCK_SIZE)
        first = last - BLOCK_SIZE + 1
        await work.tx.log(f"device:{dev}", f"block:{kind}:{first}")
        await work.tx.add_block(BlockRow(dev, kind, first, last))
        given.append(Block(kind, first, last))
    return tuple(given)


async def refill_blocks(work: Work, dev: int) -> None:
    """Another block when less than half of the last one can be left."""
    given = sum(
        block.last - block.first + 1 for block in await work.tx.blocks(dev, 0) if block.kind == "member"
    )
    if given - await work.tx.enrolled_by(dev) < BLOCK_SIZE // 2:
        await give_blocks(work, dev)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(b"assidu-pairing/1\0" + secret.encode()).digest()
