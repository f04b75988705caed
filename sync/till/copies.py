"""Asking the ledger for a copy of what it keeps of one member, when somebody at the counter asked for it."""

import threading
from collections.abc import Callable

import msgspec

from sync.field import INCIDENT, FieldUnreadable, decrypt_display, decrypt_note
from sync.member_copy import CopyAnswer, CopyRequest, MemberCopy
from sync.till.context import Context
from sync.till.events import CopyArrived
from sync.till.identity import Identity
from sync.till.offline import Failure, OfflineReason

IDLE_MS = 3_600_000


class Copies:
    """One question at a time; the last one counts. One thread steps, any may ask."""

    def __init__(self, context: Context, deliver: Callable[[CopyArrived], None]) -> None:
        self._exchange = context.exchange
        self._identity = context.identity
        self._deliver = deliver
        self._lock = threading.Lock()
        self._asked: CopyRequest | None = None

    def request(self, member: int, by: str) -> None:
        """Ask once."""
        with self._lock:
            self._asked = CopyRequest(member, by)

    def step(self, now_ms: int) -> int:
        """Ask if somebody wants to know; ms of the next step. Never raises."""
        with self._lock:
            asked, self._asked = self._asked, None
        if asked is not None:
            answer = self._exchange.ask("POST", "/member/copy", CopyAnswer, asked)
            if not isinstance(answer, Failure):
                self._deliver(CopyArrived(asked.member, read_copy(self._identity, answer)))
            elif answer.reason is OfflineReason.REFUSED:
                self._deliver(CopyArrived(asked.member, None))
        return now_ms + IDLE_MS


def read_copy(identity: Identity, answer: CopyAnswer) -> MemberCopy | None:
    """The copy with name and notes, which are for this store; None where it cannot be read."""
    try:
        copy = msgspec.json.decode(answer.copy, type=MemberCopy)
        name = decrypt_display(identity.scope_key, copy.member, answer.display)
        note = decrypt_note(identity.scope_key, copy.member, answer.note)
        complaint = decrypt_note(identity.scope_key, copy.member, answer.complaint, INCIDENT)
    except (msgspec.DecodeError, UnicodeDecodeError, FieldUnreadable):
        return None
    return msgspec.structs.replace(copy, name=name, note=note, complaint=complaint)
