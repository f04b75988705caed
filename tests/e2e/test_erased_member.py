"""A member erased at a real till, beside a real ledger: off line first, then everywhere, and the card is a new one."""

from pathlib import Path

from pos_app.till.housekeeping import give_back
from pos_app.till.privacy import erase_member
from sync.ledger.port import Transaction
from sync.till import members
from tests.e2e.joined import HEAD, Joined


def test_an_erasure_off_line_reaches_the_ledger_and_the_card_begins_anew(tmp_path: Path) -> None:
    """What is in the books lapses and adds up; a row that was under way brings nobody back; the card is free."""
    with Joined(tmp_path, HEAD) as joined:
        till, counter = joined.counter.till, joined.counter
        till.open_enrol()
        till.enrol_set("first_name", "Wilhelmine")
        till.enrol_set("contact", "someone@example.org")
        till.enrol_confirm()
        who = till.state.basket.who if till.state.basket is not None else None
        assert who is not None
        assert who.member is not None
        card, member = who.card, who.member
        joined.sale("", 4000)
        joined.sync()
        joined.line.up = False
        till.scan_text(card, "test", guarded=False)
        assert till.state.basket is not None
        assert till.state.basket.who is not None
        till.state = erase_member(till.parts, till.state, till.state.basket.who, "m1")
        assert members.find(counter.store.reader(), who.token) is None
        joined.line.up = True
        joined.sync()

        async def look(tx: Transaction) -> tuple[str, int | None, int]:
            record = await tx.member(member)
            assert record is not None
            assert record.display == b""
            return record.erased, await tx.member_of_card(who.token), len(await tx.pii(member))

        assert joined.house.read(look) == (str(joined.today), None, 0)
        assert members.load(counter.store.reader(), till.parts.identity, member) is None
        assert give_back(till.parts, till.state)
        joined.sync()
        held = joined.books(member)
        assert (held.balance(), held.expired) == (0, {"points": 40})
        till.scan_text(card, "test", guarded=False)
        joined.sync()
        assert till.state.question is not None
        assert till.state.question.kind == "enrol"
