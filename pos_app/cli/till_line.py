"""A till's line to its ledger for a command beside it: asked as that till, and nothing of the answer is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .failure import Failure

if TYPE_CHECKING:
    from sync.till.exchange import Exchange
    from sync.till.identity import Identity


@contextmanager
def line_of(who: "Identity", folder: Path) -> "Iterator[Exchange]":
    """The line of the till `who`, whose files are in `folder`. Raises Failure where its configuration is no good."""
    from pos_app.config import ConfigError, load_config
    from sync.system_clock import SystemClock
    from sync.till.exchange import Exchange, Peer, make_http
    from sync.till.tls import BadAuthority, Dated

    clock = SystemClock()
    try:
        authority = load_config(folder).ca
        carrier = None
        if who.ledger_url.startswith("https://"):
            carrier = Dated(
                who.ledger_url.rstrip("/"),
                Path(authority) if authority else None,
                lambda key: key == who.server_key,
                os.urandom,
                clock.mono_ms,
                lambda *_: None,
            )
    except (BadAuthority, ConfigError) as error:
        raise Failure.of(error) from error
    http = make_http(who.ledger_url, carrier)
    try:
        peer = Peer(who.ledger_url, who.dev, who.inc, who.private_key, who.server_key)
        yield Exchange(http, peer, os.urandom, clock.mono_ms)
    finally:
        http.close()
