"""The keys of a ledger, made once: what tills share, and the pair that personal data is sealed with."""

from collections.abc import Callable

from sync.delegation import NUMBER, ROLES, Sign, delegate
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
    roles = {role: _numbered(await _role(tx, role, random)) for role in ROLES}
    return Keys(lookup, permutation, sealing, public, roles), int(epoch)


def signers(root: Sign, keys: Keys) -> dict[str, Sign]:
    """What signs in each role; `root` is the server key."""
    return {role: delegate(root, role, *key) for role, key in keys.roles.items()}


def numbers(keys: Keys) -> dict[str, int]:
    """The number of the present key of each role."""
    return {role: number for role, (number, _) in keys.roles.items()}


async def replace_role(tx: Transaction, role: str, random: Callable[[int], bytes]) -> int:
    """A new key for a role; its number. The one before holds as well until the next."""
    number, _ = _numbered(await _role(tx, role, random))
    await tx.save_value(f"role_key:{role}", (number + 1).to_bytes(NUMBER) + random(KEY_BYTES))
    return number + 1


async def _role(tx: Transaction, role: str, random: Callable[[int], bytes]) -> bytes:
    name, first = f"role_key:{role}", (1).to_bytes(NUMBER)
    return await tx.value(name) or await tx.keep_value(name, first + random(KEY_BYTES))


def _numbered(value: bytes) -> tuple[int, bytes]:
    return int.from_bytes(value[:NUMBER]), value[NUMBER:]


async def _key(tx: Transaction, name: str, random: Callable[[int], bytes]) -> bytes:
    return await tx.value(name) or await tx.keep_value(name, random(KEY_BYTES))
