"""Pairing: a one-time secret makes a till a device (ledger-and-sync.md section 5.3).

A till that was paired before proves it, and lives on as the next incarnation of its device (section 4.5).
"""

import hashlib
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rules.sentences import mark, said
from sync.chain import genesis_hash
from sync.ledger import recovery
from sync.ledger.accept import RATCHET_BYTES, Refused
from sync.ledger.ended import end
from sync.ledger.life_rows import Life
from sync.ledger.papers import paper_of
from sync.ledger.records import BlockRow, Incarnation, StoreRow
from sync.ledger.store_tills import tell_store
from sync.ledger.work import Work
from sync.numbers import DEFAULT_PREFIX
from sync.pairing_code import HALF_BYTES, make_code
from sync.proved import again_bytes
from sync.wire import Block, PairAnswer, PairRequest, pack

LIFE_MS = 10 * 60 * 1000
TRIES = 5
NAMING = 4  # characters of a secret that tell which code is meant; the others, 60 bits, are what is guessed in vain
BLOCK_SIZE = 500
LIVES_APART = 100
KEY_BYTES = 32
CARD_PREFIX = "card_prefix"  # name of the chain's setting
SERIAL = "serial"  # counts what card numbers are made of
_COUNTERS = {"member": "member", "card": SERIAL}


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
        raise Refused(
            "unknown_store", said("There is no store {store}: name one of the shop's stores.", store=store)
        )
    code = make_code(server_key, work.random(HALF_BYTES))
    secret = code[len(code) // 2 :]
    await work.tx.add_pairing(_hash(secret), secret[:NAMING], store, till, work.now_ms + LIFE_MS)
    return code


async def find_code(work: Work, secret: str) -> tuple[str, str] | None:
    """Store and till name of an open code; a wrong secret is counted against the code that it begins like."""
    secret = secret.strip().upper()
    found = await work.tx.open_pairing(_hash(secret), work.now_ms, TRIES)
    if found is None:
        await work.tx.count_bad_try(secret[:NAMING], work.now_ms)
    return found


async def pair(
    work: Work,
    request: PairRequest,
    place: tuple[str, str],
    server_key: bytes,
    epoch: int,
    sign: Callable[[bytes], bytes],
) -> PairAnswer:
    """Make the till of an open code a device, with keys, first ratchet and blocks of numbers; `sign` its paper."""
    if len(request.public_key) != KEY_BYTES:
        raise Refused("bad_request", mark("The till's public key must be 32 bytes: update the till."))
    await check_numbers(work)
    store = await work.tx.store(place[0])
    assert store is not None, "codes are made for known stores"
    before = await _before(work, request, store.store) if request.dev else None
    await work.tx.close_pairing(_hash(request.secret.strip().upper()))
    known = request.name if before is None else before.till
    name = place[1] or known or await _next_name(work, store.store)
    till = await _device(work, request, store, name, epoch)
    if before is not None:
        await _go_on(work, till, before)
    await tell_store(work, till.store)
    blocks = await give_blocks(work, till)
    if before is not None:  # whom its former life enrolled out of at most two blocks may need new numbers
        blocks += await give_blocks(work, till)
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
        paper=pack(await paper_of(work, till, till.public_key, sign)),
    )


async def check_numbers(work: Work) -> None:
    """Raises Refused for the rest of the minute in which the ledger was restored."""
    wait_s = await recovery.few_wait_s(work)
    if wait_s:
        raise Refused(
            "just_restored",
            said("The ledger was restored a moment ago: try again in {n} seconds.", n=wait_s),
        )


async def _before(work: Work, request: PairRequest, store: str) -> Incarnation:
    """The life that a till had before, which it proves with a key of that life. Raises Refused."""
    till = await work.tx.incarnation(request.dev, request.inc)
    if till is None or till.state == "revoked":
        raise Refused(
            "unknown_device",
            mark("The ledger does not know this till, or has revoked it: pair one with an empty folder."),
        )
    if till.store != store:
        raise Refused(
            "other_store", mark("This code is for another store: make one for the till's own store.")
        )
    life = await work.tx.life(till.dev, till.inc)
    former = await work.tx.former_keys(till.dev, till.inc)  # a backup may be older than several of them
    keys = till.public_key, life.next_key, *(one.public_key for one in former)
    if not any(proves(key, again_bytes(request), request.proof) for key in keys):
        raise Refused("bad_proof", mark("This folder is not the till it says it is: pair an empty folder."))
    return till


def proves(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the owner of the Ed25519 public `key` signed `message`; nobody owns an empty key."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


async def _go_on(work: Work, till: Incarnation, before: Incarnation) -> None:
    """`till` goes on from `before`, which is closed: what that holds stays encumbered."""
    await recovery.go_on(work, till, before)
    await work.tx.save_life(Life(till.dev, till.inc, before.inc))
    if before.state == "open":
        await end(work, before)


async def _next_name(work: Work, store: str) -> str:
    """The lowest number that no till of the store was ever called."""
    taken = await work.tx.till_names(store)
    return next(name for n in itertools.count(1) if (name := str(n)) not in taken)


async def _next_inc(work: Work, dev: int, epoch: int) -> int:
    """The number of a till's next life: apart from those that a lost ledger may have begun since its copy was made."""
    last = await work.tx.last_inc(dev)
    newest = await work.tx.incarnation(dev, last) if last else None
    restored = newest is not None and epoch > 1 and newest.paired_ms < epoch * 1000
    return last + (LIVES_APART if restored else 1)


async def _device(work: Work, request: PairRequest, store: StoreRow, name: str, epoch: int) -> Incarnation:
    dev = request.dev or await work.tx.advance("device", 1)
    inc = await _next_inc(work, dev, epoch)
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


async def give_blocks(work: Work, till: Incarnation) -> tuple[Block, ...]:
    """New blocks of member ids and card serials for offline enrolment."""
    given = []
    for kind, counter in _COUNTERS.items():
        last = await work.tx.advance(counter, BLOCK_SIZE)
        first = last - BLOCK_SIZE + 1
        await work.tx.log(f"device:{till.dev}", f"block:{kind}:{first}")
        await work.tx.add_block(BlockRow(till.dev, kind, first, last, till.inc))
        given.append(Block(kind, first, last))
    return tuple(given)


async def refill_blocks(work: Work, till: Incarnation) -> None:
    """Another block when less than half of the last one can be left."""
    blocks = await work.tx.blocks(till.dev, till.inc, 0)
    given = sum(block.last - block.first + 1 for block in blocks if block.kind == "member")
    low = given - await work.tx.enrolled_by(till.dev, till.inc) < BLOCK_SIZE // 2
    if low and not await recovery.few_wait_s(work):  # else with the next one whom it enrols
        await give_blocks(work, till)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(b"assidu-pairing/1\0" + secret.encode()).digest()
