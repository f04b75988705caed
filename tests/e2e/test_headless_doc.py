"""The example session of docs/headless.md runs as it is printed."""

import json
from pathlib import Path

from pos_app.headless.console import Console
from tests.unit.till_kit import Shop

DOC = Path(__file__).parents[2] / "docs" / "headless.md"


def session() -> list[tuple[str, str]]:
    """Pairs of command and answer from the fenced block."""
    block = DOC.read_text("utf-8").split("```text\n")[1].split("```")[0]
    lines = block.strip().splitlines()
    return list(zip(lines[::2], lines[1::2], strict=True))


def test_documented_session(tmp_path: Path) -> None:
    """Every documented answer is what the till answers, to the character of its JSON."""
    shop = Shop(tmp_path / "till")
    shop.member(1, name="Martin")
    shop.go_offline()
    console = Console(shop.till)
    pairs = session()
    assert len(pairs) > 10
    for sent, documented in pairs:
        shop.clock.pass_ms(4_000)
        answer = console.answer(sent.removeprefix("> ").encode())
        assert json.loads(answer) == json.loads(documented.removeprefix("< ")), sent
    shop.close()
