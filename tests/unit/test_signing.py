"""Signed requests and answers (RFC 9421)."""

from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync import chain, signing
from sync.signing import SignatureRefused

DEVICE, LEDGER = bytes(range(32)), bytes(range(1, 33))
DEVICE_KEY, LEDGER_KEY = chain.public_key_of(DEVICE), chain.public_key_of(LEDGER)
URL = "https://ledger.test/pull?since=4"


def resolve(key_id: str) -> bytes | None:
    return DEVICE_KEY if key_id == "d3-1" else None


def signed(body: bytes = b"body", nonce: str = "n1") -> dict[str, str]:
    headers = {"content-type": "application/msgpack"}
    return signing.sign_request(
        "POST", URL, headers, body, key_id=signing.device_key_id(3, 1), private_key=DEVICE, nonce=nonce
    )


def as_served(headers: dict[str, str]) -> dict[str, str]:
    """Headers as the ledger's server hands them on."""
    return {name.lower(): value for name, value in headers.items()}


def answered(request: dict[str, str], body: bytes = b"answer") -> dict[str, str]:
    return signing.sign_response(200, {}, body, request_headers=request, private_key=LEDGER)


def test_a_signed_request_names_its_device_and_nonce() -> None:
    """What the ledger learns: which key, which nonce; other headers go through."""
    headers = signed()
    who = signing.verify_request("POST", URL, headers, b"body", resolve=resolve)
    assert who == signing.Signed(key_id="d3-1", nonce="n1")
    assert headers["content-type"] == "application/msgpack"


def test_no_time_is_signed() -> None:
    """A till whose clock is years off must still get through."""
    assert "created" not in signed()["Signature-Input"]


def test_the_host_may_be_renamed_by_a_proxy() -> None:
    """The ledger behind a proxy sees another host and still accepts."""
    assert signing.verify_request("POST", "/pull?since=4", signed(), b"body", resolve=resolve).nonce == "n1"


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("PUT", URL, b"body"),
        ("POST", "/push?since=4", b"body"),
        ("POST", "/pull?since=5", b"body"),
        ("POST", "/pull", b"body"),
        ("POST", URL, b"other"),
        ("POST", URL, b""),
    ],
)
def test_a_changed_request_is_refused(method: str, url: str, body: bytes) -> None:
    """Method, path, query and body are covered, whichever way the signature is read."""
    for headers in (signed(), as_served(signed())):
        with pytest.raises(SignatureRefused):
            signing.verify_request(method, url, headers, body, resolve=resolve)


NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
PATHS = st.text("abcXYZ019._~!$&'()*+,;=:@/-", max_size=20)


@given(NAMES, NAMES, st.sampled_from(["GET", "POST"]), PATHS, st.none() | PATHS, st.binary(max_size=50))
@example("d3-1", "n1", "POST", "push", "a=b", b"body")
def test_the_short_way_signs_the_bytes_of_the_library(
    key: str, nonce: str, method: str, path: str, query: str | None, body: bytes
) -> None:
    """The form of our own messages, read and written without the library, is the one that it makes."""
    url = f"/{path}" + ("" if query is None else f"?{query}")
    headers = as_served(
        signing.sign_request(method, url, {}, body, key_id=key, private_key=DEVICE, nonce=nonce)
    )
    plain = {'"', "\\"}.isdisjoint(key + nonce)
    with patch.object(
        signing, "_verify", side_effect=AssertionError if plain else signing._verify
    ) as library:
        who = signing.verify_request(method, url, headers, body, resolve=lambda _: DEVICE_KEY)
    assert who == signing.Signed(key, nonce)
    assert library.called is not plain
    with patch.object(signing, "_sign", side_effect=AssertionError):
        answer = signing.sign_response(200, {}, body, request_headers=headers, private_key=LEDGER)
    signing.verify_response(200, answer, body, request_headers=headers, server_key=LEDGER_KEY)


def test_an_empty_body_is_covered_too() -> None:
    """A body cannot be put under a request that was signed without one."""
    headers = signed(body=b"")
    assert signing.verify_request("POST", URL, headers, b"", resolve=resolve).key_id == "d3-1"
    with pytest.raises(SignatureRefused):
        signing.verify_request("POST", URL, headers, b"x", resolve=resolve)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Signature": "rubbish", "Signature-Input": "rubbish"},
        {"Signature": "assidu=:AAAA:", "Signature-Input": "assidu=();keyid=4"},
        {"Signature": "é", "Signature-Input": "\x00"},
        {
            "Signature": "assidu=:AAAA:",
            "Signature-Input": 'assidu=("@method");keyid="d3-1";tag="assidu-request"',
        },
    ],
)
def test_rubbish_is_refused_not_crashed_on(headers: dict[str, str]) -> None:
    """Whatever the network sends, the answer is a refusal."""
    with pytest.raises(SignatureRefused):
        signing.verify_request("POST", URL, headers, b"body", resolve=resolve)


def test_a_signature_over_less_is_refused() -> None:
    """A signature that leaves the body out does not count, even by the right key."""
    headers = signed()
    headers["Signature-Input"] = headers["Signature-Input"].replace(' "content-digest"', "")
    with pytest.raises(SignatureRefused):
        signing.verify_request("POST", URL, headers, b"body", resolve=resolve)


def test_an_unknown_or_revoked_key_is_refused() -> None:
    """A device the ledger has closed cannot speak."""
    with pytest.raises(SignatureRefused):
        signing.verify_request("POST", URL, signed(), b"body", resolve=lambda _: None)


def test_an_answer_belongs_to_its_request() -> None:
    """The answer to one request is no answer to another, though all else is equal."""
    request, other = signed(nonce="n1"), signed(nonce="n2")
    answer = answered(request)
    signing.verify_response(200, answer, b"answer", request_headers=request, server_key=LEDGER_KEY)
    with pytest.raises(SignatureRefused):
        signing.verify_response(200, answer, b"answer", request_headers=other, server_key=LEDGER_KEY)


@pytest.mark.parametrize(("status", "body"), [(201, b"answer"), (200, b"other"), (200, b"")])
def test_a_changed_answer_is_refused(status: int, body: bytes) -> None:
    """Status and body are covered."""
    request = signed()
    with pytest.raises(SignatureRefused):
        signing.verify_response(
            status, answered(request), body, request_headers=request, server_key=LEDGER_KEY
        )


def test_another_ledger_is_refused() -> None:
    """The key pinned at pairing decides, not the name in the header."""
    request = signed()
    with pytest.raises(SignatureRefused):
        signing.verify_response(
            200, answered(request), b"answer", request_headers=request, server_key=DEVICE_KEY
        )


def test_a_request_signature_is_no_answer() -> None:
    """What a device signed cannot be replayed to it as the ledger's word."""
    request = signed()
    with pytest.raises(SignatureRefused):
        signing.verify_response(200, request, b"body", request_headers=request, server_key=DEVICE_KEY)


@pytest.mark.parametrize(
    "text", ["", "d", "d1", "x1-2", "d1-", "d-1", "d1-2-3", "d١-1", "d" + "1" * 50 + "-1"]
)
def test_other_key_ids_are_not_devices(text: str) -> None:
    """A key id is read strictly."""
    assert signing.parse_device_key_id(text) is None
    assert signing.parse_device_key_id(signing.device_key_id(12, 3)) == (12, 3)
