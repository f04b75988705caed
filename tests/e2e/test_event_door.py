"""The door for programs outside the tills, over HTTP to a real ledger, beside its commands."""

import json
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from sync.signing import sign_request
from tests.e2e.ledger_process import CARD, LedgerProcess, write_shop

REVIEW = """
[[rule]]
id = "review"
kind = "earn.event"
event = "web.review"
points = 20
"""


def assidu(*words: str, code: int = 0) -> list[Any]:
    """A command's output, one JSON object a line."""
    done = CliRunner().invoke(main, list(words), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


class Source:
    """A program with a key, as `assidu event source add` printed it."""

    def __init__(self, url: str, made: dict[str, str]) -> None:
        self.url, self.key_id, self.key = url, made["key_id"], bytes.fromhex(made["key"])

    def ask(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        """A signed request."""
        nonce = secrets.token_hex(8)
        headers = sign_request(method, path, {}, body, key_id=self.key_id, private_key=self.key, nonce=nonce)
        with httpx.Client(trust_env=False, timeout=20) as http:
            return http.request(method, self.url + path, content=body, headers=headers)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop folder whose programme knows reviews."""
    folder = write_shop(tmp_path / "shop")
    programme = folder / "programme.toml"
    programme.write_text(programme.read_text("utf-8") + REVIEW, "utf-8")
    return folder


def test_a_source_tells_over_http_and_a_reader_follows(tmp_path: Path, shop: Path) -> None:
    """Signed lines are booked once, the log goes on by position, also across a restart and a command."""
    db = tmp_path / "ledger.db"
    line = json.dumps({"id": "r1", "card": CARD, "event": {"name": "web.review"}}).encode()
    with LedgerProcess(db, shop) as ledger:
        [made] = assidu("event", "source", "add", "web", "--effects", "--json", "--db", str(db))
        web = Source(ledger.url, made)
        first = web.ask("POST", "/events", line + b"\nnonsense\n")
        assert first.status_code == 200
        assert [one["state"] for one in first.json()["lines"]] == ["booked", "refused"]
        assert web.ask("POST", "/events", line).json()["lines"] == first.json()["lines"][:1]
        page = web.ask("GET", "/effects?after=0&limit=1").json()
        assert (page["more"], [one["quantity"] for one in page["effects"]]) == (True, [120])
        rest = web.ask("GET", f"/effects?after={page['next']}").json()
        assert [(one["what"], one["quantity"]) for one in rest["effects"]] == [("gain", 20)]
    (tmp_path / "more.ndjson").write_bytes(line + b"\n" + line.replace(b"r1", b"r2") + b"\n")
    posted = assidu(
        "event", "post", str(tmp_path / "more.ndjson"), "--source", "web", "--json", "--db", str(db)
    )
    assert [one["state"] for one in posted] == ["booked", "booked"]
    told = assidu("ledger", "effects", "--after", str(rest["next"]), "--json", "--db", str(db))
    assert [(one["what"], one["quantity"], one["cause"]) for one in told] == [("gain", 20, "TOP_UP")]


def test_who_has_no_right_is_refused(tmp_path: Path, shop: Path) -> None:
    """Without a signature, with another's key, without the right to read, and once revoked."""
    db = tmp_path / "ledger.db"
    with LedgerProcess(db, shop) as ledger:
        [made] = assidu("event", "source", "add", "web", "--json", "--db", str(db))
        web = Source(ledger.url, made)
        with httpx.Client(trust_env=False) as http:
            assert http.post(f"{ledger.url}/events", content=b"{}").status_code == 401
        assert Source(ledger.url, {**made, "key": "11" * 32}).ask("POST", "/events", b"{}").status_code == 401
        assert web.ask("GET", "/effects").status_code == 403
        assert web.ask("POST", "/events", b"").json() == {"lines": []}
        CliRunner().invoke(main, ["event", "source", "revoke", "web", "--db", str(db)])
        assert web.ask("POST", "/events", b"").status_code == 401


def test_a_file_with_bad_lines_names_them_and_fails(tmp_path: Path, shop: Path) -> None:
    """The good lines are booked all the same; the exit status tells that some were not."""
    db = tmp_path / "ledger.db"
    with LedgerProcess(db, shop):
        assidu("event", "source", "add", "web", "--json", "--db", str(db))
        lines = [
            json.dumps({"id": str(n), "card": CARD, "event": {"name": "web.review"}}) for n in range(250)
        ]
        (tmp_path / "facts.ndjson").write_text("\n".join([*lines, "nonsense"]), "utf-8")
        done = CliRunner().invoke(
            main, ["event", "post", str(tmp_path / "facts.ndjson"), "--source", "web", "--db", str(db)]
        )
        assert (done.exit_code, done.stdout) == (2, "250 booked, 0 waiting, 1 refused\n")
        assert "line 251: " in done.stderr
