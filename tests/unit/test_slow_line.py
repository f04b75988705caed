"""A line on which what is usually sent or asked for at once does not get through in time: the till takes less."""

from typing import Any

import httpx
import msgspec

from sync.till.cursors import sync_state
from sync.wire import Cursor, PullAnswer, PullRequest, PushAnswer, PushRequest
from tests.unit.client_bench import LONG, Bench, accepted

CARRIES = 30_000  # bytes that the line carries before patience ends


def test_a_backlog_goes_out_in_smaller_parts(bench: Bench) -> None:
    """Half as much after each failure, and what arrived all the same, its answer too late, is no sign of a copy."""
    bench.write(200)
    arrived: list[PushAnswer] = []

    def slow(request: httpx.Request) -> Any:
        body = request.read()
        answer = accepted(request)
        if arrived and answer.accepted_seq < arrived[-1].accepted_seq:
            answer = arrived[-1]  # the ledger says what it has
        arrived.append(answer)
        if len(body) > CARRIES:
            raise httpx.ReadTimeout("too late")
        return answer

    bench.script.handlers["/push"] = slow
    now, parts = 0, 0
    while sync_state(bench.store.reader()).accepted_seq < 200:
        bench.client.wake_push()
        now, parts = max(now + 1, bench.client.push.step(now)), parts + 1
        assert parts < 20
        assert not sync_state(bench.store.reader()).fenced
    sizes = [len(push.entries) for push in bench.script.pushes()]
    assert sizes[0] == 200
    assert sizes[-1] < 100


def test_a_push_that_brought_half_is_gone_on_with(bench: Bench) -> None:
    """The ledger took less than the largest part and more than the one that is sent now."""
    bench.write(200)
    first: list[PushAnswer] = []

    def half(request: httpx.Request) -> Any:
        if not first:
            first.append(accepted(request, 150))
            raise httpx.ReadTimeout("too late")
        push = msgspec.msgpack.decode(request.read(), type=PushRequest)
        assert len(push.entries) < 200
        return first[0]

    bench.client.push._portion.size = 32_000
    bench.script.handlers["/push"] = half
    now = bench.client.push.step(0)
    bench.client.wake_push()
    bench.client.push.step(now)
    state = sync_state(bench.store.reader())
    assert (state.accepted_seq, state.fenced) == (150, False)


def test_less_is_asked_for_until_it_comes(bench: Bench) -> None:
    """And more again once the line carries it."""
    asked: list[int] = []

    def slow(request: httpx.Request) -> Any:
        pull = msgspec.msgpack.decode(request.read(), type=PullRequest)
        asked.append(pull.max_bytes)
        if pull.max_bytes > 100_000 and len(asked) < 5:
            raise httpx.ReadTimeout("too late")
        moved = tuple([Cursor(one.bucket, 1, one.pos + 1) for one in pull.cursors])
        return PullAnswer((), (), (), (), moved, 0, more=len(asked) < 8)

    bench.script.handlers["/pull"] = slow
    for now in range(8):
        bench.client.pull.wake()
        bench.client.pull.step(now * LONG)
    kib = [size // 1024 for size in asked]
    assert kib == [512, 256, 128, 64, 128, 256, 512, 512]
