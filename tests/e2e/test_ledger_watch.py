"""Watching a real ledger process: health, readiness, metrics, its log, and a stop under load."""

import json
import re
import signal
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from sync.till.events import Pulled
from tests.e2e.ledger_process import CARD, LedgerProcess
from tests.e2e.till_side import TillSide

NOW = 0
SAMPLE = re.compile(r'(assidu_\w+)(\{(?:\w+="[^"\n]*",?)*\})? (-?[\d.]+)')


def watched(ledger: LedgerProcess, path: str) -> httpx.Response:
    """What a watcher without any key is answered."""
    with httpx.Client(trust_env=False, timeout=10) as http:
        return http.get(ledger.url + path)


def samples(text: str) -> dict[str, float]:
    """Prometheus' text format, line by line; fails for a line that is none."""
    found, typed = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            base = re.sub("_(bucket|sum|count)$", "", match[1]) if "request_seconds" in match[1] else match[1]
            assert base in typed, line
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def test_a_ledger_tells_what_it_does(ledger: LedgerProcess, till: TillSide) -> None:
    """Alive, ready, and counts that follow what a till did; no card, member or name in metrics or log."""
    assert watched(ledger, "/health").text == "ok"
    assert (watched(ledger, "/ready").status_code, watched(ledger, "/ready").text) == (200, "ready")
    till.pair(ledger.url, ledger.codes[0])
    client = till.connect()
    till.write(3)
    client.push.step(NOW)
    client.pull.step(NOW)
    answer = watched(ledger, "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    assert found["assidu_pushes_total"] == 1
    assert found["assidu_entries_accepted_total"] == found["assidu_entries_applied_total"] == 3
    assert found["assidu_entries_quarantined_total"] == found["assidu_quarantined_entries"] == 0
    assert (found["assidu_tills"], found["assidu_tills_seen"], found["assidu_recovering"]) == (1, 1, 0)
    assert found['assidu_requests_total{route="/push",status="200"}'] == 1
    assert found['assidu_request_seconds_bucket{route="/push",le="+Inf"}'] == 1
    assert found['assidu_request_seconds_count{route="/ready"}'] == 2
    status, log = ledger.stop()
    assert status == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines if line["event"] in ("begun", "stopped")] == ["begun", "stopped"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"]) for line in lines)
    [push] = [line for line in lines if line.get("route") == "/push"]
    assert (push["accepted"], push["quarantined"], push["status"]) == (3, 0, 200)
    for secret in (CARD, "Alouette", "Camille"):
        assert secret not in log + answer.text


def test_a_till_that_listens_is_seen(ledger: LedgerProcess, till: TillSide) -> None:
    """A till with an open stream counts although it sends nothing."""
    till.pair(ledger.url, ledger.codes[0])
    client = till.connect()
    client.start()
    till.wait_for(Pulled)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if samples(watched(ledger, "/metrics").text)["assidu_tills_seen"] == 1:
            return
    pytest.fail("the till was not seen")


def test_a_stop_under_load_loses_and_doubles_nothing(
    tmp_path: Path, ledger: LedgerProcess, till: TillSide, other: TillSide
) -> None:
    """SIGTERM while two tills push without a pause: exit status 0, no fault, and whatever was acked is there."""
    sides = (till, other)
    for side, code in zip(sides, ledger.codes, strict=True):
        side.pair(ledger.url, code)
    over = threading.Event()
    threads = [threading.Thread(target=_load, args=(side, over)) for side in sides]
    for thread in threads:
        thread.start()
    while not all(side.accepted() > 10 for side in sides):
        time.sleep(0.01)
    ledger.process.send_signal(signal.SIGTERM)
    status, log = ledger.stop()
    over.set()
    for thread in threads:
        thread.join(30)
    assert (status, "Traceback" in log, '"fault"' in log) == (0, False, False)
    connection = sqlite3.connect(tmp_path / "ledger" / "ledger.sqlite")
    kept = connection.execute("SELECT dev, inc, seq FROM inbox ORDER BY 1, 2, 3").fetchall()
    connection.close()
    for side in sides:
        mine = [seq for dev, _, seq in kept if dev == side.identity.dev]
        assert mine == list(range(1, len(mine) + 1))
        assert len(mine) >= side.accepted()
    assert not (tmp_path / "ledger" / "ledger.sqlite.url").exists()
    with LedgerProcess(tmp_path / "ledger" / "ledger.sqlite", None, port=ledger.port):
        for side in sides:
            client = side.connect()
            for _ in range(20):
                client.wake_push()
                client.push.step(NOW)
            assert side.accepted() == side.head()


def _load(side: TillSide, over: threading.Event) -> None:
    client = side.connect()
    while not over.is_set():
        side.write(1)
        client.wake_push()
        client.push.step(NOW)
