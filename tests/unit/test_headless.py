"""The headless till: one answer a command, whatever comes in."""

import io
import json
import threading
from typing import Any

import pytest

from pos_app.headless.console import Console
from pos_app.headless.stream import serve
from rules.account import POINTS
from tests.unit.till_kit import BADGE, BREAD, PIN, Shop, card_number


def ask(console: Console, **command: object) -> Any:
    return json.loads(console.answer(json.dumps(command).encode()))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe\x00\x01",
        b"{" * 20_000,
        b"[" * 100_000,
        b"null",
        b"[1,2]",
        b'{"do": 5}',
        b'{"do": "amount", "cents": "many"}',
        b'{"do": "amount", "cents": 1e400}',
        b'{"do": "amount", "cents": -5}',
        b'{"do": "amount", "cents": 99999999999999999999999}',
        b'{"do": "lines", "lines": [{"cents": 1, "qty": "NaN"}]}',
        b'{"do": "lines", "lines": [{"cents": 1, "name": "\\u001b[2J"}]}',
        b'{"do": "lines", "lines": [{"cents": 1.5}]}',
        b'{"do": "lines", "lines": 7}',
        b'{"do": "lines", "lines": []}',
        b'{"do": "lines", "lines": [[]]}',
        b'{"do": "refund", "of": "2-1-1", "lines": ["a"]}',
        b'{"do": "refund", "of": ""}',
        b'{"do": "redeem", "rule": "five", "steps": -1}',
        b'{"do": "close"}',
        b'{"do": "close", "ticket": "' + b"x" * 10_000 + b'"}',
        b'{"do": "scan", "code": "' + b"9" * 10_000 + b'"}',
        b'{"do": "enrol", "consent": 9}',
        b'{"do": "undo"}',
        b'{"do": "language"}x',
    ],
)
def test_bad_input_is_answered(shop: Shop, line: bytes) -> None:
    """Wrong commands get a code and a sentence, and the till goes on."""
    console = Console(shop.till)
    answer = json.loads(console.answer(line))
    assert answer["ok"] is False
    assert answer["code"] not in ("", "fault")
    assert answer["sentence"].isprintable()
    assert ask(console, do="amount", cents=1000)["ok"]
    assert ask(console, do="close")["ok"]


def test_session_over_pipes(shop: Shop) -> None:
    """Lines in, lines out, until the input ends; an endless line costs one answer."""
    shop.till.lock()
    commands = [
        json.dumps({"do": "sign_in", "badge": BADGE, "pin": PIN}).encode(),
        b"z" * 3_000_000,
        b"",
        json.dumps({"do": "amount", "cents": 4590}).encode(),
        json.dumps({"do": "close"}).encode(),
    ]
    out = io.BytesIO()
    serve(shop.till, io.BytesIO(b"\n".join(commands)), out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["ok"] for one in answers] == [True, False, True, True]
    assert answers[-1]["recorded"]["paid"] == 4590


def test_ticket_is_safe_to_repeat(shop: Shop) -> None:
    """The register's name and its receipt number both lead to the first record."""
    console = Console(shop.till)
    lines = [{"sku": "A", "cents": 500, "qty": 0.5}]
    assert ask(console, do="lines", ticket="t1", pos_ref="r/1", lines=lines, at="2017-01-01T11:53:26Z")["ok"]
    first = ask(console, do="close", ticket="t1", pos_ref="r/1")["recorded"]
    for again in ({"ticket": "t1"}, {"ticket": "other", "pos_ref": "r/1"}):
        for command in ({"do": "lines", "lines": lines}, {"do": "amount", "cents": 3}, {"do": "close"}):
            answer = ask(console, **command, **again)
            assert answer["again"]
            assert answer["recorded"]["reference"] == first["reference"]
    assert shop.kinds() == ["TICKET"]


def test_questions_need_confirm(shop: Shop) -> None:
    """What the terminal asks once, the register says beforehand."""
    console = Console(shop.till)
    first, second = shop.member(1, name="One"), shop.member(2, name="Two")
    assert ask(console, do="amount", cents=60_000)["code"] == "amount_ceiling"
    assert ask(console, do="amount", cents=60_000, confirm=True)["ticket"]["total"] == 60_000
    assert ask(console, do="scan", code=first)["member"]["name"] == "One"
    shop.clock.pass_ms(5_000)
    assert ask(console, do="scan", code=second)["code"] == "replace_member"
    shop.clock.pass_ms(5_000)
    assert ask(console, do="scan", code=second, confirm=True)["member"]["name"] == "Two"


def test_hold_arrives_while_the_register_waits(shop: Shop) -> None:
    """`redeem` answers once the ledger has confirmed; another thread brings the word."""
    console = Console(shop.till)
    ask(console, do="scan", code=shop.with_points(1, 150))
    ask(console, do="amount", cents=2000)
    asked = threading.Event()
    real = shop.ledger.request_hold

    def request_hold(*args: Any) -> None:
        real(*args)
        asked.set()

    shop.ledger.request_hold = request_hold  # type: ignore[method-assign]

    def ledger() -> None:
        asked.wait(10)
        pump, shop.till.pump = shop.till.pump, lambda: False  # type: ignore[method-assign]
        shop.grant(1, shop.ledger.holds[0][0], POINTS, 100)
        shop.till.pump = pump  # type: ignore[method-assign]

    other = threading.Thread(target=ledger)
    other.start()
    answer = ask(console, do="redeem", rule="five")
    other.join()
    assert answer["ok"]
    assert not answer["pending"]
    assert answer["ticket"]["reward"] == 500


def test_state_holds_the_whole_view(shop: Shop) -> None:
    """`state` is the view as JSON; `explain` one sentence a rule; `cancel` leaves everything."""
    console = Console(shop.till)
    ask(console, do="scan", code=shop.member(1))
    ask(console, do="scan", code=BREAD)
    assert ask(console, do="state")["view"]["ticket"]["total"] == 350
    assert ask(console, do="explain")["why"]
    assert ask(console, do="cancel")["stage"] == "idle"
    assert ask(console, do="language", language="fr")["ok"]
    assert ask(console, do="sync", timeout_s=0.01) == {"ok": True, "online": True, "waiting": 0}
    assert ask(console, do="enrol", card=card_number(40))["member"]["known"] == "full"
    assert ask(console, do="cancel")["ok"]
    assert ask(console, do="close_day")["ok"]
    assert ask(console, do="lock")["stage"] == "locked"
    assert ask(console, do="close")["code"] == "locked"
