"""`assidu ledger export`: what it writes gives the same figures in a replay as the ledger's own file does."""

import asyncio
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from pos_app.history.open import open_history
from pos_app.history.run import run_replay
from rules.programme.load import load_programme
from rules.ticket import Event
from sync.entry import RefundLine
from sync.ledger import export
from sync.ledger.export import ReadHistory
from tests.unit.ledger_kit import PROGRAMME, Shop, line, open_shop, promise, run


async def trade(shop: Shop) -> None:
    """Two members: sales, an undone one, a return by goods, a review with a person's details in it."""
    till, other = await shop.till(), await shop.till("gare")
    first, second = await shop.member(7), await shop.member(8)
    sold = till.euros(first, 30)
    void = till.euros(first, 5)
    till.void(void)
    shop.clock.advance(days=1)
    lines = (line(1000), line(250, "coffee"))
    stamp = promise("coffee", 1, till.today, "stamp:coffee", allocation=(0, 1))
    mixed = other.sale(second, lines, (promise("base", 12, till.today, allocation=(10, 2)), stamp))
    fields = {"stars": 5, "birthday": "03-14", "member.email": True}
    till.event(first, Event("web.review", sku="bread", ref="camille@example.org", fields=fields))
    await till.push()
    await other.push()
    shop.clock.advance(days=1)
    other.refund(mixed, 250, RefundLine(1, 250, Decimal(1)))
    till.refund(sold, 500)
    await till.push()
    await other.push()


def test_every_ticket_that_stands_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On both engines, page by page, each member in order of time; nothing tells who a member is."""
    monkeypatch.setattr(export, "ACCOUNTS_AT_ONCE", 1)

    async def scenario(shop: Shop) -> None:
        await trade(shop)
        page, data = await ReadHistory().run(shop.ledger), b""
        while True:
            data += page.lines
            if page.next is None:
                break
            page = await ReadHistory(page.next).run(shop.ledger)
        found: list[dict[str, Any]] = [json.loads(text) for text in data.splitlines()]
        assert [(one["member"], bool(one.get("refund_of")), "event" in one) for one in found] == [
            ("7", False, False),
            ("7", False, True),
            ("7", True, False),
            ("8", False, False),
            ("8", True, False),
        ]
        assert found[0]["at"] == "2026-03-02T09:00:00Z"
        assert found[1]["event"]["fields"] == {"stars": 5}
        assert found[4]["lines"][0]["cents"] == 250
        for secret in (b"camille", b"03-14", b"member.email", b"card"):
            assert secret not in data

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz"])
def test_a_replay_of_the_export_and_of_the_file_agree(tmp_path: Path, name: str) -> None:
    """The same rows, plain and packed; the command of the guide reads it."""

    async def prepare() -> None:
        async with open_shop(tmp_path) as shop:
            await trade(shop)

    asyncio.run(prepare())
    out = tmp_path / name
    args = ["ledger", "export", str(out), "--db", str(tmp_path / "ledger.db"), "--lang", "en"]
    done = CliRunner().invoke(main, args, catch_exceptions=False)
    assert done.stdout == f"{name} holds 5 tickets.\n"
    assert (gzip.decompress(out.read_bytes()) if name.endswith("gz") else out.read_bytes()).count(b"\n") == 5
    rows = []
    for path in (out, tmp_path / "ledger.db"):
        said: list[str] = []
        replayed = run_replay(
            open_history(path), [load_programme(PROGRAMME)], lambda _n, why, said=said: said.append(why)
        )
        assert said == []
        rows.append(list(replayed.rows()))
    assert rows[0] == rows[1]
    (tmp_path / "programme.toml").write_bytes(PROGRAMME)
    words = ["replay", "--programme", str(tmp_path / "programme.toml"), "--tickets", str(out)]
    again = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "members.csv")], catch_exceptions=False)
    assert again.exit_code == 0, again.output
