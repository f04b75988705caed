"""The headless till: one answer a command, whatever comes in."""

import inspect
import io
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from pos_app.headless.commands import COMMANDS
from pos_app.headless.console import Console
from pos_app.headless.stream import serve
from pos_app.till.till import Till
from rules.account import POINTS
from tests.unit.till_kit import BADGE, BREAD, PIN, PROGRAMME, Shop, card_number


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
        for command in ({"do": "lines", "lines": lines}, {"do": "amount", "cents": 500}, {"do": "close"}):
            answer = ask(console, **command, **again)
            assert answer["again"]
            assert answer["recorded"]["reference"] == first["reference"]
    assert shop.kinds() == ["TICKET"]


SALE = {"lines": [{"sku": "F001", "cents": 640, "qty": 2}], "ticket": "r1-2001", "after": 0}
CLOSE = {"ticket": "r1-2001", "pos_ref": "halles/r1/2026-11-23/2001"}


def test_a_sale_sent_again_leaves_nobody_on_the_next_one(shop: Shop) -> None:
    """The whole program of a sale once more after a time-out: one record, and the next customer has no card."""
    console = Console(shop.till)
    card = shop.member(1, name="Martin")
    for again in (False, True):
        shop.clock.pass_ms(5_000)
        ask(console, do="scan", code=card)
        ask(console, do="lines", **SALE)
        assert ask(console, do="close", **CLOSE)["again"] is again
    assert shop.till.state.basket is None
    ask(console, do="lines", ticket="r1-2002", lines=[{"sku": "P9", "cents": 5000}])
    assert ask(console, do="close", ticket="r1-2002")["recorded"]["gained"] == []
    assert shop.kinds() == ["TICKET", "TICKET"]


def test_lines_sent_again_before_the_close_are_there_once(shop: Shop) -> None:
    """`after` says how many lines came before: after a time-out, and after a power cut of the till."""
    console = Console(shop.till)
    for cut in (False, True):
        if cut:
            shop.restart()
            shop.sign_in()
            console = Console(shop.till)
        shop.clock.pass_ms(5_000)
        ask(console, do="scan", code=shop.member(1))
        assert ask(console, do="lines", **SALE)["ticket"]["total"] == 640
    more = {"lines": [{"sku": "P9", "cents": 100}], "ticket": "r1-2001"}
    assert ask(console, do="lines", after=1, **more)["ticket"]["total"] == 740
    assert ask(console, do="lines", after=1, **more)["ticket"]["total"] == 740
    for after in (0, 5, -1):
        assert ask(console, do="lines", after=after, **more)["code"] == "other_lines"
    assert ask(console, do="close", **CLOSE)["recorded"]["total"] == 740


def test_another_ticket_does_not_take_over_what_was_begun(shop: Shop) -> None:
    """A register that was restarted in the middle: its next sale is refused until the first is closed or left."""
    console = Console(shop.till)
    ask(console, do="scan", code=shop.member(1))
    ask(console, do="lines", **SALE)
    for command in (
        {"do": "lines", "lines": [{"cents": 100}]},
        {"do": "amount", "cents": 100},
        {"do": "close"},
    ):
        assert ask(console, **command, ticket="r1-2002")["code"] == "other_ticket"
    ask(console, do="cancel")
    assert ask(console, do="amount", ticket="r1-2002", cents=100)["ticket"]["total"] == 100


def test_a_number_that_another_amount_has_is_refused(shop: Shop) -> None:
    """A register that begins its numbers anew loses no sale in silence, as with the watched folder."""
    console = Console(shop.till)
    ask(console, do="lines", **SALE)
    ask(console, do="close", **CLOSE)
    number = CLOSE["pos_ref"]
    assert ask(console, do="amount", ticket="new", pos_ref=number, cents=77_700)["code"] == "number_taken"
    ask(console, do="amount", ticket="new", cents=7_700)
    assert ask(console, do="close", ticket="new", pos_ref=number)["code"] == "number_taken"
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


# What a screen needs and a program has in another way: its own words for the keys, or nothing to do with a register.
SCREEN_ONLY = {
    "backspace_on_empty": "undo",
    "choose": "redeem",
    "rewards": "every answer lists them",
    "items": "how the screen shows lines",
    "why": "explain, as data",
    "why_elsewhere": "a manager's page",
    "scanned": "serial ports",
    "heard": "the connection to the ledger",
    "device": "ports",
    "ask": "how other threads hand a command over",
    "wait_ms": "other tills",
    "tell": "the start of a till",
    "take_back": "the end of a training, which is for people",
    "left": "the end of a training",
    "look_at": "a manager's figures, which are for people",
}


def test_the_protocol_can_what_the_till_can() -> None:
    """Every use case of the till is reached by a command, or is named here with what does the same."""
    text = "".join(path.read_text() for path in (Path(__file__).parents[2] / "pos_app/headless").glob("*.py"))
    reached = set(re.findall(r"till\.(\w+)", text))
    public = {name for name, _ in inspect.getmembers(Till, inspect.isfunction) if not name.startswith("_")}
    assert public - reached - set(SCREEN_ONLY) == set()
    assert set(SCREEN_ONLY) - public == set()


def test_every_command_is_documented() -> None:
    """The table of docs/headless.md names each command, and no other."""
    doc = (Path(__file__).parents[2] / "docs/headless.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in doc.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(COMMANDS)


def test_a_register_corrects_its_ticket(shop: Shop) -> None:
    """A line and the card come off again; the sale goes on."""
    console = Console(shop.till)
    lines = [{"cents": 500}, {"cents": 250, "name": "Bag"}]
    shop.member(1, name="One", phone="+33612345678")
    assert ask(console, do="lines", lines=lines)["ticket"]["total"] == 750
    assert ask(console, do="remove_line")["code"] == "no_such_line"
    assert ask(console, do="remove_line", line=0)["ticket"]["total"] == 250
    assert ask(console, do="drop_card")["code"] == "no_member"
    assert ask(console, do="contact", contact="nonsense")["code"] == "contact_unknown"
    assert ask(console, do="contact", contact="06 12 34 56 78")["member"]["name"] == "One"
    bare = ask(console, do="drop_card")
    assert "member" not in bare
    assert bare["ticket"]["total"] == 250
    assert ask(console, do="close")["recorded"]["gained"] == []


def test_undo_and_return_by_name(shop: Shop) -> None:
    """Only the named ticket is undone; a return that is sent again is recorded once and answered as before."""
    console = Console(shop.till)
    for name in ("a", "b"):
        ask(console, do="scan", code=shop.member(1))
        ask(console, do="amount", ticket=name, cents=1000)
        ask(console, do="close", ticket=name, pos_ref=f"r/{name}")
    assert ask(console, do="undo", ticket="a")["code"] == "nothing_to_undo"
    assert ask(console, do="undo", pos_ref="r/none")["code"] == "nothing_to_undo"
    assert ask(console, do="undo", ticket="b")["notice"]["code"] == "undone"
    sale = ask(console, do="close", ticket="a")["recorded"]
    first = ask(console, do="refund", of=sale["reference"], cents=400, pos_ref="r/9")["refund"]
    again = ask(console, do="refund", of=sale["reference"], cents=400, pos_ref="r/9")
    assert again["again"]
    assert {**again["refund"], "balance": first["balance"]} == first
    assert first["gained"] == [{"rule": "base", "asset": "points", "quantity": -4}]
    assert shop.kinds().count("REFUND") == 1
    assert [one["reference"] for one in ask(console, do="tickets")["tickets"]][-1] == sale["reference"]
    receipt = ask(console, do="receipt", ticket="a")
    assert receipt["reference"] == sale["reference"]
    assert any("10.00" in row for row in receipt["rows"])
    assert ask(console, do="receipt", of="9-9-9")["code"] == "ticket_unknown"
    ask(console, do="lock")
    assert {ask(console, do=do)["code"] for do in ("tickets", "receipt", "explain")} == {"locked"}


def test_a_program_goes_through_the_pages_of_the_counter(tmp_path: Path) -> None:
    """The small jobs of the counter open, show their page, take a digit or a text, and close."""
    policy = b'\n[incidents]\nkinds = { queue = 1, rude = 4 }\nwindow = "180d"\nred_alert = 5\n'
    shop = Shop(tmp_path / "till", programme=PROGRAMME + policy)
    shop.sign_in()
    console = Console(shop.till)
    assert "incident" in ask(console, do="errand")["errands"]
    assert ask(console, do="errand", name="none_such")["code"] == "not_here"
    assert ask(console, do="choose", digit=1)["code"] == "no_page"
    ask(console, do="scan", code=shop.member(1))
    page = ask(console, do="errand", name="incident")["page"]
    assert [one["digit"] for one in page["choices"]] == [1, 2]
    assert ask(console, do="choose", digit=7)["code"] == "not_here"
    assert "page" not in ask(console, do="back")
    ask(console, do="errand", name="incident")
    noted = ask(console, do="choose", digit=1)
    assert noted["notice"]["code"] in ("incident_noted", "incident_red")
    assert noted["stage"] == "ticket"
    ask(console, do="errand", name="incident")
    assert ask(console, do="enter", text="")["stage"] == "ticket"
    shop.close()


def test_a_visit_without_purchase(shop: Shop) -> None:
    """A card alone is closed as a visit where visits count, and only when that is meant."""
    console = Console(shop.till)
    assert ask(console, do="close")["code"] == "amount_wanted"
    shop.publish("programme", PROGRAMME.replace(b'unit = "point"', b'unit = "point"\ncount_from = 0.00'))
    ask(console, do="scan", code=shop.member(1))
    assert ask(console, do="close")["code"] == "visit_asked"
    assert ask(console, do="close", ticket="v", confirm=True)["recorded"]["total"] == 0
    assert ask(console, do="close", ticket="v")["again"]
    assert shop.kinds() == ["TICKET"]
