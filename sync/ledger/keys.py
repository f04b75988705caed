"""The keys of a ledger, made once: what tills share, and the pair that personal data is sealed with."""

from collections.abc import Callable

from sync.ledger.port import Transaction
from sync.ledger.work import Keys

KEY_BYTES = 32
_NAMES = ("lookup_key", "permutation_key", "sealing_key")


async def open_keys(tx: Transaction, random: Callable[[int], bytes]) -> tuple[Keys, int]:
    """The keys and the epoch of the ledger; made when it is new."""
    from nacl.public import PrivateKey

    lookup, permutation, sealing = [await _key(tx, name, random) for name in _NAMES]
    epoch = await tx.keep_value("ledger_epoch", b"1")
    public = bytes(PrivateKey(sealing).public_key)
    return Keys(lookup, permutation, sealing, public), int(epoch)


async def _key(tx: Transaction, name: str, random: Callable[[int], bytes]) -> bytes:
    return await tx.value(name) or await tx.keep_value(name, random(KEY_BYTES))
