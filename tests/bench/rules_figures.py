"""A 30-line ticket under 50 rules: the whole evaluation against its own conditions."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from cel_conditions import conditions_in_cel
from figures import Row, median, percentile, timed

from rules.account import Account, Holding
from rules.basis import Basis
from rules.evaluate import evaluate
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Line, Ticket

DAY = date(2026, 5, 6)  # a Wednesday
SECTIONS = tuple(f"section{n}" for n in range(40))
BOUGHT = SECTIONS[::3]  # a basket has lines of a third of the shop's sections
RULES = 50
LINES = 30

_HEADER = """format = 1
[programme]
id = "bench"
name = "Bench"
version = 1
effective_from = 2026-01-01
effective_to = 2028-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
exclude = { categories = ["section7"] }
[fields]
"member.diet" = { type = "enum", values = ["none", "vegan"], optional = true }
[groups]
base = "sum"
multiplier = "best"
bonus = "sum"
[tiers]
levels = [{ id = "base", from = 0 }, { id = "silver", from = 200, multiply = "5/4" }, { id = "gold", from = 900 }]
[expiry]
lot_life = "365d"
align = "month_end"
[[rule]]
id = "euro"
kind = "earn.amount"
points = 1
per = 1.00
"""

# What the campaigns of a chain look like: how many of each, and their text with sections and numbers varied.
_MODELS = """
8
kind = "earn.amount"
points = 2
per = 1.00
lines = ".category in ['{a}','{b}'] && !.promo"

5
kind = "earn.amount"
points = 1
per = 2.00
lines = ".category == '{a}' && .cents >= {n}.00 && .qty >= 1"

4
kind = "earn.amount"
points = 1
per = 5.00
when = "count(lines, .category == '{a}') >= 2 && ticket.total >= {n}.00"

4
kind = "earn.amount"
points = 3
per = 1.00
lines = ".sku in ['S00{n}','S04{n}','S07{n}'] || (.subcategory == '{b}' && .promo)"

3
kind = "earn.multiply"
factor = "3/2"
when = "member.tier in ['silver','gold'] && sum(lines, .cents) >= {n}0.00"

3
kind = "earn.multiply"
factor = "2"
lines = ".category == '{a}'"
when = "clock.weekday in ['mon','wed'] && clock.hour < 1{n} && any(lines, .category == '{a}')"

2
kind = "earn.visit"
points = {n}
when = "sum(lines, .cents) > {n}0.00 && clock.hour < 11"

3
kind = "earn.visits"
steps = [{{ visit = {n}, points = 30 }}]
min_basket = 3.00
when = "any(lines, .category == '{a}' && .qty >= 2)"

6
kind = "stamp"
need = 10
lines = ".category == '{a}' && .cents >= 0.{n}0"
reward = {{ kind = "free_unit", lines = ".category == '{a}'", max_value = 4.50 }}

3
kind = "burn.money"
points = {n}00
value = {n}.00
when = "ticket.total >= {n}.00 && member.months >= {n} && all(lines, .cents < 9{n}.00)"

3
kind = "burn.product"
points = {n}0
gives = {{ sku = "S00{n}" }}
when = "any(lines, .category == '{a}' && .qty >= 2)"

1
kind = "earn.birthday"
before = "{n}d"
after = "{n}d"
points = 20
when = "has(member.diet)"

2
kind = "earn.amount"
points = 1
per = 1.00
when = "max(sum(lines, .cents), 5.00) >= {n}00.00 || member.points > {n}000"
"""


def programme_file() -> bytes:
    """50 rules: one for all that is bought, tiers, the life of points, and 47 campaigns of the shapes above."""
    rules: list[str] = []
    for model in _MODELS.strip().split("\n\n"):
        count, _, text = model.partition("\n")
        for turn in range(int(count)):
            place = len(rules)
            sections = {"a": SECTIONS[place * 7 % 40], "b": SECTIONS[(place * 7 + 11) % 40]}
            rules.append(f'[[rule]]\nid = "r{place}"\n{text.format(**sections, n=turn % 7 + 2)}\n')
    return (_HEADER + "\n".join(rules)).encode()


def ticket() -> Ticket:
    """30 lines of 14 sections, a discount among them."""
    lines = tuple(
        Line(
            cents=-100 if n == 17 else 80 + 37 * n % 900,
            sku=f"S0{n:02}",
            category=BOUGHT[n * 5 % len(BOUGHT)],
            subcategory=SECTIONS[n * 3 % 40],
            qty=Decimal(1 + n % 3),
            promo=n % 5 == 0,
        )
        for n in range(LINES)
    )
    return Ticket("t", lines, DAY, 610, "s1", "1")


def account() -> Account:
    """A member of two years with points, a coffee card and a history."""
    points = Holding("points", "l1", 640, date(2026, 1, 5), date(2026, 1, 5), date(2027, 1, 31))
    card = Holding("reward:r33", "l2", 1, date(2026, 2, 5), date(2026, 2, 5), date(2027, 1, 31))
    days = {f"2026-0{month}-{day:02}": 11 for month in (1, 2, 3, 4) for day in range(1, 21)}
    return Account(
        member=1,
        since=date(2024, 2, 3),
        birthday=(5, 4),
        fields={"diet": "vegan"},
        visits=80,
        state={"tiers": {"days": days}},
        holdings=(points, card),
        balance={"points": 640, "reward:r33": 1},
    )


def conditions(programme: Programme, ticket: Ticket, account: Account) -> Callable[[], None]:
    """Every `when` once and every line filter on every eligible line, each distinct filter once, and nothing else."""
    basis = Basis(ticket, account, programme, {})
    facts, lines = basis.facts, ticket.lines
    eligible = [lines[n] for n in basis.eligible]
    whens = [rule.when for rule in programme.rules if rule.when is not None]
    filters = {rule.lines_source: rule.lines for rule in programme.rules if rule.lines is not None}

    def job() -> None:
        for when in whens:
            when(facts, lines)
        for run in filters.values():
            for line in eligible:
                run(facts, line)

    return job


def rows(quick: bool) -> list[Row]:
    """Evaluation against its conditions, these against CEL, and loading; what is compared takes turns in blocks."""
    file = programme_file()
    shop, sale, member = load_programme(file), ticket(), account()
    assert len(shop.rules) == RULES
    alone = conditions(shop, sale, member)
    whole: list[int] = []
    bare: list[int] = []
    for _ in range(5 if quick else 30):
        whole += timed(lambda: evaluate(sale, member, shop), 50)
        bare += timed(alone, 50)
    ratio = median(whole) / median(bare)
    applied = sum(o.reason.value == "APPLIED" for o in evaluate(sale, member, shop).outcomes)
    return [
        Row(
            f"evaluation of {LINES} lines under {RULES} rules ({applied} apply)",
            f"p50 {median(whole) / 1000:.0f} µs, p99 {percentile(whole, 0.99) / 1000:.0f} µs",
        ),
        Row(
            "its own conditions alone",
            f"p50 {median(bare) / 1000:.0f} µs, p99 {percentile(bare, 0.99) / 1000:.0f} µs",
        ),
        Row("evaluation ÷ conditions (medians)", f"{ratio:.2f}", "≤ 2.5", ratio <= 2.5),
        *_against_cel(alone, conditions_in_cel(shop, sale, member), blocks=5 if quick else 30),
        _load(file, 40 if quick else 200),
    ]


def _against_cel(ours: Callable[[], None], theirs: Callable[[], None], blocks: int) -> list[Row]:
    own: list[int] = []
    other: list[int] = []
    for _ in range(blocks):
        own += timed(ours, 50)
        other += timed(theirs, 50)
    faster = median(other) / median(own)
    return [
        Row(
            f"conditions: ours vs cel-expr-python ({LINES}-line ticket, {RULES} rules), p50",
            f"{median(own) / 1000:.0f} µs vs {median(other) / 1000:.0f} µs",
        ),
        Row("conditions: cel-expr-python ÷ ours (medians)", f"{faster:.2f}", "≥ 2", faster >= 2),
    ]


def _load(file: bytes, repeats: int) -> Row:
    loads = timed(lambda: load_programme(file), repeats)
    return Row(
        f"load and check of a programme of {RULES} rules",
        f"p50 {median(loads) / 1e6:.1f} ms, p99 {percentile(loads, 0.99) / 1e6:.1f} ms",
        "p50 ≤ 15 ms",
        median(loads) <= 15e6,
    )
