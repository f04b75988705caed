"""What tills of a store write when a lease goes from one to the other while the line is down."""

import secrets

import msgspec

from pos_app.till.moment import now
from sync.granted import Proof
from sync.moves import MoveRequest
from sync.till import moves
from sync.tills import StoreTill
from sync.wire import Want
from tests.crash.act import Act
from tests.crash.till_life import TillLife

MOVED = 40  # points


class Asked(msgspec.Struct, frozen=True):
    """A question of the till `to`, and how many moves the giver had written before."""

    to: StoreTill
    request: MoveRequest
    before: int


class Handed(msgspec.Struct, frozen=True):
    """What the giver's answer proves, and how many moves the receiver had written before."""

    giver: StoreTill
    member: int
    proofs: tuple[tuple[Proof, ...], ...]
    before: int = 0


class Give(Act):
    """A part of a lease leaves this till, for the till that asks."""

    name = "lease given"

    def prepare(self, till: TillLife, given: int) -> Asked:
        till.settle()
        assert till.paired is not None
        tills = moves.store_tills(till.reader)
        assert tills is not None
        to = max([one for one in tills.tills if one.dev != till.paired.dev], key=lambda one: one.dev)
        day = now(till.till.parts).bdate
        request = MoveRequest(secrets.token_hex(8), given, (Want("points", MOVED),), day, tills)
        return Asked(to, request, till.count("GRANT_MOVE"))

    def act(self, till: TillLife, memo: Asked) -> None:
        who = till.paired
        assert who is not None
        stamp = moves.stamp(till.reader, till.clock, memo.request.day)
        till.writer.run(lambda connection: moves.give(connection, who, memo.to, memo.request, stamp))

    def there(self, till: TillLife, memo: Asked) -> bool:
        return till.count("GRANT_MOVE") > memo.before

    def again(self, till: TillLife, memo: Asked) -> bool:
        """The other till had no answer and asks once more."""
        self.act(till, memo)
        answer = moves.given(till.reader, memo.to, memo.request.member)
        return till.count("GRANT_MOVE") == memo.before + 1 and len(answer) == 1

    def handed(self, till: TillLife, memo: Asked) -> Handed:
        """The answer."""
        who = till.paired
        assert who is not None
        giver = StoreTill(who.dev, who.inc, who.till, till.public_key())
        return Handed(giver, memo.request.member, moves.given(till.reader, memo.to, memo.request.member))


class Take(Act):
    """What another till gave belongs to this one from now on."""

    name = "lease taken"

    def prepare(self, till: TillLife, given: Handed) -> Handed:
        till.settle()
        return msgspec.structs.replace(given, before=till.count("GRANT_MOVE"))

    def act(self, till: TillLife, memo: Handed) -> None:
        who = till.paired
        assert who is not None
        stamp = moves.stamp(till.reader, till.clock, now(till.till.parts).bdate)
        till.writer.run(
            lambda connection: moves.take(connection, who, memo.giver, memo.member, memo.proofs, stamp)
        )

    def there(self, till: TillLife, memo: Handed) -> bool:
        return till.count("GRANT_MOVE") > memo.before

    def again(self, till: TillLife, memo: Handed) -> bool:
        """The answer comes once more."""
        self.act(till, memo)
        return till.count("GRANT_MOVE") == memo.before + 1
