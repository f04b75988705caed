"""Messages of tills in and out: msgpack or JSON, refused where they are neither."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Response

from sync.ledger.auth import Refused, WebRequest, signed_device
from sync.ledger.caller import DeviceId
from sync.wire import CommitSignature, Refusal, pack

MSGPACK = "application/vnd.msgpack"
JSON = "application/json"
Q = TypeVar("Q")


def read(request: WebRequest, kind: type[Q], body: bytes) -> Q:
    """`body` as a `kind`, by its Content-Type. Raises Refused (400)."""
    decode: Callable[..., Q] = (
        msgspec.json.decode
        if request.headers.get("content-type", "").startswith(JSON)
        else msgspec.msgpack.decode
    )
    try:
        message = decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(
            400, Refusal("bad_request", f"The body is no {kind.__name__}: update this till.")
        ) from error
    if _has_nul(message):
        raise Refused(400, Refusal("bad_request", "A text of the body has the character NUL: leave it out."))
    return message


_NO_TEXT = {bytes, int, CommitSignature}
"""What a push has hundreds of, and no text in."""


def _has_nul(value: Any) -> bool:
    """Whether a text anywhere in a message has the character that PostgreSQL keeps in none."""
    match value:
        case str():
            return "\0" in value
        case list() | tuple():
            return not {*map(type, value)} <= _NO_TEXT and any(map(_has_nul, value))
        case dict():
            return any(map(_has_nul, (*value, *value.values())))
        case msgspec.Struct():
            return any(map(_has_nul, msgspec.structs.astuple(value)))
    return False


def reply(request: WebRequest, message: msgspec.Struct, status: int = 200) -> Response[bytes]:
    """`message` in the format the caller accepts."""
    if request.headers.get("accept", "").startswith(JSON):
        return Response(msgspec.json.encode(message), media_type=JSON, status_code=status)
    return Response(pack(message), media_type=MSGPACK, status_code=status)


async def ask(
    request: WebRequest, kind: type[Q], operation: Callable[[DeviceId, Q], Awaitable[msgspec.Struct]]
) -> Response[bytes]:
    """What `operation` answers a device that signed a message of `kind`. Raises Refused."""
    device = await signed_device(request)
    message = read(request, kind, await request.body())
    return reply(request, await operation(device, message))
