"""A ledger that is lost and comes back from a copy, and a till that is stolen: real processes, real commands.

Rows 24 and 27 of the failure table of ledger-and-sync.md.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from pos_app.cli.main import main
from rules.ticket import Line
from sync.entry import Burned, Draw, EntryKind, TicketBody
from sync.till.cursors import sync_state
from sync.till.events import AccountArrived, HoldArrived
from sync.till.journal import EntryDraft
from sync.till.offline import OfflineReason
from sync.till.slices import slices_of
from sync.tokens import card_token
from sync.wire import Want
from tests.e2e.ledger_process import CARD, PROGRAMME, LedgerProcess
from tests.e2e.till_side import TillSide

NOW = 0


def assidu(*words: str, code: int = 0) -> str:
    """What a command prints."""
    done = CliRunner().invoke(main, ["ledger", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def found(*words: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(assidu(*words, "--json"))


def asked(till: TillSide, points: int) -> tuple[bool, int]:
    """Ask for a hold of points for a new ticket: whether it was granted, and of which member."""
    client = till.connect()
    client.request_account(card_token(till.identity.lookup_key, CARD))
    client.holds.step(NOW)
    row = till.wait_for(AccountArrived).row
    assert row is not None
    client.request_hold(till.ticket(), row.member, (Want("points", points),))
    client.holds.step(NOW)
    return till.wait_for(HoldArrived).answer.code == "granted", row.member


def spend(till: TillSide, member: int) -> None:
    """Burn what the till holds of the member, without a line."""
    held = slices_of(till.store.reader(), member)
    draws = tuple(Draw(one.grant, one.asset, one.lot, one.quantity) for one in held)
    paid = Burned("five", "points", sum(one.quantity for one in held), 1, 500, (500,), draws)
    body = TicketBody(
        "halles",
        "c1",
        hashlib.sha256(PROGRAMME.encode()).hexdigest(),
        600,
        (Line(500, "bread", "bread"),),
        (paid,),
    )
    draft = EntryDraft(
        kind=EntryKind.TICKET, body=body, bdate=date.today(), member=member, ticket=held[0].ticket
    )
    till._commit([draft])


def send(till: TillSide) -> None:
    """Push until the till has nothing left to say."""
    client = till.connect()
    for _ in range(6):
        client.wake_push()
        client.push.step(NOW)


def test_a_lost_ledger_comes_back_from_a_copy(
    tmp_path: Path, ledger: LedgerProcess, till: TillSide, other: TillSide
) -> None:
    """Row 27: copy while it runs, more is sold, SIGKILL, restore, tills send again and present their grants."""
    db = str(tmp_path / "ledger" / "ledger.sqlite")
    copy = str(tmp_path / "copy.db")
    till.pair(ledger.url, ledger.codes[0])
    other.pair(ledger.url, ledger.codes[1])
    till.write(3)
    send(till)
    send(other)
    assidu("backup", copy, "--db", db)
    send(till)
    assert sync_state(till.store.reader()).durable_seq == 3
    granted, member = asked(other, 100)
    assert granted
    spend(other, member)
    till.write(2)
    send(till)
    send(other)
    epoch = sync_state(till.store.reader()).epoch
    ledger.kill()
    assert "ledger.sqlite.before-" in assidu("restore", copy, "--db", db, "--replace", "--lang", "en")
    with LedgerProcess(Path(db), None, port=ledger.port):
        state = found("recovery", "status", "--db", db)
        assert (state["on"], len(state["awaited"])) == (True, 2)
        send(till)
        assert not asked(till, 20)[0]
        send(other)
        state = found("recovery", "status", "--db", db)
        assert (state["on"], state["reported"], state["waiting"], state["missing"]) == (False, 2, 0, 0)
        assert (till.accepted(), other.accepted()) == (5, 1)
        assert sync_state(till.store.reader()).epoch > epoch
        assert asked(till, 20)[0]
    assert found("verify", "--db", db)["entries"] == 6
    devices = {one["till"]: one for one in found("devices", "list", "--db", db)}
    assert (devices["one"]["held"], devices["two"]["held"]) == ({"points": 20}, {})


def test_a_stolen_till(tmp_path: Path, ledger: LedgerProcess, till: TillSide, other: TillSide) -> None:
    """Row 24: its key is refused from the next request, what it holds stays reserved, then it is written off."""
    db = str(tmp_path / "ledger" / "ledger.sqlite")
    who = till.pair(ledger.url, ledger.codes[0])
    other.pair(ledger.url, ledger.codes[1])
    assert asked(till, 100)[0]
    assidu("devices", "revoke", str(who.dev), "--db", db)
    till.write(1)
    client = till.connect()
    client.push.step(NOW)
    assert client.state().reason is OfflineReason.REFUSED
    assert not asked(other, 100)[0]
    shown = assidu("devices", "write-off", str(who.dev), "--db", db, "--lang", "en")
    assert shown == "This would free 100 points of 1 account.\n"
    assert not asked(other, 100)[0]
    assidu("devices", "write-off", str(who.dev), "--yes", "--db", db)
    assert asked(other, 100)[0]
    [stolen] = [one for one in found("devices", "list", "--db", db) if one["dev"] == who.dev]
    assert (stolen["state"], stolen["freed"], stolen["held"]) == ("revoked", {"points": 100}, {})
