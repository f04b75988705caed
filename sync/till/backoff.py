"""When to try again after a failure: full-jitter exponential back-off (ledger-and-sync.md section 5.2)."""

from collections.abc import Callable

import msgspec

BASE_MS = 1_000
CAP_MS = 300_000
DOUBLINGS = 9  # 1 s doubled nine times is past the cap


class Backoff(msgspec.Struct, frozen=True):
    """How often in a row something failed, and the monotonic ms before which it waits.

    `ordered` is true when the ledger itself named the wait: then a wake-up does not cut it short.
    """

    failures: int = 0
    until_ms: int = 0
    ordered: bool = False

    def waits(self, now_ms: int, woken: bool) -> bool:
        """Whether to stay quiet at `now_ms`; `woken` says that there is news to send or fetch."""
        return now_ms < self.until_ms and (self.ordered or not woken)


READY = Backoff()


def after_failure(
    backoff: Backoff, now_ms: int, random: Callable[[int], bytes], retry_after_ms: int = 0
) -> Backoff:
    """The next state after one more failure at `now_ms`.

    The wait is drawn evenly from 0 to min(5 min, 1 s doubled per failure); `retry_after_ms` (from the ledger,
    0 for none, at most 5 min are honoured) replaces it. A try before its time, because somebody was waiting, does not
    make the waits longer: ten sales in a short outage would else keep the till off the line for minutes.
    """
    failures = backoff.failures + 1
    if retry_after_ms > 0:
        return Backoff(failures, now_ms + min(retry_after_ms, CAP_MS), ordered=True)
    if backoff.failures and now_ms < backoff.until_ms:
        return backoff
    ceiling = min(CAP_MS, BASE_MS << min(backoff.failures, DOUBLINGS))
    wait = int.from_bytes(random(4)) * ceiling >> 32
    return Backoff(failures, now_ms + wait)
