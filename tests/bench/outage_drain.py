"""Tills whose line is back: the client of the till itself, for each store that `outage_journals.py` wrote.

Arguments: folder, first and last till. Begins with a line on standard input, and ends when all has been accepted.
Prints one line of JSON.
"""

import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from sync.system_clock import SystemClock  # noqa: E402
from sync.till.client import Client  # noqa: E402
from sync.till.cursors import sync_state  # noqa: E402
from sync.till.database import open_store  # noqa: E402
from sync.till.identity import identity  # noqa: E402
from sync.till.journal import waiting  # noqa: E402
from sync.till.writer import InlineWriter  # noqa: E402


class Drained(msgspec.Struct):
    """Entries that were accepted, what was answered (by status, or the fault of the line), and how long a push took."""

    entries: int
    answers: dict[str, int]
    slowest_s: float


class Counting(httpx.BaseTransport):
    """The line, which counts what is answered."""

    def __init__(self, answers: Counter[str], took: list[float]) -> None:
        self._line = httpx.HTTPTransport()
        self._answers, self._took = answers, took

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As the line does."""
        start = time.monotonic()
        try:
            response = self._line.handle_request(request)
        except httpx.HTTPError as error:
            self._answers[type(error).__name__] += 1
            raise
        finally:
            self._took.append(time.monotonic() - start)
        self._answers[str(response.status_code)] += 1
        return response


def drain(folder: Path, done: list[Drained]) -> None:
    """Send all that a till has."""
    store, clock = open_store(folder), SystemClock()
    answers: Counter[str] = Counter()
    took: list[float] = []
    writer = InlineWriter(store)
    who = identity(store.reader())
    assert who is not None
    line = Counting(answers, took)
    client = Client(store, writer, who, clock, secrets.token_bytes, lambda _: None, transport=line, poll_s=0)
    while waiting(store.reader()).count:
        due = client.push.step(clock.mono_ms())
        if waiting(store.reader()).count:
            time.sleep(max(0, due - clock.mono_ms()) / 1000)
    client.stop()
    done.append(Drained(sync_state(store.reader()).accepted_seq, dict(answers), max(took)))
    store.close()


def together(drained: Sequence[Drained]) -> Drained:
    """What became of all of them."""
    answers: Counter[str] = Counter()
    for one in drained:
        answers.update(one.answers)
    slowest = max([one.slowest_s for one in drained])
    return Drained(sum([one.entries for one in drained]), dict(answers), slowest)


def main() -> None:
    """One thread a till, all at the same moment."""
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    done: list[Drained] = []
    sys.stdin.readline()
    threads = [threading.Thread(target=drain, args=(folder / f"till{n}", done)) for n in range(first, last)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(msgspec.json.encode(together(done)).decode(), flush=True)


if __name__ == "__main__":
    main()
