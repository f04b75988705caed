"""The doors for programs outside the tills: what they tell, and the effects they read (docs/events.md).

Requests are signed with the key of a source. Bodies are NDJSON, answers JSON, or msgpack for who asks for it.
"""

import msgspec
from litestar import Response, get, post

from sync.ledger.auth import Refused, WebRequest, signed_source
from sync.ledger.service import Ledger
from sync.ledger.sources import MOST_EFFECTS, page_of_effects, tell_all
from sync.wire import Refusal, pack

MSGPACK = "application/vnd.msgpack"
JSON = "application/json"


@post("/events", status_code=200)
async def events(request: WebRequest) -> Response[bytes]:
    """Take what a source tells, line by line."""
    source = await signed_source(request)
    ledger: Ledger = request.app.state.ledger
    return _reply(request, await tell_all(ledger, source.source, await request.body()))


@get("/effects")
async def effects(request: WebRequest) -> Response[bytes]:
    """The log of effects after a position."""
    source = await signed_source(request)
    if not source.effects:
        raise Refused(403, Refusal("no_right", "This source may not read effects: add it with --effects."))
    ledger: Ledger = request.app.state.ledger
    after, limit = _number(request, "after", 0), _number(request, "limit", MOST_EFFECTS)
    return _reply(request, await page_of_effects(ledger, after, limit))


def _number(request: WebRequest, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Refused(400, Refusal("bad_request", f"{name} must be a whole number."))
    return int(text)


def _reply(request: WebRequest, message: msgspec.Struct) -> Response[bytes]:
    if request.headers.get("accept", "").startswith(MSGPACK):
        return Response(pack(message), media_type=MSGPACK)
    return Response(msgspec.json.encode(message), media_type=JSON)
