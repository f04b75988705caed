"""Asking the ledger for the manager's figures: kept with what it told, and without an answer nothing changes."""

from datetime import date

import httpx
import msgspec

from sync.figures import FiguresRequest, Now, Row, StoreFigures
from sync.till.events import FiguresArrived
from sync.till.told_figures import told_figures
from tests.unit.client_bench import Bench, failing


def test_what_the_ledger_told_is_kept_until_it_tells_anew(bench: Bench) -> None:
    """One question for one look; a ledger that fails takes nothing away."""
    told = StoreFigures(9, (Row("day", date(2026, 11, 20), "1", tickets=3),))
    asked: list[FiguresRequest] = []

    def answer(request: httpx.Request) -> StoreFigures:
        asked.append(msgspec.msgpack.decode(request.content, type=FiguresRequest))
        return told

    bench.script.handlers["/figures"] = answer
    bench.client.request_figures(Now(date(2026, 11, 20), 600))
    bench.client.figures.step(0)
    bench.client.figures.step(1)
    assert [one.now.minute for one in asked] == [600]
    assert told_figures(bench.store.reader()) == told
    assert [event.figures.made_ms for event in bench.told(FiguresArrived)] == [9]
    bench.script.handlers["/figures"] = failing(httpx.ConnectError("no line"))
    bench.client.request_figures(Now(date(2026, 11, 20), 601))
    bench.client.figures.step(2)
    assert told_figures(bench.store.reader()) == told
