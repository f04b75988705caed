"""Explanations of random tickets agree with the decision, at once and from what was frozen."""

from hypothesis import given
from hypothesis import strategies as st

from rules.account import Account, Holding
from rules.decision import Choice
from rules.evaluate import evaluate
from rules.telling.build import explain_ticket
from rules.telling.frozen import explain_frozen
from rules.ticket import Line, Ticket
from tests.unit.kind_kit import DAY, programme
from tests.unit.test_telling import RULES

PROGRAMME = programme(RULES)
LINES = st.lists(
    st.builds(Line, st.integers(-500, 6000), st.just("s"), st.sampled_from(("bread", "dairy"))), min_size=1
)
TICKETS = st.builds(lambda lines: Ticket("t", tuple(lines), DAY, 600, "s1"), LINES)


def account(points: int) -> Account:
    """A member with one lot."""
    lot = Holding("points", "L", points, DAY, DAY, DAY)
    return Account(1, holdings=(lot,) if points else (), balance={"points": points})


@given(TICKETS, st.integers(0, 300), st.booleans())
def test_every_lot_and_burn_is_told_over_lines_that_add_up(ticket: Ticket, points: int, redeem: bool) -> None:
    """One entry a rule; shares over lines sum to the lot and to the cents off; a rounding ends at what was given."""
    decision = evaluate(ticket, account(points), PROGRAMME, (Choice("five"),) if redeem else ())
    found = explain_ticket(ticket, decision, PROGRAMME, account(points))
    assert [one.outcome for one in found.rules] == list(decision.outcomes)
    gifts = [gift for one in found.rules for gift in one.given]
    assert sum(gift.quantity for gift in gifts) == sum(one.quantity for one in decision.contributions)
    assert all(sum(line.share for line in gift.lines) == gift.quantity for gift in gifts)
    spent = [each for one in found.rules for each in one.spent]
    assert all(sum(line.share for line in each.lines) == each.cents for each in spent)
    for one in found.rules:
        if one.rounding is not None and not one.outcome.cut:
            assert one.rounding.result == one.outcome.quantity


@given(TICKETS, st.integers(0, 300), st.booleans())
def test_frozen_facts_give_the_same_reckoning(ticket: Ticket, points: int, redeem: bool) -> None:
    """What gave or burned reads the same once the account is forgotten; nothing certain contradicts what was."""
    decision = evaluate(ticket, account(points), PROGRAMME, (Choice("five"),) if redeem else ())
    fresh = explain_ticket(ticket, decision, PROGRAMME, account(points))
    old = explain_frozen(ticket, PROGRAMME, 1, decision.contributions, decision.burns)
    for then, now in zip(fresh.rules, old.rules, strict=True):
        assert (then.given, then.spent) == (now.given, now.spent)
        if then.given or then.spent:
            assert (then.rounding, then.times, then.counted) == (now.rounding, now.times, now.counted)
        elif now.known:
            assert then.outcome.reason == now.outcome.reason
