"""What a till shows to a ledger that was restored from an older copy and does not know it any more (sync/papers.py)."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from sync.chain import Head
from sync.papers import LivesAnswer, LivesRequest, Shared, last_of
from sync.sqlite_driver import Connection
from sync.till.cursors import sync_state
from sync.till.exchange import Exchange
from sync.till.identity import Identity
from sync.till.journal import PUSH_BYTES, PUSH_ENTRIES, batch
from sync.till.offline import Failure, OfflineReason
from sync.wire import PushRequest

Read = Callable[[Callable[[Connection], Any]], Any]
ASKED = ("unknown_device", "bad_signature")
"""With these codes a ledger refuses a till whose life or key it does not know."""


def show(exchange: Exchange, read: Read, who: Identity, times: tuple[int, int, str]) -> Failure | None:
    """Show the till's papers, and send what the ledger lacks of its former lives; None once the ledger knows it.

    `read` runs a job on the till's store, `times` are wall clock and monotonic clock in ms and the name of the boot.
    """
    state = read(sync_state)
    if not state.papers:
        return Failure(OfflineReason.REFUSED, code="unknown_device")
    request = LivesRequest(state.papers, state.over)
    answer = exchange.ask("POST", "/lives", LivesAnswer, request)
    if isinstance(answer, Failure):
        return answer
    asked: set[LivesAnswer] = set()
    while answer.inc and answer not in asked:
        asked.add(answer)
        former = _former(read, who, answer, state.over, times)
        more = exchange.ask("POST", "/lives", LivesAnswer, msgspec.structs.replace(request, former=former))
        if isinstance(more, Failure):
            return None if more.reason is OfflineReason.REFUSED else more
        answer = more
    return None


def _former(
    read: Read,
    who: Identity,
    answer: LivesAnswer,
    over: Sequence[Shared],
    times: tuple[int, int, str],
) -> PushRequest:
    """The next entries of a life that is over; none of those that the next life has sent again."""
    base = Head(who.dev, answer.inc, answer.accepted_seq, answer.accepted_hash)
    found = read(lambda connection: batch(connection, base, PUSH_ENTRIES, PUSH_BYTES))
    last = last_of(over, answer.inc)
    signatures = tuple([one for one in found.signatures if one.seq <= last])
    end = signatures[-1].seq if signatures else found.base_seq
    return PushRequest(
        dev=who.dev,
        inc=answer.inc,
        ratchet=b"",
        nonce="",
        base_seq=found.base_seq,
        base_hash=found.base_hash,
        entries=found.entries[: end - found.base_seq],
        signatures=signatures,
        blobs=found.blobs,
        last_gno=0,
        wall_ms=times[0],
        mono_ms=times[1],
        boot=times[2],
        backlog=last - end,
    )
