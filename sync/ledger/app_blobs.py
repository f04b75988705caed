"""Snapshots and published files over HTTP: whole, or from a byte on after a cut (RFC 9110, section 14)."""

import re

from litestar import Response, get
from litestar.params import FromPath

from sync.ledger.auth import Refused, WebRequest, signed_device
from sync.ledger.snapshots import newest
from sync.snapshot import REGION, SCOPE, SnapshotAnswer
from sync.wire import Refusal

OCTETS = "application/octet-stream"
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


async def snapshot_for(request: WebRequest, scope: str) -> SnapshotAnswer:
    """The newest snapshot of `scope`: all members, or those of the till's region. Raises Refused, LedgerRefusal."""
    device = await signed_device(request)
    if scope not in (SCOPE, REGION):
        raise Refused(
            404, Refusal("no_scope", "There are snapshots of all members and of the till's region.")
        )
    found: SnapshotAnswer = await newest(request.app.state.ledger, device, scope)
    return found


@get("/blob/{sha256:str}")
async def blob(request: WebRequest, sha256: FromPath[str]) -> Response[bytes]:
    """A published file or a frame of a snapshot by its hash, or the part of it that `Range` names."""
    await signed_device(request)
    try:
        digest = bytes.fromhex(sha256)
    except ValueError:
        raise Refused(400, Refusal("bad_request", "The address must end in hexadecimal digits.")) from None
    data: bytes | None = await request.app.state.ledger.blob(digest)
    if data is None:
        raise Refused(404, Refusal("no_blob", "Nothing was published under this hash: pull again."))
    headers = {
        "accept-ranges": "bytes",
        "etag": f'"{sha256}"',
        "cache-control": "max-age=31536000, immutable",
    }
    part = _part(request, sha256, len(data))
    if part is None:
        return Response(data, media_type=OCTETS, headers=headers)
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], media_type=OCTETS, headers=headers, status_code=206)


def _part(request: WebRequest, sha256: str, size: int) -> range | None:
    """The bytes asked for; None for all, as for every range of another kind. Raises Refused (416)."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", f'"{sha256}"') != f'"{sha256}"':
        return None
    first, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if first >= size or last < first:
        raise Refused(416, Refusal("bad_range", f"There are {size} bytes: ask for some of them."))
    return range(first, min(last + 1, size))
