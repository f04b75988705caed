"""Quarantine: one bad entry is acknowledged and put aside; everything after it is applied."""

import hashlib
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync.entry import ENTRY_VERSION, Converted
from sync.ledger.aside import ListAside
from sync.ledger.meter import gauges
from sync.ledger.outage import ReadConflicts
from sync.ledger.publications import withdraw
from tests.unit.ledger_kit import (
    FOREVER,
    HEAD,
    PROGRAMME,
    START,
    Shop,
    TillSim,
    burn,
    draw,
    line,
    looking,
    promise,
    run,
)


def unknown_kind(till: TillSim, _member: int) -> Any:
    """An entry of a kind of tomorrow."""
    return till.write("TELEPORT", msgspec.Raw(b"{}"))


def newer_version(till: TillSim, member: int) -> Any:
    """A ticket in a newer form."""
    return till.euros(member, 5, v=ENTRY_VERSION + 1)


def rubbish(till: TillSim, _member: int) -> Any:
    """Bytes that are no JSON."""
    return till.append(b"\xff\x00 not an entry")


def unreadable_body(till: TillSim, member: int) -> Any:
    """A ticket whose body is something else."""
    return till.write("TICKET", msgspec.Raw(b'{"lines": 5}'), ticket="t9", member=member)


def no_text(till: TillSim, member: int) -> Any:
    """A ticket in whose names bits have flipped: they are no UTF-8."""
    body = msgspec.json.encode({"store": "halles"}).replace(b"halles", b"h\xb9lles")
    return till.write("TICKET", msgspec.Raw(body), ticket="t9", member=member)


def no_ticket_name(till: TillSim, _member: int) -> Any:
    """The same outside the body."""
    return till.append(b'{"v":1,"dev":1,"inc":1,"seq":2,"kind":"T\xb9CKET","body":{}}')


def nul(till: TillSim, member: int) -> Any:
    """A text that only one of the engines could keep."""
    return till.euros(member, 5, pos_ref="1/1/2026-03-02/\0")


def unknown_programme(till: TillSim, member: int) -> Any:
    """A ticket under a programme that nobody published."""
    return till.euros(member, 5, programme="ab" * 32)


def impossible(till: TillSim, member: int) -> Any:
    """A burn whose allocation is not its discount."""
    return till.sale(member, (line(600),), (), (msgspec.structs.replace(burn(5, unsecured=5), cents=1),))


def negative(till: TillSim, member: int) -> Any:
    """A promise below zero."""
    return till.sale(member, (line(600),), (promise("base", -6, till.today),))


@pytest.mark.parametrize(
    ("poison", "code"),
    [
        (unknown_kind, "unreadable"),
        (newer_version, "unreadable"),
        (rubbish, "unreadable"),
        (unreadable_body, "unreadable"),
        (no_text, "unreadable"),
        (no_ticket_name, "unreadable"),
        (nul, "unreadable"),
        (unknown_programme, "programme"),
        (impossible, "arithmetic"),
        (negative, "arithmetic"),
    ],
)
def test_poison_is_put_aside_and_the_rest_goes_on(tmp_path: Path, poison: Any, code: str) -> None:
    """It is acked with a code, has no effect, is listed, and later entries apply."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        poison(till, member)
        till.euros(member, 2)
        answer = await till.push()
        assert answer.accepted_seq == 3
        assert [(one.state, one.code) for one in answer.dispositions] == [
            ("applied", ""),
            ("quarantined", code),
            ("applied", ""),
        ]
        assert (await shop.balances()).balance() == 3
        assert [(one.seq, one.code) for one in await shop.ledger.quarantine()] == [(2, code)]

    run(tmp_path, scenario)


BIG = 1 << 70
HUGE: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    (
        "TICKET",
        {"store": "halles", "cashier": "c", "programme": "", "minute": 600},
        {"member": BIG, "ticket": "t9"},
    ),
    ("ENROL", {"store": "halles", "cashier": "c", "member": BIG, "cards": [], "since": "2026-03-02"}, {}),
    (
        "ENROL",
        {"store": "halles", "cashier": "c", "member": 8, "cards": [], "since": "2026-03-02", "sponsor": BIG},
        {"member": 8},
    ),
    ("LINK", {"cashier": "c", "card": "AAAA", "member": BIG}, {}),
    ("VOID", {"cashier": "c", "of": "t8", "seq": BIG}, {"ticket": "t9"}),
    ("MOVE_TICKET", {"store": "halles", "cashier": "c", "reference": "1-1-1", "tail": "", "to": BIG}, {}),
    ("CARD_BLOCK", {"cashier": "c", "member": BIG, "cards": []}, {}),
    ("PHONE_KEY", {"cashier": "c", "member": BIG, "kid": 1, "public": "AAAA", "by": ""}, {}),
    ("GRANT_RETURN", {"grant": "g-1-1-1", "slices": [], "why": "closed"}, {"member": BIG}),
)


@pytest.mark.parametrize(("kind", "body", "more"), HUGE, ids=[f"{n} {one[0]}" for n, one in enumerate(HUGE)])
def test_a_number_that_no_database_has_stops_nothing(
    tmp_path: Path, kind: str, body: dict[str, Any], more: dict[str, Any]
) -> None:
    """Whatever becomes of the entry, it is answered, and what is behind it is booked."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        shop.may_fail = True
        till.euros(member, 1)
        till.write(kind, msgspec.Raw(msgspec.json.encode(body)), **more)
        till.euros(member, 2)
        answer = await till.push()
        assert answer.accepted_seq == 3
        assert [answer.dispositions[n].state for n in (0, 2)] == ["applied", "applied"]
        assert (await shop.balances()).balance() == 3

    run(tmp_path, scenario)


def test_what_cannot_be_read_dates_nothing_behind_it(tmp_path: Path) -> None:
    """After an outage of three days: the sale after the damaged entry is as old as its till's clock says."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await till.push()
        shop.clock.advance(hours=1)
        sold = till.today
        till.append(b"\xff\x00 not an entry")
        shop.clock.advance(hours=1)
        till.euros(member, 2)
        shop.clock.advance(days=3)
        await till.push()
        (sale,) = await looking(shop.ledger._storage).sales_from(member, "")
        assert (sale.bdate, sale.minute) == (sold, 12 * 60)

    run(tmp_path, scenario)


def test_a_draw_on_a_quarantined_lot_waits_with_it(tmp_path: Path) -> None:
    """Once the programme is known, both are applied in order, and the till hears of it."""
    second = PROGRAMME.replace(b"version = 1", b"version = 2")

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        sold = till.euros(member, 100, programme=hashlib.sha256(second).hexdigest())
        paid = burn(100, draw(sold.lots[0], sold.lots[0], 100))
        till.sale(member, (line(600),), (promise("base", 1, till.today),), (paid,))
        answer = await till.push()
        assert [one.code for one in answer.dispositions] == ["programme", "waits"]
        assert await shop.ledger.retry_quarantined() == 0
        await shop.ledger.publish("programme", "bakery", second)
        assert await shop.ledger.retry_quarantined() == 2
        held = await shop.balances()
        assert (held.burned, held.deficit, held.balance()) == ({"points": 100}, {}, 1)
        told = (await till.pull()).dispositions
        assert [(one.seq, one.state) for one in told] == [(1, "applied"), (2, "applied")]

    run(tmp_path, scenario)


def test_what_waiting_entries_spent_is_shown_and_counted(tmp_path: Path) -> None:
    """By entry, in all, as a metric and with its worth in the report; what was undone was not spent."""
    second = PROGRAMME.replace(b"version = 1", b"version = 2")
    unknown = hashlib.sha256(second).hexdigest()

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        sold = till.euros(member, 200, programme=unknown)
        lot = sold.lots[0]
        till.sale(member, (line(600),), (), (burn(100, draw(lot, lot, 60), unsecured=40),))
        undone = till.sale(member, (line(600),), (), (burn(100, draw(lot, lot, 100)),))
        till.void(undone)
        card = Converted("coffee", "reward:coffee", 1, FOREVER, (draw(lot, lot, 10, "stamp:coffee"),))
        till.sale(member, (line(600),), (), (burn(100, draw(lot, lot, 100)),), converted=(card,))
        wrong = msgspec.structs.replace(burn(100, draw(lot, lot, 100)), cents=1)
        till.sale(member, (line(600),), (), (wrong,))
        answer = await till.push()
        codes = [one.code for one in answer.dispositions]
        assert codes == ["", "programme", "waits", "waits", "waits", "waits", "arithmetic"]
        found = await ListAside().run(shop.ledger)
        spent = {one.seq: dict(one.spent) for one in found.entries if one.spent}
        assert spent == {3: {"points": 100}, 6: {"points": 100, "stamp:coffee": 10}}
        assert found.spent == {"points": 200, "stamp:coffee": 10}
        lines = await shop.ledger.read(lambda work: gauges(work.tx, work.now_ms))
        units = [line for line in lines if line.startswith("assidu_quarantined_units{")]
        assert units == [
            'assidu_quarantined_units{asset="points"} 200',
            'assidu_quarantined_units{asset="stamp"} 10',
        ]
        told = (await ReadConflicts(0, START.date(), ()).run(shop.ledger)).conflicts
        worth = [(one.member, one.ticket, one.asset, one.cents) for one in told if one.what == "unbooked"]
        assert worth == [
            (7, "1-1-3", "points", 500),
            (7, "1-1-6", "points", 500),
            (7, "1-1-6", "stamp:coffee", 450),
        ]

    run(tmp_path, scenario)


def test_a_fault_of_ours_does_not_stop_the_till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error while applying undoes that entry alone and puts it aside."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        from sync.ledger import apply_ticket

        real = apply_ticket.promise

        async def broken(*args: Any) -> Any:
            if args[2].seq == 1:
                raise ZeroDivisionError
            return await real(*args)

        monkeypatch.setattr(apply_ticket, "promise", broken)
        till.euros(member, 1)
        till.euros(member, 2)
        answer = await till.push()
        assert [(one.state, one.code) for one in answer.dispositions] == [
            ("quarantined", "failed"),
            ("applied", ""),
        ]
        assert (await shop.balances()).balance() == 2
        monkeypatch.undo()
        assert await shop.ledger.retry_quarantined() == 1
        assert (await shop.balances()).balance() == 3

    run(tmp_path, scenario)


def test_a_ticket_of_a_till_without_a_programme_counts_under_that_of_its_day(tmp_path: Path) -> None:
    """A till that was just paired sells before it has one; where none holds on the day, the ticket waits for it."""
    double = HEAD.replace(b"points = 1", b"points = 2")

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        tomorrow = START.date() + timedelta(days=1)
        await shop.ledger.publish("programme", "bakery", double, tomorrow)
        till.sale(member, (line(500),), programme="")
        shop.clock.advance(days=1)
        till.sale(member, (line(500),), programme="")
        answer = await till.push()
        assert [one.state for one in answer.dispositions] == ["applied", "applied"]
        assert sorted((await shop.settled()).values()) == [5, 10]
        assert (await shop.balances()).balance() == 15
        for row in await looking(shop.ledger._storage).published():
            await shop.ledger.write(partial(withdraw, row=row))
        till.sale(member, (line(300),), programme="")
        till.sale(None, (line(300),), programme="")
        answer = await till.push()
        assert [(one.state, one.code) for one in answer.dispositions] == [
            ("quarantined", "programme"),
            ("applied", ""),
        ]
        await shop.ledger.publish("programme", "bakery", double + b"# again\n", tomorrow)
        assert await shop.ledger.retry_quarantined() == 1
        assert (await shop.balances()).balance() == 21

    run(tmp_path, scenario)
