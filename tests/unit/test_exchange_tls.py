"""Which authorities a till trusts for the address of its ledger."""

from typing import Any

import httpx
import pytest

from sync.till.exchange import make_http, no_authorities


@pytest.mark.parametrize(
    ("url", "trusts"),
    [
        ("https://ledger.example:8443", True),
        ("HTTPS://ledger.example:8443", True),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_authorities_are_trusted_wherever_tls_is_spoken(
    url: str, trusts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the address was typed; they are not loaded for an address without TLS."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(httpx, "Client", lambda **settings: given.update(settings))
    make_http(url)
    assert given["verify"] is (True if trusts else no_authorities())
