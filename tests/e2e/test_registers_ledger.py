"""Finished tickets of a register, all the way: the till's folder, the ledger's books, and the card that nobody knew."""

import json
from pathlib import Path
from typing import Any

from pos_app.headless.inbox.folder import Folder
from pos_app.headless.inbox.watch import Inbox
from rules.account import POINTS
from sync.ledger.report import quarantine
from tests.e2e.joined import HEAD, Joined
from tests.unit.inbox_kit import Inline


def test_a_register_and_the_books(tmp_path: Path) -> None:
    """Sales, a return and a void are settled; a foreign card that nobody knew has what it earned at its next scan."""
    folder = tmp_path / "inbox"
    folder.mkdir(mode=0o700)
    with Joined(tmp_path, HEAD) as joined:
        till = joined.counter.till
        inbox = Inbox(Folder(folder), Inline(till), shown="inbox")

        def deliver(*tickets: dict[str, Any]) -> None:
            path = folder / "t.json"
            path.write_text(json.dumps(tickets))
            path.chmod(0o600)
            for _ in range(3):
                inbox.look()
                joined.time.pass_ms(1_000)
            assert not path.exists()
            assert not [*(folder / "refused").iterdir()]
            joined.sync()

        card, member = joined.enrol()
        till.escape()
        till.escape()
        joined.sync()
        deliver(
            {
                "pos_ref": "r/1",
                "member": card,
                "lines": [{"sku": "a", "cents": 5000}, {"sku": "b", "cents": 1000}],
            },
            {"pos_ref": "r/2", "member": card, "lines": [{"cents": 700}]},
            {"pos_ref": "r/3", "refund_of": "r/1", "lines": [{"sku": "b", "cents": -1000}]},
            {"pos_ref": "r/4", "refund_of": "r/2"},
            {"pos_ref": "r/5", "member": "A-FOREIGN-CARD-77", "lines": [{"cents": 2000}]},
        )
        deliver({"pos_ref": "r/1", "member": card, "lines": [{"cents": 6000}]})
        assert joined.counter.account(member).balance == {POINTS: 50}  # type: ignore[union-attr]
        assert (joined.books(member).earned, joined.books(member).clawed) == ({POINTS: 67}, {POINTS: 17})
        till.scan_text("A-FOREIGN-CARD-77", "test", guarded=False)
        joined.sync()
        shown = till.view().member
        assert shown is not None
        assert shown.balance == 20
        assert joined.house.read(quarantine) == ()
