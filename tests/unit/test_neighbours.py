"""Leases go from till to till of a store without the ledger: nothing doubled, nothing to strangers, nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from sync.entry import Burned, Draw, EntryKind, TicketBody, VoidBody, body_of
from sync.granted import moved_id
from sync.moves import PATH, MoveAnswer, MoveRequest
from sync.signing import sign_request
from sync.till import cursors, journal, journal_check, moves, slices
from sync.till.events import MoveArrived
from sync.till.journal import EntryDraft
from sync.tills import StoreTills
from sync.wire import Want, pack
from tests.unit.neighbours_kit import DAY, LOT, MEMBER, Lan, Side, listed, replaced, seed


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    """Three tills."""
    found = Lan(tmp_path)
    yield found
    found.close()


def posted(
    lan: Lan, side: Side, message: MoveRequest, *, key: bytes = b"", who: str = ""
) -> tuple[int, bytes]:
    """A question to the door of a till, signed as one likes."""
    body = pack(message)
    headers = sign_request(
        "POST",
        PATH,
        {"content-type": "application/vnd.msgpack"},
        body,
        key_id=who or "d2-1",
        private_key=key or seed(2),
        nonce="n",
    )
    answer = side.door.answer("POST", PATH, headers, body)
    return answer.status, answer.body


def question(quantity: int = 40, ask: str = "a1", tills: StoreTills | None = None) -> MoveRequest:
    """A question of till 2."""
    return MoveRequest(ask, MEMBER, (Want("points", quantity),), DAY, tills or listed(1, 2, 3))


def test_a_lease_lies_where_the_customer_is(lan: Lan) -> None:
    """What was asked for leaves one till and is the other one's, both say so, and both chains are whole."""
    lease = lan.one.lease(100)
    assert lan.two.ask(60) == MoveArrived("t1", (Want("points", 60),), granted=True, silent=False)
    grant = moved_id(1, 1, 1)
    assert (lan.one.held(), lan.two.held()) == ({lease: 40}, {grant: 60})
    [out], [own] = lan.one.moved(), lan.two.moved()
    assert (out.grant, out.of, out.dev, out.proofs) == (grant, lease, 2, ())
    assert (own.grant, own.of, len(own.proofs)) == (grant, lease, 1)
    for side in lan.sides:
        assert journal_check.verify(side.store.reader()).ok


def test_each_neighbour_gives_what_is_left_to_give(lan: Lan) -> None:
    """One till after the other is asked for the rest."""
    lan.one.lease(50)
    lan.three.lease(30, lot="o-7-2")
    told = lan.two.ask(70)
    assert told is not None
    assert told.granted
    assert sum(lan.two.held().values()) == 70
    assert lan.total() == 80


def test_less_than_was_asked_for(lan: Lan) -> None:
    """What there is comes, and the till hears that it is not all."""
    lan.one.lease(50)
    told = lan.two.ask(70)
    assert told == MoveArrived("t1", (Want("points", 70),), granted=False, silent=False)
    assert lan.two.held() == {moved_id(1, 1, 1): 50}


def test_a_lost_answer_is_given_again(lan: Lan) -> None:
    """The giver has written, the answer is lost: the same question gets the same, and nothing more."""
    lan.one.lease(100)
    lost = [1]

    def after(answer: httpx.Response) -> httpx.Response:
        if lost.pop() if lost else 0:
            raise httpx.ReadError("lost")
        return answer

    lan.yard.after = after
    lan.yard.doors.pop("till-3")
    told = lan.two.ask(60)
    assert told is not None
    assert told.granted
    assert lan.total() == 100
    assert len(lan.one.moved()) == 1


def test_what_was_on_its_way_comes_with_the_next_question(lan: Lan) -> None:
    """Answers were lost until the customer left: what moved meanwhile is there the next time anybody asks."""
    lan.one.lease(100)
    lan.yard.after = lambda _: (_ for _ in ()).throw(httpx.ReadError("lost"))
    lan.yard.doors.pop("till-3")
    told = lan.two.ask(60)
    assert told == MoveArrived("t1", (Want("points", 60),), granted=False, silent=True)
    assert lan.total() == 40
    lan.yard.after = lambda answer: answer
    assert lan.two.ask(10, ticket="t2") is not None
    assert lan.total() == 100


def test_a_replayed_question_moves_nothing_twice(lan: Lan) -> None:
    """Whoever sends a signed question again gets the old answer, which is of use to its till alone."""
    lan.one.lease(100)
    first, again = posted(lan, lan.one, question()), posted(lan, lan.one, question())
    assert first[0] == again[0] == 200
    answers = [msgspec.msgpack.decode(body, type=MoveAnswer) for _, body in (first, again)]
    assert answers[0].moves == answers[1].moves
    assert sum(lan.one.held().values()) == 60


def test_a_replayed_answer_is_taken_once(lan: Lan) -> None:
    """The same move handed over twice is one move."""
    lan.one.lease(100)
    lan.two.ask(60)
    lan.two.ask(60)
    assert sorted(lan.two.held().values()) == [40, 60]
    assert lan.total() == 100


@pytest.mark.parametrize(
    ("who", "key"),
    [("d2-1", seed(9)), ("d9-1", seed(9)), ("d2-2", seed(2)), ("ledger", seed(2)), ("d1-1", seed(1))],
)
def test_strangers_get_nothing(who: str, key: bytes, lan: Lan) -> None:
    """A wrong key, a till of nowhere, another life, no till at all, the till itself: refused, and nothing moves."""
    lan.one.lease(100)
    status, _ = posted(lan, lan.one, question(), key=key, who=who)
    assert status == 403
    assert sum(lan.one.held().values()) == 100


def test_a_till_that_was_shut_out(lan: Lan) -> None:
    """Who heard last that a till was revoked tells the others with the next question."""
    lan.one.lease(100)
    lan.three.learn(listed(1, 3, made_ms=5))
    lan.three.turn()
    known = moves.store_tills(lan.one.store.reader())
    assert known is not None
    assert known.made_ms == 5
    assert posted(lan, lan.one, question())[0] == 403
    told = lan.two.ask(60)
    assert told is not None
    assert not told.granted
    assert lan.two.held() == {}


def test_an_older_list_is_not_gone_back_to(lan: Lan) -> None:
    """A revoked till cannot bring back the list that it was on."""
    lan.one.learn(listed(1, 3, made_ms=5))
    lan.one.lease(100)
    assert posted(lan, lan.one, question(tills=listed(1, 2, 3, made_ms=4)))[0] == 403


@pytest.mark.parametrize(
    "forged",
    [
        replaced(listed(1, 2, 3, 9, made_ms=9), signature=bytes(64)),
        replaced(listed(1, 2, 3, made_ms=9), tills=listed(9).tills),
        listed(1, 9, made_ms=9, store="gare"),
    ],
)
def test_a_list_that_is_not_the_ledgers(forged: StoreTills, lan: Lan) -> None:
    """Nobody puts himself on the list of a store."""
    lan.one.lease(100)
    assert posted(lan, lan.one, question(tills=forged), who="d9-1", key=seed(9))[0] == 403
    known = moves.store_tills(lan.one.store.reader())
    assert known == listed(1, 2, 3)


def test_a_new_till_shows_who_it_is(lan: Lan) -> None:
    """A till that was paired while its neighbour had no line brings the ledger's word of itself along."""
    lan.one.learn(listed(1, 3, made_ms=2))
    lan.one.lease(100)
    lan.two.learn(listed(1, 2, 3, made_ms=3))
    told = lan.two.ask(60)
    assert told is not None
    assert told.granted


def test_a_till_that_was_never_told(tmp_path: Path) -> None:
    """Without the ledger's list nobody is answered and nobody asked."""
    lan = Lan(tmp_path, known=None)
    lan.one.lease(100)
    assert posted(lan, lan.one, replaced(question(), tills=listed(1, 2, 3, store="gare")))[0] == 403
    told = lan.two.ask(60)
    assert told is not None
    assert not told.granted
    assert lan.yard.asked == []
    lan.close()


@pytest.mark.parametrize("body", [b"", b"\xff" * 40, pack(Want("points", 1))])
def test_rubbish_at_the_door(body: bytes, lan: Lan) -> None:
    """What is no question is refused in words."""
    answer = lan.one.door.answer("POST", PATH, {}, body)
    assert answer.status == 400
    assert lan.one.door.answer("GET", "/", {}, b"").status == 404


def test_somebody_else_answers(lan: Lan) -> None:
    """What is not signed by a till of the store is no answer, whatever it says."""
    lan.three.lease(100)
    lan.yard.doors["till-1"] = lan.two.door  # the till itself
    lan.yard.after = lambda answer: httpx.Response(200, stream=httpx.ByteStream(b"\x94" + answer.read()[1:]))
    told = lan.two.ask(60)
    assert told == MoveArrived("t1", (Want("points", 60),), granted=False, silent=True)
    assert lan.two.held() == {}


def test_an_answer_for_another_question(lan: Lan) -> None:
    """An answer holds for the very request that it was given to."""
    lan.one.lease(100)
    kept: list[httpx.Response] = []

    def after(answer: httpx.Response) -> httpx.Response:
        kept.append(httpx.Response(answer.status_code, headers=answer.headers, content=answer.read()))
        return kept[0]

    lan.yard.after = after
    lan.yard.doors.pop("till-3")
    lan.two.ask(10)
    held = lan.two.held()
    lan.two.ask(10, ticket="t2")
    assert lan.two.held() == held
    assert lan.two.client.neighbours.seen[0].here is False


def test_it_moves_on_and_back(lan: Lan) -> None:
    """Each move proves all before it that the ledger may not know; what it has accepted is left out."""
    lan.one.lease(100)
    lan.two.ask(60)
    lan.three.ask(60)
    assert sum(lan.three.held().values()) == 60
    bodies = [one for one in lan.three.moved() if one.proofs]
    assert [len(one.proofs) for one in bodies] in ([1, 2], [2], [2, 1])
    state = cursors.sync_state(lan.two.store.reader())
    done = replaced(state, accepted_seq=journal.head(lan.two.store.reader())[0])
    lan.two.writer.run(lambda connection: cursors.save_sync_state(connection, done))
    lan.two.lease(20, lot="o-7-3")
    lan.one.ask(100)
    assert lan.total() == 120


def test_it_moves_so_often_and_then_waits(lan: Lan) -> None:
    """A grant that has moved eight times stays until the ledger has heard of it."""
    lan.one.lease(10)
    lan.yard.doors.pop("till-3")
    sides = [lan.two, lan.one]
    for n in range(8):
        told = sides[n % 2].ask(10)
        assert told is not None
        assert told.granted, n
    told = lan.two.ask(10)
    assert told is not None
    assert not told.granted
    assert lan.total() == 10


def test_a_neighbour_at_work_is_waited_for(lan: Lan) -> None:
    """A till that is just serving the member, or whose last ticket can be undone, gives a moment later."""
    lan.one.lease(100)
    lan.one.wait = 5_000
    assert lan.two.ask(60) is None
    assert lan.two.held() == {}
    lan.one.wait = 0
    told = lan.two.turn()
    assert told is not None
    assert told.granted


def test_who_is_no_longer_waiting(lan: Lan) -> None:
    """A ticket that was closed asks no more."""
    lan.one.lease(100)
    lan.one.wait = 5_000
    lan.two.ask(60)
    lan.two.client.release_hold("t1")
    lan.one.wait = 0
    assert lan.two.turn() is None
    assert lan.two.held() == {}


def test_what_an_undo_gave_back_stays(lan: Lan) -> None:
    """Units that the ledger may still count as spent do not move: its books could not bear it."""
    lease = lan.one.lease(100)
    draws = (Draw(lease, "points", LOT, 30),)
    body = TicketBody("halles", "c", "p", 1, (), (Burned("five", "points", 30, 1, 0, (), draws),))
    side = lan.one

    def sold(connection: slices.Connection) -> None:
        stamp = moves.stamp(connection, side.clock, DAY)
        slices.draw(connection, draws)
        draft = EntryDraft(EntryKind.TICKET, body, DAY, member=MEMBER, ticket="s1")
        journal.commit(connection, side.who, [draft], stamp.times, 0)

    def undone(connection: slices.Connection) -> None:
        stamp = moves.stamp(connection, side.clock, DAY)
        slices.undraw(connection, draws)
        draft = EntryDraft(EntryKind.VOID, VoidBody("s1", 1, "c"), DAY, member=MEMBER, ticket="s1")
        journal.commit(connection, side.who, [draft], stamp.times, 0)

    side.writer.run(sold)
    side.writer.run(undone)
    told = lan.two.ask(10)
    assert told is not None
    assert not told.granted
    done = replaced(cursors.sync_state(side.store.reader()), accepted_seq=2)
    side.writer.run(lambda connection: cursors.save_sync_state(connection, done))
    told = lan.two.ask(10)
    assert told is not None
    assert told.granted


def test_what_never_came_is_said(lan: Lan) -> None:
    """The ledger asks for a grant that moved and got lost: the till says that it has nothing of it, once, for good."""
    lan.one.lease(100)
    lan.yard.after = lambda _: (_ for _ in ()).throw(httpx.ReadError("lost"))
    lan.two.ask(60)
    lan.yard.after = lambda answer: answer
    grant = moved_id(1, 1, 1)
    side = lan.two
    side.writer.run(lambda connection: slices.recall(connection, [grant]))
    [ready] = slices.returnable(side.store.reader(), 0)
    assert (ready.grant, ready.member) == (grant, 0)
    assert side.writer.run(lambda connection: slices.give_back(connection, grant)) == ()
    assert slices.returnable(side.store.reader(), 0) == ()
    side.ask(10, ticket="t2")
    assert grant not in side.held()


def test_a_recalled_move_goes_back(lan: Lan) -> None:
    """A grant that moved here goes back to the ledger like any lease."""
    lan.one.lease(100)
    lan.two.ask(60)
    grant = moved_id(1, 1, 1)
    side = lan.two
    side.writer.run(lambda connection: slices.recall(connection, [grant]))
    [ready] = slices.returnable(side.store.reader(), 0)
    assert (ready.grant, ready.member) == (grant, MEMBER)
    [piece] = side.writer.run(lambda connection: slices.give_back(connection, grant))
    assert piece.quantity == 60
    assert slices.returnable(side.store.reader(), 0) == ()


def test_a_till_that_was_taken_for_a_copy(lan: Lan) -> None:
    """A fenced till gives nothing away and asks for nothing."""
    lan.one.lease(100)
    fenced = replaced(cursors.sync_state(lan.one.store.reader()), fenced=True)
    for side in (lan.one, lan.three):
        side.writer.run(lambda connection: cursors.save_sync_state(connection, fenced))
    told = lan.two.ask(60)
    assert told is not None
    assert not told.granted
    asked = len(lan.yard.asked)
    assert lan.three.ask(10) is not None
    assert len(lan.yard.asked) == asked


def test_who_is_there(lan: Lan) -> None:
    """The till knows which neighbours answered and when, and which did not."""
    lan.yard.doors.pop("till-3")
    lan.two.turn(1)
    first, third = lan.two.client.state().neighbours
    assert (first.till, first.here, first.seen_ms) == ("Till 1", True, 1_780_005_000_000)
    assert (third.till, third.here, third.seen_ms) == ("", False, None)


def test_only_the_ticket_entry_is_signed_alone(lan: Lan) -> None:
    """The giver's word is one commit of one entry: its bytes and signature prove it to anybody."""
    lan.one.lease(100)
    lan.two.ask(60)
    [own] = lan.two.moved()
    entry = journal.entry_at(lan.one.store.reader(), 1)
    assert entry is not None
    assert own.proofs[0].data == lan.one.store.reader().execute("SELECT bytes FROM journal").fetchone()[0]
    assert body_of(entry) == lan.one.moved()[0]
