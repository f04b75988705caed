"""The set-up from start to end: whether there is one to do, its work, and the configuration after it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pos_app.config import TillConfig, load_config
from pos_app.devices.serial_port import PORT_ERRORS
from pos_app.faults import CannotStart
from pos_app.setup.steps import Setup
from rules.sentences import Said, mark, said
from sync.sqlite_driver import DatabaseError, driver
from sync.till.database import FILE_NAME
from sync.till.identity import Identity, identity

if TYPE_CHECKING:
    from pos_app.compose import RunningTill

LEFT = mark("The set-up was left: assidu till takes it up where it was.")

Start = Callable[[TillConfig, str], "RunningTill"]


def set_up(folder: Path, config: TillConfig, start: Start) -> TillConfig:
    """Ask for what a till needs, in this terminal. `start` starts a till with a configuration and a pairing code.

    Returns the configuration with which it is to start. Raises CannotStart when the set-up was left.
    """
    from pos_app.screens.setup_app import SetupApp

    named = (*(one.port for one in config.scanners), *((config.printer,) if config.printer else ()))
    work = _Work(config, start)
    asked = msgspec.structs.replace(load_config(folder), ledger=config.ledger, ca=config.ca)
    app = SetupApp(lambda app: Setup(folder, asked, app, _paired(folder)), work, config.theme, named)
    if not app.run():
        raise CannotStart(LEFT)
    kept = load_config(folder)
    return msgspec.structs.replace(
        kept,
        ca=kept.ca or config.ca,
        scanners=kept.scanners or config.scanners,
        printer=kept.printer or config.printer,
    )


def _paired(folder: Path) -> Said | None:
    """Which till the store in `folder` is, if it is one."""
    try:
        who = _who(folder)
    except DatabaseError:
        return None
    return _named(who.till, who.store_name) if who is not None else None


def _who(folder: Path) -> Identity | None:
    """Who was paired in `folder`. Raises DatabaseError."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    connection = driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return identity(connection)
    finally:
        connection.close()


def _named(till: str, store: str) -> Said:
    return said("till {till} of {store}", till=till, store=store)


class _Work:
    """What takes time."""

    def __init__(self, config: TillConfig, start: Start) -> None:
        self._config = config
        self._start = start

    def pair(self, url: str, code: str) -> Said:
        """Start the till without its devices, so that it is paired and has its first files, and end it again."""
        bare = TillConfig(ledger=url, ca=self._config.ca, cache_scope=self._config.cache_scope)
        running = self._start(bare, code)
        try:
            who = running.till.parts.identity
            return _named(who.till, who.store_name)
        finally:
            running.close()

    def print_page(self, port: str, preset: str, title: str) -> None:
        from pos_app.doctor.test_page import print_page

        try:
            print_page(port, preset, title)
        except PORT_ERRORS as error:
            raise CannotStart(
                said("printer {port} took nothing: check cable, paper and cover, then try again.", port=port)
            ) from error
