"""Random programmes with every kind, and the tickets, events, members and wishes that meet them."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from rules.account import FOREVER, Account, Holding
from rules.decision import Choice
from rules.kinds.base import Phase
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Event, Line, Ticket

DAY = date(2026, 5, 1)
SKUS = ("espresso", "brie", "wine", "bread")
CATEGORIES = ("coffee", "cheese", "tobacco", "bread")
Table = Mapping[str, str]

_COFFEE = "\".category == 'coffee'\""
_PRIZES = ({"points": "7"}, {"points": "40"}, {"voucher": '"v-value"'}, {"voucher": '"v-late"'})
_REWARD = f"{{ lines = {_COFFEE}, max_value = 3.00 }}"
_GIFTS = '[{ id = "mug", points = 30, stock = "store" }, { id = "pen", points = 5 }]'

KINDS: dict[str, tuple[Table, ...]] = {
    "earn.amount": (
        {"points": "1", "per": "1.00"},
        {"points": "3", "per": "2.00"},
        {"points": "7", "per": "0.30", "lines": _COFFEE},
    ),
    "earn.unit": ({"points": "2"}, {"points": "5", "max_units": "2", "lines": "\".sku == 'wine'\""}),
    "earn.visit": ({}, {"max_per_day": "2"}),
    "earn.visits": (
        {"steps": '[{ visit = 1, points = 4 }, { visit = 3, voucher = "v-value" }]'},
        {"steps": "[{ visit = 2, points = 9 }]", "per": '"5d"'},
    ),
    "earn.streak": ({"period": '"day"', "length": "2", "repeat": "true", "grace": "1"},),
    "earn.comeback": ({"absent": '"2d"'},),
    "earn.once": ({"on": '"first_purchase"'}, {"on": '"profile"', "fields": '["member.email"]'}),
    "earn.birthday": ({"before": '"3d"', "after": '"3d"'},),
    "earn.multiply": (
        {"factor": '"2"'},
        {"factor": '"4/3"', "applies_to": '["base", "r0"]', "lines": _COFFEE},
    ),
    "earn.event": (
        {"event": '"check_in"'},
        {"event": '"web.review"', "requires": '"purchase"'},
        {"event": '"partner.purchase"', "points": "1", "per": "0.70"},
    ),
    "referral": (
        {
            "sponsor_points": "8",
            "within": '"30d"',
            "sponsored_points": "6",
            "qualifies": '"ticket.total >= 5.00"',
        },
        {"sponsor_points": "8", "within": '"9d"', "max_per_sponsor": '{ count = 1, per = "month" }'},
    ),
    "stamp": (
        {"need": "3", "reward": _REWARD, "lines": _COFFEE},
        {"need": "2", "reward": "{}", "per": '"day"'},
        {"need": "2", "reward": "{ pick = 'dearest' }", "per": '"ticket"', "card_expires": '"9d"'},
    ),
    "cap": (
        {"of": '["*"]', "max": "30", "per": '"ticket"'},
        {"of": '["base", "multiplier"]', "max": "45", "per": '"day"'},
        {"of": '["bonus"]', "max": "12", "per": '"week"'},
        {"of": '["*"]', "max": "90", "per": '"month"'},
    ),
    "burn.money": (
        {"points": "10", "value": "1.00", "max_share": '"50%"'},
        {"points": "30", "value": "3.00", "step": "10", "max_steps": "3", "lines": _COFFEE},
    ),
    "burn.percent": (
        {"points": "20", "percent": '"33%"', "max_value": "4.00"},
        {"points": "9", "percent": '"7.5%"'},
    ),
    "burn.product": (
        {"points": "15", "gives": '{ sku = "brie" }'},
        {"points": "9", "gives": '{ sku = "wine", qty = 2 }'},
    ),
    "burn.gift": ({"gifts": _GIFTS},),
    "burn.donation": ({"points": "5", "value": "0.10", "to": '"food"', "max_steps": "2"},),
    "burn.partner": ({"points": "8", "quantity": "3", "to": '"air"'},),
    "convert": ({"points": "60", "voucher": '"v-value"'},),
}
PRIZED = ("earn.visit", "earn.streak", "earn.comeback", "earn.once", "earn.birthday")
GIVING = tuple(name for name in KINDS if name.startswith("earn.") or name == "referral")
VOUCHERS: tuple[Table, ...] = (
    {"id": '"v-value"', "kind": '"voucher"', "value": "2.50", "per_ticket": "2", "life": '"20d"'},
    {"id": '"v-late"', "kind": '"voucher"', "percent": '"20%"', "starts": '"1d"', "combinable": "false"},
    {"id": '"v-product"', "kind": '"voucher"', "product": f"{{ lines = {_COFFEE} }}", "per_ticket": "2"},
)
POLICIES: dict[str, tuple[Table, ...]] = {
    "expiry": ({"lot_life": '"6d"'}, {"lot_life": '"1m"', "align": '"month_end"', "inactivity": '"4d"'}),
    "tiers": (
        {
            "levels": '[{ id = "a", from = 20, multiply = "3/2" }, { id = "b", from = 60, gives = { points = 11 } }]'
        },
        {
            "measure": '"spend"',
            "window": '"5d"',
            "levels": '[{ id = "a", from = 10.00, multiply = "2" }, { id = "b", from = 50.00, multiply = "3" }]',
        },
        {"measure": '"visits"', "levels": '[{ id = "a", from = 2, gives = { voucher = "v-value" } }]'},
    ),
    "incidents": ({"kinds": "{ rude = 2, queue = 1 }", "window": '"9d"', "red_alert": "3"},),
    "dormancy": ({"at_risk": '"2d"', "dormant": '"5d"', "offer": '"v-value"'},),
    "transition": (
        {"to": '"other"', "last_earn": "2026-05-09", "last_burn": "2026-05-12", "burn_limit": "60"},
        {"to": '"other"', "burn_limit": "3.00"},
    ),
    "consent": ({"purposes": '[{ id = "terms", label = "T", text = "T" }]'},),
    "retention": ({"inactive_months": "36"},),
}
_HEADER: dict[str, tuple[str, ...]] = {
    "rounding": ('"floor"', '"half_up"', '"carry"'),
    "earn_on": ('"net"', '"gross"'),
    "count_from": ("0.01", "0.00", "0.90"),
    "typed_amount": ('"earns"', '"counts"', '"nothing"'),
    "business_day_ends": ("00:00:00", "03:00:00"),
}
_FIXED = {
    "id": '"t"',
    "name": '"T"',
    "version": "1",
    "effective_from": "2026-01-01",
    "effective_to": "2029-01-01",
    "timezone": '"Europe/Paris"',
    "currency": '"EUR"',
    "unit": '"point"',
    "exclude": '{ categories = ["tobacco"] }',
}
_WHENS = (
    '"ticket.total >= 8.00"',
    "\"clock.weekday in ['sat', 'fri']\"",
    '"has(member.email) || member.points > 90"',
)


@st.composite
def texts(
    draw: st.DrawFn,
    kinds: tuple[str, ...] = tuple(KINDS),
    *,
    plain: bool = False,
    always: tuple[str, ...] = (),
) -> dict[str, list[Table]]:
    """The tables of a programme by name: its header, groups, rules and policies.

    `plain` leaves all gates out, the keys `always` stand wherever a kind takes them.
    """
    header = {**_FIXED, **{key: draw(st.sampled_from(values)) for key, values in _HEADER.items()}}
    chosen = [*kinds[:1], *draw(st.lists(st.sampled_from(kinds), min_size=3, max_size=12))]
    rules = [draw(_rule(kind, n, always, plain=plain)) for n, kind in enumerate(chosen)]
    tables: dict[str, list[Table]] = {"programme": [header], "rule": [*rules, *VOUCHERS]}
    if plain:
        return tables
    modes = st.sampled_from(["sum", "best", "first", "list", "stack"])
    tables["groups"] = [
        {f'"{name}"': f'"{draw(modes)}"' for name in ("base", "multiplier", "bonus", "discount", "own")}
    ]
    for name, variants in POLICIES.items():
        if draw(st.booleans()):
            tables[name] = [draw(st.sampled_from(variants))]
    return tables


@st.composite
def _rule(draw: st.DrawFn, kind: str, n: int, always: tuple[str, ...], *, plain: bool) -> Table:
    rule = {"id": f'"r{n}"', "kind": f'"{kind}"', **draw(st.sampled_from(KINDS[kind]))}
    if kind in PRIZED or (kind == "earn.event" and "points" not in rule):
        rule |= draw(st.sampled_from(_PRIZES))
    if plain:
        return rule
    rule["priority"] = str(draw(st.integers(-1, 1)))
    gates = {"when": _WHENS, "min_basket": ("5.00",), "group": ('"own"',), "excludes": (), "schedule": ()}
    gates["max"] = ('{ count = 1, per = "day" }', '{ count = 2, per = "month" }')
    gates["vesting"], gates["budget"] = ('"2d"',), ("9", "35")
    gates["excludes"] = (f'["r{n - 1}"]', f'["r{n // 2}", "v-value"]') if n else ()
    gates["schedule"] = ("[{ from = 08:00:00, to = 20:00:00 }]",)
    gates["budget"] = ("9", "35") if kind in GIVING else ("4.00",)
    for key in (*always, *draw(st.lists(st.sampled_from(sorted(gates)), max_size=2, unique=True))):
        if gates[key] and _takes(kind, key):
            rule.setdefault(key, draw(st.sampled_from(gates[key])))
    if "budget" in rule and kind in GIVING and "voucher" in rule:
        del rule["budget"]
    return rule


def _takes(kind: str, key: str) -> bool:
    if key in ("priority", "group", "excludes"):
        return True
    if kind == "convert" or (key == "max" and kind == "cap"):
        return False
    if key == "budget":
        return kind in GIVING or kind in ("burn.money", "burn.percent", "burn.product")
    if key == "vesting":
        return kind in GIVING
    return not (kind in ("earn.event", "referral") and key in ("min_basket", "when"))


def written(tables: Mapping[str, list[Table]], shuffle: random.Random | None = None) -> bytes:
    """The file of `tables`; with `shuffle` its tables and their keys come in any order."""
    parts = []
    for name, several in tables.items():
        for table in several:
            keys = [f"{key} = {value}" for key, value in table.items()]
            if shuffle is not None:
                shuffle.shuffle(keys)
            parts.append("\n".join(["[[rule]]" if name == "rule" else f"[{name}]", *keys]))
    if shuffle is not None:
        shuffle.shuffle(parts)
    return "\n".join(["format = 1", *parts, ""]).encode()


def loaded(tables: Mapping[str, list[Table]], shuffle: random.Random | None = None) -> Programme:
    """The programme of `tables`."""
    return load_programme(written(tables, shuffle))


_CENTS = (0, -250, 1, 99, 350, 800, 1999, 2500)
_lines = st.builds(
    lambda goods, cents, qty: Line(cents, *goods, qty=Decimal(qty)),
    st.sampled_from([*((sku, category) for sku in SKUS for category in CATEGORIES), ("", "")]),
    st.one_of(st.sampled_from(_CENTS), st.integers(100, 2500)),
    st.sampled_from(["1", "2", "3", "0.5", "1.25", "2.750"]),
)
baskets = st.lists(_lines, min_size=1, max_size=6).map(tuple)
_events = st.sampled_from(
    [
        Event("check_in"),
        Event("web.review", "brie", "review-1"),
        Event("partner.purchase", fields={"cents": 1234}),
        Event("enrolment"),
        Event("referral", "", "m9", {"sponsored": 9}),
        Event("incident", "", "i1", {"kind": "rude"}),
    ]
)


@st.composite
def walks(draw: st.DrawFn) -> list[Ticket]:
    """Tickets and events of some days."""
    day, seen = DAY, []
    for n in range(draw(st.integers(1, 7))):
        day += timedelta(days=draw(st.sampled_from([0, 0, 1, 2, 4])))
        minute = draw(st.sampled_from([30, 600, 1300]))
        event = draw(st.one_of(st.none(), st.none(), st.none(), _events))
        lines = () if event is not None else draw(baskets)
        seen.append(Ticket(f"t{n}", lines, day, minute, "s1", event=event))
    return seen


def rich(programme: Programme) -> Account:
    """A member who holds something of everything."""
    lots = [Holding("points", f"p{n}", 40 + n, DAY, DAY, DAY + timedelta(days=5 * n)) for n in range(1, 4)]
    assets = {
        asset
        for rule in programme.rules
        if rule.kind.assets
        for asset in rule.kind.assets(rule.id, rule.table)
    }
    lots += [Holding(asset, asset, 2, DAY, DAY, FOREVER) for asset in sorted(assets - {"points"})]
    return Account(
        member=1,
        since=DAY - timedelta(days=3),
        birthday=(5, 4),
        fields={"email": True},
        sponsor=2,
        holdings=tuple(lots),
    )


def wishes(programme: Programme) -> st.SearchStrategy[tuple[Choice, ...]]:
    """What the customer wants to redeem: some of what the programme has, in any order."""
    names = [
        rule.id
        for rule in programme.rules
        if rule.kind.phase is Phase.BURN or any(phase is Phase.BURN for phase, _ in rule.kind.also)
    ]
    wish = st.builds(Choice, st.sampled_from(names), st.sampled_from([1, 1, 2, 5]))
    return st.lists(wish, max_size=5).map(tuple)


def stocks(programme: Programme) -> st.SearchStrategy[dict[str, int] | None]:
    """What is left of the shared counters of a programme; None is plenty."""
    counters = {f"budget:{rule.id}" for rule in programme.rules if rule.budget is not None}
    counters |= {f"gift:{rule.id}" for rule in programme.rules if rule.kind.name == "burn.gift"}
    counters.add("limit:transition")
    few = st.fixed_dictionaries({name: st.integers(0, 60) for name in sorted(counters)})
    return st.one_of(st.none(), few)
