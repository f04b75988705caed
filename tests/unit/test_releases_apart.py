"""Tills and a ledger one release apart (ledger-and-sync.md 5.2): what the other one knows more of stops nobody."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rules.ticket import Event
from sync import entry
from sync.adjusted import AdjustBody
from sync.entry import Entry, EntryKind, TicketBody, decode, encode
from sync.ledger.aside import ListAside, ReplayAside
from sync.wire import PushAnswer, PushRequest, pack
from tests.unit.ledger_kit import Shop, TillSim, Written, again, burn, draw, line, promise, run


class NewerTicket(TicketBody, frozen=True, omit_defaults=True):
    """A ticket of the next release."""

    weather: str = ""


class NewerEntry(Entry, frozen=True, omit_defaults=True):
    """An entry of the next release."""

    altitude: int = 0


class NewerRequest(PushRequest, frozen=True, array_like=True):
    """A push of the next release."""

    mood: str = "good"


class NewerAnswer(PushAnswer, frozen=True, array_like=True):
    """An answer of the next release."""

    advice: str = "go on"


def newer(struct: type, older: msgspec.Struct, **more: Any) -> Any:
    """The message `older` as the next release would send it."""
    return struct(**{name: getattr(older, name) for name in older.__struct_fields__}, **more)


def next_release(till: TillSim, member: int) -> Written:
    """A ticket of ten euros by a till of the next release: a field too many in the body, and one beside it."""
    given = (promise("base", 10, till.today),)
    plain = TicketBody(till.paired.store, "camille", till.shop.programme, 600, (line(1000),), (), given)
    body = newer(NewerTicket, plain, weather="rain")
    done = till.write(EntryKind.TICKET, body, ticket=f"{till.head.seq + 1:032x}", member=member)
    data, _, _ = till.written.pop()
    till.head = msgspec.structs.replace(till.head, seq=done.seq - 1, hash=decode(data).prev)
    return till.append(encode(newer(NewerEntry, decode(data), altitude=35)), done.ticket)


def test_a_till_of_the_next_release(tmp_path: Path) -> None:
    """Its tickets count, come back and are undone; its pushes are read, and the bytes are kept as it wrote them."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = next_release(till, member)
        assert b"rain" in till.written[-1][0]
        assert b"altitude" in till.written[-1][0]
        request = msgspec.msgpack.decode(pack(newer(NewerRequest, till.request())), type=PushRequest)
        answer = till.heard(await till.send(request))
        assert [one.state for one in answer.dispositions] == ["applied"]
        assert (await shop.balances()).earned == {"points": 10}
        till.refund(sold, 500)
        till.void(next_release(till, member))
        next_release(till, member)
        answer = await till.push()
        assert {one.state for one in answer.dispositions} == {"applied"}
        assert (await shop.settled())[f"{till.head.seq:032x}", "base", "points"] == 10
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_a_ledger_of_the_next_release(tmp_path: Path) -> None:
    """Its answers say more than the till knows: what the till knows of them holds."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 10)
        answer = newer(NewerAnswer, await till.send(till.request()))
        till.heard(msgspec.msgpack.decode(pack(answer), type=PushAnswer))
        assert till.accepted == till.head.seq
        till.euros(member, 5)
        assert not (await till.push()).fence

    run(tmp_path, scenario)


def test_a_kind_that_the_ledger_learns_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put aside with what draws on it, while the till goes on; after the update a replay counts it, once."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        with monkeypatch.context() as last_release:
            last_release.delitem(entry.BODIES, EntryKind.EVENT)
            given = promise("base", 100, till.today, allocation=())
            happened = till.event(member, Event("review", ref="r1"), (given,))
            paid = burn(100, draw(happened.lots[0], happened.lots[0], 100))
            till.sale(member, (line(500),), (), (paid,))
            till.euros(member, 7)
            answer = await till.push()
            states = [(one.state, one.code) for one in answer.dispositions]
            assert states == [("quarantined", "unreadable"), ("quarantined", "waits"), ("applied", "")]
            assert (await ReplayAside().run(shop.ledger)).applied == 0
            assert (await ListAside().run(shop.ledger)).spent == {"points": 100}
        replayed = await ReplayAside().run(shop.ledger)
        assert (replayed.applied, replayed.waiting) == (2, 0)
        assert (await ReplayAside().run(shop.ledger)).applied == 0
        books = await shop.balances()
        assert (books.burned, books.deficit) == ({"points": 100}, {})

    run(tmp_path, scenario)


def test_what_two_lives_send_once_more_is_counted_once_when_it_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two copies of a till were paired again before either was heard: both forms wait, one of them counts."""

    async def scenario(shop: Shop) -> None:
        till, _ = await shop.till(), await shop.member()
        given = AdjustBody(
            "halles", "camille", quantity=50, programme=shop.programme, by="sofia", reason="courtesy"
        )
        with monkeypatch.context() as last_release:
            last_release.delitem(entry.BODIES, EntryKind.ADJUST)
            for _ in range(2):  # neither asks what the ledger has of the life before
                till = await again(shop, till)
                till.write(EntryKind.ADJUST, given, ticket="a" * 32, member=7, orig=bytes(32))
                assert [one.code for one in (await till.push()).dispositions] == ["unreadable"]
        assert (await ReplayAside().run(shop.ledger)).waiting == 0
        assert (await shop.balances()).available == {"points": 50}

    run(tmp_path, scenario)
