"""Whatever answers in the ledger's place: the till goes on, and nothing is lost or taken over."""

from collections.abc import Callable
from datetime import date

import httpx
import msgspec
import pytest

from sync.entry import Slice
from sync.till.cursors import sync_state
from sync.till.events import HoldArrived, Pushed
from sync.till.journal import head
from sync.till.offline import OfflineReason
from sync.wire import (
    Grant,
    HoldAnswer,
    Refusal,
    pack,
)
from tests.unit.client_bench import (
    LONG,
    OTHER_SEED,
    URL,
    Bench,
    Handler,
    Script,
    accepted,
    failing,
)


def html(status: int = 200) -> httpx.Response:
    return httpx.Response(
        status,
        headers={"content-type": "text/html"},
        stream=httpx.ByteStream(b"<html>Please sign in</html>"),
    )


def _other_key(bench: Bench) -> Handler:
    other = Script(seed=OTHER_SEED)
    return lambda request: other.signed(request, 200, pack(accepted(request)))


def _replay(bench: Bench) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        headers["signature"] = headers["signature"].replace("assidu=:", "assidu=:AAAA", 1)
        return bench.script.signed(httpx.Request("POST", URL, headers=headers), 200, pack(accepted(request)))

    return handler


def _forged(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200,
        headers=[(b"signature-input", b"assidu=(((("), (b"signature", "assidu=:☠:".encode())],
        stream=httpx.ByteStream(pack(accepted(request))),
    )


HUGE = Grant(id="g", kind="hold", member=2**64 - 1, gno=1, ticket="", issued_pos=1, slices=(
    Slice(asset="points", lot="l", quantity=1, last_day=date(2030, 1, 1)),))  # fmt: skip

RUBBISH: dict[str, tuple[Callable[[Bench], Handler], OfflineReason]] = {
    "refused connection": (lambda b: failing(httpx.ConnectError("refused")), OfflineReason.UNREACHABLE),
    "hung up": (
        lambda b: failing(httpx.RemoteProtocolError("Server disconnected without sending a response.")),
        OfflineReason.UNREACHABLE,
    ),
    "garbage": (
        lambda b: failing(httpx.RemoteProtocolError("illegal status line")),
        OfflineReason.BAD_ANSWER,
    ),
    "too slow": (lambda b: failing(httpx.ReadTimeout("slow")), OfflineReason.SLOW),
    "a sign-in page": (lambda b: lambda request: html(), OfflineReason.UNSIGNED),
    "a redirect": (lambda b: lambda request: html(302), OfflineReason.BAD_ANSWER),
    "an unsigned refusal": (lambda b: lambda request: html(403), OfflineReason.BAD_ANSWER),
    "a fault": (lambda b: lambda request: html(500), OfflineReason.SERVER_ERROR),
    "overload": (lambda b: lambda request: html(503), OfflineReason.BUSY),
    "not msgpack": (lambda b: lambda request: b"\xc1 nonsense", OfflineReason.BAD_ANSWER),
    "wrong types": (lambda b: lambda request: msgspec.msgpack.encode(["a", 1, {}]), OfflineReason.BAD_ANSWER),
    "deep nesting": (lambda b: lambda request: b"\x91" * 100_000, OfflineReason.BAD_ANSWER),
    "numbers beyond all bounds": (
        lambda b: lambda request: accepted(request, anchor=None, durable_seq=2**64 - 1, grants=(HUGE,)),
        OfflineReason.BAD_ANSWER,
    ),
    "another key": (_other_key, OfflineReason.WRONG_KEY),
    "an answer to another question": (_replay, OfflineReason.WRONG_KEY),
    "a forged signature": (lambda b: _forged, OfflineReason.WRONG_KEY),
    "a huge body": (lambda b: lambda request: b"\0" * (5 * 1024 * 1024), OfflineReason.TOO_BIG),
    "a signed refusal": (
        lambda b: lambda request: Refusal("revoked", "Pair again.\x1b[2J"),
        OfflineReason.REFUSED,
    ),
}


@pytest.mark.parametrize("name", RUBBISH)
def test_whatever_answers_the_till_goes_on(bench: Bench, name: str) -> None:
    """Each kind of rubbish is an offline state with its own code; nothing raises, nothing is lost or taken over."""
    make, reason = RUBBISH[name]
    bench.write(2)
    for path in ("/push", "/pull", "/grants", "/live", "/account/"):
        bench.script.handlers[path] = make(bench)
    due = bench.client.push.step(0)
    assert 0 <= due <= 300_000
    assert bench.reason() is reason
    bench.client.request_hold("t1", 9, ())
    bench.client.request_account(b"token")
    for step in (bench.client.pull, bench.client.live, bench.client.holds):
        step.step(0)
    state = sync_state(bench.store.reader())
    assert (state.accepted_seq, state.ratchet) == (0, b"r")
    assert head(bench.store.reader())[0] == 2
    assert not bench.told(Pushed)
    holds = [HoldAnswer("refused", (), {})] if reason is OfflineReason.REFUSED else []
    assert [event.answer for event in bench.told(HoldArrived)] == holds
    bench.script.handlers["/push"] = accepted
    bench.client.push.step(LONG)
    assert bench.client.state().online
    assert sync_state(bench.store.reader()).accepted_seq == 2
