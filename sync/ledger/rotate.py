"""A till's new key: both hold until the new one is first used (ledger-and-sync.md 5.1, `POST /keys/rotate`)."""

import hmac
from collections.abc import Callable

from rules.sentences import mark
from sync.delegation import RULES
from sync.ledger.accept import Refused
from sync.ledger.books import replace
from sync.ledger.caller import DeviceId
from sync.ledger.life_rows import FormerKey
from sync.ledger.pairing import KEY_BYTES, proves
from sync.ledger.papers import paper_of
from sync.ledger.records import Incarnation
from sync.ledger.service import Ledger
from sync.ledger.store_tills import tell_store
from sync.ledger.work import Work
from sync.proved import rotate_bytes
from sync.wire import RotateAnswer, RotateRequest, pack


async def rotate_key(ledger: Ledger, device: DeviceId, request: RotateRequest) -> RotateAnswer:
    """Accept a till's new key. Raises LedgerRefusal."""
    return await ledger.write(lambda work: _rotate(work, device, request, ledger.signer(RULES)))


async def is_revoked(ledger: Ledger, dev: int, inc: int) -> bool:
    """Whether the owner has shut this life of a till out."""
    till = await ledger.read(lambda work: work.tx.incarnation(dev, inc))
    return till is not None and till.state == "revoked"


async def _rotate(
    work: Work, device: DeviceId, request: RotateRequest, sign: Callable[[bytes], bytes]
) -> RotateAnswer:
    """Accept a new key from whoever holds the old one, the new one and the ratchet. Idempotent."""
    till = await work.tx.incarnation(device.dev, device.inc)
    if till is None or till.state != "open":
        raise Refused("fenced", mark("This till must be paired again before its key can be changed."))
    if not hmac.compare_digest(request.ratchet, till.ratchet):
        raise Refused(
            "stale", mark("This till has something to hear first: change its key after the next push.")
        )
    signed = proves(request.public_key, rotate_bytes(till.dev, till.inc, request), request.proof)
    if len(request.public_key) != KEY_BYTES or not signed:
        raise Refused("bad_proof", mark("The till does not hold its new key: try again."))
    life = await work.tx.life(till.dev, till.inc)
    if life.next_key not in (b"", request.public_key):
        await _leave(
            work, till, life.next_key
        )  # by a copy of the till, which uses it already and can prove itself
    await work.tx.save_life(replace(life, next_key=request.public_key))
    return RotateAnswer(till.acc_seq, pack(await paper_of(work, till, request.public_key, sign)))


async def next_key(work: Work, dev: int, inc: int) -> bytes:
    """The key that will replace an incarnation's key when it is first used, b"" for none."""
    return (await work.tx.life(dev, inc)).next_key


async def use_next(work: Work, dev: int, inc: int, key: bytes) -> None:
    """The next key was used: the one before signs no request any more."""
    till, life = await work.tx.incarnation(dev, inc), await work.tx.life(dev, inc)
    if till is None or life.next_key != key:
        return
    await _leave(work, till, till.public_key)
    await work.tx.save_incarnation(replace(till, public_key=key))
    await work.tx.save_life(replace(life, next_key=b""))
    await tell_store(work, till.store)


async def _leave(work: Work, till: Incarnation, key: bytes) -> None:
    """A key of this life is replaced. One may be twice without a ticket in between: each keeps a place of its own."""
    before = [one.last_seq for one in await work.tx.former_keys(till.dev, till.inc)]
    last_seq = max([till.acc_seq, *[last + 1 for last in before]])
    await work.tx.add_former_key(FormerKey(till.dev, till.inc, last_seq, key))


async def keys_before(work: Work, dev: int, inc: int) -> tuple[bytes, ...]:
    """Keys that an incarnation had before: what they signed was signed by the till."""
    return tuple(one.public_key for one in await work.tx.former_keys(dev, inc))
