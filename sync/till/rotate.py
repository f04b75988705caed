"""A new private key for a till that is paired: once a year, or when its owner asks (ledger-and-sync.md 5.1, 6.42).

Done at the start of the till, before anything else uses its key. The new key is stored before the ledger hears of it,
and used once the ledger has said that it knows it; until then the old one holds, wherever this breaks off.
"""

from collections.abc import Callable

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import chain
from sync.papers import Paper, papers_in
from sync.proved import rotate_bytes
from sync.sqlite_driver import Connection
from sync.till import journal
from sync.till.cursors import SyncState, save_sync_state, sync_state
from sync.till.exchange import Exchange, Peer, make_http
from sync.till.identity import KEY_BYTES, Identity, save_identity
from sync.till.offline import Failure
from sync.till.writer import Writer
from sync.wire import RotateAnswer, RotateRequest

LIFE_MS = 365 * 86_400_000
DEADLINE_MS = 3_000
_replace = msgspec.structs.replace


def is_due(state: SyncState, wall_ms: int) -> bool:
    """Whether the key is a year old, or a change was begun."""
    return bool(state.next_seed) or (state.key_ms > 0 and wall_ms - state.key_ms >= LIFE_MS)


def note_age(connection: Connection, wall_ms: int) -> None:
    """Remember since when the key has been in use, where that is not known yet."""
    state = sync_state(connection)
    if not state.key_ms:
        save_sync_state(connection, _replace(state, key_ms=wall_ms))


def rotate(
    who: Identity,
    writer: Writer,
    random: Callable[[int], bytes],
    mono_ms: Callable[[], int],
    wall_ms: int,
    *,
    transport: httpx.BaseTransport | None = None,
) -> Identity | Failure:
    """The till with its new key, or why it keeps the old one for now; asked again with the same new key.

    Nothing else may write to the store or talk to the ledger meanwhile.
    """
    state = writer.run(lambda connection: _begin(connection, random))
    request = RotateRequest(chain.public_key_of(state.next_seed), state.ratchet)
    proof = Ed25519PrivateKey.from_private_bytes(state.next_seed).sign(
        rotate_bytes(who.dev, who.inc, request)
    )
    peer = Peer(who.ledger_url, who.dev, who.inc, who.private_key, who.server_key)
    with make_http(who.ledger_url, transport) as http:
        answer = Exchange(http, peer, random, mono_ms).ask(
            "POST", "/keys/rotate", RotateAnswer, _replace(request, proof=proof), DEADLINE_MS
        )
    if isinstance(answer, Failure):
        return answer
    papers = papers_in(answer.paper)
    return writer.run(lambda connection: _take(connection, who, wall_ms, papers))


def _begin(connection: Connection, random: Callable[[int], bytes]) -> SyncState:
    state = sync_state(connection)
    if not state.next_seed:
        state = _replace(state, next_seed=random(KEY_BYTES))
        save_sync_state(connection, state)
    return state


def _take(connection: Connection, who: Identity, wall_ms: int, papers: tuple[Paper, ...]) -> Identity:
    state = sync_state(connection)
    last = journal.head(connection)[0]
    former = (*state.former_keys, (last, chain.public_key_of(who.private_key)))
    fresh = _replace(who, private_key=state.next_seed)
    save_identity(connection, fresh)
    kept = (*state.papers, *papers)
    save_sync_state(
        connection, _replace(state, next_seed=b"", key_ms=wall_ms, former_keys=former, papers=kept)
    )
    return fresh
