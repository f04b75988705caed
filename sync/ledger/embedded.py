"""A ledger that lives no longer than the process that started it (`python -m sync.ledger.embedded --help`).

The parent keeps this process's standard input open. When it closes, by a clean exit or by death, the ledger stops
and removes the folder it was told to remove, so that nothing is left behind.
"""

import argparse
import os
import shutil
import sys
import threading
from pathlib import Path

from sync.ledger.codes import NewTill
from sync.ledger.port import StorageFault
from sync.ledger.serve import (
    CannotServe,
    Stop,
    announce_on_stdout,
    log_to_stderr,
    serve,
)
from sync.ledger.shop_files import ShopFault

LAST_MOMENT_S = 8.0


def main(arguments: list[str] | None = None) -> int:
    """Run until standard input ends; exit status 0 after a clean stop, 2 when the ledger could not start."""
    options = _parser().parse_args(arguments)
    remove: Path | None = options.remove
    stop, stopped = Stop(), threading.Event()
    threading.Thread(target=_watch_parent, args=(stop, stopped, remove), daemon=True).start()
    log_to_stderr()
    try:
        serve(
            options.db,
            "127.0.0.1",
            options.port,
            shop=options.shop,
            announce=announce_on_stdout,
            stop=stop,
            tills=options.till,
        )
    except (CannotServe, ShopFault, StorageFault) as fault:
        sys.stderr.write(f"assidu: {fault}\n")
        return 2
    finally:
        stopped.set()
        _remove(remove)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sync.ledger.embedded", description=__doc__)
    parser.add_argument("--db", type=Path, required=True, help="the SQLite file of the ledger")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--shop", type=Path, help="a shop folder to publish first")
    parser.add_argument("--remove", type=Path, help="a folder to remove at the end")
    parser.add_argument(
        "--till",
        type=_new_till,
        action="append",
        default=[],
        metavar="STORE=NAME",
        help="announce a pairing code",
    )
    return parser


def _new_till(text: str) -> NewTill:
    store, _, name = text.partition("=")
    return NewTill(store, name or store)


def _watch_parent(stop: Stop, stopped: threading.Event, remove: Path | None) -> None:
    """Wait for the end of standard input, then stop; a ledger that does not obey is ended the hard way."""
    while os.read(0, 4096):
        pass
    stop()
    if not stopped.wait(LAST_MOMENT_S):
        _remove(remove)
        os._exit(1)


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
