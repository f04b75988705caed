"""The form of the commands: one JSON object each, and how a command asks for time."""

from collections.abc import Callable, Generator
from typing import Any

import msgspec

from pos_app.headless.answers import Answer
from pos_app.headless.input import Refused
from pos_app.languages.words import Words
from rules.sentences import said, sentence_of

LONGEST_COMMAND = 1 << 20


class Command(msgspec.Struct, frozen=True):
    """Every field any command may have; `do` says which one it is. Unknown fields are ignored."""

    do: str
    code: str = ""
    badge: str = ""
    pin: str = ""
    ticket: str = ""
    member: str = ""
    pos_ref: str = ""
    refund_of: str = ""
    lines: tuple[Any, ...] = ()
    after: int | None = None
    cents: int = 0
    rule: str = ""
    steps: int = 1
    line: int = -1
    text: str = ""
    digit: int = 0
    of: str = ""
    card: str = ""
    contact: str = ""
    consent: int | tuple[int, ...] = 1
    first_name: str = ""
    birthday: str = ""
    sponsor: str = ""
    name: str = ""
    sku: str = ""
    ref: str = ""
    fields: dict[str, Any] = {}
    zone: str = ""
    language: str = ""
    confirm: bool = False
    timeout_s: float = 5.0


class Wait(msgspec.Struct, frozen=True):
    """A command goes on as soon as `ready` says so, after `seconds` at the latest."""

    seconds: float
    ready: Callable[[], bool]


# A command under way: it yields where it waits for other threads, so that the till's own thread need not.
Steps = Generator[Wait, None, Answer]

_decoder = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder(order="sorted")


def read(data: bytes) -> Command:
    """The command that `data` holds. Raises Refused."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)[:200]
        raise Refused(
            "bad_command", said("This is no command ({reason}): see docs/headless.md.", reason=reason)
        ) from error


def written(answer: Answer) -> bytes:
    """A command that was carried out, as JSON without a line end."""
    return _encoder.encode({"ok": True, **answer})


def refused(error: Exception, words: Words) -> bytes:
    """A command that was not: its code, and its sentence in the till's language."""
    if isinstance(error, Refused):
        return _encoder.encode({"ok": False, "code": error.code, "sentence": words(sentence_of(error))})
    sentence = words(
        "The till could not do this ({fault}): try again, then restart it.", fault=type(error).__name__
    )
    return _encoder.encode({"ok": False, "code": "fault", "sentence": sentence})
