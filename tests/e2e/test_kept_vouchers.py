"""Vouchers made of points, through a real till and a real ledger: spent, brought back, and owed for."""

from pathlib import Path

from sync.ledger.report import Balances
from tests.e2e.joined import Joined
from tests.simulation.seeds import PROGRAMMES

PROGRAMME = PROGRAMMES["grocer"].encode()
CHEQUE = "voucher:cheque"


def settled(joined: Joined, member: int) -> Balances:
    """What the ledger holds of a member once everything is sent and no ticket can be undone any more."""
    for _ in range(8):
        joined.time.pass_ms(15_000)
        joined.counter.till.tick()
        joined.sync()
    return joined.books(member)


def test_points_become_a_voucher_that_pays_and_comes_back(tmp_path: Path) -> None:
    """130 points make two vouchers, one pays 5.00 of the next ticket; that is returned, and both are there again."""
    with Joined(tmp_path, PROGRAMME) as joined:
        card, member = joined.enrol()
        joined.sale("", 13_000)
        held = settled(joined, member)
        assert (held.balance(), held.balance(CHEQUE), held.converted) == (10, 2, {"points": 120})
        paid = joined.redeem(card, "cheque", 1, 2000)
        assert joined.counter.till.view().recent[0].cents == 1500
        held = settled(joined, member)
        assert (held.balance(), held.balance(CHEQUE), held.burned) == (25, 1, {CHEQUE: 1})
        joined.give_back(paid)
        held = settled(joined, member)
        assert (held.balance(), held.balance(CHEQUE), held.burned, held.deficit) == (10, 2, {}, {})
        again = joined.redeem(card, "cheque", 1, 2000)
        assert again != paid
        assert joined.counter.till.view().recent[0].cents == 1500


def test_the_points_behind_a_voucher_are_owed_when_their_ticket_comes_back(tmp_path: Path) -> None:
    """Its two vouchers are kept, 120 points are owed; of the next 200 those are repaid first, then one is made."""
    with Joined(tmp_path, PROGRAMME) as joined:
        card, member = joined.enrol()
        first = joined.sale("", 13_000)
        settled(joined, member)
        joined.give_back(first)
        held = settled(joined, member)
        assert (held.balance(), held.balance(CHEQUE), held.deficit) == (0, 2, {"points": 120})
        joined.sale(card, 20_000)
        held = settled(joined, member)
        assert (held.balance(), held.balance(CHEQUE), held.deficit) == (20, 3, {})
