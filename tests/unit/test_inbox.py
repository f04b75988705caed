"""Finished tickets in a watched folder: each once, and everything else that may lie there."""

import json
import os
import socket
from pathlib import Path

import pytest

from pos_app.headless.answers import Answer
from pos_app.headless.inbox.folder import LARGEST, Folder
from pos_app.headless.inbox.formats import READERS
from pos_app.headless.inbox.ticket import Finished
from pos_app.headless.inbox.watch import Inbox
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.entry import RefundBody, TicketBody
from sync.till import spool
from tests.unit.inbox_kit import LINES, Inline, Inn, PowerCut, inn
from tests.unit.till_kit import BREAD, card_number, fill_the_disk

__all__ = ["inn"]


def test_a_ticket_once(inn: Inn) -> None:
    """The member earns; sent again under any file name it says so and adds nothing; nobody needs to be signed in."""
    inn.shop.go_offline()
    sale = {"pos_ref": "h/1/1001", "member": inn.shop.member(1), "lines": LINES, "at": "2026-11-20T10:00:00Z"}
    first, again = inn.ticket(**sale), inn.take("other.json", json.dumps([sale]))
    assert first[0]["recorded"]["gained"][0] == {"rule": "base", "asset": "points", "quantity": 15}
    assert (first[0]["again"], again[0]["again"]) == (False, True)
    assert again[0]["recorded"] == first[0]["recorded"]
    (body,) = inn.bodies(TicketBody)
    assert (body.cashier, body.typed, sum(line.cents for line in body.lines)) == ("", False, 1520)
    assert inn.shop.till.view().stage is Stage.LOCKED
    assert inn.ticket(**{**sale, "lines": LINES[:1]})[0]["code"] == "number_taken"
    assert len(inn.bodies(TicketBody)) == 1


def test_beside_a_begun_ticket(inn: Inn) -> None:
    """What the cashier has begun stays as it is, knows of the member's new points, and is undone, not the other."""
    inn.shop.sign_in()
    inn.shop.sale(card := inn.shop.member(1), "1000")
    inn.shop.scan(card)
    inn.shop.scan(BREAD)
    inn.ticket(pos_ref="a", member=card, lines=[{"cents": 5000}])
    view = inn.shop.view
    assert (view.stage, view.ticket.total if view.ticket else 0) == (Stage.TICKET, 350)
    assert (view.member.balance if view.member else 0) == 60
    inn.shop.till.escape()
    inn.shop.till.escape()
    inn.shop.till.undo()
    assert inn.shop.code == "nothing_to_undo"
    assert len(spool.pending_jobs(inn.shop.store.reader())) == 1
    inn.shop.restart()
    assert inn.shop.view.notice is None


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "inbox_recorded", "inbox_moved"])
def test_the_power_goes(inn: Inn, point: str) -> None:
    """Wherever the power goes, the ticket and the return are there once and the files are put away after it."""
    card = inn.shop.member(1)
    for text in (
        {"pos_ref": "p1", "member": card, "lines": LINES},
        {"pos_ref": "p2", "refund_of": "p1", "lines": [{"sku": "P9", "cents": -1200}]},
    ):
        inn.put("t.json", json.dumps(text))

        def cut(at: str) -> None:
            if at == point:
                raise PowerCut

        inn.shop.crash = cut
        with pytest.raises(PowerCut):
            inn.look(3)
        inn.shop.crash = lambda _point: None
        inn.shop.restart()
        inn.begin()
        inn.look(3)
    assert not [one for one in inn.path.iterdir() if one.is_file()]
    assert not [*(inn.path / "refused").iterdir()]
    assert len(inn.bodies(TicketBody)) == 1
    assert [claw.quantity for body in inn.bodies(RefundBody) for claw in body.claws] == [12]


def test_cards_that_nobody_knows(inn: Inn) -> None:
    """Off line the card itself earns, whoever's it turns out to be; what is no card is refused."""
    inn.shop.go_offline()
    for n, member in enumerate([card_number(44), "4006381333931", "A-FOREIGN-CARD-77"]):
        told = inn.ticket(pos_ref=f"u{n}", member=member, lines=LINES)
        assert told[0]["recorded"]["gained"], member
    assert inn.ticket(pos_ref="n", lines=LINES)[0]["recorded"]["gained"] == []
    assert inn.ticket(pos_ref="x", member="29000000000\u0007", lines=LINES)[0]["code"] == "no_card"
    tokens = [entry.member for entry in inn.shop.entries() if entry.kind == "TICKET"]
    assert [type(one) for one in tokens] == [str, str, str, type(None)]


def test_returns(inn: Inn) -> None:
    """By the register's number or the paper's, lines or amount or all of it; never more than there is."""
    card = inn.shop.member(1)
    sale = inn.ticket(pos_ref="s", ticket="till-name", member=card, lines=LINES)[0]["recorded"]
    one = inn.ticket(pos_ref="b1", refund_of="s", lines=[{"sku": "F001", "cents": -320}])
    assert one[0]["recorded"]["gained"][1] == {"rule": "coffee", "asset": "stamp:coffee", "quantity": -2}
    again = inn.ticket(pos_ref="b1", refund_of="s", lines=[{"sku": "F001", "cents": 320}])
    assert again[0]["again"]
    assert again[0]["recorded"]["reference"] == one[0]["recorded"]["reference"]
    assert inn.ticket(pos_ref="b1", refund_of="s", lines=[{"cents": 9}])[0]["code"] == "number_taken"
    part = inn.ticket(pos_ref="b2", refund_of="till-name", lines=[{"sku": "P9", "cents": -200}])
    assert part[0]["recorded"]["total"] == 200
    rest = inn.ticket(pos_ref="b3", refund_of=sale["reference"])
    assert rest[0]["recorded"]["total"] == 1000
    assert inn.ticket(pos_ref="b4", refund_of="s")[0]["code"] == "return_nothing"
    assert inn.ticket(pos_ref="b5", refund_of="unknown", lines=[{"cents": 5}])[0]["code"] == "return_unknown"
    assert inn.ticket(pos_ref="b6", refund_of="3-1-17", lines=[{"cents": 500}])[0]["ok"]
    assert inn.ticket(pos_ref="b7", lines=[{"cents": -5}])[0]["code"] == "no_sale"
    assert [body.cents for body in inn.bodies(RefundBody)] == [320, 200, 1000, 500]
    assert spool.pending_jobs(inn.shop.store.reader()) == ()
    balance = inn.ticket(pos_ref="z", member=card, lines=[{"cents": 0}])[0]["recorded"]["balance"]
    assert balance == 0


def test_half_a_file(inn: Inn) -> None:
    """A file that grows is left alone; one that stays half is refused after its time, with a sentence beside it."""
    whole = json.dumps({"pos_ref": "a", "lines": LINES})
    for n in (10, 20, len(whole)):
        inn.put("a.json", whole[:n])
        inn.inbox.look()
        inn.shop.clock.pass_ms(900)
    inn.put("b.json.part", whole)
    inn.put(".c.json", whole)
    assert inn.shop.kinds() == []
    inn.look()
    assert inn.shop.kinds() == ["TICKET"]
    inn.put("d.json", whole[:30])
    inn.look(4)
    assert (inn.path / "d.json").exists()
    inn.look(10)
    assert "no JSON of tickets" in inn.why()
    assert "refused" in inn.shop.view.status.register
    for one in (inn.path / "refused").iterdir():
        one.unlink()
    inn.look(1)
    assert inn.shop.view.status.register == ""
    assert sorted(one.name for one in inn.path.iterdir()) == [".c.json", "b.json.part", "done", "refused"]


def test_what_is_no_file(inn: Inn, tmp_path: Path) -> None:
    """Links, pipes, sockets, odd names and files of everybody are put aside unread; folders are left alone."""
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"pos_ref": "stolen", "lines": LINES}))
    (inn.path / "link.json").symlink_to(secret)
    (inn.path / "dangling.json").symlink_to(tmp_path / "nothing")
    os.mkfifo(inn.path / "pipe.json")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(inn.path / "sock.json"))
    (inn.path / "folder.json").mkdir()
    inn.put("everybody.json", secret.read_text()).chmod(0o666)
    inn.put("two\nlines.json", secret.read_text())
    Path(os.fsdecode(os.fsencode(inn.path) + b"/\xff.json")).write_text("{}")
    inn.put("n" * 200 + ".json", secret.read_text())
    inn.put("large.json", b" " * (LARGEST + 1))
    inn.look(3)
    assert inn.shop.kinds() == []
    assert [one.name for one in inn.path.iterdir() if one.name not in ("done", "refused")] == ["folder.json"]
    names = [one.name for one in (inn.path / "refused").iterdir()]
    assert len([name for name in names if name.endswith(".why.txt")]) == 9
    assert all(name.isprintable() for name in names)
    assert secret.exists()
    assert (inn.path / "refused" / "link.json").is_symlink()


def test_a_name_that_was_there(inn: Inn) -> None:
    """A register that always writes the same name loses none of its files."""
    for n in range(3):
        inn.put("sale.json", json.dumps({"pos_ref": f"n{n}", "lines": LINES}))
        inn.look(3)
    done = [one for one in (inn.path / "done").iterdir() if not one.name.endswith(".answer.json")]
    assert {json.loads(one.read_text())["pos_ref"] for one in done} == {"n0", "n1", "n2"}


def test_a_file_that_takes_the_name_of_one_that_is_being_recorded_is_read_too(
    inn: Inn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register writes its next ticket over the name, in place or by a rename, while the till records the last."""
    record, written = inn.inbox._record, []

    def slow(one: Finished) -> Answer:
        told = record(one)
        if len(written) < 2:
            written.append(one.number)
            inn.put("sale.json", json.dumps({"pos_ref": f"next-{len(written)}", "lines": LINES}))
        return told

    monkeypatch.setattr(inn.inbox, "_record", slow)
    inn.put("sale.json", json.dumps({"pos_ref": "first", "lines": LINES}))
    for _ in range(4):
        inn.look(3)
    assert len(inn.shop.bodies("TICKET")) == 3
    done = [one for one in (inn.path / "done").iterdir() if not one.name.endswith(".answer.json")]
    assert [json.loads(one.read_text())["pos_ref"] for one in done] == ["next-2"]
    answers = [json.loads(one.read_text())["tickets"] for one in (inn.path / "done").glob("*.answer.json")]
    assert {told["number"] for (told,) in answers} == {"first", "next-1", "next-2"}


def test_the_power_goes_while_the_next_file_has_the_name(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the register wrote over the name is never away from where it is read, whenever the power goes."""
    record = inn.inbox._record

    def slow(one: Finished) -> Answer:
        told = record(one)
        inn.put("sale.json", json.dumps({"pos_ref": "next", "lines": LINES}))
        return told

    def cut(*_what: object, **_more: object) -> None:
        raise PowerCut

    monkeypatch.setattr(inn.inbox, "_record", slow)
    inn.put("sale.json", json.dumps({"pos_ref": "first", "lines": LINES}))
    with monkeypatch.context() as patched:
        patched.setattr("pos_app.headless.inbox.folder.os.link", cut)
        inn.look(3)
    inn.begin()
    inn.look(3)
    assert len(inn.shop.bodies("TICKET")) == 2


def test_a_file_that_is_taken_away_while_it_is_recorded(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The register cleans up behind itself: the answer is there all the same, and no word of a bad folder."""
    record = inn.inbox._record

    def slow(one: Finished) -> Answer:
        told = record(one)
        (inn.path / "sale.json").unlink()
        return told

    monkeypatch.setattr(inn.inbox, "_record", slow)
    inn.put("sale.json", json.dumps({"pos_ref": "first", "lines": LINES}))
    inn.look(2)
    assert inn.shop.view.status.register == ""
    assert [one.name for one in (inn.path / "done").iterdir()] == ["sale.json.answer.json"]


def test_one_wrong_among_right_ones(inn: Inn) -> None:
    """The right ones are recorded; the file is refused with the wrong one named, and corrected may come whole again."""
    lines = [{"pos_ref": "r1", "lines": LINES}, {"pos_ref": "r2", "refund_of": "nowhere", "lines": LINES}]
    text = "\n".join(json.dumps(one) for one in lines)
    inn.put("day.json", text)
    inn.look(3)
    assert (
        inn.why()
        == "r2: nowhere was not sold here: take it back where it was sold, or name it as its receipt does.\n"
    )
    assert inn.shop.kinds() == ["TICKET"]
    for one in (inn.path / "refused").iterdir():
        one.unlink()
    told = inn.take("day.json", text.replace("nowhere", "r1"))
    assert [one["again"] for one in told] == [True, False]


@pytest.mark.parametrize("spoil", ["group", "others", "link", "gone", "done", "refused"])
def test_a_folder_of_others(inn: Inn, tmp_path: Path, spoil: str) -> None:
    """A folder that others can write, or that is led elsewhere, is not read; the screen says it until it is right."""
    inn.put("a.json", json.dumps({"pos_ref": "a", "lines": LINES}))
    elsewhere = tmp_path / "elsewhere"
    if spoil in ("group", "others"):
        inn.path.chmod(0o720 if spoil == "group" else 0o702)
    elif spoil in ("done", "refused"):
        elsewhere.mkdir(mode=0o700)
        (inn.path / spoil).symlink_to(elsewhere)
    else:
        inn.path.rename(elsewhere)
        if spoil == "link":
            inn.path.symlink_to(elsewhere)
    inn.look(3)
    assert inn.shop.kinds() == []
    assert "inbox" in inn.shop.view.status.register
    if spoil in ("group", "others"):
        inn.path.chmod(0o700)
        inn.look(3)
        assert inn.shop.kinds() == ["TICKET"]
        assert inn.shop.view.status.register == ""


def test_what_another_user_owns(inn: Inn) -> None:
    """A folder of another user is not watched, a file of another user in the till's own is not read."""
    inn.put("a.json", json.dumps({"pos_ref": "a", "lines": LINES}))
    if os.geteuid() == 0:
        os.chown(inn.path / "a.json", 65534, 65534)
        inn.look(3)
        assert "Another user owns this file" in inn.why()
        inn.put("b.json", json.dumps({"pos_ref": "b", "lines": LINES}))
        os.chown(inn.path, 65534, 65534)
    else:
        inn.inbox = Inbox(Folder(Path("/")), Inline(inn.shop.till), shown="/")
    inn.look(3)
    assert inn.shop.kinds() == []
    assert "another user's" in inn.shop.view.status.register


def test_a_full_disk(inn: Inn) -> None:
    """What cannot be recorded now is neither refused nor lost: the file waits."""
    inn.put("a.json", json.dumps({"pos_ref": "a", "lines": LINES}))
    inn.shop.sign_in()
    fill_the_disk(inn.shop)
    before = inn.shop.kinds().count("TICKET")
    inn.look(3)
    assert (inn.path / "a.json").exists()
    assert inn.shop.kinds().count("TICKET") == before
    inn.shop.store.writer.execute("PRAGMA max_page_count = 1000000")
    inn.look(3)
    assert inn.shop.kinds().count("TICKET") == before + 1
    assert not (inn.path / "a.json").exists()


def test_points_are_spent_from_it(inn: Inn) -> None:
    """What a finished ticket gave is a grant of this till like any other: a reward pays with it off line."""
    card = inn.shop.member(1)
    inn.shop.go_offline()
    inn.ticket(pos_ref="a", member=card, lines=[{"cents": 12_000}])
    assert inn.shop.held(1, POINTS) == 120


def test_a_fault_of_ours(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file at which the till itself fails is put aside with a sentence, and the next one is recorded."""

    def fails(*_what: object) -> None:
        raise RuntimeError("secret")

    inn.put("a.json", json.dumps({"pos_ref": "a", "lines": LINES}))
    inn.put("b.csv", "pos_ref,cents\nb,100\n")
    monkeypatch.setitem(READERS, ".csv", fails)
    inn.look(3)
    assert "RuntimeError" in inn.why()
    assert "secret" not in inn.why()
    assert inn.shop.kinds() == ["TICKET"]
    for one in inn.path.glob("*/*"):
        one.unlink()
    monkeypatch.setattr("pos_app.headless.inbox.watch.record", fails)
    assert inn.ticket(pos_ref="c", lines=LINES)[0]["code"] == "fault"
