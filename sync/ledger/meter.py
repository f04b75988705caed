"""What a ledger process counts, in the text format that Prometheus reads (exposition format 0.0.4).

No label names a person, a card or a member: routes are as declared, never addresses.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from rules.tools.offers import family
from sync.ledger.apply import QUARANTINED
from sync.ledger.port import Transaction
from sync.ledger.unbooked import unbooked
from sync.ledger.waits import recovering
from sync.wire import PushAnswer

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SEEN_S = 300.0
LIVE = "/live"
Labels = tuple[tuple[str, str], ...]


class Meter:
    """Counts of one process. `mono_s` is a monotonic clock in seconds."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._requests: Counter[tuple[str, int]] = Counter()
        self._took: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._seen: dict[tuple[int, int], float] = {}
        self._pushes = self._accepted = 0
        self._entries: Counter[str] = Counter()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request is over."""
        self._requests[route, status] += 1
        if route == LIVE:
            return  # it lasts until something happens
        took = self._took.setdefault(route, [0] * (len(BOUNDS_S) + 1))
        took[next((n for n, bound in enumerate(BOUNDS_S) if seconds <= bound), len(BOUNDS_S))] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def seen(self, device: tuple[int, int]) -> None:
        """A till has spoken, or listens."""
        self._seen[device] = self._mono_s()

    def pushed(self, answer: PushAnswer) -> None:
        """A push was answered."""
        self._pushes += 1
        self._accepted += len(answer.dispositions)
        self._entries.update(one.state for one in answer.dispositions)

    def lines(self) -> Iterable[str]:
        """What this process has counted since it began."""
        now = self._mono_s()
        self._seen = {device: at for device, at in self._seen.items() if now - at <= SEEN_S}
        yield from _metric("pushes_total", "counter", "Pushes answered.", {(): self._pushes})
        yield from _metric("entries_accepted_total", "counter", "Entries accepted.", {(): self._accepted})
        applied = self._accepted - self._entries[QUARANTINED]
        yield from _metric("entries_applied_total", "counter", "Entries applied at once.", {(): applied})
        yield from _metric(
            "entries_quarantined_total", "counter", "Entries put aside.", {(): self._entries[QUARANTINED]}
        )
        yield from _metric(
            "tills_seen", "gauge", "Tills that spoke in the last five minutes.", {(): len(self._seen)}
        )
        yield from _metric(
            "requests_total",
            "counter",
            "Requests answered.",
            {
                (("route", route), ("status", str(status))): count
                for (route, status), count in sorted(self._requests.items())
            },
        )
        yield from self._times()

    def _times(self) -> Iterable[str]:
        name = "assidu_request_seconds"
        yield f"# HELP {name} Time from a request to its answer."
        yield f"# TYPE {name} histogram"
        for route, took in sorted(self._took.items()):
            total = 0
            for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), took, strict=True):
                total += count
                yield f"{name}_bucket{_labels((('route', route), ('le', bound)))} {total}"
            yield f"{name}_sum{_labels((('route', route),))} {self._seconds[route]:.6f}"
            yield f"{name}_count{_labels((('route', route),))} {total}"


async def gauges(tx: Transaction, now_ms: int) -> Sequence[str]:
    """What stands in the books: tills, what they have left to send, what they hold, what waits."""
    tills = [one for one in await tx.incarnations() if one.state == "open"]
    late = [one.seen_ms for one in tills if one.backlog and one.seen_ms]
    held: Counter[Labels] = Counter()
    for _, _, kind, asset, units in await tx.held():
        held[("kind", kind), ("asset", family(asset))] += units
    waiting = await tx.quarantined()
    spent: Counter[Labels] = Counter()
    for part in unbooked(waiting).values():
        for asset, units in part.items():
            spent[(("asset", family(asset)),)] += units
    return [
        *_metric("tills", "gauge", "Tills that may push.", {(): len(tills)}),
        *_metric("backlog_entries", "gauge", "Left to send.", {(): sum(one.backlog for one in tills)}),
        *_metric(
            "outbox_age_seconds",
            "gauge",
            "Since the oldest last push of a till that had something left to send.",
            {(): max(0, now_ms - min(late, default=now_ms)) // 1000},
        ),
        *_metric("granted_units", "gauge", "Units that tills hold.", dict(sorted(held.items()))),
        *_metric("quarantined_entries", "gauge", "Entries that wait.", {(): len(waiting)}),
        *_metric("quarantined_units", "gauge", "Units spent in them.", dict(sorted(spent.items()))),
        *_metric(
            "missed_members", "gauge", "Members with a day that failed.", {(): await tx.missed_members()}
        ),
        *_metric("recovering", "gauge", "1 in recovery mode.", {(): int(await recovering(tx))}),
    ]


def _metric(name: str, kind: str, told: str, values: Mapping[Labels, int]) -> Iterable[str]:
    yield f"# HELP assidu_{name} {told}"
    yield f"# TYPE assidu_{name} {kind}"
    for labels, value in values.items():
        yield f"assidu_{name}{_labels(labels)} {value}"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    escaped = [f'{name}="{_escaped(value)}"' for name, value in labels]
    return "{" + ",".join(escaped) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
