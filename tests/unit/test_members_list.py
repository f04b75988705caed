"""The list of all members at a till, from a ledger that answers wrongly: what is refused, and what stays in use."""

import hashlib
from contextlib import suppress

import pytest

from rules.account import Account
from sync.crash import no_crash
from sync.snapshot import FRAME_BYTES
from sync.thin import THIN, Piece, ThinCard, ThinMember, ThinNews, inflated, short, squeezed
from sync.till import index
from sync.till.cursors import SyncState, begin_incarnation, cursors
from sync.till.database import open_store
from sync.till.everyone import Everyone
from sync.till.members import find, load, store_rows
from sync.wire import MemberRow
from tests.unit.centre_kit import CARD, LATER, OTHER, Centre, in_use, seen, step
from tests.unit.client_bench import Bench


def test_a_new_snapshot_takes_the_place_of_the_old_one(bench: Bench, centre: Centre) -> None:
    """Swapped whole; the old file is removed; changes that it has are forgotten, later ones hold."""
    centre.offer(10, 5)
    step(bench)
    assert (seen(bench), in_use(bench)) == ((10, "gold"), 5)
    centre.news[5] = ThinNews((ThinMember(7, 11, "base", 0, 0, pos=6),), (ThinCard(short(OTHER), 7),)), 6
    step(bench)
    assert seen(bench) == (11, "base")
    assert find(bench.store.reader(), OTHER) == 7
    centre.offer(12, 8)
    centre.refetch_below = 8
    centre.news[8] = ThinNews((ThinMember(9, 1, "", 0, 0, pos=9),), ()), 9
    step(bench, 10)
    assert (seen(bench), in_use(bench)) == ((12, "gold"), 8)
    assert index.count_changes(bench.store.reader()) == 1
    assert find(bench.store.reader(), OTHER) is None
    assert len(list(bench.store.folder.glob("members-*"))) == 1
    assert {cursor.bucket: cursor.pos for cursor in cursors(bench.store.reader())}[THIN] == 9


@pytest.mark.parametrize("what", ["another key", "older", "wrong hash", "wrong size", "gone"])
def test_a_wrong_snapshot_is_refused_and_the_old_one_stays(bench: Bench, centre: Centre, what: str) -> None:
    """Failure row 40: nothing of it is used, however often the till tries."""
    centre.offer(10, 5)
    step(bench)
    centre.refetch_below = 6
    if what == "another key":
        centre.offer(99, 8, seed=bytes(range(7, 39)))
    elif what == "older":
        centre.offer(99, 4)
    elif what == "wrong hash":
        centre.offer(99, 8, sha256=bytes(32))
    elif what == "wrong size":
        centre.offer(99, 8, size=4096)
    else:
        made = centre.offer(99, 8)
        del centre.blobs[f"/blob/{made.frames[0].sha256.hex()}"]
    step(bench, 20)
    assert (seen(bench), in_use(bench)) == ((10, "gold"), 5)
    centre.offer(20, 9)
    centre.refetch_below = 0
    step(bench, 20)
    assert seen(bench) in {(10, "gold"), (20, "gold")}


def readable(data: bytes) -> bytes:
    """`data` with one byte changed, so that it still unpacks to as many bytes, and to others."""
    plain = inflated(data, FRAME_BYTES)
    for place in range(len(data) - 1, 0, -1):
        other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with suppress(ValueError):
            if len(inflated(other, FRAME_BYTES)) == len(plain) and inflated(other, FRAME_BYTES) != plain:
                return other
    raise AssertionError("no such byte")


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-3], lambda data: data[:-1] + b"?", lambda data: data * 2, readable]
)
def test_a_truncated_or_changed_frame_is_fetched_again(bench: Bench, centre: Centre, harm: object) -> None:
    """Row 40 again: a part of the wrong length or hash never reaches the file."""
    made = centre.offer(10, 5)
    path = f"/blob/{made.frames[0].sha256.hex()}"
    right = centre.blobs[path]
    centre.blobs[path] = harm(right)  # type: ignore[operator]
    step(bench, 4)
    assert seen(bench) is None
    assert [path for path, _ in bench.script.asked].count("/snapshot/all") == 1, "the list was not begun anew"
    centre.blobs[path] = right
    step(bench)
    assert seen(bench) == (10, "gold")


def test_a_change_that_the_snapshot_has_does_not_hide_its_line(bench: Bench, centre: Centre) -> None:
    """Until they are forgotten, older changes lie beside a newer file: after a crash at the swap, for one."""
    centre.offer(10, 5)
    step(bench)
    bench.writer.run(lambda c: index.store_news(c, [ThinMember(7, 3, "", 0, 0, pos=5)], 0))
    bench.writer.run(lambda c: index.store_cards(c, [ThinCard(short(CARD), 8), ThinCard(short(OTHER), 8)], 5))
    assert seen(bench) == (10, "gold")
    assert find(bench.store.reader(), OTHER) is None
    step(bench, 3)
    again = Everyone(bench.client.context, "all")
    again.step(LATER)
    again.step(LATER)
    assert not index.is_left(bench.store.reader(), 5)


def test_a_list_in_use_is_not_fetched_once_more(bench: Bench, centre: Centre) -> None:
    """A till that ended right after the swap finds what it was fetched with, and lets it go."""

    class Ended(BaseException):
        """The process is no more."""

    def end(point: str) -> None:
        if point == "committed" and in_use(bench):
            raise Ended

    centre.offer(10, 5)
    bench.writer.crash = end
    with pytest.raises(Ended):
        step(bench)
    bench.writer.crash = no_crash
    asked = len(bench.script.asked)
    again = Everyone(bench.client.context, "all")
    for _ in range(4):
        again.step(LATER)
    assert [path for path, _ in bench.script.asked[asked:] if path != "/pull"] == []


def test_another_epoch_begins_anew(bench: Bench, centre: Centre) -> None:
    """A restored ledger's positions are lower: changes of the former epoch do not hide what is so now."""
    centre.offer(10, 50)
    step(bench)
    centre.news[50] = ThinNews((ThinMember(7, 11, "", 0, 0, pos=60),), ()), 60
    step(bench)
    assert seen(bench) == (11, "")
    centre.offer(5, 40, epoch=2)
    centre.refetch_below = 61
    step(bench, 1)
    step(bench, 1)
    centre.refetch_below = 0
    step(bench, 10)
    assert seen(bench) == (5, "gold")


def test_a_till_restarts_with_the_list(bench: Bench, centre: Centre) -> None:
    """Which file is in use stands in the store: a till that is opened again reads it at once."""
    centre.offer(10, 5)
    step(bench)
    bench.client.stop()
    bench.store.close()
    again = open_store(bench.store.folder)
    assert find(again.reader(), CARD) == 7
    next(bench.store.folder.glob("members-*")).unlink()
    again.close()
    without = open_store(bench.store.folder)
    assert find(without.reader(), CARD) is None
    without.close()


def test_what_the_ledger_was_asked_gives_way_to_a_later_line(bench: Bench, centre: Centre) -> None:
    """A member outside the store's scope: the row that a scan brought, until a change comes after it."""
    centre.offer(10, 5)
    step(bench)
    account = Account(member=7, balance={"points": 33})
    asked = MemberRow(7, (CARD,), (), b"", account, {"points": 33}, {}, 8)
    bench.writer.run(lambda c: store_rows(c, bench.identity, (asked,), 2, asked=True))
    assert seen(bench) == (33, "")
    for pos, shown in ((7, 33), (9, 44)):
        row = ThinMember(7, 44, "", 0, 0, pos=pos)
        bench.writer.run(lambda c, row=row: index.store_news(c, [row], 3))
        assert seen(bench) == (shown, "")
    known = load(bench.store.reader(), bench.identity, 7)
    assert known is not None
    assert (known.own_seq, known.account.known) == (3, "thin")


def test_a_new_incarnation_counts_its_entries_again(bench: Bench, centre: Centre) -> None:
    """No line has entries of an incarnation that has written none."""
    centre.offer(10, 5)
    step(bench)
    bench.writer.run(lambda c: index.store_news(c, [ThinMember(7, 44, "", 0, 0, pos=9)], 3))
    bench.writer.run(lambda c: begin_incarnation(c, SyncState()))
    known = load(bench.store.reader(), bench.identity, 7)
    assert known is not None
    assert known.own_seq == 0


def test_a_piece_of_changes_is_fetched_by_its_hash(bench: Bench, centre: Centre) -> None:
    """What is not what the ledger named is not stored; the cursor moves with the piece."""
    centre.offer(10, 5)
    step(bench)
    data = squeezed(ThinNews((ThinMember(7, 11, "", 0, 0, pos=6),), (ThinCard(short(OTHER), 7),)))
    piece = Piece(hashlib.sha256(data).digest(), 8, 4)
    path = f"/blob/{piece.sha256.hex()}"
    centre.news[5] = ThinNews((), (), piece), 8
    step(bench)
    centre.blobs[path] = squeezed(ThinNews((ThinMember(7, 99, "", 0, 0, pos=6),), ()))
    step(bench)
    assert seen(bench) == (10, "gold")
    centre.blobs[path] = data
    step(bench)
    known = load(bench.store.reader(), bench.identity, 7)
    assert known is not None
    assert (seen(bench), known.own_seq, find(bench.store.reader(), OTHER)) == ((11, ""), 4, 7)
    assert {one.bucket: one.pos for one in cursors(bench.store.reader())}[THIN] == 8


def test_a_full_disk_keeps_the_old_list(
    bench: Bench, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be written ends the try, not the till."""
    centre.offer(10, 5)
    (bench.store.folder / "incoming").write_bytes(b"a file where the folder should be")
    step(bench)
    assert seen(bench) is None
    (bench.store.folder / "incoming").unlink()
    step(bench)
    assert seen(bench) == (10, "gold")


def test_the_digest_of_a_file_is_that_of_its_frames(bench: Bench, centre: Centre) -> None:
    """What is put together is byte for byte what the ledger signed."""
    made = centre.offer(10, 5)
    step(bench)
    (file,) = bench.store.folder.glob("members-*")
    assert hashlib.sha256(file.read_bytes()).digest() == made.sha256
    assert file.stat().st_mode & 0o077 == 0
