"""Pieces of changes of the list of members: from a till of the store that has them, else from the ledger."""

import hashlib
from pathlib import Path

from sync.thin import NEWS_LIMIT
from sync.till import frames
from sync.till.download import BAD, NextDoor
from sync.till.exchange import TROUBLE, Exchange
from sync.till.offline import Failure


def fetch(
    exchange: Exchange, next_door: NextDoor, store: Path, sha256: bytes, *, keep: bool
) -> bytes | Failure:
    """The piece with this hash; a neighbour's word counts for nothing else. `keep` it for neighbours."""
    data: bytes | Failure | None = _from_next_door(next_door, sha256)
    if data is None:
        data = exchange.fetch(f"/blob/{sha256.hex()}")
    if isinstance(data, Failure):
        return data
    if not _is_it(data, sha256):
        return BAD
    if keep:
        frames.keep_piece(store, data, sha256)
    return data


def _from_next_door(next_door: NextDoor, sha256: bytes) -> bytes | None:
    response = next_door(sha256.hex(), 0)
    if response is None:
        return None
    data = b""
    try:
        for part in response.iter_raw():
            data += part
            if len(data) > NEWS_LIMIT:
                return None
    except TROUBLE:
        return None
    finally:
        response.close()
    return data if _is_it(data, sha256) else None


def _is_it(data: bytes, sha256: bytes) -> bool:
    return hashlib.sha256(data).digest() == sha256
