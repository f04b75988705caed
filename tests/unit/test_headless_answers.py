"""docs/headless.md names every field that an answer may have, and none that no answer has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pos_app.headless.commands import COMMANDS
from pos_app.headless.console import Console
from pos_app.headless.protocol import Command
from rules.account import POINTS
from tests.unit.till_kit import BADGE, PIN, PROGRAMME, Shop, card_number

DOC = Path(__file__).parents[2] / "docs" / "headless.md"
POLICY = b'\n[incidents]\nkinds = { queue = 1, rude = 4 }\nwindow = "180d"\nred_alert = 1\n'
REVIEW = b"""
[[rule]]
id = "review"
kind = "earn.event"
label = "Thanks"
event = "review"
points = 10
"""
WHOLE = ("view", "explanation")  # as the terminal has them: their own names are not listed


def paths(value: Any, name: str = "") -> Iterator[str]:
    """The names of all fields in an answer, those inside others with a dot."""
    if name in WHOLE:
        yield name
    elif isinstance(value, dict) and value and name != "page.keys":
        for key, inner in value.items():
            yield from paths(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield name
        for one in value:
            yield from paths(one, name)
    else:
        yield name


def documented() -> set[str]:
    """The names before the colon of each line of the page's list of answers."""
    text = DOC.read_text("utf-8").split("## Answers")[1].split("\n## ")[0]
    heads = re.findall(r"^- (.+?):", text, re.MULTILINE)
    return {name for head in heads for name in re.findall(r"`([\w.]+)`", head)}


def session(shop: Shop) -> Iterator[dict[str, object]]:
    """Commands of each kind, in an order in which they do something."""
    yield {"do": "close"}
    yield {"do": "sign_in", "badge": BADGE, "pin": PIN}
    yield {"do": "errand"}
    yield {"do": "tickets"}
    yield {"do": "scan", "code": shop.with_points(1, 250)}
    yield {"do": "errand", "name": "incident"}
    yield {"do": "choose", "digit": 2}
    yield {"do": "errand", "name": "find"}
    yield {"do": "enter", "text": "0601020304"}
    yield {"do": "back"}
    yield {"do": "zone", "zone": "cellar"}
    yield {"do": "event", "name": "review", "fields": {"stars": 5}}
    yield {"do": "lines", "ticket": "a", "lines": [{"cents": 2000}, {"cents": 300, "category": "coffee"}]}
    yield {"do": "redeem", "rule": "five"}
    yield {"do": "state"}
    yield {"do": "remove_line", "line": 1}
    yield {"do": "drop_card"}
    yield {"do": "scan", "code": shop.member(2)}
    yield {"do": "close", "ticket": "a"}
    yield {"do": "close", "ticket": "a"}
    yield {"do": "explain", "ticket": "a"}
    yield {"do": "receipt", "ticket": "a"}
    yield {"do": "tickets"}
    yield {"do": "scan", "code": card_number(1)}
    yield {"do": "lines", "ticket": "b", "lines": [{"cents": 2000}]}
    yield {"do": "redeem", "rule": "five"}
    yield {"do": "close"}
    sold = shop.view.done
    assert sold is not None
    yield {"do": "refund", "of": sold.reference, "lines": [0], "ticket": "c"}
    yield {"do": "refund", "of": sold.reference, "lines": [0], "ticket": "c"}
    yield {"do": "amount", "cents": 500}
    yield {"do": "contact", "contact": "0601020304"}
    yield {"do": "enrol", "card": card_number(77), "contact": "0601020304"}
    yield {"do": "close"}
    yield {"do": "undo"}
    yield {"do": "reprint"}
    yield {"do": "sync", "timeout_s": 0}
    yield {"do": "cancel"}
    yield {"do": "close_day"}
    yield {"do": "language", "language": "fr"}
    yield {"do": "lock"}


def test_every_field_of_an_answer_is_documented(tmp_path: Path) -> None:
    """From a session with every command, answers and refusals alike."""
    shop = Shop(tmp_path / "till", programme=PROGRAMME + REVIEW + POLICY)
    console = Console(shop.till)
    seen: set[str] = set()
    done: set[object] = set()
    for command in session(shop):
        shop.clock.pass_ms(4_000)
        if command["do"] == "redeem":
            basket = shop.till.state.basket
            assert basket is not None
            shop.grant(1, basket.ticket, POINTS, 100)
        done.add(command["do"])
        answer = json.loads(console.answer(json.dumps(command).encode()))
        seen |= set(paths(answer))
    shop.close()
    assert done == set(COMMANDS)
    assert seen == documented()


def test_every_field_of_a_command_is_documented() -> None:
    """The table of commands names whatever a command may have."""
    table = DOC.read_text("utf-8").split("## Answers")[0]
    assert [name for name in Command.__struct_fields__ if f"`{name}`" not in table] == []
