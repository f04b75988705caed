"""Keeping Python's garbage collector out of a cashier's way."""

import gc

# A key or a scan leaves some thousand objects, nearly all freed by their counters. With Python's own thresholds the
# collector looks through them several times a ticket, and now and then through everything.
_YOUNG, _MIDDLE, _OLD = 20_000, 20, 50


def settle() -> None:
    """Call it once the till is ready: what start-up made stays for good and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
