"""A push read before the database is asked: what the transaction needs of its entries, column by column."""

import msgspec
import pytest

from sync.chain import entry_hash
from sync.ledger.part import Part, read_after, read_part
from sync.ledger.records import AnchorRow
from sync.ledger.sold import Contact, SoldTimes
from sync.wire import CommitSignature, PushRequest

GENESIS, BOOT, OTHER = bytes(32), "a" * 8, "b" * 8
UNREADABLE = {"v": "one"}


def _pushed(*changes: dict[str, object]) -> PushRequest:
    """Entries that follow each other, of one boot and anchor, each with some fields of its own."""
    written: list[bytes] = []
    prev = GENESIS
    for seq, fields in enumerate(changes, 1):
        told = {"v": 1, "dev": 1, "inc": 1, "seq": seq, "kind": "CLOCK", "body": {}, "bdate": "2026-03-02"}
        clock = {"wall_ms": 7000 + seq, "mono_ms": 10 * seq, "boot": BOOT, "anchor": "t1"}
        written.append(msgspec.json.encode(told | clock | {"prev": prev} | fields))
        prev = entry_hash(prev, written[-1])
    return PushRequest(1, 1, b"", "n", 0, GENESIS, tuple(written), (), (), 0, 0, 0, OTHER, 0)


def _times(part: Part) -> list[int]:
    """By an anchor at 5000 of which the monotonic clock was 0, known at 9000 of a life that began at 7002."""
    anchors = [AnchorRow(1, 1, "t1", 5000, 0, BOOT, 0)]
    return list(SoldTimes(anchors, Contact(9000, 500, "c" * 8), 7002, 6000).of(part.clocks, 5015))


def test_times_of_sale_are_of_the_clock_each_entry_was_written_by() -> None:
    """One boot after another, what nobody can read between them, and what is sent once more of a former life."""
    resent = {"boot": OTHER, "anchor": "", "orig": bytes(32), "wall_ms": 1}
    request = _pushed({}, {}, UNREADABLE, {"boot": OTHER, "anchor": ""}, {"wall_ms": 1}, resent)
    part = read_part(request, b"")
    assert _times(part) == [5015, 5020, 6000, 7004, 7004, 7004]
    assert _times(read_part(_pushed({}, {"boot": OTHER, "anchor": "", "wall_ms": 1}), b"")) == [5015, 7002]
    assert _times(read_part(_pushed(resent, {"boot": OTHER, "anchor": ""}), b"")) == [6000, 7002]
    assert part.resent == [(6, bytes(32))]


def test_an_entry_belongs_to_the_next_signed_one() -> None:
    """What follows the last signature ends nowhere."""
    request = _pushed({}, {}, {}, {})
    signed = msgspec.structs.replace(request, signatures=(CommitSignature(3, b"s"), CommitSignature(2, b"t")))
    part = read_part(signed, b"")
    assert (part.ends, part.signatures) == ([2, 2, 3, 0], [None, b"t", b"s", None])
    assert part.broken is None


@pytest.mark.parametrize("known", [1, 2, 3])
def test_what_is_left_of_a_push_is_read_as_if_it_came_alone(known: int) -> None:
    """The first entries of it are known already, from a push whose answer was lost."""
    request = _pushed({}, {"kind": "ENROL"}, {"boot": OTHER})
    whole = read_part(request, b"")
    left = read_after(request, known, whole.hashes[known - 1])
    assert left.hashes == whole.hashes[known:]
    assert left.enrols is (known == 1)
    assert sum([len(one.mono_ms) for one in left.clocks]) == 3 - known
