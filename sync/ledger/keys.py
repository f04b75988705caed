"""The keys of a ledger, made once: what tills share, and the pair that personal data is sealed with."""

from collections.abc import Callable

from sync.ledger.port import Transaction
from sync.ledger.work import Keys

KEY_BYTES = 32
_NAMES = ("lookup_key", "permutation_key", "sealing_key")


async def open_keys(tx: Transaction, random: Callable[[int], bytes]) -> tuple[Keys, int]:
    """The keys and the epoch of the ledger; made when it is new."""
    from nacl.public import PrivateKey

    values = []
    for name in _NAMES:
        value = await tx.value(name)
        if value is None:
            value = random(KEY_BYTES)
            await tx.save_value(name, value)
        values.append(value)
    lookup, permutation, sealing = values
    epoch = await tx.value("ledger_epoch")
    if epoch is None:
        epoch = b"1"
        await tx.save_value("ledger_epoch", epoch)
    public = bytes(PrivateKey(sealing).public_key)
    return Keys(lookup, permutation, sealing, public), int(epoch)
