"""A voucher's paper goes from one real till to another, with a real ledger between them."""

import random
from pathlib import Path

from pos_app.printing.rows import QrRow
from pos_app.printing.viewer import viewed
from pos_app.till.slip import printed
from sync.till import spool
from tests.e2e.joined import FAULTLESS, Joined, _ignore
from tests.e2e.test_kept_vouchers import CHEQUE, PROGRAMME, settled
from tests.simulation.counter import Counter


def beside(joined: Joined, folder: Path) -> Counter:
    """A second till of the store, signed in."""
    rng = random.Random(6)
    other = Counter("till2", folder, joined.time, joined.line, FAULTLESS, rng, _ignore, 1)
    other.set_up(joined.house.run(joined.house.ledger.make_pairing_code("halles", "till2")))
    heard(joined, other)
    other.sign_in()
    return other


def heard(joined: Joined, other: Counter) -> None:
    """The second till and the ledger have told each other everything."""
    for _ in range(6):
        other.sync(everything=True)
        other.client.live.step(other.clock.mono_ms())
        other.till.pump()
        joined.time.pass_ms(2_000)


def codes(counter: Counter) -> list[str]:
    """The codes of the vouchers on the last receipt of a till."""
    job = spool.last_job(counter.store.reader())
    assert job is not None
    return [
        row.text
        for row in viewed(printed(counter.till.parts, job.data)).rows
        if isinstance(row, QrRow) and row.text.startswith("V-")
    ]


def said(counter: Counter) -> str:
    """The code of what the till says."""
    notice = counter.till.state.notice
    return notice.code if notice is not None else ""


def scan(joined: Joined, other: Counter, code: str) -> str:
    """A scan, what the till says of it, and then the ledger's answer."""
    joined.time.pass_ms(5_000)
    other.till.scan_text(code, "test", guarded=False)
    first = said(other)
    heard(joined, other)
    return first


def test_one_paper_two_tills(tmp_path: Path) -> None:
    """Two vouchers on one paper, scanned twice at another till: both are given, and at home it is worth nothing."""
    with Joined(tmp_path, PROGRAMME) as joined:
        card, member = joined.enrol()
        joined.sale("", 13_000)
        tomorrow, code = codes(joined.counter)
        assert settled(joined, member).balance(CHEQUE) == 2
        other = beside(joined, tmp_path)
        other.till.put_amount("2000")
        assert scan(joined, other, code) == "voucher_card_first"
        scan(joined, other, card)
        said_twice = [scan(joined, other, code) for _ in range(3)]
        assert said_twice == ["voucher_taken", "voucher_taken", "voucher_twice"]
        other.till.record()
        assert other.till.view().recent[0].cents == 1000
        heard(joined, other)
        assert joined.books(member).burned == {CHEQUE: 2}
        joined.counter.till.put_amount("2000")
        home = [scan(joined, joined.counter, one) for one in (code, code, tomorrow)]
        assert home == ["reward_asked", "voucher_spent", "voucher_from"], (
            "the ledger knows first, then the till"
        )
        begun = joined.counter.till.view().ticket
        assert begun is not None
        assert begun.due == 2000
        other.store.close()
