"""Who asks: the device key behind a request's signature (RFC 9421; ledger-and-sync.md section 5.3)."""

import re
from typing import Any

from litestar import Request
from litestar.datastructures import State

from sync.ledger.caller import DeviceId
from sync.ledger.rotate import is_revoked, next_key, use_next
from sync.ledger.service import Ledger
from sync.ledger.sources import open_source
from sync.ledger.told_rows import SourceRow
from sync.signing import (
    LEDGER_KEY_ID,
    SignatureRefused,
    device_key_id,
    parse_device_key_id,
    source_key_id,
    verify_request,
)
from sync.wire import PAIRING_KEY_ID, Refusal

KEY_ID = re.compile(r';keyid="([ -!#-\[\]-~]{1,64})"')
WebRequest = Request[Any, Any, State]
UNKNOWN_SOURCE = Refusal(
    "unknown_source", "The ledger does not know this source, or not any more: add it again."
)
UNKNOWN = Refusal("unknown_device", "The ledger does not know this till: pair it again.")
REVOKED = Refusal(
    "revoked", "This till was shut out by its owner: ask there, and pair one with an empty folder."
)
BAD_SIGNATURE = Refusal("bad_signature", "The request is not signed by this till's key: pair it again.")


class Refused(Exception):
    """The request ends here: `status` is the HTTP status, `refusal` the body."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.status = status
        self.refusal = refusal


async def signed_device(request: Request[Any, Any, State], *, kept: bool = False) -> DeviceId:
    """The device that signed `request`. Raises Refused (401).

    With `kept` the key may be the one of the device's last request: whoever works for the device compares it.
    """
    ledger: Ledger = request.app.state.ledger
    keys: dict[tuple[int, int], bytes] = request.app.state.device_keys
    named = KEY_ID.search(request.headers.get("signature-input", ""))
    found = parse_device_key_id(named[1]) if named else None
    key = keys.get(found) if kept and found else None
    known = found is not None and key is not None and await _is_by(request, found, key)
    if not known:
        key = await ledger.device_key(*found) if found else None
    if found is None or key is None:
        raise Refused(401, REVOKED if found and await is_revoked(ledger, *found) else UNKNOWN)
    if not known:
        await _verify_device(request, ledger, found, key)
        keys[found] = key
    request.scope["state"]["device"] = found
    request.app.state.meter.seen(found)
    dev, inc = found
    return DeviceId(dev, inc, key, known)


async def _is_by(request: WebRequest, device: tuple[int, int], key: bytes) -> bool:
    try:
        await _verify(request, device_key_id(*device), key)
    except Refused:
        return False
    return True


async def _verify_device(request: WebRequest, ledger: Ledger, device: tuple[int, int], key: bytes) -> None:
    """By its key, or by the next one, which replaces it then."""
    name = device_key_id(*device)
    try:
        await _verify(request, name, key)
    except Refused:
        coming = await ledger.read(lambda work: next_key(work, *device))
        known = coming or await ledger.device_key(*device)
        if known is None or known == key:
            raise
        await _verify(request, name, known)
        if coming:
            await ledger.write(lambda work: use_next(work, *device, coming))


async def signed_source(request: WebRequest) -> SourceRow:
    """The source outside the tills that signed `request`. Raises Refused (401)."""
    named = KEY_ID.search(request.headers.get("signature-input", ""))
    key_id = named[1] if named else ""
    row = await open_source(request.app.state.ledger, key_id.removeprefix(source_key_id("")))
    if row is None or key_id != source_key_id(row.source):
        raise Refused(401, UNKNOWN_SOURCE)
    await _verify(request, key_id, row.public_key)
    return row


async def signed_by_new_key(request: Request[Any, Any, State], public_key: bytes) -> None:
    """Check that whoever asks to be paired holds the key that it brings. Raises Refused (401)."""
    await _verify(request, PAIRING_KEY_ID, public_key)


async def signed_by_device(request: Request[Any, Any, State], dev: int, inc: int, public_key: bytes) -> None:
    """Check that a till whose key the ledger may not know (any more) holds it. Raises Refused (401)."""
    await _verify(request, device_key_id(dev, inc), public_key)


async def signed_by_owner(request: Request[Any, Any, State]) -> None:
    """Check that the request is signed with the ledger's own key, which only its owner can read. Raises Refused."""
    await _verify(request, LEDGER_KEY_ID, request.app.state.ledger.server_public_key)


async def _verify(request: Request[Any, Any, State], key_id: str, key: bytes) -> None:
    scope = request.scope
    query = scope["query_string"].decode("latin-1")
    url = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    try:
        verify_request(
            request.method,
            url,
            dict(request.headers),
            await request.body(),
            resolve=lambda name: key if name == key_id else None,
        )
    except (SignatureRefused, UnicodeError) as error:
        raise Refused(401, BAD_SIGNATURE) from error
