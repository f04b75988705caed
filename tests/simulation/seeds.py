"""What one seed decides before the run begins: which faults there are, how often, and which programme the shop has."""

import random
from dataclasses import dataclass, replace

from tests.unit.rule_texts import capped

YEAR_MS = 365 * 86_400_000
PROGRAMME = """format = 1
[programme]
id = "simulated"
name = "Simulated bakery"
version = 1
effective_from = 2025-01-01
effective_to = 2035-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
business_day_ends = 03:00:00

[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00

[[rule]]
id = "regular"
kind = "earn.visits"
per = "month"
steps = [{ visit = 2, points = 20 }, { visit = 4, points = 30 }]

[[rule]]
id = "coffee"
kind = "stamp"
lines = ".category == 'coffee'"
per = "unit"
need = 10
reward = { kind = "free_unit", lines = ".category == 'coffee'", max_value = 4.50, pick = "dearest" }
card_expires = "365d"

[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
min_basket = 5.00
"""
PLAIN = '\n[expiry]\nlot_life = "365d"\n'
SHORT = '\n[expiry]\nlot_life = "12d"\n'
CAMPAIGN = """
[[rule]]
id = "launch"
kind = "earn.amount"
points = 2
per = 1.00
budget = 120

[[rule]]
id = "shop"
kind = "burn.gift"
gifts = [{ id = "mug", points = 30, stock = "chain" }]
"""
DAILY = """
[[rule]]
id = "hello"
kind = "earn.visit"
points = 3

[[rule]]
id = "daily"
kind = "stamp"
per = "day"
need = 4
reward = { kind = "free_unit", lines = ".category == 'bread'", max_value = 4.50, pick = "dearest" }
card_expires = "20d"
"""
TIERS = """
[tiers]
measure = "points_earned"
window = "365d"
levels = [{ id = "base", from = 0 }, { id = "gold", from = 150, multiply = "2" }]
"""
GROCER = """
[[rule]]
id = "turn"
kind = "convert"
points = 60
voucher = "cheque"

[[rule]]
id = "cheque"
kind = "voucher"
value = 5.00
life = "40d"
per_ticket = 2

[[rule]]
id = "hello"
kind = "earn.visit"
voucher = "bread"

[[rule]]
id = "bread"
kind = "voucher"
product = { lines = ".category == 'bread'", max_value = 2.00 }
starts = "1d"
life = "9d"
combinable = false

[[rule]]
id = "ten"
kind = "burn.percent"
points = 30
percent = "10%"
max_value = 4.00

[[rule]]
id = "gifts"
kind = "burn.gift"
gifts = [{ id = "mug", points = 40 }]

[[rule]]
id = "give"
kind = "burn.donation"
points = 10
value = 1.00
to = "food-bank"
max_steps = 3
"""
CAPPED = capped(2, 12, cap="most")
EVENTS = """
[[rule]]
id = "door"
kind = "earn.event"
event = "checkin"
points = 4

[[rule]]
id = "second"
kind = "stamp"
per = "day"
need = 3
reward = { kind = "free_unit", lines = ".category == 'bread'", max_value = 4.50, pick = "dearest" }

[incidents]
kinds = { wrong_order = 2, queue = 1 }
window = "30d"
red_alert = 5
"""
GROCERS = {"grocer": PROGRAMME + GROCER + PLAIN, "lapsing grocer": PROGRAMME + GROCER + SHORT}
DRAWN = ("plain", "short", "daily", "tiers", "all", "campaign")
PROGRAMMES = {
    **GROCERS,
    "plain": PROGRAMME + PLAIN,
    "short": PROGRAMME + SHORT,
    "daily": PROGRAMME + DAILY + PLAIN,
    "tiers": PROGRAMME + PLAIN + TIERS,
    "campaign": PROGRAMME + CAMPAIGN + PLAIN,
    "capped": PROGRAMME + CAPPED + PLAIN,
    "events": PROGRAMME + EVENTS + PLAIN,
    "tiers and events": PROGRAMME + EVENTS + PLAIN + TIERS,
    "all": PROGRAMME + DAILY + SHORT + TIERS,
}


def next_version(programme: str, effective_from: str) -> bytes:
    """The programme with other figures, from a day on."""
    text = PROGRAMMES[programme].replace("version = 1", "version = 2").replace("need = 10", "need = 8")
    text = text.replace("points = 1\nper = 1.00", "points = 3\nper = 2.00")
    return text.replace("effective_from = 2025-01-01", f"effective_from = {effective_from}").encode()


@dataclass(frozen=True)
class Plan:
    """The faults of one run. Rates are chances per request, commit or step; 0 switches a class off.

    Without `returns` nobody undoes or returns anything; `anew`: in the end the ledger comes back as it was before the
    first sale, and hears it all once more. `errand` is what is done on purpose (errands.py), `jobs` are small ones of
    the counter (jobs.py).
    """

    programme: str
    stores: tuple[str, ...]
    members: int
    drop_request: float
    drop_answer: float
    twice: float
    delay: float
    rubbish: float
    ledger_crash: float
    ledger_fault: float
    grants_again: float
    power_cut: float
    outage: float
    late: bool
    new_rules: bool
    queued_writer: bool
    skew_ms: tuple[int, ...]
    leases: float
    floors: bool = False
    turns: float = (
        0.3  # how much of what happens at a till is its traffic with the ledger, and not its cashier
    )
    copies: float = 0.0
    set_back: float = 0.0
    ledger_back: float = 0.0
    write_off: float = 0.0
    new_key: float = 0.0
    pair_again: float = 0.0
    days: float = 0.0
    disk_full: float = 0.0
    second_ledger: float = 0.0
    strange: float = 0.0
    clock_steps: float = 0.0
    errand: str = ""
    lan: float = 0.0
    returns: bool = True
    anew: bool = False
    drift: float = 0.0
    stuck: float = 0.0
    links: float = 0.0
    stock: float = 0.0
    torn: float = 0.0
    damage: float = 0.0
    jobs: tuple[str, ...] = ()


def together(plan: Plan) -> Plan:
    """The same with all tills in one store, where they see each other and need each other.

    Copies of disks and overrides are left to other seeds: what they may cost is bounded grant by grant.
    """
    return replace(
        plan,
        stores=("halles",) * len(plan.stores),
        outage=max(0.06, plan.outage),
        leases=max(0.3, plan.leases),
        lan=0.006,
        copies=0.0,
        set_back=0.0,
        ledger_back=0.0,
        write_off=0.0,
    )


def plan_of(rng: random.Random) -> Plan:
    """Draw the faults of a run: each class is off in about half of the seeds, so that none hides another."""

    def rate(*choices: float) -> float:
        return rng.choice((0.0, 0.0, *choices))

    tills = rng.choice((2, 2, 3))
    stores = tuple(rng.choice((("halles", "halles", "gare"), ("halles", "gare", "gare")))[:tills])
    skews = rng.choice(((0,), (0,), (0,), (-90_000, 60_000, 100_000), (0, -3 * YEAR_MS, 2 * YEAR_MS)))
    ledger_back = rate(0.004)
    return Plan(
        programme=rng.choice(DRAWN),
        stores=stores,
        members=rng.randint(3, 5),
        drop_request=rate(0.02, 0.1),
        drop_answer=rate(0.02, 0.15),
        twice=rate(0.05, 0.2),
        delay=rate(0.05, 0.3),
        rubbish=rate(0.03),
        ledger_crash=rate(0.01, 0.05),
        ledger_fault=rate(0.02, 0.05),
        grants_again=rate(0.05, 0.2),
        power_cut=rate(0.005, 0.02),
        outage=rate(0.03, 0.1),
        late=rng.random() < 0.5,
        new_rules=rng.random() < 0.4,
        queued_writer=rng.random() < 0.4,
        skew_ms=tuple(rng.choice(skews) for _ in stores),
        leases=rate(0.03, 0.2),
        turns=rng.choice((0.12, 0.3, 0.5)),
        copies=0.0 if ledger_back else rate(0.005, 0.015),
        set_back=0.0 if ledger_back else rate(0.005, 0.015),
        ledger_back=ledger_back,
        write_off=rate(0.005),
        new_key=rate(0.1, 0.5),
        days=rate(0.02, 0.1),
        disk_full=rate(0.005, 0.02),
        second_ledger=rate(0.01),
        strange=rate(0.01),
        clock_steps=rate(0.01),
        pair_again=rate(0.005),
    )
