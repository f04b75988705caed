"""What a manager is told of the ledger: its figures, kept with their age, and what became of what was sent."""

from datetime import date

import httpx
import msgspec

from sync.figures import FiguresRequest, Now, Row, StoreFigures
from sync.till import sync_log
from sync.till.events import FiguresArrived
from sync.till.told_figures import told_figures
from sync.wire import Disposition, PullAnswer, PushAnswer
from tests.unit.client_bench import Bench, accepted, failing


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


def test_what_the_ledger_put_aside_is_remembered_until_it_counts(bench: Bench) -> None:
    """How much went out and when; an entry that waits with its reason, and no more once it is applied."""

    def some(request: httpx.Request) -> PushAnswer:
        told = (Disposition(1, "applied"), Disposition(2, "quarantined", "programme"))
        return msgspec.structs.replace(accepted(request), dispositions=told)

    bench.script.handlers["/push"] = some
    bench.write(3)
    bench.client.push.step(0)
    reader = bench.store.reader()
    assert [one.entries for one in sync_log.sent(reader, 9)] == [3]
    assert [(one.seq, one.state, one.code) for one in sync_log.aside(reader, 9)] == [
        (2, "quarantined", "programme")
    ]
    bench.script.handlers["/pull"] = lambda _: PullAnswer(
        (), (), (Disposition(2, "applied"),), (), (), 3, False
    )
    bench.client.pull.step(0)
    assert sync_log.aside(reader, 9) == ()
