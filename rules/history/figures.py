"""The figures of a member that are no lots: tickets, amounts, redemptions, points by rule, dates of tiers."""

from datetime import date

import msgspec


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
