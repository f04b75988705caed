"""A note written off line at one till stands on the member's screen at the store's other till, and goes from both."""

from pathlib import Path

from tests.e2e.joined import HEAD, Joined
from tests.e2e.test_voucher_paper import beside, heard
from tests.simulation.counter import Counter


def write(counter: Counter, card: str, text: str) -> None:
    """Scan, F9, 1, Personal data, 4, the note, Enter; the ticket is left."""
    till = counter.till
    till.scan_text(card, "test", guarded=False)
    till.errand("personal")
    till.choose_in_errand(4)
    till.typed(text)
    till.enter()
    till.escape()


def shown(counter: Counter, card: str) -> str:
    """The note on the screen of who is scanned; the ticket is left."""
    till = counter.till
    till.scan_text(card, "test", guarded=False)
    member = till.view().member
    assert member is not None
    till.escape()
    return member.note


def hear(joined: Joined, other: Counter) -> None:
    """Both tills and the ledger have told each other everything."""
    for _ in range(2):
        joined.sync()
        heard(joined, other)


def test_a_note_reaches_the_other_till_and_the_later_one_holds_at_both(tmp_path: Path) -> None:
    """Written without a line, told with it; replaced by the other till, then taken away by the first."""
    with Joined(tmp_path, HEAD) as joined:
        one = joined.counter
        two = beside(joined, tmp_path)
        card, _ = joined.enrol()
        joined.sale("", 1000)
        hear(joined, two)
        joined.line.up = False
        write(one, card, "prefers oat milk")
        assert (shown(one, card), shown(two, card)) == ("prefers oat milk", "")
        joined.line.up = True
        hear(joined, two)
        assert shown(two, card) == "prefers oat milk"
        write(two, card, "deliver to the back door")
        hear(joined, two)
        assert shown(one, card) == "deliver to the back door"
        write(one, card, "-")
        hear(joined, two)
        assert (shown(one, card), shown(two, card)) == ("", "")
        two.store.close()
