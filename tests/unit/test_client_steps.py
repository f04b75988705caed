"""The steps of the till's client: what is pushed, asked again, pulled, held and told."""

from datetime import date

import httpx
import msgspec
import pytest

from rules.account import Account
from sync.entry import Slice
from sync.floors import Taken
from sync.till import floors
from sync.till.cursors import cursors, high_mark, sync_state
from sync.till.events import AccountArrived, HoldArrived, OnlineChanged, Pulled, Pushed
from sync.till.journal import pending
from sync.till.offline import OfflineReason
from sync.till.slices import last_gno
from sync.till.writer import Priority
from sync.wire import (
    AccountAnswer,
    Anchor,
    Cursor,
    Grant,
    HoldAnswer,
    MemberRow,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Want,
)
from tests.unit.client_bench import (
    LONG,
    Bench,
    Handler,
    accepted,
    failing,
)


def test_a_push_takes_what_waits_and_keeps_the_answer(bench: Bench) -> None:
    """Everything waiting goes out once; ack, ratchet and the accepted head are stored and told."""
    bench.script.handlers["/push"] = accepted
    bench.write(3)
    due = bench.client.push.step(0)
    state = sync_state(bench.store.reader())
    assert (state.accepted_seq, state.ratchet, state.nonce, state.epoch) == (3, b"r+", "", 1)
    assert [event.accepted_seq for event in bench.told(Pushed)] == [3]
    assert bench.client.state().online
    assert bench.client.state().sent == 3
    assert due > 60_000
    assert bench.client.push.step(1) == due
    assert len(bench.script.pushes()) == 1


def test_the_ledgers_time_outlives_the_boot(bench: Bench) -> None:
    """Trusted time is kept with the answer: a till that starts again without a line is not back in an older year."""
    anchor = Anchor("t1", 1_790_000_000_000, 0, "boot-1")
    bench.script.handlers["/push"] = lambda request: accepted(request, anchor=anchor)
    bench.client.push.step(0)
    assert high_mark(bench.store.reader()) == anchor.server_time_ms


def test_a_new_entry_is_pushed_at_once(bench: Bench) -> None:
    """A wake-up ends the rest between two pushes, and again after a failure."""
    bench.script.handlers["/push"] = accepted
    bench.client.push.step(0)
    bench.write()
    bench.client.wake_push()
    bench.client.push.step(1)
    assert sync_state(bench.store.reader()).accepted_seq == 1


def test_an_entry_written_during_an_empty_push_goes_out_with_the_next_step(bench: Bench) -> None:
    """A sale at the moment of first contact is not taken for entries that the ledger refused."""

    def sale_meanwhile(request: httpx.Request) -> PushAnswer:
        if len(bench.script.asked) == 1:
            bench.write()
        return accepted(request)

    bench.script.handlers["/push"] = sale_meanwhile
    due = bench.client.push.step(0)
    assert due == 0
    bench.client.push.step(due)
    assert sync_state(bench.store.reader()).accepted_seq == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_nonce(bench: Bench) -> None:
    """Ratchet and nonce are stored before sending, so the second try proves it is no clone."""
    bench.write()

    def lose(request: httpx.Request) -> httpx.Response:
        assert sync_state(bench.store.reader()).nonce != ""
        raise httpx.ReadError("cut")

    bench.script.handlers["/push"] = lose
    due = bench.client.push.step(0)
    assert bench.reason() is OfflineReason.UNREACHABLE
    bench.script.handlers["/push"] = accepted
    bench.client.push.step(due)
    first, second = bench.script.pushes()
    assert (first.nonce, first.ratchet) == (second.nonce, second.ratchet)
    bench.client.wake_push()
    bench.client.push.step(due + 1)
    assert bench.script.pushes()[2].ratchet == b"r+"


def test_entries_the_ledger_lost_are_sent_again(bench: Bench) -> None:
    """expected_seq sets the till back to what the ledger has, and everything after it goes out again."""
    bench.write(3)
    bench.script.handlers["/push"] = accepted
    bench.client.push.step(0)
    bench.write(1)
    bench.client.wake_push()

    def gap(request: httpx.Request) -> PushAnswer:
        push = msgspec.msgpack.decode(request.read(), type=PushRequest)
        return (
            accepted(request, 0, expected_seq=2, accepted_seq=1) if push.base_seq > 1 else accepted(request)
        )

    bench.script.handlers["/push"] = gap
    assert bench.client.push.step(10) == 10
    bench.client.push.step(10)
    assert len(bench.script.pushes()[-1].entries) == 3
    assert sync_state(bench.store.reader()).accepted_seq == 4


def test_a_ledger_that_always_expects_more_is_not_asked_at_full_speed(bench: Bench) -> None:
    """A gap answer that repeats itself makes the till wait between tries."""
    bench.write(2)
    bench.script.handlers["/push"] = lambda request: accepted(request, 0, expected_seq=1)
    bench.client.push.step(0)
    assert bench.client.push.step(0) >= 1000


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: accepted(request, fence=True),
        lambda request: accepted(request, accepted_hash=b"x" * 32),
        lambda request: accepted(request, accepted_seq=99),
    ],
)
def test_a_fence_stops_pushing_for_good(bench: Bench, answer: Handler) -> None:
    """Fenced, or the ledger has entries of another copy: nothing more is sent, the state says so, also later."""
    bench.write(2)
    bench.script.handlers["/push"] = answer
    bench.client.push.step(0)
    bench.client.wake_push()
    bench.client.push.step(LONG)
    bench.client.pull.step(0)
    assert len(bench.script.pushes()) == 1
    assert bench.reason() is OfflineReason.FENCED
    assert sync_state(bench.store.reader()).fenced
    assert pending(bench.store.reader()).entries


def test_grants_are_applied_in_order_once(bench: Bench) -> None:
    """Only the next number counts: a replayed or early grant credits nothing."""
    piece = Slice(asset="points", lot="1-1-1-0", quantity=5, last_day=date(2030, 1, 1))
    grants = tuple(
        Grant(id=f"g-7-1-{gno}", kind="hold", member=9, gno=gno, slices=(piece,), ticket="t", issued_pos=1)
        for gno in (1, 3)
    )
    bench.script.handlers["/push"] = lambda request: accepted(request, grants=grants)
    bench.client.push.step(0)
    bench.client.wake_push()
    bench.client.push.step(1)
    assert last_gno(bench.store.reader()) == 1
    quantity = bench.store.reader().execute("SELECT sum(quantity) FROM slice").fetchone()[0]
    assert quantity == 5


def test_a_restored_ledger_that_lacks_grants_is_shown_them_at_once(bench: Bench) -> None:
    """Also where one restored before it had asked for fewer."""
    bench.write()
    grants = tuple(Grant(f"g{n}", "hold", 7, n, (), "", 1, b"sig") for n in (1, 2, 3))
    bench.script.handlers["/push"] = lambda request: accepted(request, grants=grants)
    bench.client.push.step(0)
    rests = []
    for known in (2, 0, 3):
        bench.script.handlers["/push"] = lambda request, known=known: accepted(request, known_gno=known)
        bench.client.wake_push()
        rests.append(bench.client.push.step(0))
    shown = [one.presented and [grant.gno for grant in one.presented] for one in bench.script.pushes()]
    assert shown == [None, None, [3], [1, 2, 3]]
    assert rests[:2] == [0, 0]
    assert rests[2] > 60_000


def test_retry_after_is_heeded_even_when_woken(bench: Bench) -> None:
    """An overloaded ledger's pause is kept, also when tickets come in meanwhile."""
    bench.script.handlers["/push"] = lambda request: httpx.Response(
        503, headers={"retry-after": "20"}, stream=httpx.ByteStream(b"")
    )
    assert bench.client.push.step(0) == 20_000
    bench.client.wake_push()
    assert bench.client.push.step(5) == 20_000
    assert len(bench.script.pushes()) == 1


def row(member: int, pos: int) -> MemberRow:
    return MemberRow(
        member=member, cards=(member.to_bytes(16),), contacts=(), display=b"", account=Account(member=member),
        available={}, elsewhere={}, pos=pos,
    )  # fmt: skip


def test_a_pull_stores_rows_and_moves_cursors_until_nothing_is_left(bench: Bench) -> None:
    """More than one transaction of rows, then the cursor; `more` is asked for at once."""
    first = PullAnswer(
        (), tuple(row(n, n) for n in range(1, 1201)), (), (), (Cursor("store:halles", 1, 1200),), 0, True
    )
    second = PullAnswer((), (row(5, 1300),), (), (), (Cursor("store:halles", 1, 1300),), 0, False)
    answers = [first, second]
    jobs: list[Priority] = []
    run = bench.writer.run
    bench.client.pull._writer = type(  # the priorities a till's tickets compete with
        "Counting",
        (),
        {"run": staticmethod(lambda job, priority: (jobs.append(priority), run(job, priority))[1])},
    )()
    bench.script.handlers["/pull"] = lambda request: answers.pop(0)
    assert bench.client.pull.step(0) == 0
    assert bench.client.pull.step(0) > 60_000
    assert cursors(bench.store.reader()) == (Cursor("store:halles", 1, 1300),)
    assert bench.store.reader().execute("SELECT count(*) FROM profile").fetchone()[0] == 1200
    assert sync_state(bench.store.reader()).seen_pos == 1300
    assert [len(event.members) for event in bench.told(Pulled)] == [1200, 1]
    assert jobs == [Priority.SYNC] * 6


def test_what_was_given_beyond_grants_counts_until_a_pull_has_told_all(bench: Bench) -> None:
    """A push resets nothing, nor does a pull that ends before the entry or leaves something out."""
    anchor = Anchor("a", 1_800_000_000_000, bench.clock.mono_ms(), bench.clock.boot())
    bench.script.handlers["/push"] = lambda request: accepted(request, anchor=anchor)
    bench.write(3)
    bench.writer.run(lambda c: c.execute("INSERT INTO unsecured VALUES ('t', 3, 9, 40)"))
    bench.client.push.step(0)
    assert floors.taken(bench.store.reader(), 9) == Taken(40, 40)
    assert sync_state(bench.store.reader()).heard_ms == 0
    for own_seq, more, left in ((2, False, 40), (3, True, 40), (3, False, 0)):
        answer = PullAnswer((), (), (), (), (Cursor("config", 1, own_seq),), own_seq, more)
        bench.script.handlers["/pull"] = lambda request, answer=answer: answer
        bench.client.pull.wake()
        bench.client.pull.step(0)
        assert floors.taken(bench.store.reader(), 9).till == left
    assert sync_state(bench.store.reader()).heard_ms == 1_800_000_000_000


def test_must_refetch_starts_over_once(bench: Bench) -> None:
    """Cursors of another epoch are forgotten and everything is read again, without a loop."""
    again = PullAnswer((), (), (), (), (), 0, False, must_refetch=True)
    bench.script.handlers["/pull"] = lambda request: PullAnswer(
        (), (), (), (), (Cursor("config", 1, 4),), 0, False
    )
    bench.client.pull.step(0)
    bench.script.handlers["/pull"] = lambda request: again
    bench.client.pull.wake()
    assert bench.client.pull.step(1) == 1
    assert cursors(bench.store.reader()) == ()
    assert bench.client.pull.step(1) > 60_000
    asked = [msgspec.msgpack.decode(body, type=PullRequest) for _, body in bench.script.asked]
    start = tuple(Cursor(bucket, 0, 0) for bucket in ("hotlist", "config", "store:halles", "device:7"))
    later = (start[0], Cursor("config", 1, 4), *start[2:])
    assert [request.cursors for request in asked] == [start, later, start]


def test_a_hold_is_asked_for_until_answered_and_received_once(bench: Bench) -> None:
    """The same request again after a failure; the grant is in the till's slices before the event is told."""
    piece = Slice(asset="points", lot="1-1-1-0", quantity=5, last_day=date(2030, 1, 1))
    grant = Grant(id="g-7-1-1", kind="hold", member=9, gno=1, slices=(piece,), ticket="t1", issued_pos=1)
    bench.script.handlers["/grants"] = failing(httpx.ReadError("cut"))
    bench.client.request_hold("t1", 9, ())
    due = bench.client.holds.step(0)
    assert 0 < due < 1000
    assert bench.client.holds.step(due - 1) == due
    bench.script.handlers["/grants"] = lambda request: HoldAnswer("granted", (grant,), {})
    later = bench.client.holds.step(due)
    assert bench.told(HoldArrived) == [HoldArrived(HoldAnswer("granted", (grant,), {}), "t1")]
    assert last_gno(bench.store.reader()) == 1
    assert later > due + 60_000
    bodies = [body for path, body in bench.script.asked if path == "/grants"]
    assert bodies == [bodies[0]] * 2


def test_two_holds_of_one_ticket_are_both_asked_for(bench: Bench) -> None:
    """What the card scan asked for and what a chosen reward asks for later: neither replaces the other."""
    bench.script.handlers["/grants"] = lambda request: HoldAnswer("granted", (), {})
    wants = [(Want("points", 100),), (Want("points", 100, 100),)]
    for one in wants:
        bench.client.request_hold("t1", 9, one)
    bench.client.holds.step(0)
    assert [event.wants for event in bench.told(HoldArrived)] == wants


def test_a_released_hold_is_not_asked_for_again(bench: Bench) -> None:
    """Once the ticket is closed or cancelled the till stops asking."""
    bench.script.handlers["/grants"] = failing(httpx.ReadError("cut"))
    bench.client.request_hold("t1", 9, ())
    bench.client.holds.step(0)
    bench.client.release_hold("t1")
    bench.client.holds.step(LONG)
    assert len(bench.script.asked) == 1


def test_an_account_is_kept_and_told(bench: Bench) -> None:
    """The row is in the cache before the till hears of it; an unknown card is told as such."""
    known = {(1).to_bytes(16): row(1, 3)}
    bench.script.handlers["/account/"] = lambda request: AccountAnswer(
        known.get(bytes.fromhex(request.url.path.rsplit("/", 1)[1])), 0
    )
    for token in (1, 2):
        bench.client.request_account(token.to_bytes(16))
    bench.client.holds.step(0)
    assert [event.row and event.row.member for event in bench.told(AccountArrived)] == [1, None]
    assert bench.store.reader().execute("SELECT count(*) FROM profile").fetchone()[0] == 1


def test_going_off_and_on_line_is_told_once_each(bench: Bench) -> None:
    """One event a change, with the reason; not one a failure."""
    bench.script.handlers["/push"] = failing(httpx.ConnectError("refused"))
    for _ in range(3):
        bench.client.wake_push()
        bench.client.push.step(0)
    bench.script.handlers["/push"] = accepted
    bench.client.push.step(LONG)
    assert bench.told(OnlineChanged) == [
        OnlineChanged(False, OfflineReason.UNREACHABLE),
        OnlineChanged(True, None),
    ]
