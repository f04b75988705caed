"""What holds of every ticket under a programme that uses all kinds together."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

import rules.kinds.all  # noqa: F401
from rules.account import Account
from rules.decision import Choice
from rules.evaluate import evaluate
from rules.fold import expire, fold
from rules.programme.load import load_programme
from rules.refund import LineReturn, Return, restored, returned, target
from rules.ticket import Line, Ticket

HEADER = """format = 1
[programme]
id = "t"
name = "T"
version = 1
effective_from = 2026-01-01
effective_to = 2028-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
exclude = { categories = ["tobacco"] }
count_from = 0.50
"""
RULES = [
    'id = "base"\nkind = "earn.amount"\npoints = 3\nper = 2.00',
    'id = "cake"\nkind = "earn.amount"\npoints = 1\nper = 1.00\nlines = ".category == \'cake\'"',
    'id = "visit"\nkind = "earn.visit"\npoints = 2\nmin_basket = 3.00',
    'id = "regular"\nkind = "earn.visits"\nsteps = [{ visit = 2, points = 20 }, { visit = 4, points = 50 }]',
    'id = "x2"\nkind = "earn.multiply"\nfactor = "2"\nwhen = "ticket.total >= 20.00"',
    'id = "bday"\nkind = "earn.birthday"\nbefore = "3d"\nafter = "3d"\npoints = 30',
    'id = "coffee"\nkind = "stamp"\nneed = 5\nlines = ".category == \'coffee\'"\n'
    "reward = { lines = \".category == 'coffee'\", max_value = 4.00 }",
    'id = "daily"\nkind = "stamp"\nneed = 3\nper = "day"\nreward = {}',
    'id = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\nmax_share = "50%"',
    'id = "brie"\nkind = "burn.product"\npoints = 15\ngives = { sku = "cake" }',
]
POLICIES = """
[tiers]
window = "30d"
levels = [{ id = "silver", from = 30, multiply = "3/2" }]
[expiry]
lot_life = "20d"
"""


def text(rules: list[str]) -> bytes:
    return (HEADER + "".join(f"[[rule]]\n{rule}\n" for rule in rules) + POLICIES).encode()


PROGRAMME = load_programme(text(RULES))
BASE_ONLY = load_programme((HEADER + "".join(f"[[rule]]\n{rule}\n" for rule in RULES[:2])).encode())

_lines = st.builds(
    lambda category, cents, qty: Line(cents, category, category, qty=Decimal(qty)),
    st.sampled_from(["coffee", "cake", "bread", "tobacco"]),
    st.integers(-300, 2500),
    st.integers(1, 4),
)
_baskets = st.lists(_lines, min_size=1, max_size=8).map(tuple)
_visits = st.lists(st.tuples(_baskets, st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=8)
_encode = msgspec.json.Encoder().encode


def _history(visits: list[tuple[tuple[Line, ...], int, int]], choose: bool = True) -> list[tuple]:
    account, day, seen = Account(member=1, birthday=(5, 10)), date(2026, 5, 1), []
    for n, (lines, later, wish) in enumerate(visits):
        day += timedelta(days=later)
        account = expire(account, day)
        ticket = Ticket(f"t{n}", lines, day, 600, "s1")
        choices = (Choice(("pay", "brie", "coffee", "daily")[wish], 2),) if choose else ()
        decision = evaluate(ticket, account, PROGRAMME, choices)
        seen.append((account, ticket, choices, decision))
        account = fold(account, ticket, decision)
        for asset, quantity in account.balance.items():
            assert quantity >= 0
            assert quantity == sum(h.quantity for h in account.holdings if h.asset == asset)
    return seen


@settings(max_examples=60)
@given(_visits)
def test_line_cents_and_points_add_up(visits: list[tuple[tuple[Line, ...], int, int]]) -> None:
    """Every burn and contribution adds up over its lines, on eligible lines only, never below zero."""
    for _account, ticket, _choices, decision in _history(visits):
        assert decision.paid == decision.net - decision.reward >= 0
        assert decision.reward == sum(burn.cents for burn in decision.burns)
        off = [0] * len(ticket.lines)
        for burn in decision.burns:
            assert burn.cents == sum(burn.allocation) > 0
            off = [before + cents for before, cents in zip(off, burn.allocation, strict=True)]
        for line, cents in zip(ticket.lines, off, strict=True):
            assert 0 <= cents <= max(0, line.cents)
            assert not cents or line.category != "tobacco"
        for given_ in decision.contributions:
            assert given_.quantity == sum(given_.allocation) > 0
            assert min(given_.allocation) >= 0
        assert [outcome.rule for outcome in decision.outcomes] == [rule.id for rule in PROGRAMME.rules]


@settings(max_examples=40)
@given(_visits, st.permutations(RULES))
def test_the_order_of_the_file_changes_nothing(
    visits: list[tuple[tuple[Line, ...], int, int]], rules: list[str]
) -> None:
    """A shuffled file gives the same decisions, its hash apart."""
    shuffled = load_programme(text(rules))
    for account, ticket, choices, decision in _history(visits):
        again = evaluate(ticket, account, shuffled, choices)
        assert msgspec.structs.replace(again, programme=decision.programme) == decision


@settings(max_examples=60)
@given(_visits)
def test_burns_replayed_as_facts_give_the_same_decision(
    visits: list[tuple[tuple[Line, ...], int, int]],
) -> None:
    """What the till decided, the centre gets again from the burns as facts: same earning, same state."""
    for account, ticket, _choices, decision in _history(visits):
        settled = evaluate(ticket, account, PROGRAMME, burns=decision.burns)
        assert settled.contributions == decision.contributions
        assert (settled.state, settled.tier, settled.paid) == (decision.state, decision.tier, decision.paid)


@settings(max_examples=60)
@given(_visits)
def test_the_same_inputs_give_the_same_bytes(visits: list[tuple[tuple[Line, ...], int, int]]) -> None:
    """No hidden input: a second evaluation encodes alike, and inputs are left as they were."""
    for account, ticket, choices, decision in _history(visits):
        before = _encode((account, ticket))
        assert _encode(evaluate(ticket, account, PROGRAMME, choices)) == _encode(decision)
        assert _encode((account, ticket)) == before


@given(_baskets, _lines.filter(lambda line: line.cents >= 0))
def test_one_more_line_never_lowers_base_points(lines: tuple[Line, ...], more: Line) -> None:
    """Goods added to a basket can only add points."""
    account = Account(member=1)
    less = evaluate(Ticket("t", lines, date(2026, 5, 6), 600, "s"), account, BASE_ONLY)
    much = evaluate(Ticket("t", (*lines, more), date(2026, 5, 6), 600, "s"), account, BASE_ONLY)
    assert much.earned() >= less.earned()


@settings(max_examples=60)
@given(_visits)
def test_a_refund_of_everything_returns_to_zero(visits: list[tuple[tuple[Line, ...], int, int]]) -> None:
    """All lines back: every contribution is taken and every burn restored, to the unit."""
    for _account, ticket, _choices, decision in _history(visits):
        whole = Return(
            lines=tuple(LineReturn(n, line.cents, line.qty) for n, line in enumerate(ticket.lines))
        )
        backs = returned(ticket.lines, (whole,))
        assert [target(each, backs) for each in decision.contributions] == [
            each.quantity for each in decision.contributions
        ]
        assert [restored(burn, backs) for burn in decision.burns] == [
            (burn.quantity, burn.cents) for burn in decision.burns
        ]
