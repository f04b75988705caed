"""How a till's requests are carried to an https ledger, and what becomes of the time it had to ask for."""

import hmac
from collections.abc import Callable
from pathlib import Path

import msgspec

from sync.clock import Clock
from sync.pairing_code import NotACode, key_prefix, read_code
from sync.sqlite_driver import Connection
from sync.till.cursors import raise_mark, save_sync_state, sync_state
from sync.till.identity import Identity
from sync.till.tls import Dated
from sync.till.writer import Priority, Writer
from sync.wire import Anchor


class Lines:
    """Makes the transports of a till. `authority` is the PEM file of the chain's own authority, "" for public ones."""

    def __init__(self, authority: str, writer: Writer, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._authority = Path(authority) if authority else None
        self._writer, self._clock, self._random = writer, clock, random

    def to(self, who: Identity) -> Dated | None:
        """To the ledger a till is paired with; None where that is no https address. Raises BadAuthority."""
        return self._line(who.ledger_url, lambda key: key == who.server_key, self._anchor)

    def for_code(self, url: str, code: str) -> Dated | None:
        """To the ledger that made a pairing code. Raises BadAuthority."""
        try:
            prefix, _ = read_code(code)
        except NotACode:
            return None  # which pairing will say
        return self._line(url, lambda key: hmac.compare_digest(key_prefix(key), prefix), lambda *_: None)

    def _line(
        self, url: str, fits: Callable[[bytes], bool], told: Callable[[int, int], None]
    ) -> Dated | None:
        if not url.startswith("https://"):
            return None
        return Dated(url.rstrip("/"), self._authority, fits, self._random, self._clock.mono_ms, told)

    def _anchor(self, server_ms: int, mono_ms: int) -> None:
        """The ledger's signed time is the till's from now on, until the next push brings an anchor of its own."""

        def job(connection: Connection) -> None:
            state = sync_state(connection)
            last = state.anchor.id if state.anchor is not None else ""
            anchor = Anchor(last, server_ms, mono_ms, self._clock.boot())
            save_sync_state(connection, msgspec.structs.replace(state, anchor=anchor))
            raise_mark(connection, server_ms)

        self._writer.run(job, Priority.SYNC)
