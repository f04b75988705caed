"""Further cards of members: who enrols somebody that is known by phone already gives them one card more (LINK).

Two tills that do not hear of each other may give one card to two members: the first that the ledger heard of has it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pos_app.till.till import Till
from sync.entry import EnrolBody, LinkBody, body_of
from sync.ledger.port import Transaction
from sync.till import members
from tests.simulation.facts import Applied
from tests.simulation.sold import Found, Sold

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
    """Note when tickets on a card were joined to its member's, where the ledger had heard of them before."""
    named: dict[str, int] = {}
    for one in booked:
        for token in _tokens(one):
            named[token.hex()] = min(one.row.recv_ms, named.get(token.hex(), one.row.recv_ms))
    for sold in tickets:
        at_ms = named.get(sold.entry.member, 0) if isinstance(sold.entry.member, str) else 0
        sold.joined_ms = at_ms if sold.arrival[0] <= at_ms else 0


def _tokens(one: Applied) -> tuple[bytes, ...]:
    """The cards that an entry says are a member's."""
    body = body_of(one.entry) if one.entry.kind in ("ENROL", "LINK") else None
    return (body.card,) if isinstance(body, LinkBody) else body.cards if isinstance(body, EnrolBody) else ()


async def check_named(world: World, tx: Transaction, booked: Iterable[Applied], found: Found) -> None:
    """A card belongs to the member that was first said to have it, and every till of its store says the same."""
    said: dict[bytes, list[tuple[int, int]]] = {}
    for one in sorted(booked, key=lambda one: (one.row.recv_ms, one.row.dev, one.row.inc, one.row.seq)):
        for token in _tokens(one):
            said.setdefault(token, []).append((one.row.recv_ms, body_of(one.entry).member))
    for token, named in said.items():
        owner = await tx.member_of_card(token)
        several = [member for _, member in named]
        first = {
            member for at_ms, member in named if at_ms == named[0][0]
        }  # nobody knows the order within one ms
        world.tally["card named twice"] += len(set(several)) > 1
        expected = first if not world.office.restores else several
        found.must(owner in expected, f"a card of {several} is {owner}'s")
        for counter in world.counters:
            seen = members.find(counter.store.reader(), token)
            found.must(seen in (None, owner), f"{counter.name} takes a card of {owner} for one of {seen}")
