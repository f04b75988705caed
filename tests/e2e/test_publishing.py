"""What a shop is given reaches its tills: ahead and without a line, taken back, and a revocation before all else."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.cli.main import main
from pos_app.till.view import Stage
from sync.entry import TicketBody
from sync.ledger.programmes import PublishedProgrammes, PublishProgramme, WithdrawProgramme
from sync.ledger.staff import AddStaff, RevokeStaff
from sync.till import config
from sync.till.events import Pulled
from tests.e2e.joined import Joined
from tests.e2e.ledger_process import PROGRAMME, LedgerProcess, write_shop
from tests.e2e.till_side import TillSide
from tests.simulation.house import BADGE

SECOND = PROGRAMME.replace("version = 1", "version = 2\nsupersedes = 1").replace(
    "points = 1\n", "points = 2\n"
)
DAY = timedelta(days=1).total_seconds() * 1000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Joined]:
    """A ledger and a till with the first version."""
    with Joined(tmp_path, PROGRAMME.encode()) as shop:
        yield shop


def promised(shop: Joined) -> int:
    """The points of the last ticket."""
    body = shop.written("TICKET")[-1]
    assert isinstance(body, TicketBody)
    return sum(one.quantity for one in body.promised)


def fetch(shop: Joined) -> None:
    """The ledger has woken the till: it fetches what is new and says what it has."""
    shop.counter.client.pull.wake()
    shop.sync()


def test_a_programme_comes_ahead_holds_on_its_day_and_goes_again(shop: Joined) -> None:
    """Fetched while there is a line, in force on its first day without one, back to the former after a withdrawal."""
    ledger, run = shop.house.ledger, shop.house.run
    card, member = shop.enrol()
    shop.sale("", 10_00)
    assert promised(shop) == 10
    first = shop.today + timedelta(days=5)
    done = run(PublishProgramme("second.toml", SECOND.encode(), first).run(ledger))
    assert (done.problems, done.effective_from) == ((), first)
    fetch(shop)
    [till] = run(PublishedProgrammes().run(ledger)).tills
    assert (till.runs, till.ahead, till.current) == (("fidele", 1), (("fidele", 2, first),), True)

    shop.line.up = False
    for day in range(1, 7):
        shop.time.pass_ms(int(DAY))
        shop.sale(card, 10_00)
        assert promised(shop) == (20 if day >= 5 else 10)
    [till] = run(PublishedProgrammes().run(ledger)).tills
    assert till.runs == ("fidele", 2), "what it has tells what it runs, although it has not been heard of"
    run(WithdrawProgramme("fidele", 2).run(ledger))
    shop.sale(card, 10_00)
    assert promised(shop) == 20, "nothing has reached it"

    shop.line.up = True
    fetch(shop)
    shop.sale(card, 10_00)
    assert promised(shop) == 10
    fetch(shop)
    [till] = run(PublishedProgrammes().run(ledger)).tills
    assert (till.runs, till.ahead, till.current) == (("fidele", 1), (), True)
    assert shop.books(member).balance() == 10 + 4 * 10 + 3 * 20 + 10


def test_a_publication_that_the_ledgers_key_did_not_sign_is_left_out(shop: Joined) -> None:
    """The answer comes from the ledger, the item does not: the former programme goes on, and so does the till."""
    shop.house.ledger._server_key = Ed25519PrivateKey.generate()
    shop.house.run(shop.house.ledger.read_keys())
    shop.house.run(PublishProgramme("second.toml", SECOND.encode()).run(shop.house.ledger))
    fetch(shop)
    card, _ = shop.enrol()
    shop.sale("", 10_00)
    assert promised(shop) == 10
    assert len(config.held(shop.counter.store.reader())) == 1
    assert card


def test_a_revoked_cashier_finishes_the_ticket_and_is_out(shop: Joined) -> None:
    """The till hears of it at its next contact, before the catalogue that was published earlier."""
    ledger, run, till = shop.house.ledger, shop.house.run, shop.counter.till
    who = till.state.cashier
    assert who is not None
    run(AddStaff("camille", "Camille", "cashier", BADGE, who.pin).run(ledger))
    run(AddStaff("sofia", "Sofia", "manager", "BDG-SOFIA", who.pin).run(ledger))
    fetch(shop)
    shop.enrol()
    run(ledger.publish("catalogue", "autumn", b"\x90"))
    assert run(RevokeStaff("camille").run(ledger)).number
    shop.counter.client.pull.wake()
    shop.counter.client.pull.step(shop.counter.clock.mono_ms())
    till.pump()
    reader = shop.counter.store.reader()
    assert [one.id for one in config.staff(reader)] == ["sofia"]
    news = reader.execute("SELECT count(*) FROM config_item WHERE name = 'autumn'").fetchone()[0]
    assert news == 0, "the revocation came alone"
    fetch(shop)
    assert till.view().stage is Stage.TICKET
    till.put_amount("1000")
    till.record()
    assert till.view().stage is Stage.DONE
    till.escape()
    view = till.view()
    assert (view.stage, view.status.cashier) == (Stage.LOCKED, "")
    till.scan_text(BADGE, "test", guarded=False)
    assert till.view().notice is not None
    assert till.view().sign_in is None


def test_commands_beside_a_running_ledger(tmp_path: Path) -> None:
    """Publish, import, revoke while tills are online: each reaches the till in seconds, nothing waits for a restart."""
    database = tmp_path / "ledger" / "ledger.db"
    side = TillSide(tmp_path / "till")

    def does(*command: str) -> Result:
        done = CliRunner().invoke(main, [*command, "--db", str(database)])
        assert done.exit_code == 0, done.stderr
        return done

    with LedgerProcess(database, write_shop(tmp_path / "shop"), "--till", "halles=one") as running:
        side.pair(running.url, running.codes[0])
        client = side.connect()
        client.start()
        side.wait_for(Pulled, lambda event: event.config)
        (tmp_path / "second.toml").write_text(SECOND, "utf-8")
        does("programme", "publish", str(tmp_path / "second.toml"), "--from", "2030-01-01")
        side.wait_for(Pulled, lambda event: event.config)
        reader = side.store.reader()
        assert [str(one.effective_from) for one in config.held(reader)] == ["2025-01-01", "2030-01-01"]
        rows = "code,sku,name_fr,name_en,category,subcategory,cents\nBRD1,P001,Pain,Bread,bread,,350\n"
        (tmp_path / "more.csv").write_text(rows, "utf-8")
        does("catalogue", "import", str(tmp_path / "more.csv"))
        side.wait_for(Pulled, lambda event: event.config)
        assert config.product(reader, "BRD1") is not None
        (tmp_path / "members.csv").write_text("id,store,first_name\nOLD-7,halles,Zoé\n", "utf-8")
        does("member", "import", str(tmp_path / "members.csv"))
        side.wait_for(Pulled, lambda event: bool(event.members))
        assert [one.id for one in config.staff(reader)] == ["c1"]
        does("staff", "revoke", "c1")
        side.wait_for(Pulled, lambda event: event.config)
        assert config.staff(reader) == ()
        side.close_client()
        _, log = running.stop()
    assert "Zo" not in log
    side.close()
    [till] = json.loads(does("programme", "published", "--json").stdout)["tills"]
    assert (till["runs"], till["ahead"]) == (["fidele", 1], [["fidele", 2, "2030-01-01"]])
