"""The live connection of the till's client: what wakes a pull, what takes the place of a stream, what ends one."""

from collections.abc import Iterator

import httpx

from sync.till.live import Live
from sync.wire import Cursor, PullAnswer, Wake, WakeAnswer
from tests.unit.client_bench import Bench


def test_a_wake_up_is_told_once(bench: Bench) -> None:
    """News beyond the cursors starts a pull; the same position again starts nothing."""
    bench.script.handlers["/live"] = lambda request: WakeAnswer((Wake("config", 4),))
    bench.script.handlers["/pull"] = lambda request: PullAnswer(
        (), (), (), (), (Cursor("config", 1, 4),), 0, False
    )
    bench.client.pull.step(0)
    pulls = len([path for path, _ in bench.script.asked if path == "/pull"])
    for turn in range(3):
        bench.client.live.step(turn)
        bench.client.pull.step(turn)
    assert len([path for path, _ in bench.script.asked if path == "/pull"]) == pulls
    bench.script.handlers["/live"] = lambda request: WakeAnswer((Wake("config", 5),))
    for turn in range(3):
        bench.client.live.step(turn)
        bench.client.pull.step(turn)
    assert len([path for path, _ in bench.script.asked if path == "/pull"]) == pulls + 1


def test_a_network_that_holds_streams_back_gets_long_polls(bench: Bench) -> None:
    """What answers the stream is no stream: the next step polls, and wakes the pull all the same."""
    changed: list[bool] = []
    live = Live(bench.client.context, lambda: changed.append(True), lambda: None)
    bench.script.handlers["/live"] = lambda request: WakeAnswer((Wake("config", 4),))
    assert live.step(0) == 0
    assert live.step(0) == 0
    assert changed == [True]
    queries = [request_query for request_query in bench.script.queries if "poll" in request_query]
    assert queries == ["poll=25"]


def test_a_stream_of_one_endless_event_is_cut_off(bench: Bench) -> None:
    """A line that never ends does not fill the till's memory."""
    pieces = 0

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            nonlocal pieces
            while True:
                pieces += 1
                yield b"data: " + b"x" * 4000

    live = Live(bench.client.context, lambda: None, lambda: None)
    bench.script.handlers["/live"] = lambda request: httpx.Response(
        200, headers={"content-type": "text/event-stream"}, stream=Endless()
    )
    live.step(0)
    assert pieces < 20


def test_events_of_the_stream_wake_the_pull(bench: Bench) -> None:
    """Only a wake beyond what is known starts a pull; a sign of life does not, and rubbish ends the stream."""
    changed: list[bool] = []
    doubt: list[bool] = []
    live = Live(bench.client.context, lambda: changed.append(True), lambda: doubt.append(True))
    events = (
        b"event: beat\ndata: {}\n\n",
        b'event: wake\ndata: {"bucket": "config", "pos": 4}\n\n',
        b'event: wake\ndata: {"bucket": "config", "pos": 3}\n\n',
        b"event: later\ndata: whatever\n\n",
        b"event: wake\ndata: [[[\n\n",
    )
    bench.script.handlers["/live"] = lambda request: httpx.Response(
        200, headers={"content-type": "text/event-stream"}, stream=httpx.ByteStream(b"".join(events))
    )
    for _ in range(5):
        live.step(0)
    assert (changed, doubt) == ([True], [True])


def test_contact_that_comes_back_during_a_vain_try_is_not_forgotten(bench: Bench) -> None:
    """The ledger answers another question while this one fails: the stream is tried again at once."""
    live = Live(bench.client.context, lambda: None, lambda: None)
    tries = 0

    def refuse(request: httpx.Request) -> httpx.Response:
        nonlocal tries
        tries += 1
        if tries == 6:
            live.wake()
        raise httpx.ConnectError("refused")

    bench.script.handlers["/live"] = refuse
    now_ms = 0
    while tries < 6:
        now_ms = max(now_ms, live.step(now_ms))
    live.step(now_ms - 1)
    assert tries == 7
