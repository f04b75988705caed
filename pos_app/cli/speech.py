"""What the tools have in common: the language of their reports, days, and the bar that shows how far they are."""

import locale
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import click

from pos_app.cli.failure import Failure
from pos_app.languages.words import LANGUAGES, Words


def speaking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--lang`: the language of what is printed for people."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        help="Language of the report; by default that of your system.",
    )(command)


def words_for(lang: str | None) -> Words:
    """The words of `lang`, by default those of the system's language."""
    return Words(lang or _system_language())


def words_here() -> Words:
    """The words of the command that is running."""
    context = click.get_current_context(silent=True)
    return words_for(context.params.get("lang") if context is not None else None)


def _system_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value[:2].lower()
    return (locale.getlocale()[0] or "en")[:2].lower()


def day_of(text: str) -> date:
    """The day that `text` names. Raises Failure."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Failure("{text} is no day: write it like 2026-09-01.", text=text) from error


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, where that is a terminal; takes how much is done, from 0 to 1."""
    with click.progressbar(
        length=1000, label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=False
    ) as bar:
        yield lambda share: bar.update(max(0, int(share * 1000) - bar.pos))
