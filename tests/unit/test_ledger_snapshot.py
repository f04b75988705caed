"""Snapshots of all thin rows at the centre: what is in them, what is kept, what has changed since."""

import hashlib
import os
import tempfile
from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from pos_app.cli.main import main
from sync.ledger import snapshot_file
from sync.ledger.arrivals import NewMember, OpeningLot
from sync.ledger.caller import LedgerRefusal
from sync.ledger.shelf import DAYS_OF_CHANGES, read_shelf, take_turn
from sync.ledger.snapshot_file import SnapshotFile
from sync.ledger.snapshots import make, make_daily, newest
from sync.snapshot import FRAME_BYTES, Manifest, is_sound
from sync.sqlite_driver import Connection, driver
from sync.thin import ThinCard, ThinMember, inflated, short, unsqueezed
from sync.wire import Cursor, PullAnswer
from tests.unit.ledger_kit import TIERED, Shop, TillSim, run

CARD = b"card-007" * 2


async def contents(shop: Shop, manifest: Manifest, folder: Path) -> Connection:
    """The snapshot put together from its blobs, each checked."""
    path = folder / f"{manifest.pos}.sqlite"
    with path.open("wb") as file:
        for frame in manifest.frames:
            data = await shop.ledger.blob(frame.sha256)
            assert data is not None
            assert (hashlib.sha256(data).digest(), len(data)) == (frame.sha256, frame.size)
            file.write(inflated(data, FRAME_BYTES))
    assert hashlib.sha256(path.read_bytes()).digest() == manifest.sha256
    return driver.connect(path)


async def thin(till: TillSim, pos: int, epoch: int = 1) -> PullAnswer:
    return await till.pull(Cursor("thin", epoch, pos))


def test_a_snapshot_has_everybodys_line_and_no_name(tmp_path: Path) -> None:
    """Balance, tier, next expiry and card of members of all stores; the manifest is signed under its own domain."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7, "gare", display="Odile", lots=(OpeningLot("points", 5, date(2026, 4, 1)),))
        await shop.member(8)
        till.euros(8, 60)
        await till.push()
        manifest = await make(shop.ledger)
        assert is_sound(manifest, shop.ledger.server_public_key)
        assert not is_sound(msgspec.structs.replace(manifest, pos=10**6), shop.ledger.server_public_key)
        file = await contents(shop, manifest, tmp_path)
        rows = file.execute(
            "SELECT id, balance, name, flags, next_expiry FROM member JOIN tier ON n = member.tier ORDER BY id"
        ).fetchall()
        ends = date(2026, 3, 2).toordinal() + 365
        assert rows == [(7, 5, "", 0, date(2026, 4, 1).toordinal()), (8, 60, "gold", 0, ends)]
        assert file.execute("SELECT member FROM card WHERE token = ?", (short(CARD),)).fetchall() == [(7,)]
        assert b"Odile" not in (tmp_path / f"{manifest.pos}.sqlite").read_bytes()
        answer = await newest(shop.ledger, till.device)
        assert (answer.manifest, answer.own_seq) == (manifest, 1)
        file.close()

    run(tmp_path, scenario, programme=TIERED)


def test_changes_since_a_snapshot_are_net_and_of_other_stores(tmp_path: Path) -> None:
    """Three sales are one row; who comes to the till's own store is told by its own bucket; new cards are told."""

    async def scenario(shop: Shop) -> None:
        here, there = await shop.till(), await shop.till("gare")
        await shop.member(7, "halles")
        await shop.member(8, "gare")
        pos = (await make(shop.ledger)).pos
        assert (await thin(here, pos)).thin == b""
        for member in (7, 8, 8):
            there.euros(member, 10)
            await there.push()
        there.euros((b"a new card" * 2).hex(), 1)
        await there.push()
        got = await thin(here, pos)
        news = unsqueezed(got.thin)
        assert [(row.member, row.balance) for row in news.members[:1]] == [(8, 20)]
        provisional = news.members[1].member
        assert news.cards == (ThinCard(short(b"a new card" * 2), provisional),)
        assert len(news.members) == 2
        assert (await thin(here, got.cursors[0].pos)).thin == b""
        assert got.own_seq == 0

    run(tmp_path, scenario)


def test_only_the_last_two_snapshots_are_kept(tmp_path: Path) -> None:
    """Frames that no kept snapshot has are dropped; one a day is made by itself."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        with pytest.raises(LedgerRefusal, match="no snapshot"):
            await newest(shop.ledger, till.device)
        made = []
        for member in (7, 8, 9):
            await shop.member(member)
            made.append(await make(shop.ledger))
        assert await shop.ledger.blob(made[0].frames[0].sha256) is None
        assert await shop.ledger.blob(made[1].frames[0].sha256) is not None
        await make_daily(shop.ledger)
        assert (await newest(shop.ledger, till.device)).manifest == made[2]
        shop.clock.advance(days=1)
        await make_daily(shop.ledger)
        later = (await newest(shop.ledger, till.device)).manifest
        assert (later.made_ms, later.pos) == (shop.clock.ms, made[2].pos)
        shelf = await shop.ledger.read(read_shelf)
        assert shelf.begun == ()
        assert await shop.ledger.blob(later.frames[0].sha256) is not None

    run(tmp_path, scenario)


def test_a_till_that_was_away_too_long_is_sent_to_the_snapshot(tmp_path: Path) -> None:
    """Changes of more than a week ago are forgotten, and whoever has not read them is told so; so is another epoch."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(8, "gare")
        assert not (await thin(till, 0)).must_refetch
        for _ in range(DAYS_OF_CHANGES):
            await make(shop.ledger)
            shop.clock.advance(days=1)
        assert (await thin(till, 0)).must_refetch
        pos = (await newest(shop.ledger, till.device)).manifest.pos
        got = await thin(till, pos)
        assert (got.must_refetch, got.thin) == (False, b"")
        assert (await thin(till, pos, epoch=2)).must_refetch

    run(tmp_path, scenario)


def test_cards_that_cannot_be_told_apart_are_left_out(tmp_path: Path) -> None:
    """Two members whose cards have one short key: neither is taken for the other; one member's two cards stay."""
    file = SnapshotFile(tmp_path)
    ends = [ThinCard(-(2**63), 1), ThinCard(2**63 - 1, 2)]
    cards = [ThinCard(5, 1), ThinCard(5, 2), ThinCard(-3, 2), ThinCard(-3, 2), *ends]
    file.add([ThinMember(n, n, "", 0, 0) for n in (1, 2)], cards)
    file.finish()
    found = driver.connect(file.path).execute("SELECT * FROM card").fetchall()
    assert found == [(-(2**63), 1), (-3, 2), (2**63 - 1, 2)]


def test_big_files_are_cut_into_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of 4 MiB that put the file together again, the last one shorter; cards sorted a part at a time."""
    monkeypatch.setattr(snapshot_file, "SORTED_AT_ONCE", 40_000)
    file = SnapshotFile(tmp_path)
    count = 150_000
    file.add(
        [ThinMember(n, n, "", 0, 0) for n in range(1, count + 1)],
        [ThinCard(short(hashlib.sha256(str(n).encode()).digest()), n) for n in range(1, count + 1)],
    )
    digest = file.finish()
    parts = [(frame, inflated(data, FRAME_BYTES)) for frame, data in file.frames()]
    assert [frame.plain for frame, _ in parts[:-1]] == [FRAME_BYTES] * (len(parts) - 1)
    assert len(parts) > 1
    assert hashlib.sha256(b"".join(plain for _, plain in parts)).digest() == digest
    cards = (
        driver.connect(file.path).execute("SELECT count(*), min(member), max(member) FROM card").fetchone()
    )
    assert cards == (count, 1, count)


def test_an_opening_member_is_a_change(tmp_path: Path) -> None:
    """A member of a list that is imported after the snapshot comes with the card."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        pos = (await make(shop.ledger)).pos
        row = NewMember(7, (CARD,), "gare", date(2026, 1, 1), opening={"points": 9})
        await shop.ledger.add_members([row])
        news = unsqueezed((await thin(till, pos)).thin)
        assert [(one.member, one.balance) for one in news.members] == [(7, 9)]
        assert news.cards == (ThinCard(short(CARD), 7),)

    run(tmp_path, scenario)


def test_what_a_killed_ledger_left_behind_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a day; what may be a snapshot under way stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders = [tmp_path / f"assidu-snapshot-{name}" for name in ("old", "new")]
    for folder in folders:
        folder.mkdir()
        (folder / "members.sqlite").write_bytes(b"half of it")
    os.utime(folders[0], (1, 1))

    async def scenario(shop: Shop) -> None:
        await make(shop.ledger)

    run(tmp_path, scenario)
    assert [folder.exists() for folder in folders] == [False, True]


def test_one_process_of_several_makes_what_is_due(tmp_path: Path) -> None:
    """Once an hour, and at once after a restore; a clock that is set back does not stop it."""

    async def scenario(shop: Shop) -> None:
        async def turn(epoch: int = 1) -> bool:
            return await shop.ledger.write(lambda work: take_turn(work, epoch))

        assert [await turn(), await turn()] == [True, False]
        shop.clock.advance(minutes=30)
        assert not await turn()
        await make(shop.ledger)
        assert [await turn(), await turn(2), await turn(2)] == [False, True, False]
        shop.clock.advance(minutes=60)
        assert [await turn(2), await turn(2)] == [True, False]
        shop.clock.advance(days=-1)
        assert await turn(2)

    run(tmp_path, scenario)


def test_a_restored_ledger_makes_a_new_one_at_once(tmp_path: Path) -> None:
    """What was made before a restore is offered to nobody, however fresh it is."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.member(7)
        await make(shop.ledger)
        shop.ledger._epoch = 2
        with pytest.raises(LedgerRefusal, match="no snapshot"):
            await newest(shop.ledger, till.device)
        await make_daily(shop.ledger)
        assert (await newest(shop.ledger, till.device)).manifest.epoch == 2

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_the_owner_makes_one_by_command(tmp_path: Path) -> None:
    """`assidu ledger snapshot` on a resting ledger says how many members it has, in words and as JSON."""

    async def scenario(shop: Shop) -> None:
        await shop.member(7)

    run(tmp_path, scenario)
    (database,) = tmp_path.rglob("*.db")
    called = CliRunner().invoke(main, ["ledger", "snapshot", "--db", str(database), "--json"])
    assert called.exit_code == 0, called.output
    assert msgspec.json.decode(called.stdout)["members"] == 1
    said = CliRunner().invoke(main, ["ledger", "snapshot", "--db", str(database), "--lang", "fr"])
    assert said.stdout.startswith("1 membres")
