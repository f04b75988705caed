"""The programs below the till, and the terminal it would be shown in."""

import platform
from collections.abc import Iterator, Mapping

from pos_app.doctor.finding import Finding, good, look
from pos_app.screens.terminal import terminal_problem
from rules.sentences import as_said, said
from sync.sqlite_driver import driver, start_warning

SIGNS = "┌─┬┐│├┼┤└┴┘ █░▒●■·→•≥≤ éèêëàâçîïôùûœ €"
"""Every sign of the screens beyond the keyboard's."""


def programs(version: str) -> Iterator[Finding]:
    """Assidu in its `version`, Python, the system and SQLite."""
    here = f"Assidu {version} · Python {platform.python_version()} · {platform.system()} {platform.machine()}"
    yield good(said("programs"), as_said(here))
    warning = start_warning()
    name = said("SQLite")
    yield look(name, as_said(warning)) if warning else good(name, as_said(driver.sqlite_version))


def terminal(
    environ: Mapping[str, str], encoding: str | None, size: tuple[int, int], *, attached: bool
) -> Iterator[Finding]:
    """Kind, size, letters and language of the terminal; `attached` is false where output goes elsewhere."""
    name = said("terminal")
    if not attached:
        yield look(
            name, said("The output is no terminal: run this where the till is shown to test that, too.")
        )
        return
    problem = terminal_problem(environ, encoding, size)
    if problem is not None:
        yield look(name, as_said(problem))
        return
    kind = environ.get("TERM", "")
    columns, rows = size
    locale = next((value for key in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environ.get(key))), "-")
    yield good(name, as_said(f"{kind} · {columns} x {rows} · {encoding} · {locale}"))
    yield good(
        said("letters"), said("{signs} is one missing? Load a font with Latin-9 letters.", signs=SIGNS)
    )
