"""What a member's books did, told to readers elsewhere: one row an effect, without personal data (docs/events.md).

Over all effects of a member and an asset, gains less losses are what the member holds less what is owed, so that a
reader keeps a balance right by adding alone.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from sync.ledger.records import Posting

EFFECTS = "effects"
"""The bucket of bucket_log that orders them."""
GAIN, LOSS = "gain", "loss"
CODE_TWICE = "code_twice"
HELD = ("available", "granted")


class Effect(msgspec.Struct, frozen=True):
    """One effect on `member`, posted at `at_ms` (UTC) for the business date `day`.

    `what` is gain, loss, tier, incident, dormancy, birthday, transition, retention, merged, erased, code_twice,
    same_contact, or what was done elsewhere: gift, donation, partner. `quantity` counts units of `asset`, below 0
    where what was told is undone; `detail` is the level, the kind of incident, the receiver, the member merged into,
    the day on which the data go, the other tickets that were shown the code, or the other member with the contact.
    """

    member: int
    id: str
    what: str
    day: date
    at_ms: int = 0
    asset: str = ""
    quantity: int = 0
    cents: int = 0
    cause: str = ""
    rule: str = ""
    ticket: str = ""
    detail: str = ""


class Placed(Effect, frozen=True):
    """An effect in its place in the log."""

    pos: int = 0


class Effects(msgspec.Struct, frozen=True):
    """A page of the log in its order. `next` is what to ask after the next time, `more` whether there is more now."""

    effects: tuple[Placed, ...]
    next: int
    more: bool


def effect_id(member: int, n: int) -> str:
    """The name of an effect: a member's postings and what else is told of it share one row of numbers."""
    return f"{member}.{n}"


def in_order(effects: Iterable[Effect]) -> list[Effect]:
    """Effects of one member as they came about."""
    return sorted(effects, key=lambda one: int(one.id.rpartition(".")[2]))


def effects_of(member: int, postings: Iterable[Posting]) -> tuple[Effect, ...]:
    """Gains and losses in `postings`, one for each cause, ticket, rule, asset and day that comes to anything."""
    sums: dict[tuple[str, str, str, str, date], tuple[int, int]] = {}
    for one in postings:
        key = one.cause, one.ticket, one.rule, one.asset, one.day
        first, total = sums.get(key, (one.n, 0))
        sums[key] = first, total + _change(one)
    return tuple(
        [
            Effect(
                member,
                effect_id(member, n),
                GAIN if total > 0 else LOSS,
                day,
                asset=asset,
                quantity=abs(total),
                cause=cause,
                rule=rule,
                ticket=ticket,
            )
            for (cause, ticket, rule, asset, day), (n, total) in sums.items()
            if total
        ]
    )


def _change(one: Posting) -> int:
    """What a posting adds to holdings less debts. A debt that a lot bears goes as the lot's units go (REPAY)."""
    if not one.lot:
        return one.quantity * ((one.target == "owed") - (one.source == "owed"))
    change = (_held(one.target) - _held(one.source)) * one.quantity
    if one.cause == "REPAY":
        change += -one.quantity if _held(one.target) else one.quantity
    return change


def _held(bucket: str) -> bool:
    return bucket.partition(":")[0] in HELD
