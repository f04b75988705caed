"""Keys by which the ledger signs for one role, certified by its own (ledger-and-sync.md section 5.3).

The pinned server key stays the root: it signs answers and certifies, per role, numbered keys. A signature by such a key
carries the key and its certificate. Key n replaces n - 1; both hold until n + 1 comes, so that nothing on the way is
refused. Layout: number (8 bytes, big endian), public key (32), certificate (64), signature (64).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

GRANTS, MANIFESTS, RULES = ROLES = "grants", "manifests", "rules"
DOMAIN = b"assidu-role/1\0"
NUMBER, KEY, SIGNATURE = 8, 32, 64
DELEGATED = NUMBER + KEY + SIGNATURE + SIGNATURE

Sign = Callable[[bytes], bytes]


def delegate(root: Sign, role: str, number: int, seed: bytes) -> Sign:
    """Signs as the `number`-th key of `role`, whose Ed25519 seed is `seed`; `root` is the server key."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    name = number.to_bytes(NUMBER) + key.public_key().public_bytes_raw()
    head = name + root(_certified(role, name))
    return lambda message: head + key.sign(message)


def holds(
    signature: bytes, message: bytes, server_key: bytes, role: str, newest: Mapping[str, int] | None = None
) -> bool:
    """Whether `message` is signed by the raw server key, or by a key that it certified for `role`.

    `newest` are the numbers of the present keys, where they are known: a key older than the one before is refused.
    """
    if len(signature) != DELEGATED:
        return _verified(server_key, signature, message)
    name, rest = signature[: NUMBER + KEY], signature[NUMBER + KEY :]
    if int.from_bytes(name[:NUMBER]) < (newest or {}).get(role, 0) - 1:
        return False
    certificate = _verified_once(server_key, rest[:SIGNATURE], _certified(role, name))
    return certificate and _verified(name[NUMBER:], rest[SIGNATURE:], message)


def _certified(role: str, name: bytes) -> bytes:
    return DOMAIN + role.encode() + b"\0" + name


def _verified(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


_verified_once = lru_cache(maxsize=64)(_verified)
