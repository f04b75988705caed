"""The members of the store as this till knows them: levels and who moved, points, red alerts, who stays away.

Of a member who was not seen here for more than a year (`scope_months`) a till knows nothing any more.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from pos_app.manager.shop import Shop
from rules.account import POINTS, Account
from rules.kinds.dormancy import status_of
from rules.kinds.incidents import alert_of
from rules.kinds.tiers import TIERS, Tiers
from rules.programme.model import Programme
from sync.figures import Cohort, Now
from sync.till import members

QUIET_DAYS: Final = 90  # without a visit, where the programme does not say from when on somebody is dormant


class Level(msgspec.Struct, frozen=True):
    """A level ("" for none), its members, and how many of them reached or fell to it today and this week."""

    tier: str
    members: int
    today: int
    week: int


class Crowd(msgspec.Struct, frozen=True):
    """Figures of the store's members. `alerts` are members with a red alert, by number.

    `points` is what they hold; `dormant` have stayed away for long, `at_risk` for a while, `never` have not bought yet.
    """

    members: int
    points: int
    joined_today: int
    joined_week: int
    levels: tuple[Level, ...]
    alerts: tuple[int, ...]
    dormant: int
    at_risk: int
    never: int
    cohorts: tuple[Cohort, ...]


def crowd_of(shop: Shop) -> Crowd:
    """Count them: every account is opened, which takes a second for some ten thousand members."""
    counts: Counter[str] = Counter()
    tiers: Counter[tuple[str, str]] = Counter()
    alerts = []
    for member, account in _accounts(shop):
        for what in _of(account, shop.now, shop.programme):
            counts[what] += 1
        counts["points"] += account.balance.get(POINTS, 0)
        for span in _moved(account, shop.now):
            tiers[account.tier, span] += 1
        if _is_red(account, shop.programme, shop.now.day):
            alerts.append(member)
    return Crowd(
        counts["members"],
        counts["points"],
        counts["today"],
        counts["week"],
        _levels(tiers, shop.programme),
        tuple(sorted(alerts)),
        counts["dormant"],
        counts["at_risk"],
        counts["never"],
        shop.told.cohorts if shop.told is not None else (),
    )


def _accounts(shop: Shop) -> Iterator[tuple[int, Account]]:
    """The members of the store; who was only asked about here is none of them."""
    for (member,) in shop.connection.execute("SELECT member FROM profile ORDER BY member").fetchall():
        known = members.load(shop.connection, shop.identity, member)
        if known is not None and known.kept and known.account.known == "full":
            yield member, known.account


def _of(account: Account, now: Now, programme: Programme | None) -> list[str]:
    """What a member counts as."""
    found = ["members"]
    if account.since is not None and account.since >= now.monday:
        found += ["week", *(["today"] if account.since == now.day else [])]
    status = status_of(account, programme, now.day) if programme is not None else None
    if status is None and account.last_visit is not None:
        status = "dormant" if (now.day - account.last_visit).days > QUIET_DAYS else "active"
    if account.last_visit is None:
        found.append("never")
    elif status in ("dormant", "at_risk"):
        found.append(status)
    return found


def _moved(account: Account, now: Now) -> list[str]:
    since = account.tier_since
    if since is None or since < now.monday:
        return ["all"]
    return ["all", "week", *(["today"] if since == now.day else [])]


def _is_red(account: Account, programme: Programme | None, day: date) -> bool:
    alert = alert_of(account, programme, day) if programme is not None else None
    return alert is not None and alert.red


def _levels(tiers: Counter[tuple[str, str]], programme: Programme | None) -> tuple[Level, ...]:
    """From the highest level of the programme down to none."""
    rule = programme.rule(TIERS) if programme is not None else None
    table: Tiers | None = rule.table if rule is not None else None
    order = [level.id for level in reversed(table.levels)] if table is not None else []
    here = {tier for tier, _ in tiers}
    names = [*order, *sorted(here - {*order, ""}), *([""] if "" in here else [])]
    return tuple(Level(name, *(tiers[name, span] for span in ("all", "today", "week"))) for name in names)
