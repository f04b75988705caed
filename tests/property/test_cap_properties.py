"""What holds for caps whatever is bought: never above the limit, and the order of the file does not matter."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

import rules.kinds.all  # noqa: F401
from rules.account import Account
from rules.calendar import scope_key
from rules.decision import Decision
from rules.evaluate import evaluate
from rules.fold import fold
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Line, Ticket
from tests.unit.kind_kit import HEADER

EARN = (
    '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n',
    '[[rule]]\nid = "x"\nkind = "earn.multiply"\nfactor = "7/3"\n',
    '[[rule]]\nid = "bread"\nkind = "earn.amount"\npoints = 3\nper = 2.00\nlines = ".category == \'bread\'"\n',
    '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 4\n',
)
PERIODS = ("ticket", "day", "week", "month", "year", "ever")
CAPS = st.lists(
    st.tuples(
        st.sampled_from(PERIODS),
        st.sampled_from(['["*"]', '["base"]', '["bonus", "x"]', '["bread", "multiplier"]']),
        st.integers(1, 60),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=4,
)
TICKETS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.lists(
            st.tuples(st.integers(-300, 4000), st.sampled_from(["bread", "milk"])), min_size=1, max_size=3
        ),
    ),
    min_size=1,
    max_size=8,
)


def texts(caps: list[tuple[str, str, int, int]]) -> list[str]:
    return [
        f'[[rule]]\nid = "cap{n}"\nkind = "cap"\nof = {of}\nmax = {most}\nper = "{per}"\npriority = {priority}\n'
        for n, (per, of, most, priority) in enumerate(caps)
    ]


def loaded(rules: list[str]) -> Programme:
    return load_programme(HEADER + "".join(rules).encode())


def run(programme: Programme, tickets: list[tuple[int, list[tuple[int, str]]]]) -> list[Decision]:
    account, day, decisions = Account(member=1), date(2026, 12, 20), []
    for n, (gap, lines) in enumerate(tickets):
        day += timedelta(days=gap)
        ticket = Ticket(str(n), tuple(Line(cents, "x", kind) for cents, kind in lines), day, 600, "s1")
        decisions.append(evaluate(ticket, account, programme))
        account = fold(account, ticket, decisions[-1])
    return decisions


@given(CAPS, TICKETS)
def test_no_period_ever_exceeds_its_cap(
    caps: list[tuple[str, str, int, int]], tickets: list[tuple[int, list[tuple[int, str]]]]
) -> None:
    """Points of the rules under a cap, summed over its period, never exceed it, and lines still add up."""
    programme = loaded([*EARN, *texts(caps)])
    decisions = run(programme, tickets)
    for per, of, most, _ in caps:
        totals: Counter[str] = Counter()
        for n, decision in enumerate(decisions):
            totals[scope_key(per, decision.bdate) or str(n)] += sum(
                given.quantity
                for given in decision.contributions
                if of == '["*"]' or any(f'"{name}"' in of for name in programme.names[given.rule])
            )
        assert max(totals.values()) <= most
    for decision in decisions:
        assert all(sum(given.allocation) == given.quantity > 0 for given in decision.contributions)


@given(CAPS, TICKETS, st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(
    caps: list[tuple[str, str, int, int]], tickets: list[tuple[int, list[tuple[int, str]]]], random: object
) -> None:
    """A shuffled file gives the same contributions, outcomes and counters."""
    rules = [*EARN, *texts(caps)]
    before = run(loaded(rules), tickets)
    random.shuffle(rules)  # type: ignore[attr-defined]
    for first, second in zip(before, run(loaded(rules), tickets), strict=True):
        assert (first.contributions, first.outcomes, first.state) == (
            second.contributions,
            second.outcomes,
            second.state,
        )
