"""The account of a member as the rules see it: what is held, and the history that counters need."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

POINTS = "points"
FOREVER = date(9999, 12, 31)

Known = Literal["full", "thin", "none"]


def stamp_asset(rule: str) -> str:
    """Name of the asset that counts stamps of the stamp rule `rule`."""
    return f"stamp:{rule}"


def reward_asset(rule: str) -> str:
    """Name of the asset that holds completed cards (free items) of the rule `rule`."""
    return f"reward:{rule}"


def voucher_asset(rule: str) -> str:
    """Name of the asset that holds vouchers of the voucher rule `rule`."""
    return f"voucher:{rule}"


VOUCHERS = voucher_asset("")
"""What the names of all vouchers begin with."""

WHOLE = (VOUCHERS, reward_asset(""))
"""Vouchers and free items: what was used of them is written off when taken back, never owed or borne by others."""


class Holding(msgspec.Struct, frozen=True):
    """What is left of one lot. `available_on` is its first usable day, `last_day` its last one (inclusive)."""

    asset: str
    lot: str
    quantity: int
    earned_on: date
    available_on: date
    last_day: date


class Amends(msgspec.Struct, frozen=True):
    """Points that were given on a day to make up for what had gone wrong."""

    on: date
    points: int


class Account(msgspec.Struct, frozen=True):
    """The fold of a member's settled tickets, or what a till knows of it.

    `known` says how much: `full` (history and holdings), `thin` (balance and tier only) or `none`.
    `usable` maps an asset to the quantity that may be spent on this ticket; None means all holdings that are
    available on the day (the centre and replay). `state` maps a rule id to the counters that its kind keeps;
    each kind owns the shape of its own value, which is made of JSON types only.
    `balance` is the total per asset as last known, pending and granted included.
    `birthday` is (month, day). `tier` is "" below or without levels. `sponsor` is the member who brought this one
    in, `household` names who lives together where the chain knows it. `amends` is the last answer to an incident.
    """

    member: int | None = None
    known: Known = "full"
    since: date | None = None
    birthday: tuple[int, int] | None = None
    fields: Mapping[str, Any] = {}
    bucket: int = 0
    blocked: bool = False
    sponsor: int | None = None
    household: str = ""
    tier: str = ""
    tier_since: date | None = None
    visits: int = 0
    first_visit: date | None = None
    last_visit: date | None = None
    state: Mapping[str, Any] = {}
    holdings: tuple[Holding, ...] = ()
    balance: Mapping[str, int] = {}
    deficit: Mapping[str, int] = {}
    usable: Mapping[str, int] | None = None
    amends: Amends | None = None

    def held(self, asset: str, day: date) -> int:
        """Quantity of `asset` in lots that can be used on `day`."""
        return sum(
            h.quantity for h in self.holdings if h.asset == asset and h.available_on <= day <= h.last_day
        )


def made_up(before: Amends | None, points: int, on: date) -> Amends | None:
    """The last answer to an incident after one more of `points` on a day: those of one day count together."""
    if points <= 0 or (before is not None and on < before.on):
        return before
    return Amends(on, points + (before.points if before is not None and before.on == on else 0))
