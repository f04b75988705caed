"""The list of all members comes from a till of the store that has it, each part checked by its hash."""

import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sync.ledger.snapshot_file import SnapshotFile
from sync.snapshot import Manifest, SnapshotAnswer, signed_manifest
from sync.thin import ThinCard, ThinMember, short
from sync.till import download, frames, pieces
from sync.till.download import Download
from sync.till.offline import Failure, OfflineReason
from tests.unit.neighbours_kit import SERVER, Lan, Side, listed

MEMBERS = 160_000


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    """Three tills, none of which reaches the ledger."""
    found = Lan(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, list[bytes]]:
    """A snapshot, signed, with its parts."""
    folder = tmp_path_factory.mktemp("snapshot")
    file = SnapshotFile(folder)
    draw = random.Random(3)
    cards = sorted(short(draw.randbytes(16)) for _ in range(MEMBERS))
    file.add(
        [ThinMember(n, n % 900, "gold", 0, 0) for n in range(1, MEMBERS + 1)],
        [ThinCard(card, n) for n, card in enumerate(cards, 1)],
    )
    digest = file.finish()
    parts = list(file.frames())
    bare = Manifest(digest, 1, 5, 0, MEMBERS, file.path.stat().st_size, tuple([frame for frame, _ in parts]))
    return signed_manifest(bare, SERVER.sign), [data for _, data in parts]


def kept(side: Side, made: tuple[Manifest, list[bytes]]) -> None:
    """A till that has fetched all of it."""
    for frame, data in zip(made[0].frames, made[1], strict=True):
        part = side.store.folder / "whole"
        part.write_bytes(data)
        frames.keep(side.store.folder, part, frame.sha256)


def begun(side: Side, made: tuple[Manifest, list[bytes]]) -> Download:
    """A till that has the ledger's word of what to fetch."""
    return download.begin(side.store.folder, SnapshotAnswer(made[0], 0))


def fetched(side: Side, coming: Download, *, keep: bool = False) -> Failure | None:
    """Fetch part by part until one cannot be had."""
    while coming.frame is not None:
        failure = coming.fetch(
            side.client.context.exchange,
            side.who.server_key,
            lambda _: True,
            lambda name, have: side.client.neighbours.part(name, have, side.clock.mono_ms()),
            keep=keep,
        )
        if failure is not None:
            return failure
    return None


def test_all_of_it_comes_from_next_door(lan: Lan, made: tuple[Manifest, list[bytes]]) -> None:
    """A till without the ledger gets every part from a neighbour, and hands it on if it has a door itself."""
    kept(lan.one, made)
    coming = begun(lan.two, made)
    assert fetched(lan.two, coming, keep=True) is None
    assert coming.is_whole()
    assert len(made[1]) > 1
    lan.yard.doors.pop("till-1")
    third = begun(lan.three, made)
    assert fetched(lan.three, third) is None
    assert third.is_whole()
    assert not (lan.three.store.folder / frames.FOLDER).exists()


def test_the_rest_of_a_part(lan: Lan, made: tuple[Manifest, list[bytes]]) -> None:
    """What is here already is not sent again."""
    kept(lan.one, made)
    coming = begun(lan.two, made)
    (lan.two.store.folder / download.FOLDER / "part").write_bytes(made[1][0][:1000])
    assert fetched(lan.two, coming) is None
    assert coming.is_whole()
    assert lan.yard.asked[0].headers["range"] == "bytes=1000-"


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-1], lambda data: b"x" + data[1:], lambda data: data + b"x"]
)
def test_a_wrong_part_counts_for_nothing(lan: Lan, made: tuple[Manifest, list[bytes]], harm: object) -> None:
    """A neighbour's disk that rotted: the ledger is asked instead, and begins with the first byte."""
    kept(lan.one, made)
    first = frames.frame_file(lan.one.store.folder, made[0].frames[0].sha256.hex())
    assert first is not None
    first.write_bytes(harm(made[1][0]))  # type: ignore[operator]
    coming = begun(lan.two, made)
    failure = fetched(lan.two, coming)
    assert failure is not None
    assert failure.reason is OfflineReason.UNREACHABLE, "the ledger cannot be reached in this shop"
    assert (coming.whole, coming.fetched) == (0, 0)


def test_who_is_not_of_the_store_gets_none(lan: Lan, made: tuple[Manifest, list[bytes]]) -> None:
    """Parts hold every member's keyed card: a till that was shut out gets none."""
    kept(lan.one, made)
    lan.one.learn(listed(1, 3, made_ms=9))
    assert fetched(lan.two, begun(lan.two, made)) is not None
    assert fetched(lan.three, begun(lan.three, made)) is None


def test_a_silent_neighbour_is_left_alone_for_a_while(lan: Lan, made: tuple[Manifest, list[bytes]]) -> None:
    """A list has many parts: a till that does not answer is not waited for with each of them."""
    lan.yard.doors.clear()
    coming = begun(lan.two, made)
    for _ in range(3):
        fetched(lan.two, coming)
    assert len(lan.yard.asked) == 2
    lan.two.clock.now += 61_000
    fetched(lan.two, coming)
    assert len(lan.yard.asked) == 4


@pytest.mark.parametrize("name", ["../till.sqlite", "x" * 64, "", "a" * 63, "A" * 64, "%2e%2e/till.sqlite"])
def test_only_parts_are_served(name: str, lan: Lan) -> None:
    """Nothing else of the till's folder is ever sent."""
    assert lan.two.client.neighbours.part(name, 0, 0) is None


def piece(side: Side, data: bytes, *, keep: bool = False) -> bytes | Failure:
    """A piece of changes with the hash of `data`, as a till gets it that does not reach the ledger."""

    def next_door(name: str, have: int) -> httpx.Response | None:
        return side.client.neighbours.part(name, have, side.clock.mono_ms())

    digest = hashlib.sha256(data).digest()
    return pieces.fetch(side.client.context.exchange, next_door, side.store.folder, digest, keep=keep)


def test_a_piece_of_changes_comes_from_next_door(lan: Lan) -> None:
    """And is handed on; a wrong one counts for nothing."""
    data = b"what has changed"
    assert isinstance(piece(lan.two, data), Failure)
    frames.keep_piece(lan.one.store.folder, data, hashlib.sha256(data).digest())
    assert piece(lan.two, data, keep=True) == data
    lan.yard.doors.pop("till-1")
    assert piece(lan.three, data) == data
    assert not (lan.three.store.folder / frames.PIECES).exists()
    found = frames.frame_file(lan.two.store.folder, hashlib.sha256(data).hexdigest())
    assert found is not None
    found.write_bytes(b"something else")
    failure = piece(lan.three, data)
    assert isinstance(failure, Failure)
    assert failure.reason is OfflineReason.UNREACHABLE


def test_the_newest_pieces_are_kept(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till's disk does not fill up with what all its neighbours have read."""
    monkeypatch.setattr(frames, "MOST_PIECES", 2)
    for n in range(4):
        data = bytes([n])
        frames.keep_piece(lan.one.store.folder, data, hashlib.sha256(data).digest())
        os.utime(lan.one.store.folder / frames.PIECES / hashlib.sha256(data).hexdigest(), (n, n))
    kept = {path.read_bytes() for path in (lan.one.store.folder / frames.PIECES).iterdir()}
    assert kept == {b"\x02", b"\x03"}


def test_old_parts_go(lan: Lan, made: tuple[Manifest, list[bytes]]) -> None:
    """Of a list that is no longer fetched nothing stays."""
    kept(lan.one, made)
    keep = made[0].frames[0].sha256
    frames.keep_only(lan.one.store.folder, [keep])
    assert [path.name for path in (lan.one.store.folder / frames.FOLDER).iterdir()] == [keep.hex()]
