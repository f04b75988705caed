"""Zones of a visit: scanned at the till, settled by the ledger, read again by the replay, with one result."""

import json
from pathlib import Path

import pytest

from pos_app.headless.console import Console
from pos_app.history.open import open_history
from pos_app.history.run import run_replay
from rules.programme.load import load_programme
from sync.entry import TicketBody
from tests.e2e.joined import HEAD, Joined

PROGRAMME = (
    HEAD
    + b"""
[[rule]]
id = "tour"
kind = "earn.visit"
points = 30
when = "visit.zone_count >= 3"
"""
)
THREE = ("garden", "garden", "cellar", "2nd.floor")


def visit(joined: Joined, card: str, zones: tuple[str, ...]) -> dict[str, int]:
    """A sale of 10 euros after `zones`; what it gave, by rule."""
    console = Console(joined.counter.till)

    def ask(**command: object) -> dict[str, object]:
        answer: dict[str, object] = json.loads(console.answer(json.dumps(command).encode()))
        assert answer["ok"], answer
        return answer

    ask(do="scan", code=card)
    for zone in zones:
        ask(do="zone", zone=zone)
    ask(do="amount", cents=1000)
    recorded = ask(do="close")["recorded"]
    assert isinstance(recorded, dict)
    return {one["rule"]: one["quantity"] for one in recorded["gained"]}


def replayed(path: Path) -> tuple[int, int]:
    """Points earned by the only member of a history, and by its rule `tour`."""
    said: list[str] = []
    done = run_replay(open_history(path), [load_programme(PROGRAMME)], lambda _n, why: said.append(why))
    [values] = done.rows()
    row = dict(zip(done.columns, values, strict=True))
    assert said == []
    return row["earned"], row["earned:tour"]


def test_three_zones_count_the_same_everywhere(tmp_path: Path) -> None:
    """Three different zones earn the tour at the till, in the books and in both replays; two do not."""
    with Joined(tmp_path, PROGRAMME) as joined:
        card, member = joined.enrol()
        joined.counter.till.escape()
        assert visit(joined, card, THREE) == {"base": 10, "tour": 30}
        joined.pass_days(1)
        assert visit(joined, card, THREE[:3]) == {"base": 10}
        joined.sync()
        first, second = joined.written("TICKET")
        assert isinstance(first, TicketBody)
        assert isinstance(second, TicketBody)
        assert (first.zones, second.zones) == (("garden", "cellar", "2nd.floor"), ("garden", "cellar"))
        assert joined.counter.account(member).balance == {"points": 50}  # type: ignore[union-attr]
        books = joined.books(member)
        assert (books.earned, books.honoured) == ({"points": 50}, {})
    assert replayed(tmp_path / "ledger.db") == (50, 30)
    history = tmp_path / "history.ndjson"
    tickets = [
        {"ticket": f"t{day}", "member": "m", "at": f"2026-03-0{day}T09:00:00Z", "zones": zones}
        for day, zones in ((2, THREE), (3, THREE[:3]))
    ]
    history.write_text("".join(json.dumps({**one, "lines": [{"cents": 1000}]}) + "\n" for one in tickets))
    assert replayed(history) == (50, 30)


def test_zones_are_back_after_a_power_cut_and_go_with_the_ticket(tmp_path: Path) -> None:
    """The begun visit stands as before; the next one, and another member on the ticket, begin without zones."""
    with Joined(tmp_path, PROGRAMME) as joined:
        (card, _), (other, _) = joined.enrol(), joined.enrol()
        counter = joined.counter
        counter.till.escape()
        counter.till.scan_text(card, "test", guarded=False)
        for zone in THREE:
            counter.till.zone(zone)
        counter.start_again()
        counter.sign_in()
        assert joined.sale("", 1000)
        (body,) = joined.written("TICKET")
        assert isinstance(body, TicketBody)
        assert body.zones == ("garden", "cellar", "2nd.floor")
        assert [one.rule for one in body.promised] == ["base", "tour"]
        counter.till.scan_text(card, "test", guarded=False)
        assert counter.till.state.basket is not None
        assert counter.till.state.basket.zones == ()
        counter.till.zone("garden")
        counter.till.put_amount("1000")
        counter.till.scan_text(other, "test", guarded=False)
        counter.till.enter()
        assert counter.till.state.basket.zones == ()
        counter.till.record()
        joined.sync()


@pytest.mark.parametrize("zone", ["", "Garden", "g" * 41, "hall 2", "\u00e9tage"])
def test_a_zone_has_a_plain_name(tmp_path: Path, zone: str) -> None:
    """Anything else is refused with a code; so is the 51st zone, while a known one may come again."""
    with Joined(tmp_path, PROGRAMME) as joined:
        console = Console(joined.counter.till)
        command = json.dumps({"do": "zone", "zone": zone}).encode()
        assert json.loads(console.answer(command))["code"] == "bad_zone"
        for n in range(50):
            answer = json.loads(console.answer(json.dumps({"do": "zone", "zone": f"z{n}"}).encode()))
        assert len(answer["zones"]) == 50
        assert json.loads(console.answer(b'{"do": "zone", "zone": "z0"}'))["ok"]
        assert json.loads(console.answer(b'{"do": "zone", "zone": "more"}'))["code"] == "too_many_zones"
