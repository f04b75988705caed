"""Rows of sources outside the tills, and of what they told."""

import msgspec


class SourceRow(msgspec.Struct, frozen=True):
    """Who may tell: its name and Ed25519 public key. With `effects` 1 it may also read the effects."""

    source: str
    public_key: bytes
    effects: int
    state: str
    added_ms: int


class ToldRow(msgspec.Struct, frozen=True):
    """A line that was taken, and what was answered to it."""

    source: str
    id: str
    digest: bytes
    answer: bytes
    recv_ms: int


class WaitingRow(msgspec.Struct, frozen=True):
    """A line that waits for the member behind `key`; `body` is the fact as JSON."""

    key: bytes
    source: str
    id: str
    at_ms: int
    body: bytes
