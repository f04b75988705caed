"""The figures of a member that are no lots: tickets, amounts, redemptions, points by rule, dates of tiers."""

from datetime import date

import msgspec

from rules.decision import Decision
from rules.ticket import Ticket


class Figures(msgspec.Struct):
    """Counts and cents over a history.

    `net` and `reward` (cents) fall with refunds, `rewards` (redemptions other than vouchers) too; `earned` is points
    by rule, never lowered by a refund of its own ticket; `cards` are completed stamp cards by rule; `since` is the
    first business date of every tier reached.
    """

    earned: dict[str, int]
    cards: dict[str, int]
    since: dict[str, date]
    tickets: int = 0
    qualifying: int = 0
    net: int = 0
    reward: int = 0
    rewards: int = 0

    def count(self, ticket: Ticket, decision: Decision) -> None:
        """Count a ticket; an event is none."""
        self.tickets += ticket.event is None
        self.qualifying += decision.counted
        self.net += decision.net
        self.reward += decision.reward
