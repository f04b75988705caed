"""The hash chain and the one signature of a commit."""

from datetime import date

import msgspec
import pytest

from sync import chain
from sync.chain import ChainBroken, Head, Verdict
from sync.entry import CloseZBody, Entry, EntryKind, encode, encode_body

KEY = bytes(range(32))
PUBLIC = chain.public_key_of(KEY)
GENESIS = chain.genesis_hash(b"pairing record")
BODY = encode_body(CloseZBody(store="s", cashier="c", tickets=1, member_tickets=1, cents=100, unsent=0))


def entry(seq: int, prev: bytes, *, dev: int = 4, inc: int = 1, ticket: str | None = None) -> bytes:
    return encode(
        Entry(
            v=1,
            dev=dev,
            inc=inc,
            seq=seq,
            prev=prev,
            kind=EntryKind.CLOSE_Z.value,
            body=BODY,
            bdate=date(2026, 3, 1),
            wall_ms=1,
            mono_ms=1,
            boot="b",
            ticket=ticket,
        )
    )


def written(count: int) -> tuple[list[bytes], dict[int, bytes]]:
    entries, signatures, prev = [], {}, GENESIS
    for seq in range(1, count + 1):
        data = entry(seq, prev, ticket=f"t{seq}")
        prev = chain.entry_hash(prev, data)
        entries.append(data)
        signatures[seq] = chain.sign_commit(KEY, Head(4, 1, seq, prev), f"t{seq}")
    return entries, signatures


BASE = Head(4, 1, 0, GENESIS)


def test_a_good_chain_is_good_from_any_point() -> None:
    """A push that starts in the middle is checked against the hash the ledger has accepted."""
    entries, signatures = written(5)
    links = list(chain.link(BASE, entries))
    assert chain.verify_chain(PUBLIC, BASE, entries, signatures) == Verdict(ok=True, count=5)
    middle = Head(4, 1, 2, links[1].hash)
    assert chain.verify_chain(PUBLIC, middle, entries[2:], signatures) == Verdict(ok=True, count=3)


def test_an_empty_chain_is_good() -> None:
    """A till that has written nothing yet is sound."""
    assert chain.verify_chain(PUBLIC, BASE, [], {}) == Verdict(ok=True, count=0)


def test_only_the_tail_is_needed_on_a_push() -> None:
    """The last signature vouches for all entries before it, also when one of theirs is rubbish."""
    entries, signatures = written(3)
    signatures[1] = bytes(64)
    assert chain.verify_chain(PUBLIC, BASE, entries, signatures, tail_only=True).ok
    assert chain.verify_chain(PUBLIC, BASE, entries, signatures).first_bad_seq == 1


def test_an_unsigned_end_is_refused() -> None:
    """A batch that stops in the middle of a commit is no whole commit."""
    entries, signatures = written(3)
    del signatures[3]
    verdict = chain.verify_chain(PUBLIC, BASE, entries, signatures)
    assert (verdict.ok, verdict.count, verdict.first_bad_seq) == (False, 2, 3)


def test_another_key_does_not_pass() -> None:
    """Only the till's own key signs its commits."""
    entries, signatures = written(2)
    other = chain.public_key_of(bytes(32))
    assert chain.verify_chain(other, BASE, entries, signatures).first_bad_seq == 1
    assert not chain.verify_chain(b"short", BASE, entries, signatures).ok


def test_chains_of_two_incarnations_cannot_be_spliced() -> None:
    """The same entries after another pairing record are another chain."""
    entries, signatures = written(2)
    other = Head(4, 1, 0, chain.genesis_hash(b"another pairing record"))
    assert chain.verify_chain(PUBLIC, other, entries, signatures).first_bad_seq == 1


@pytest.mark.parametrize("place", [Head(5, 1, 0, GENESIS), Head(4, 2, 0, GENESIS), Head(4, 1, 7, GENESIS)])
def test_entries_of_another_place_are_refused(place: Head) -> None:
    """Device, incarnation and number are part of what is checked."""
    entries, _ = written(1)
    with pytest.raises(ChainBroken) as caught:
        list(chain.link(place, entries))
    assert caught.value.seq == place.seq + 1


def test_a_changed_entry_is_noticed_by_the_next_one() -> None:
    """Before any signature is looked at, the link after the change is named."""
    entries, _ = written(3)
    entries[1] = entries[1].replace(b'"boot":"b"', b'"boot":"c"')
    with pytest.raises(ChainBroken) as caught:
        list(chain.link(BASE, entries))
    assert caught.value.seq == 3


def test_the_signature_covers_device_incarnation_number_hash_and_ticket() -> None:
    """A signature lifted onto any other head is worth nothing."""
    head = Head(4, 1, 9, GENESIS)
    signature = chain.sign_commit(KEY, head, "t")
    assert chain.verify_commit(PUBLIC, head, "t", signature)
    others = [
        (msgspec.structs.replace(head, dev=5), "t"),
        (msgspec.structs.replace(head, inc=2), "t"),
        (msgspec.structs.replace(head, seq=8), "t"),
        (msgspec.structs.replace(head, hash=bytes(32)), "t"),
        (head, "u"),
        (head, None),
    ]
    assert not any(chain.verify_commit(PUBLIC, other, ticket, signature) for other, ticket in others)


def test_unreadable_bytes_stay_in_the_chain() -> None:
    """An entry of a later release is handed on unread, still covered by hash and signature."""
    data = b'{"new": "format"}'
    digest = chain.entry_hash(GENESIS, data)
    signatures = {1: chain.sign_commit(KEY, Head(4, 1, 1, digest), None)}
    assert [link.entry for link in chain.link(BASE, [data])] == [None]
    assert chain.verify_chain(PUBLIC, BASE, [data], signatures).ok


def test_hash_and_tail_are_pinned() -> None:
    """The format on disk must never drift."""
    assert chain.entry_hash(bytes(32), b"x").hex().startswith(chain.tail(chain.entry_hash(bytes(32), b"x")))
    assert (
        chain.entry_hash(bytes(32), b"x").hex()
        == "f053795efd970e1f9a83341b39782878b9a603721f4f0abc5a5b2b9099eb4323"
    )
    assert chain.commit_message(Head(1, 2, 3, b"h" * 32), "t") == (
        b"assidu-commit/1\0"
        + bytes(7)
        + b"\1"
        + bytes(7)
        + b"\2"
        + bytes(7)
        + b"\3"
        + b"h" * 32
        + b"\0\0\0\1t"
    )
