"""Cash registers beside a real till process: in a terminal, and as a co-process of one register while another asks."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.terminal import Terminal
from tests.e2e.test_bad_store import ASSIDU
from tests.unit.register_kit import free_port
from tests.unit.till_kit import BADGE, PIN, Shop, card_number

CONFIG = 'language = "en"\nregister = "127.0.0.1:{port}"\ninbox = "inbox"\n'


class Place:
    """A till's folder that is set up for registers, and what a register asks there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        shop = Shop(folder, ledger_url="http://127.0.0.1:9")
        shop.member(1, name="Martin")
        shop.close()
        (folder / "till.toml").write_text(CONFIG.format(port=self.port))
        (folder / "inbox").mkdir(mode=0o700)

    @property
    def command(self) -> list[str]:
        return [*ASSIDU, "till", "--data", str(self.folder)]

    def ask(self, **command: object) -> Any:
        token = (self.folder / "register.token").read_text().strip()
        with httpx.Client(trust_env=False, timeout=30) as http:
            url = f"http://127.0.0.1:{self.port}/command"
            return http.post(url, json=command, headers={"Authorization": f"Bearer {token}"}).json()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    return Place(tmp_path / "till")


def test_beside_a_screen(place: Place) -> None:
    """The cashier sees what the register puts on the ticket as it comes, and a refused file until it is taken away."""
    with Terminal(place.command, columns=80, rows=24) as terminal:
        terminal.wait_for("SIGN IN")
        terminal.type(BADGE)
        terminal.press("enter")
        terminal.wait_for("type your PIN")
        terminal.type(PIN)
        terminal.press("enter")
        terminal.wait_for("SCAN A CARD")
        place.ask(do="scan", code=card_number(1))
        terminal.wait_for("Martin")
        place.ask(do="lines", ticket="s-1", lines=[{"cents": 750, "name": "Tarte"}])
        terminal.wait_for("7.50")
        terminal.press("enter")
        terminal.wait_for("Recorded")
        assert place.ask(do="close", ticket="s-1")["again"]
        terminal.press("escape")
        (place.folder / "inbox" / "bad.txt").write_text("nothing")
        terminal.wait_for("REGISTER")
        for one in (place.folder / "inbox" / "refused").iterdir():
            one.unlink()
        terminal.wait_gone("REGISTER")


def test_beside_a_co_process(place: Place) -> None:
    """Two registers at one till without a screen, one over its streams and one over HTTP: one ticket, one till."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*place.command, "--headless"], **streams) as till:  # type: ignore[call-overload]

        def line(**command: object) -> Any:
            till.stdin.write(json.dumps(command).encode() + b"\n")
            till.stdin.flush()
            return json.loads(till.stdout.readline())

        assert line(do="sign_in", badge=BADGE, pin=PIN)["stage"] == "idle"
        assert place.ask(do="amount", cents=500, ticket="a")["ticket"]["total"] == 500
        assert line(do="scan", code=card_number(1))["ticket"]["total"] == 500
        assert place.ask(do="close", ticket="a")["recorded"]["balance"] == 5
        assert line(do="close", ticket="a")["again"]
        (place.folder / "inbox" / "t.json").write_text('{"pos_ref": "b", "lines": [{"cents": 100}]}')
        while len(line(do="tickets")["tickets"]) < 2:
            line(do="sync", timeout_s=0.2)
        till.stdin.close()
        assert till.wait(20) == 0
