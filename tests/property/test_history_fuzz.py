"""Damaged histories: every line counts or is named, nothing else ever happens, and the books of the rest balance."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_app.history.open import open_history
from pos_app.history.reader import HistoryError
from pos_app.history.run import run_replay
from rules.history.record import Record
from rules.programme.load import load_programme
from tests.unit.history_kit import BASE, CARD, CHEQUE, EXPIRY, HEADER, PAY, STREAK, TIERS, VISIT

PROGRAMME = load_programme((HEADER + BASE + PAY + STREAK + VISIT + CARD + TIERS + EXPIRY + CHEQUE).encode())


def sold(number: int, **more: Any) -> dict[str, Any]:
    """A ticket of bread and three coffees."""
    lines = [
        {"sku": "b", "category": "bread", "qty": 1, "cents": 1250},
        {"sku": "c", "category": "coffee", "qty": 3, "cents": 600, "promo": False},
    ]
    at = f"2026-03-{number:02}T09:00:00Z"
    plain = {"ticket": str(number), "member": "m", "store": "s", "at": at, "channel": "shop", "lines": lines}
    return plain | more


LINES = [
    *[sold(number) for number in range(1, 6)],
    sold(6, refund_of="3"),
    {"ticket": "7", "member": "m", "at": "2026-03-07T09:00:00Z", "event": {"name": "review", "sku": "b"}},
    sold(8, member="n"),
]
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["1", "3", "m", "", "2026-03-02T09:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:00"]),
    st.just([]),
    st.just({}),
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """One line with a key or a value changed, or with bytes cut out and put in."""
    line: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(LINES))))
    if draw(st.booleans()):
        table = draw(st.sampled_from([line, *line.get("lines", [])]))
        key = draw(st.sampled_from([*table, "refund_of", "event", "zones"]))
        if draw(st.booleans()):
            table.pop(key, None)
        else:
            table[key] = draw(values)
        return json.dumps(line).encode()
    text = json.dumps(line).encode()
    at = draw(st.integers(0, len(text)))
    cut = draw(st.integers(0, 8))
    return text[:at] + draw(st.binary(max_size=4)) + text[at + cut :]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changed(), min_size=1, max_size=5), st.integers(0, len(LINES)))
def test_changed_lines(bad: list[bytes], at: int) -> None:
    """In a file with good lines around them: replayed without a fall, and every member's points add up."""
    good = [json.dumps(line).encode() for line in LINES]
    data = b"\n".join([*good[:at], *bad, *good[at:]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "h.ndjson"
        path.write_bytes(data)
        read = complaints(path, data)
        said: list[int] = []
        done = run_replay(
            open_history(path), [PROGRAMME], lambda number, _why: said.append(number), redeem=True, sort=True
        )
    assert read >= len(LINES) - 1 or said
    assert all(1 <= number <= data.count(b"\n") + 1 for number in said)
    for values_of in done.rows():
        row = dict(zip(done.columns, values_of, strict=True))
        given_ = row["earned"] + row["honoured"]
        gone = row["burned"] + row["converted"] + row["expired"] + row["clawed"]
        assert given_ == gone - row["deficit"] + row["balance"]


def complaints(path: Path, data: bytes) -> int:
    """Every line that is not blank is a record or a complaint; how many are records."""
    named: list[int] = []
    found: list[Record] = []
    for number, record in open_history(path).entries(lambda number, _why: named.append(number)):
        assert number not in named
        found.append(record)
    lines = [line for line in data.split(b"\n") if line and not line.isspace()]
    assert len(found) + len(named) == len(lines)
    return len(found)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from([b"", b"ticket,member,at,cents\n", b"{", b"\x1f\x8b\x08\0"]))
def test_any_bytes_as_a_history(data: bytes, head: bytes) -> None:
    """Records, complaints, or one sentence; never anything else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "h"
        path.write_bytes(head + data)
        with suppress(HistoryError):
            run_replay(open_history(path), [PROGRAMME], lambda _number, _why: None, sort=True)
