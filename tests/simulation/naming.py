"""Further cards of members: who enrols somebody that is known by phone already gives them one card more (LINK).

Two tills that do not hear of each other may give one card to two members: the first that the ledger heard of has it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pos_app.till.till import Till
from sync.card_marks import BlockReason, blocked_mark
from sync.entry import CardBlockBody, EnrolBody, LinkBody, MergeBody, body_of
from sync.ledger.port import Transaction
from sync.ledger.records import sold_order
from sync.person import waiting_number
from sync.till import members
from sync.till.card_state import is_blocked
from tests.simulation.facts import Applied
from tests.simulation.sold import Found, Place, Sold, was_there

if TYPE_CHECKING:
    from tests.simulation.world import World

PHONES = ("0612345678", "0687654321")


class Links:
    """What one cashier does of it, at `rate` of the moments between two customers."""

    def __init__(self, rate: float, rng: random.Random, cards: list[str]) -> None:
        self.rate, self.rng, self._cards = rate, rng, cards

    def now(self) -> bool:
        """Whether somebody asks for a card now."""
        return bool(self.rate) and self.rng.random() < self.rate

    def fill_in(self, till: Till) -> str:
        """A phone number, and a card or none; the card."""
        till.enrol_set("contact", self.rng.choice(PHONES))
        card = self.rng.choice(self._cards) if self.rng.random() < 0.8 else ""
        if card:
            till.enrol_set("card", card)
        form = till.state.form
        return form.code if form is not None else ""


def join(booked: Iterable[Applied], tickets: Iterable[Sold]) -> None:
    """Note when tickets were joined to those of another account, where the ledger had heard of them before."""
    named: dict[str, Place] = {}
    merged: dict[int, set[int]] = {}
    merges: list[tuple[int, Place]] = []
    for one in booked:
        told = one.row.recv_ms, one.row.dev, one.row.seq
        for token in _tokens(one):
            named[token.hex()] = min(told, named.get(token.hex(), told))
        if one.entry.kind == "MERGE":
            body = body_of(one.entry)
            assert isinstance(body, MergeBody)
            both = {body.member, body.other}
            both = both.union(*[merged.get(number, ()) for number in both])
            merged |= dict.fromkeys(both, both)
            merges.append((body.member, told))
    for sold in tickets:
        by = [told for number, told in merges if sold.member in merged[number]]
        if isinstance(sold.entry.member, str) and sold.entry.member in named:
            by.append(named[sold.entry.member])
        sold.joined = max((told for told in by if was_there(sold, told)), default=None)


async def check_blocked(world: World, tx: Transaction, booked: Iterable[Applied], found: Found) -> None:
    """A card is taken or not as was said last in order of sale, at the ledger and at tills of its member's store."""
    said: dict[bytes, tuple[str, str]] = {}
    for one in booked:
        body = body_of(one.entry) if one.entry.kind == "CARD_BLOCK" else None
        if not isinstance(body, CardBlockBody) or one.row.code:
            continue
        row = one.row
        for card in body.cards:
            word = sold_order(row.sold_ms, row.dev, row.inc, row.seq), body.why
            said[card] = max(word, said.get(card, word))
    for card, (_, why) in said.items():
        owner = await tx.member_of_card(card)
        assert owner is not None, "a card that was blocked is somebody's"
        blocked = why != BlockReason.FOUND
        world.tally[f"card {why}"] += 1
        mark = blocked_mark(world.counters[0].who.lookup_key, card)
        found.must((await tx.member_of_card(mark) is not None) == blocked, f"a card of {owner} is {why}")
        here = await tx.scopes(owner)
        for counter in world.counters:
            conn, known = counter.store.reader(), counter.account(owner)
            if known is None or known.known == "thin" or counter.who.store not in here:
                continue
            taken = not is_blocked(conn, counter.who, card)
            found.must(taken != blocked, f"a card of {owner} is {why}, {counter.name} takes it: {taken}")


async def _now(tx: Transaction, member: int) -> int:
    """Whose the account of a member is by now: that of a card may have become its member's."""
    record = await tx.member(member)
    return member if record is None else record.member


def _tokens(one: Applied) -> tuple[bytes, ...]:
    """The cards that an entry says are a member's."""
    body = body_of(one.entry) if one.entry.kind in ("ENROL", "LINK") else None
    return (body.card,) if isinstance(body, LinkBody) else body.cards if isinstance(body, EnrolBody) else ()


async def check_named(world: World, tx: Transaction, booked: Iterable[Applied], found: Found) -> None:
    """A card belongs to the member that was first said to have it, and every till of its store says the same."""
    said: dict[bytes, list[tuple[int, int]]] = {}
    ordered = sorted(booked, key=lambda one: (one.row.recv_ms, one.row.dev, one.row.inc, one.row.seq))
    cards = {waiting_number(token): token for one in ordered for token in _tokens(one)}
    for one in ordered:
        body = body_of(one.entry) if one.entry.kind in ("ENROL", "LINK", "MERGE") else None
        joined = (cards[body.other],) if isinstance(body, MergeBody) and body.other in cards else ()
        for token in (*_tokens(one), *joined):
            said.setdefault(token, []).append((one.row.recv_ms, body.member))  # type: ignore[union-attr]
    for token, named in said.items():
        owner = await tx.member_of_card(token)
        several = [member for _, member in named]
        first = {
            member for at_ms, member in named if at_ms == named[0][0]
        }  # nobody knows the order within one ms
        world.tally["card named twice"] += len(set(several)) > 1
        expected = {await _now(tx, one) for one in (first if not world.office.restores else several)}
        found.must(owner in expected, f"a card of {several} is {owner}'s")
        at = () if owner is None else await tx.scopes(owner)
        for counter in world.counters:
            seen = members.find(counter.store.reader(), token)
            if seen is not None and counter.who.store not in at:  # heard once, maybe before two became one
                meant = await tx.member(seen)
                seen = seen if meant is None else meant.member
                if (
                    world.office.restores and seen in several
                ):  # as the lost books had it, until it is asked again
                    continue
            found.must(seen in (None, owner), f"{counter.name} takes a card of {owner} for one of {seen}")
