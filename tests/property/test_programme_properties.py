"""What holds under any programme: random files with every kind, random members, tickets and events."""

import random
from collections import Counter
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.account import POINTS, Account
from rules.calendar import scope_key
from rules.decision import Choice, Decision, Reason
from rules.evaluate import evaluate
from rules.fold import expire, fold
from rules.kinds.base import Phase, kind_names
from rules.programme.model import Programme, Rule
from rules.refund import LineReturn, Return, restored, returned, target
from rules.ticket import Line, Ticket
from tests.property.programme_kit import (
    DAY,
    GIVING,
    KINDS,
    POLICIES,
    Table,
    baskets,
    loaded,
    rich,
    stocks,
    texts,
    walks,
    wishes,
)

Walk = list[Ticket]
Step = tuple[Account, Ticket, tuple[Choice, ...], dict[str, int] | None, Decision]
_encode = msgspec.json.Encoder(order="deterministic").encode
_SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BASE = ("earn.amount", "earn.unit")


def history(programme: Programme, walk: Walk, data: st.DataObject) -> list[Step]:
    """Every ticket with the account before it, and what was decided."""
    account, seen = rich(programme), []
    for ticket in walk:
        account = expire(account, ticket.bdate, programme)
        stock, chosen = data.draw(stocks(programme)), data.draw(wishes(programme))
        decision = evaluate(ticket, account, programme, chosen, stock=stock)
        seen.append((account, ticket, chosen, stock, decision))
        account = fold(account, ticket, decision)
    return seen


def test_the_kit_has_every_kind() -> None:
    """A new kind must join the random programmes."""
    assert {*KINDS, *POLICIES, "voucher"} == set(kind_names()) - {"test.toy", "test.policy", "test_policy"}


@_SOME
@given(texts(), walks(), st.data(), st.randoms(use_true_random=False))
def test_no_order_but_the_stated_one_matters(
    tables: dict[str, list[Table]], walk: Walk, data: st.DataObject, shuffle: random.Random
) -> None:
    """Shuffled rules, tables, keys and holdings give the same bytes, the hash of the file apart."""
    programme, other = loaded(tables), loaded(tables, shuffle)
    for account, ticket, chosen, stock, decision in history(programme, walk, data):
        lots = list(account.holdings)
        shuffle.shuffle(lots)
        mixed = msgspec.structs.replace(account, holdings=tuple(lots))
        again = evaluate(ticket, mixed, other, chosen, stock=stock)
        assert _encode(msgspec.structs.replace(again, programme=decision.programme)) == _encode(decision)


@_SOME
@given(st.one_of(texts(), texts((*BASE, "cap", *GIVING), always=("budget", "excludes"))), walks(), st.data())
def test_everything_adds_up(tables: dict[str, list[Table]], walk: Walk, data: st.DataObject) -> None:
    """Cents, points, outcomes and shared counters of every decision agree with each other."""
    programme = loaded(tables)
    for account, ticket, _, stock, decision in history(programme, walk, data):
        _adds_up(account, ticket, decision, programme)
        _tells_the_truth(decision, programme)
        for counter, units in decision.drawn.items():
            assert 0 < units <= (units if stock is None else stock[counter])
        _is_plain(msgspec.to_builtins(decision))
        assert msgspec.json.decode(_encode(decision.state)) == decision.state


@_SOME
@given(texts((*BASE, "cap", "cap", "burn.partner", *GIVING), always=("max",)), walks(), st.data())
def test_limits_hold(tables: dict[str, list[Table]], walk: Walk, data: st.DataObject) -> None:
    """No member gets a rule more often in a period than its `max` says, nor more points than a cap allows."""
    programme = loaded(tables)
    uses, points = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for _, ticket, _, _, decision in history(programme, walk, data):
        got = {one.rule for one in (*decision.contributions, *decision.outbound)}
        got |= {burn.rule for burn in decision.burns if _spends(programme, burn.rule)}
        for rule in programme.rules:
            if rule.limit is not None and rule.id in got:
                uses[rule.id, scope_key(rule.limit.per, ticket.bdate)] += 1
                assert uses[rule.id, scope_key(rule.limit.per, ticket.bdate)] <= rule.limit.count
            if rule.kind.name == "cap" and not any((rule.when, rule.min_basket, rule.schedule, rule.group)):
                period = scope_key(rule.table.per, ticket.bdate) or ticket.id
                points[rule.id, period] += _under(rule, decision, programme)
                excluded = {each for one in programme.rules for each in one.excludes}
                assert points[rule.id, period] <= rule.table.max or rule.id in excluded


def _spends(programme: Programme, name: str) -> bool:
    rule = programme.rule(name)
    return rule is not None and rule.kind.phase is Phase.BURN


def _under(rule: Rule, decision: Decision, programme: Programme) -> int:
    """Points that came under a cap: the prize of a level comes after all caps."""
    return sum(
        one.quantity
        for one in decision.contributions
        if one.asset == POINTS
        and one.rule != "tiers"
        and ("*" in rule.table.of or not set(rule.table.of).isdisjoint(programme.names[one.rule]))
    )


def _adds_up(account: Account, ticket: Ticket, decision: Decision, programme: Programme) -> None:
    assert decision.paid == decision.net - decision.reward >= 0
    assert decision.reward == sum(burn.cents for burn in decision.burns)
    off, spent = [0] * len(ticket.lines), Counter[str]()
    for burn in decision.burns:
        spent[burn.asset] += burn.quantity
        assert burn.cents == sum(burn.allocation)
        assert burn.cents > 0 or burn.allocation == ()
        for n, cents in enumerate(burn.allocation):
            off[n] += cents
    excluded = programme.header.exclude_categories
    for line, cents in zip(ticket.lines, off, strict=True):
        assert 0 <= cents <= max(0, line.cents)
        assert not cents or line.category not in excluded
    assert all(quantity <= account.held(asset, ticket.bdate) for asset, quantity in spent.items())
    for one in decision.contributions:
        assert one.quantity > 0
        assert one.available_on <= one.last_day
        assert min(one.allocation, default=0) >= 0
        assert sum(one.allocation) == one.quantity or ticket.event is not None


def _tells_the_truth(decision: Decision, programme: Programme) -> None:
    assert [one.rule for one in decision.outcomes] == [rule.id for rule in programme.rules]
    given_ = Counter[tuple[str, str]]()
    for one in decision.contributions:
        given_[one.rule, one.asset] += one.quantity
    burned = {burn.rule for burn in decision.burns}
    for outcome in decision.outcomes:
        assert outcome.quantity >= 0
        assert outcome.cut >= 0
        if outcome.rule in burned:
            assert outcome.reason is Reason.APPLIED
        else:
            assert outcome.quantity == given_[outcome.rule, outcome.asset]
            assert outcome.cents == 0
        if any(rule == outcome.rule for rule, _ in given_):
            assert outcome.reason in (Reason.APPLIED, Reason.CAP_CUT, Reason.BUDGET_SPENT, Reason.CAP_REACHED)
        rule = programme.rule(outcome.rule)
        assert rule is not None
        if rule.budget is not None and not rule.budget.money:
            assert decision.drawn.get(f"budget:{rule.id}", 0) == given_[rule.id, POINTS]
    givers = burned | {rule for rule, _ in given_}
    for rule in programme.rules:
        assert rule.id not in givers or givers.isdisjoint(rule.excludes)


def _is_plain(value: Any) -> None:
    """Whole numbers of a bounded size, and no float anywhere."""
    assert not isinstance(value, float)
    if isinstance(value, int):
        assert abs(value) < 2**53
    elif isinstance(value, dict):
        for each in value.values():
            _is_plain(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _is_plain(each)


@_SOME
@given(texts(), walks(), st.data())
def test_settled_redemptions_earn_the_same(
    tables: dict[str, list[Table]], walk: Walk, data: st.DataObject
) -> None:
    """What the till redeemed, taken as it is, leaves the same points, counters and level."""
    programme = loaded(tables)
    for account, ticket, _, stock, decision in history(programme, walk, data):
        settled = evaluate(ticket, account, programme, burns=decision.burns, stock=stock)
        assert settled.contributions == decision.contributions
        assert (settled.state, settled.tier, settled.paid) == (decision.state, decision.tier, decision.paid)
        again = evaluate(ticket, account, programme, burns=decision.burns, stock=stock)
        assert _encode(again) == _encode(settled)


@_SOME
@given(texts(), walks(), st.data())
def test_a_whole_return_takes_and_gives_everything_back(
    tables: dict[str, list[Table]], walk: Walk, data: st.DataObject
) -> None:
    """All lines back: nothing of the ticket is left, whichever rules gave it."""
    programme = loaded(tables)
    for _, ticket, _, _, decision in history(programme, walk, data):
        if ticket.event is not None:
            continue
        whole = [LineReturn(n, line.cents, line.qty) for n, line in enumerate(ticket.lines)]
        backs = returned(ticket.lines, (Return(lines=tuple(whole)),))
        for one in decision.contributions:
            assert target(one, backs) == one.quantity
        for burn in decision.burns:
            assert restored(burn, backs) == ((burn.quantity, burn.cents) if burn.allocation else (0, 0))


@_SOME
@given(texts(BASE, plain=True), baskets, baskets)
def test_more_goods_never_bring_fewer_base_points(
    tables: dict[str, list[Table]], lines: tuple[Line, ...], more: tuple[Line, ...]
) -> None:
    """Lines that cost something, added to a basket, take no base point away."""
    programme, account = loaded(tables), Account(member=1)
    less = evaluate(Ticket("t", lines, DAY, 600, "s"), account, programme)
    goods = (*lines, *(line for line in more if line.cents >= 0))
    assert evaluate(Ticket("t", goods, DAY, 600, "s"), account, programme).earned() >= less.earned()
