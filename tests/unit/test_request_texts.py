"""The character NUL, which one engine keeps in a text and the other does not: no message to the ledger has it."""

from typing import Any

import msgspec
import pytest
from litestar import Request

from sync.entry import has_nul
from sync.ledger.app_messages import read
from sync.ledger.auth import Refused
from sync.wire import HoldRequest, PairRequest, Want, pack


class Fields(msgspec.Struct):
    """A message with names that are given."""

    given: dict[str, str]


def asked(media: str) -> Any:
    """A request with a body of this kind."""
    return Request({"type": "http", "headers": [(b"content-type", media.encode())]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [
        HoldRequest("t\0", 7, (), 0),
        HoldRequest("t1", 7, (Want("points", 1), Want("po\0ints", 1)), 0),
        PairRequest("code", b"\0" * 32, "hw", "till\0"),
        Fields({"a\0": "b"}),
        Fields({"a": "b\0"}),
    ],
    ids=["text", "part", "after bytes", "key", "value"],
)
@pytest.mark.parametrize(
    ("media", "encode"), [("application/vnd.msgpack", pack), ("application/json", msgspec.json.encode)]
)
@pytest.mark.engines("sqlite")
def test_a_text_with_nul_is_refused_before_the_database_sees_it(
    message: Any, media: str, encode: Any
) -> None:
    """Wherever in the message, whatever its form; bytes may have it."""
    with pytest.raises(Refused) as refused:
        read(asked(media), type(message), encode(message))
    assert (refused.value.status, refused.value.refusal.code) == (400, "bad_request")
    assert "NUL" in refused.value.refusal.sentence
    plain = PairRequest("code", b"\0" * 32, "hw", "till")
    assert read(asked(media), PairRequest, encode(plain)) == plain


@pytest.mark.engines("sqlite")
def test_nul_is_found_in_json_and_nothing_else_is() -> None:
    """The text of a backslash, a u and four zeros is none."""
    texts = ["\0", "a\0", "\\\0", "u0000", "\\u0000", "\\\\u0000", "\\"]
    assert [has_nul(msgspec.json.encode(text)) for text in texts] == [True, True, True, *[False] * 4]
