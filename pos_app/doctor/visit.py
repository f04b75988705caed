"""Everything the doctor looks at, in order."""

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pos_app.config import ConfigError, TillConfig, load_config
from pos_app.doctor.disk import commits, folder_rights, room
from pos_app.doctor.finding import Finding, fault, good
from pos_app.doctor.line import ledger
from pos_app.doctor.machine import programs, terminal
from pos_app.doctor.ports import ports
from pos_app.doctor.registers import registers
from pos_app.doctor.store import look_into
from rules.sentences import said, sentence_of
from sync.till.database import is_in_use


def visit(folder: Path) -> Iterator[Finding]:
    """Look at the till in `folder`, running or not, and at the machine below it."""
    yield from programs(version("assidu"))
    attached = sys.stdout.isatty()
    yield from terminal(os.environ, sys.stdout.encoding, _size() if attached else (0, 0), attached=attached)
    try:
        config = load_config(folder)
    except ConfigError as error:
        config = TillConfig()
        yield fault(said("configuration"), sentence_of(error))
    yield from folder_rights(folder)
    running = is_in_use(folder)
    told = (
        said("it runs, and its folder is locked")
        if running
        else said("it does not run; nothing locks its folder")
    )
    yield good(said("at work"), told)
    url = config.ledger
    if os.access(folder, os.W_OK):
        yield from room(folder)
        yield from commits(folder, time.monotonic)
        who, found = look_into(folder, time.time_ns() // 1_000_000)
        yield from found
        url = who.ledger_url if who is not None else url
    yield from ports(config, running=running)
    yield from registers(folder, config, running=running)
    yield from ledger(url.rstrip("/"), config.ca, datetime.now(UTC))


def _size() -> tuple[int, int]:
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    return columns, rows
