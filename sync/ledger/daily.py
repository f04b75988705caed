"""The day job inside the running ledger: as soon as a store's business day begins, and after a stop."""

import logging

import msgspec

from sync.ledger.day import do_batch
from sync.ledger.day_rows import Tally, add_up
from sync.ledger.service import Ledger

_log = logging.getLogger("assidu.ledger")


async def catch_up(ledger: Ledger) -> None:
    """Do all days that wait; a log line for each one that is done."""
    sums: Tally = {}
    store = ""
    while (part := await do_batch(ledger, first=store)) is not None:
        store = part.store
        sums = add_up(sums, part.tally)
        if part.last:
            line = {"event": "day", "store": part.store, "day": part.day, "done": sums}
            _log.info(msgspec.json.encode(line).decode())
            sums = {}
