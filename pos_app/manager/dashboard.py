"""Everything the manager's screens show, counted at once."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final

import msgspec

from pos_app.manager.board import Board, board_of
from pos_app.manager.crowd import Crowd, crowd_of
from pos_app.manager.shop import Shop
from rules.account import POINTS
from rules.programme.model import Programme, Rule
from rules.tools.offers import worth
from sync.figures import Offers
from sync.till import journal, sync_log
from sync.till.cursors import sync_state
from sync.till.offers import Offered, offered

LOGGED: Final = 40


class Campaign(msgspec.Struct, frozen=True):
    """A rule in force: until when, what it gave and took this month in the chain (None: the ledger has not said).

    `cost` is what it gave in all (points, stamps, vouchers), less what was taken back, in cents at the programme's own
    rates. `shown` and `taken` are offers in this store this month; `budget` is what a campaign may give, 0 for no end.
    """

    rule: str
    kind: str
    label: Mapping[str, str]
    first: date | None
    last: date | None
    given: int | None
    redeemed: int | None
    shown: int
    taken: int
    budget: int = 0
    cost: int | None = None


class Dashboard(msgspec.Struct, frozen=True):
    """The figures, what waits and what was sent. Times are ms UTC by this till's clock."""

    shop: Shop
    board: Board
    crowd: Crowd
    campaigns: tuple[Campaign, ...]
    sent: tuple[sync_log.Sent, ...]
    aside: tuple[sync_log.Aside, ...]
    waiting: int
    oldest_ms: int | None
    heard_ms: int


def dashboard_of(shop: Shop) -> Dashboard:
    """Count it all, from the files of the till."""
    waits = journal.waiting(shop.connection)
    return Dashboard(
        shop,
        board_of(shop),
        crowd_of(shop),
        campaigns_of(shop),
        sync_log.sent(shop.connection, LOGGED),
        sync_log.aside(shop.connection, LOGGED),
        waits.count,
        waits.oldest_wall_ms,
        sync_state(shop.connection).last_contact_ms,
    )


def campaigns_of(shop: Shop) -> tuple[Campaign, ...]:
    """The rules that give or take something today; what ends first stands first."""
    if shop.programme is None:
        return ()
    month = shop.now.day.replace(day=1)
    shown, taken = _offers(shop, month)
    found = [
        _campaign(rule, shop, shown[rule.id], taken[rule.id])
        for rule in shop.programme.rules
        if _is_offer(rule, shop.programme) and _holds(rule, shop.now.day, shop.identity.store)
    ]
    return tuple(sorted(found, key=lambda one: (one.last or date.max, one.rule)))


def _offers(shop: Shop, first: date) -> tuple[Counter[str], Counter[str]]:
    """How often each reward was possible in the store since `first`, and how often it was taken.

    At this till as of now, at the others as the ledger told it.
    """
    shown: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    told = shop.told.offers if shop.told is not None else ()
    others = [one for one in told if one.till != shop.identity.till and one.first == first]
    counts: list[Offered | Offers] = [*offered(shop.connection, first), *others]
    for one in counts:
        shown[one.rule] += one.shown
        taken[one.rule] += one.taken
    return shown, taken


def _is_offer(rule: Rule, programme: Programme) -> bool:
    return programme.policy(rule.id) is None and bool(rule.label)


def _holds(rule: Rule, day: date, store: str) -> bool:
    start, end = rule.valid.start, rule.valid.end
    begun = start is None or start.date() <= day
    return begun and (end is None or day <= end.date()) and (not rule.stores or store in rule.stores)


def _campaign(rule: Rule, shop: Shop, shown: int, taken: int) -> Campaign:
    every = [one for one in (shop.told.costs if shop.told is not None else ()) if one.rule == rule.id]
    costs = [one for one in every if one.asset == POINTS]
    units = worth(shop.programme, {}) if shop.programme is not None else {}
    cents = round(sum(one.given * units.get(one.asset, Fraction(0)) for one in every))
    start, end = rule.valid.start, rule.valid.end
    return Campaign(
        rule.id,
        rule.kind.name,
        rule.label,
        start.date() if start is not None else None,
        end.date() if end is not None else None,
        sum(one.given for one in costs) if shop.told is not None else None,
        sum(one.taken for one in costs) if shop.told is not None else None,
        shown,
        taken,
        rule.budget.total if rule.budget is not None else 0,
        cents if shop.told is not None else None,
    )
