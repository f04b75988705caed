"""What click itself says of a command line that it cannot read, in the language of the command.

It takes its sentences from gettext's own catalogue, in the language of the environment; inside `spoken` that catalogue
is ours.
"""

import gettext
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pos_app.cli.speech import words_for
from pos_app.languages.words import DOMAIN, FOLDER
from rules.sentences import mark


@contextmanager
def spoken(args: Sequence[str]) -> Iterator[None]:
    """Inside, click speaks the language that `--lang` names in `args`, without it the system's."""
    language = words_for(_named(args)).language
    before = os.environ.get("LANGUAGE"), gettext.textdomain(), gettext.bindtextdomain(DOMAIN)
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, str(FOLDER))
    gettext.textdomain(DOMAIN)
    try:
        yield
    finally:
        gettext.textdomain(before[1])
        gettext.bindtextdomain(DOMAIN, before[2])
        if before[0] is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = before[0]


def _named(args: Sequence[str]) -> str | None:
    for place, one in enumerate(args):
        if one == "--lang" and place + 1 < len(args):
            return args[place + 1]
        if one.startswith("--lang="):
            return one.partition("=")[2]
    return None


def plural(one: str, many: str) -> tuple[str, str]:
    """A sentence of click's with a singular and a plural, for the catalogues."""
    return one, many


SENTENCES = (
    mark("Error: {message}"),
    mark("Try '{command} {option}' for help."),
    mark("Missing command."),
    mark("Missing argument"),
    mark("Missing option"),
    mark("No such command {name!r}."),
    mark("No such option {name!r}."),
    mark("Option {name!r} does not take a value."),
    mark("Invalid value: {message}"),
    mark("Invalid value for {param_hint}: {message}"),
    mark("{name} {filename!r} does not exist."),
    mark("{name} {filename!r} is a directory."),
    mark("{name} {filename!r} is a file."),
    mark("{name} {filename!r} is not readable."),
    mark("{name} {filename!r} is not writable."),
    mark("{value!r} is not a valid {number_type}."),
    mark("{value} is not in the range {range}."),
    mark("file"),
    mark("directory"),
    mark("path"),
    mark("Choose from:\n\t{choices}"),
    mark("Aborted!"),
    plural("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    plural("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    plural("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    plural(
        "{value!r} does not match the format {format}.", "{value!r} does not match the formats {formats}."
    ),
    plural("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
)
"""What click may say at these commands."""
