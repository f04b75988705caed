"""Why a till has no ledger to talk to, as a stable code, and a failed exchange as a value."""

from enum import StrEnum

import msgspec

from rules.sentences import mark


class OfflineReason(StrEnum):
    """Stable codes for screens, logs and tests."""

    STARTING = "starting"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    BAD_ANSWER = "bad_answer"
    TOO_BIG = "too_big"
    UNSIGNED = "unsigned"
    WRONG_KEY = "wrong_key"
    REFUSED = "refused"
    FENCED = "fenced"
    STORE = "store"
    STOPPED = "stopped"


SENTENCES: dict[OfflineReason, str] = {
    OfflineReason.STARTING: mark("The ledger has not been reached yet."),
    OfflineReason.UNREACHABLE: mark(
        "The ledger cannot be reached: check the network cable and the ledger address."
    ),
    OfflineReason.SLOW: mark(
        "The ledger does not answer in time: the till goes on and tries again by itself."
    ),
    OfflineReason.BUSY: mark("The ledger is busy and asked to wait: the till tries again by itself."),
    OfflineReason.SERVER_ERROR: mark("The ledger reports a fault of its own: tell whoever runs it."),
    OfflineReason.BAD_ANSWER: mark(
        "What answers is not a ledger: check the ledger address and the network sign-in."
    ),
    OfflineReason.TOO_BIG: mark("The answer is too big to be true: check the ledger address."),
    OfflineReason.UNSIGNED: mark(
        "The answer is not signed, something on the way replaces it: have the network checked."
    ),
    OfflineReason.WRONG_KEY: mark(
        "The answer is signed by another ledger: check the address, or pair this till again."
    ),
    OfflineReason.REFUSED: mark("The ledger does not accept this till: pair it again."),
    OfflineReason.FENCED: mark("Another copy of this till was seen: pair it again, no ticket is lost."),
    OfflineReason.STORE: mark("The till cannot write what it received: check its disk."),
    OfflineReason.STOPPED: mark("The connection was closed by this till."),
}


class Failure(msgspec.Struct, frozen=True):
    """An exchange that gave nothing: why, the ledger's own code and sentence if it signed any, and its wish for
    a pause in ms (0 for none)."""

    reason: OfflineReason
    code: str = ""
    sentence: str = ""
    retry_after_ms: int = 0


# What a well-signed answer with impossible contents can raise while it is applied: numbers beyond 64 bits, …
UNUSABLE = (ValueError, OverflowError, TypeError)
