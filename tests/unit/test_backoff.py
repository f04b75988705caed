"""Back-off after failures."""

from hypothesis import given
from hypothesis import strategies as st

from sync.till.backoff import BASE_MS, CAP_MS, READY, Backoff, after_failure


def failing(times: int, draw: bytes, retry_after_ms: int = 0) -> Backoff:
    """After so many failures, each when its wait was over; the last one at 1000."""
    backoff = READY
    for _ in range(times):
        backoff = after_failure(Backoff(backoff.failures), 1000, lambda count: draw[:count], retry_after_ms)
    return backoff


@given(times=st.integers(1, 40), draw=st.binary(min_size=4, max_size=4))
def test_the_wait_is_drawn_below_a_doubling_ceiling(times: int, draw: bytes) -> None:
    """Full jitter: any wait from nothing to the ceiling, which doubles from 1 s to 5 min."""
    ceiling = min(CAP_MS, BASE_MS * 2 ** (times - 1))
    wait = failing(times, draw).until_ms - 1000
    assert 0 <= wait < ceiling


def test_the_ceiling_is_reached() -> None:
    """The highest draw waits nearly the whole ceiling, the lowest not at all."""
    waits = [failing(times, b"\xff" * 4).until_ms - 1000 for times in (1, 2, 3, 9, 30)]
    assert waits == [999, 1999, 3999, 255_999, 299_999]
    assert failing(9, b"\0" * 4).until_ms == 1000


def test_the_ledgers_own_wish_wins() -> None:
    """Retry-After replaces the drawn wait, and a wake-up does not cut it short; at most five minutes count."""
    ordered = failing(1, b"\0" * 4, retry_after_ms=7000)
    assert ordered.until_ms == 8000
    assert ordered.waits(7999, woken=True)
    assert not ordered.waits(8000, woken=False)
    assert failing(1, b"\0" * 4, retry_after_ms=10**9).until_ms == 1000 + CAP_MS


def test_a_try_before_its_time_makes_no_wait_longer() -> None:
    """Sales in an outage try at once and fail; the next try stands where it stood. After a success it is a failure."""
    waiting = Backoff(3, 9000)
    assert after_failure(waiting, 8000, lambda count: b"\xff" * count) == waiting
    assert after_failure(waiting, 9000, lambda count: b"\xff" * count) == Backoff(4, 9000 + 7999)
    assert after_failure(Backoff(0, 3_600_000), 8000, lambda count: b"\xff" * count) == Backoff(1, 8999)


def test_news_cuts_a_drawn_wait_short() -> None:
    """A new ticket or an event from the ledger is tried at once."""
    drawn = failing(5, b"\xff" * 4)
    assert drawn.waits(1001, woken=False)
    assert not drawn.waits(1001, woken=True)
