"""Grants at this till: received once, drawn first to expire first, never below zero, given back whole."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sync import grants
from sync.entry import Draw, Slice
from sync.till import slices
from sync.till.database import Store, open_store
from sync.till.errors import NotEnough
from sync.till.writer import InlineWriter
from sync.wire import Grant

DAY = date(2026, 3, 10)
SOON, LATER = date(2026, 3, 31), date(2026, 12, 31)
MEMBER = 77


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def writer(store: Store) -> InlineWriter:
    return InlineWriter(store)


def grant(gno: int, *pieces: Slice, kind: str = "hold", ticket: str = "t1") -> Grant:
    return Grant(f"g-3-1-{gno}", kind, MEMBER, gno, pieces, ticket, issued_pos=1)


def points(lot: str, quantity: int, last_day: date = LATER) -> Slice:
    return Slice("points", lot, quantity, last_day)


def born(
    writer: InlineWriter, lot: str, quantity: int, *, last_day: date = LATER, asset: str = "points"
) -> None:
    writer.run(
        lambda c: slices.birth(
            c,
            MEMBER,
            lot=lot,
            asset=asset,
            quantity=quantity,
            last_day=last_day,
            available_on=DAY,
            earned_on=DAY,
            ticket="t0",
        )
    )


def held(store: Store) -> dict[str, int]:
    return {piece.lot: piece.quantity for piece in slices.slices_of(store.reader(), MEMBER)}


def test_a_grant_counts_once(store: Store, writer: InlineWriter) -> None:
    """A grant sent twice, or again after its return, credits nothing."""
    first = grant(1, points("a", 30))
    assert writer.run(lambda c: slices.receive(c, [first])) == 1
    assert writer.run(lambda c: slices.receive(c, [first])) == 1
    assert held(store) == {"a": 30}
    writer.run(lambda c: slices.give_back(c, first.id))
    assert writer.run(lambda c: slices.receive(c, [first])) == 1
    assert held(store) == {}


def test_a_gap_in_the_stream_waits(store: Store, writer: InlineWriter) -> None:
    """Only the next number is applied; what follows a gap is left for the next answer."""
    assert writer.run(lambda c: slices.receive(c, [grant(2, points("b", 5))])) == 0
    assert held(store) == {}
    both = [grant(2, points("b", 5)), grant(1, points("a", 7))]
    assert writer.run(lambda c: slices.receive(c, both)) == 2
    assert held(store) == {"a": 7, "b": 5}
    assert slices.last_gno(store.reader()) == 2


def test_what_is_promised_here_can_be_spent_here(store: Store, writer: InlineWriter) -> None:
    """A contribution is a grant to this till at once, and pays the next ticket of the member."""
    born(writer, "3-1-5-0", 40)
    chosen = grants.choose(slices.slices_of(store.reader(), MEMBER), "points", 25, DAY, "t9")
    assert chosen == grants.Chosen((Draw("3-1-5-0", "points", "3-1-5-0", 25),), 0)
    writer.run(lambda c: slices.draw(c, chosen.draws))
    assert held(store) == {"3-1-5-0": 15}


def test_a_draw_too_large_takes_nothing(store: Store, writer: InlineWriter) -> None:
    """One draw of several that cannot be paid undoes them all."""
    born(writer, "3-1-5-0", 10)
    born(writer, "3-1-6-0", 10)
    draws = [Draw("3-1-5-0", "points", "3-1-5-0", 10), Draw("3-1-6-0", "points", "3-1-6-0", 11)]
    with pytest.raises(NotEnough):
        writer.run(lambda c: slices.draw(c, draws))
    assert held(store) == {"3-1-5-0": 10, "3-1-6-0": 10}


@pytest.mark.parametrize(
    "one",
    [
        Draw("3-1-5-0", "points", "other", 1),
        Draw("other", "points", "3-1-5-0", 1),
        Draw("3-1-5-0", "stamp:x", "3-1-5-0", 1),
        Draw("3-1-5-0", "points", "3-1-5-0", -1),
    ],
)
def test_draws_on_nothing_are_refused(writer: InlineWriter, one: Draw) -> None:
    """A draw names an existing slice and a quantity that is not negative."""
    born(writer, "3-1-5-0", 10)
    with pytest.raises(NotEnough):
        writer.run(lambda c: slices.draw(c, [one]))


def test_an_undo_refills_and_takes_births_away(store: Store, writer: InlineWriter) -> None:
    """After a void the slices stand as before the ticket."""
    born(writer, "3-1-5-0", 10)
    drawn = [Draw("3-1-5-0", "points", "3-1-5-0", 10)]
    writer.run(lambda c: slices.draw(c, drawn))
    born(writer, "3-1-6-0", 4)
    writer.run(lambda c: slices.undraw(c, drawn))
    assert writer.run(lambda c: slices.remove_birth(c, "3-1-6-0")) == 4
    assert held(store) == {"3-1-5-0": 10}
    with pytest.raises(NotEnough):
        writer.run(lambda c: slices.undraw(c, [Draw("3-1-6-0", "points", "3-1-6-0", 4)]))


def test_giving_back_empties_a_grant(store: Store, writer: InlineWriter) -> None:
    """The return lists exactly what was left, in the grant's order."""
    writer.run(lambda c: slices.receive(c, [grant(1, points("b", 30), points("a", 20))]))
    writer.run(lambda c: slices.draw(c, [Draw("g-3-1-1", "points", "b", 10)]))
    assert writer.run(lambda c: slices.give_back(c, "g-3-1-1")) == (points("b", 20), points("a", 20))
    assert writer.run(lambda c: slices.give_back(c, "g-3-1-1")) == ()
    assert held(store) == {}


def test_what_may_go_back(store: Store, writer: InlineWriter) -> None:
    """Births once the ledger has their entry, holds unless their ticket is open; never a lease unasked."""
    born(writer, "3-1-5-0", 10)
    born(writer, "3-1-6-0", 10)
    lease = grant(2, points("l", 5), kind="lease", ticket="")
    writer.run(lambda c: slices.receive(c, [grant(1, points("a", 20)), lease]))
    names = [one.grant for one in slices.returnable(store.reader(), accepted_seq=5, open_ticket="t1")]
    assert names == ["3-1-5-0"]
    names = [one.grant for one in slices.returnable(store.reader(), accepted_seq=0)]
    assert names == ["g-3-1-1"]
    assert [one.grant for one in slices.holds_of(store.reader(), "t1")] == ["g-3-1-1"]


def test_spent_slices_can_be_swept(store: Store, writer: InlineWriter) -> None:
    """A used-up slice stays until no undo can need it, then goes."""
    born(writer, "3-1-5-0", 10)
    drawn = [Draw("3-1-5-0", "points", "3-1-5-0", 10)]
    writer.run(lambda c: slices.draw(c, drawn))
    assert held(store) == {}
    writer.run(slices.forget_spent)
    with pytest.raises(NotEnough):
        writer.run(lambda c: slices.undraw(c, drawn))


def test_a_hold_pays_only_its_own_ticket_and_days_are_kept(store: Store, writer: InlineWriter) -> None:
    """Usable is what this ticket may draw today, both ends of the life included."""
    writer.run(lambda c: slices.receive(c, [grant(1, points("a", 20, SOON))]))
    born(writer, "3-1-5-0", 10, asset="stamp:coffee")
    pieces = slices.slices_of(store.reader(), MEMBER)
    assert grants.usable_sums(pieces, SOON, "t1") == {"points": 20, "stamp:coffee": 10}
    assert grants.usable_sums(pieces, date(2026, 4, 1), "t1") == {"stamp:coffee": 10}
    assert grants.usable_sums(pieces, DAY, "t2") == {"stamp:coffee": 10}
    assert grants.usable_sums(pieces, date(2026, 3, 9), "t2") == {}


def test_a_clawback_takes_from_its_own_lot(store: Store, writer: InlineWriter) -> None:
    """Refunding a ticket draws on the lot it gave, expired or not, and says what is missing."""
    born(writer, "3-1-5-0", 10, last_day=DAY)
    born(writer, "3-1-6-0", 10)
    chosen = grants.choose_lot(slices.slices_of(store.reader(), MEMBER), "points", "3-1-5-0", 12)
    assert chosen == grants.Chosen((Draw("3-1-5-0", "points", "3-1-5-0", 10),), 2)


def test_an_undo_reaches_into_a_grant_given_back_by_the_same_ticket(
    store: Store, writer: InlineWriter
) -> None:
    """The rest of a hold goes back with the ticket's own commit; the undo refills what the ticket had drawn."""
    writer.run(lambda c: slices.receive(c, [grant(1, points("a", 30))]))
    drawn = [Draw("g-3-1-1", "points", "a", 10)]
    writer.run(lambda c: slices.draw(c, drawn))
    assert writer.run(lambda c: slices.give_back(c, "g-3-1-1")) == (points("a", 20),)
    writer.run(lambda c: slices.undraw(c, drawn))
    assert held(store) == {"a": 10}
