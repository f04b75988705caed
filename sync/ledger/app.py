"""The ledger over HTTP (ledger-and-sync.md section 5.1): thin handlers around `Ledger`.

Bodies are msgpack (`application/vnd.msgpack`) or JSON as Content-Type says; answers follow Accept. Whatever is not
2xx carries a `Refusal`.
"""

import logging
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ASGIApp

from sync.ledger.admission import Admission, Full, Rank, rank_of_push
from sync.ledger.app_asked import figures, habits, history, member_copy, shown
from sync.ledger.app_blobs import blob, snapshot_for
from sync.ledger.app_messages import ask, read, reply
from sync.ledger.app_outside import effects, events
from sync.ledger.app_watch import BookGauges, health, metrics, ready
from sync.ledger.apply import QUARANTINED
from sync.ledger.auth import Refused, signed_by_device, signed_by_new_key, signed_by_owner, signed_device
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.figures import Chain
from sync.ledger.frame import Framed
from sync.ledger.known_again import show
from sync.ledger.live import Wakes
from sync.ledger.meter import Meter
from sync.ledger.operations import OPERATIONS
from sync.ledger.reconcile import reconcile as compare
from sync.ledger.rotate import rotate_key
from sync.ledger.service import Ledger, Turn
from sync.papers import LivesRequest
from sync.proved import hello_bytes
from sync.refusals import refusal_of
from sync.wire import (
    PROTOCOL,
    Cursor,
    Hello,
    HoldRequest,
    PairRequest,
    PullRequest,
    PushAnswer,
    PushRequest,
    ReconcileRequest,
    Refusal,
    RotateRequest,
    WakeAnswer,
)

BODY_LIMIT = 1024 * 1024
NONCE_LIMIT = 128
WebRequest = Request[Any, Any, State]
log = logging.getLogger("assidu.ledger")

STATUS_CODES = {
    400: ("bad_request", "The request cannot be read: update this till."),
    404: ("not_found", "There is nothing at this address: check the ledger address."),
    405: ("not_found", "There is nothing at this address: check the ledger address."),
    413: ("too_big", "The request is too big: send fewer entries at once."),
}
BUSY = Refusal("busy", "The ledger has too much to do: the till comes again by itself.")
FAULT = Refusal("fault", "The ledger has a fault: look into its log.")


def make_app(ledger: Ledger, seed: bytes, wakes: Wakes) -> ASGIApp:
    """The ASGI application; its answers are signed with the ledger's Ed25519 `seed`."""
    meter = Meter(time.monotonic)
    app = Litestar(
        route_handlers=[
            hello,
            pair,
            operations,
            push,
            reconcile,
            rotate,
            lives,
            account,
            grants,
            pull,
            figures,
            history,
            habits,
            shown,
            member_copy,
            live,
            snapshot,
            blob,
            events,
            effects,
            health,
            ready,
            metrics,
        ],
        request_max_body_size=BODY_LIMIT,
        openapi_config=None,
        logging_config=None,
        state=State(
            {
                "ledger": ledger,
                "wakes": wakes,
                "admission": Admission(ledger.backlogs),
                "sign": Ed25519PrivateKey.from_private_bytes(seed).sign,
                "meter": meter,
                "books": BookGauges(ledger),
                "chain": Chain(ledger),
                "device_keys": {},
            }
        ),
        exception_handlers={
            Refused: lambda request, error: refuse(request, error.status, error.refusal),
            Full: _full,
            LedgerRefusal: lambda request, error: refuse(
                request, 409, refusal_of(error.code, error.sentence)
            ),
            HTTPException: lambda request, error: refuse(
                request, error.status_code, _refusal(error.status_code)
            ),
            Exception: _fault,
        },
    )
    return Framed(app, seed, meter)


@get("/hello")
async def hello(request: WebRequest) -> Response[bytes]:
    """Who the ledger is and what time it has, bound to the caller's nonce."""
    ledger: Ledger = request.app.state.ledger
    nonce = request.query_params.get("nonce", "")
    if not 0 < len(nonce) <= NONCE_LIMIT:
        raise Refused(400, Refusal("bad_request", "Ask with a nonce of 1 to 128 characters."))
    unsigned = Hello(nonce, ledger.server_public_key, ledger.now_ms(), PROTOCOL, PROTOCOL, ledger.epoch, b"")
    return reply(
        request, msgspec.structs.replace(unsigned, signature=request.app.state.sign(hello_bytes(unsigned)))
    )


@post("/pair", status_code=200)
async def pair(request: WebRequest) -> Response[bytes]:
    """Make a device of a till that knows an open pairing code."""
    ledger: Ledger = request.app.state.ledger
    message = read(request, PairRequest, await request.body())
    await signed_by_new_key(request, message.public_key)
    return reply(request, await ledger.pair(message))


@post("/push", status_code=200)
async def push(request: WebRequest) -> Response[bytes]:
    """Accept journal entries."""
    admission: Admission = request.app.state.admission
    rank = rank_of_push(request.headers.get("content-length", ""))
    with admission.inside(rank):
        device = await signed_device(request, kept=True)
        message = read(request, PushRequest, await request.body())
        answer = await _pushed(request, device, message, partial(admission.turn, rank))
    request.app.state.meter.pushed(answer)
    aside = sum([one.state == QUARANTINED for one in answer.dispositions])
    request.scope["state"]["told"] = {"accepted": len(answer.dispositions), "quarantined": aside}
    return reply(request, answer)


async def _pushed(request: WebRequest, device: DeviceId, message: PushRequest, turn: Turn) -> PushAnswer:
    ledger: Ledger = request.app.state.ledger
    try:
        return await ledger.push(device, message, turn)
    except LedgerRefusal as refused:
        if not (device.kept and refused.code == "unknown_device"):
            raise
    device = await signed_device(request)  # its key has changed, or is worth nothing any more
    return await ledger.push(device, message, turn)


@post("/keys/rotate", status_code=200)
async def rotate(request: WebRequest) -> Response[bytes]:
    """A till's new key, which holds from its first use on."""
    return await ask(request, RotateRequest, partial(rotate_key, request.app.state.ledger))


@post("/reconcile", status_code=200)
async def reconcile(request: WebRequest) -> Response[bytes]:
    """What the ledger has of the journal of a till that was paired again."""
    return await ask(request, ReconcileRequest, partial(compare, request.app.state.ledger))


@post("/lives", status_code=200)
async def lives(request: WebRequest) -> Response[bytes]:
    """A till that a restored ledger does not know any more shows what the ledger had signed of it."""
    message = read(request, LivesRequest, await request.body())
    if not message.papers:
        raise Refused(400, Refusal("bad_request", "Nothing is shown: update this till."))
    last = max(message.papers, key=lambda one: (one.inc, one.key))
    await signed_by_device(request, last.dev, last.inc, last.public_key)
    return reply(request, await show(request.app.state.ledger, message))


@post("/grants", status_code=200)
async def grants(request: WebRequest) -> Response[bytes]:
    """Hold assets for a ticket."""
    admission: Admission = request.app.state.admission
    with admission.inside(Rank.COUNTER):
        device = await signed_device(request)
        message = read(request, HoldRequest, await request.body())
        async with admission.turn(Rank.COUNTER):
            return reply(request, await request.app.state.ledger.hold(device, message))


@post("/pull", status_code=200)
async def pull(request: WebRequest) -> Response[bytes]:
    """Changes after the cursors: a read."""
    return await ask(request, PullRequest, request.app.state.ledger.pull)


@post("/operations/{name:str}", status_code=200)
async def operations(request: WebRequest, name: FromPath[str]) -> Response[bytes]:
    """What the ledger's owner asks, proved by the ledger's own key."""
    await signed_by_owner(request)
    kind = OPERATIONS.get(name)
    if kind is None:
        raise Refused(404, Refusal("not_found", "The running ledger cannot do this: update it."))
    return reply(request, await read(request, kind, await request.body()).run(request.app.state.ledger))


@get("/account/{token:str}")
async def account(request: WebRequest, token: FromPath[str]) -> Response[bytes]:
    """The account behind a card token in hex."""
    device = await signed_device(request)
    return reply(request, await request.app.state.ledger.account(device, _hex(token)))


@get("/snapshot/{of:str}")
async def snapshot(request: WebRequest, of: FromPath[str]) -> Response[bytes]:
    """The manifest of the newest snapshot."""
    return reply(request, await snapshot_for(request, of))


@get("/live")
async def live(request: WebRequest) -> Response[bytes] | Stream:
    """Wake events as a stream, or with `poll=seconds` one answer that may take that long."""
    device = await signed_device(request)
    wakes: Wakes = request.app.state.wakes
    cursors = _cursors(request)
    poll = request.query_params.get("poll")
    if poll is None:
        heard = _heard(wakes.stream(device, cursors), request.app.state.meter, device)
        return Stream(heard, media_type="text/event-stream")
    if not (poll.isascii() and poll.isdigit() and len(poll) <= 3):
        raise Refused(400, Refusal("bad_request", "poll must be whole seconds."))
    return reply(request, WakeAnswer(await wakes.poll(device, cursors, float(poll))))


async def _heard(stream: AsyncIterator[bytes], meter: Meter, device: DeviceId) -> AsyncIterator[bytes]:
    """The same stream; whoever reads it is there."""
    async for piece in stream:
        meter.seen((device.dev, device.inc))
        yield piece


def refuse(request: WebRequest, status: int, refusal: Refusal, retry_s: int = 0) -> Response[bytes]:
    """An answer that is not 2xx; the caller may come again in `retry_s` seconds where that is not 0."""
    request.scope["state"]["refusal"] = refusal.code
    answer = reply(request, refusal, status)
    if retry_s:
        answer.headers["retry-after"] = str(retry_s)
    return answer


def _full(request: WebRequest, full: Full) -> Response[bytes]:
    """A till with a backlog comes too often (429); for all others the ledger is busy (503)."""
    return refuse(request, 429 if full.rank is Rank.LARGE else 503, BUSY, full.seconds)


def _refusal(status: int) -> Refusal:
    code, sentence = STATUS_CODES.get(status, STATUS_CODES[400])
    return Refusal(code, sentence)


def _fault(request: WebRequest, error: Exception) -> Response[bytes]:
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename.rpartition('/')[2]}:{place.tb_lineno}" if place else ""
    line = {"event": "fault", "error": type(error).__name__, "where": where}
    log.error(msgspec.json.encode(line).decode())
    return refuse(request, 500, FAULT)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Refused(400, Refusal("bad_request", "The address must end in hexadecimal digits.")) from None


def _cursors(request: WebRequest) -> tuple[Cursor, ...]:
    ledger: Ledger = request.app.state.ledger
    found = []
    for text in request.query_params.getall("after", []):
        bucket, _, pos = text.rpartition("=")
        if not (bucket and pos.isascii() and pos.isdigit() and len(pos) <= 18):
            raise Refused(400, Refusal("bad_request", "after must be bucket=position."))
        found.append(Cursor(bucket, ledger.epoch, int(pos)))
    return tuple(found)
