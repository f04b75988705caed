"""Lines that are added up: what is given for such a ticket is what its own lines give, or the lines are asked for."""

from decimal import Decimal
from typing import Any

import pytest

from rules.account import Account, Holding
from rules.decision import Choice
from rules.facts import facts_of
from rules.language.closures import closure_of
from rules.programme.model import Programme
from rules.ticket import Line, Ticket
from rules.tools.collapse import Collapse, NeedsLines, Part, Parts, collapse_of
from tests.unit.kind_kit import DAY, evaluate, programme, sale

EARN = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
TIMES = '[[rule]]\nid = "{name}"\nkind = "earn.multiply"\nfactor = "2"\nlines = ".category == \'{name}\'"\n'
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\n'
TIERS = '[tiers]\nmeasure = "points_earned"\nwindow = "365d"\nlevels = [{ id = "gold", from = 0 }]\n'
COFFEE, WINE, BREAD = Line(500, "c", "coffee"), Line(900, "w", "wine"), Line(300, "b", "bread")
RICH = Account(member=1, balance={"points": 50}, holdings=(Holding("points", "l", 50, DAY, DAY, DAY),))


def earning(name: str, more: str) -> str:
    """A rule that gives a point per euro of its lines, or under its condition."""
    return EARN.replace('"base"', f'"{name}"') + more + "\n"


def plan(text: str, header: str = "") -> tuple[Programme, Collapse]:
    """A programme whose lines may be added up, and how."""
    loaded = programme(text, header)
    found = collapse_of(loaded)
    assert found is not None
    return loaded, found


def added(how: Collapse, ticket: Ticket) -> Ticket:
    """`ticket` as whoever adds its lines up makes it; marks and figures are worked out with the language itself."""
    facts = facts_of(ticket, Account(member=1), ticket.gross)
    sums: dict[int, tuple[int, Decimal]] = {}
    for line in ticket.lines:
        bits = sum([1 << place for place, one in enumerate(how.filters) if one.run(facts, line)])
        cents, units = sums.get(bits, (0, Decimal(0)))
        sums[bits] = cents + line.cents, units + line.qty
    lines = Parts([how.part(bits, *each) for bits, each in sums.items()])
    lines.facts = {name: closure_of(node)(facts, ticket.lines) for name, node in how.figures.items()}
    if how.counts_lines:
        lines.facts = {**lines.facts, "ticket.lines": len(ticket.lines)}
    return Ticket(ticket.id, lines, ticket.bdate, ticket.minute, ticket.store)


def both(text: str, *lines: Line, account: Account | None = None, pay: int = 0) -> tuple[int, int]:
    """What a ticket earns by its own lines, and by added ones."""
    loaded, how = plan(text)
    who, choices = account or Account(member=1), (Choice("pay", pay),) if pay else ()
    own = evaluate(sale(DAY, *lines), who, loaded, choices)
    other = evaluate(added(how, sale(DAY, *lines)), who, how.programme, choices)
    return own.earned(), other.earned()


@pytest.mark.parametrize(
    "when",
    [
        "count(lines, .category == 'coffee') >= 2",
        "ticket.lines > 2",
        "ticket.lines > 2 && count(lines, .category == 'coffee') >= 2",
        "count(lines, .category == 'coffee') >= 2 || any(lines, .cents > 8.00)",
        "count(lines, .category == 'coffee') >= 2 || any(lines, .category == 'wine')",
        "sum(lines, .sku == 'w' ? .cents : 0.00) * 2 > ticket.total",
        "count(lines) >= 3 || ticket.total > 90.00",
        "any(lines, .category == 'wine' && ticket.store == 's1')",
    ],
)
@pytest.mark.parametrize("lines", [(COFFEE, COFFEE, BREAD), (COFFEE, BREAD), (WINE, WINE), (BREAD,)])
def test_conditions_over_the_lines_hold_for_the_same_tickets(when: str, lines: tuple[Line, ...]) -> None:
    """They read figures of the whole ticket, and the number of its lines, not the added ones."""
    own, other = both(EARN + f'when = "{when}"\n', *lines)
    assert own == other


def test_both_outcomes_of_each_condition_were_seen() -> None:
    """Else the comparison above says nothing."""
    for when, yes, no in (("ticket.lines > 2", 3, 2), ("count(lines, .category == 'coffee') >= 2", 2, 1)):
        text = EARN + f'when = "{when}"\n'
        assert both(text, *[COFFEE] * yes) == (5 * yes, 5 * yes)
        assert both(text, *[COFFEE] * no) == (0, 0)


def test_one_condition_that_counts_lines_is_enough() -> None:
    """The number of lines goes along whatever the conditions after it read, and only then."""
    counting, other = 'when = "ticket.lines > 2"', 'when = "ticket.total > 1.00"'
    assert plan(earning("a", counting) + earning("b", other))[1].counts_lines
    assert plan(earning("a", other) + earning("b", counting))[1].counts_lines
    assert not plan(earning("a", other))[1].counts_lines


def test_a_ticket_that_a_multiplier_cuts_in_two_keeps_its_lines() -> None:
    """Of any multiplier, in whatever order the lines stand; one that is wholly within or without does not."""
    _, how = plan(EARN + TIMES.format(name="coffee") + TIMES.format(name="wine"))
    assert how.split == 0b11
    for bits in ([0b01, 0], [0, 0b01], [0b10, 0], [0, 0b10]):
        assert how.keeps_lines(bits, parts_of_units=False)
    assert not how.keeps_lines([0b01, 0b01], parts_of_units=True)
    assert not how.keeps_lines([0, 0], parts_of_units=False)


def test_money_off_on_which_lines_earn_apart_asks_for_the_lines() -> None:
    """Where the rest of either filter earns points of its own; where all lines earn alike nothing has to be asked."""
    coffee, wine = "lines = \".category == 'coffee'\"", "lines = \".category == 'wine'\""
    for text in (
        earning("a", coffee) + earning("b", wine) + PAY,
        earning("b", wine) + earning("a", coffee) + PAY,
    ):
        with pytest.raises(NeedsLines):
            both(text, COFFEE, BREAD, account=RICH, pay=1)
    assert both(EARN + PAY, COFFEE, BREAD, account=RICH, pay=1) == (7, 7)


def test_units_are_kept_where_a_rule_counts_them() -> None:
    """A rule of its own kind is enough, and nothing else asks for them."""
    unit = '[[rule]]\nid = "u"\nkind = "earn.unit"\npoints = 2\n'
    assert plan(unit)[1].units
    assert not plan(EARN)[1].units
    assert both(unit, Line(500, "c", "coffee", qty=Decimal(3)), BREAD) == (8, 8)


@pytest.mark.parametrize("sku", ["a'b", "a\u0007b", "plain"])
def test_goods_are_given_on_their_own_line(sku: str) -> None:
    """Also where a filter cannot name the product: then any line may be the one."""
    goods = f'[[rule]]\nid = "g"\nkind = "burn.product"\npoints = 10\ngives = {{ sku = "{sku}", qty = 1 }}\n'
    _, how = plan(goods.replace("\u0007", "\\u0007"))
    ticket = sale(DAY, Line(500, sku, "x"))
    with pytest.raises(NeedsLines):
        evaluate(added(how, ticket), RICH, how.programme, (Choice("g", 1),))


@pytest.mark.parametrize(
    "text",
    [
        '[[rule]]\nid = "e"\nkind = "earn.event"\nevent = "review"\npoints = 5\n',
        EARN + "lines = \"member.tier == 'gold' && .category == 'coffee'\"\n" + TIERS,
        EARN + "lines = \"member.diet == 'vegan' && .promo\"\n[fields]\n"
        '"member.diet" = { type = "enum", values = ["none", "vegan"] }\n',
        EARN + 'when = "any(lines, .cents > 5.00 && clock.hour >= 9)"\n',
    ],
)
def test_what_is_not_known_before_the_member_keeps_all_lines(text: str) -> None:
    """A kind that remembers goods; filters and figures of the member or the clock."""
    assert collapse_of(programme(text)) is None


@pytest.mark.parametrize("names", ['categories = [""]', 'skus = [""]'])
def test_a_programme_that_excludes_what_has_no_name_keeps_all_lines(names: str) -> None:
    """Added lines have no category."""
    assert collapse_of(programme(EARN, f"exclude = {{ {names} }}")) is None


def test_an_added_line_is_told_apart() -> None:
    """It has its mark, and a product that no programme names."""
    part: Any = plan(EARN)[1].part(0b1, 500, Decimal(2))
    assert isinstance(part, Part)
    assert (part.bits, part.cents, part.qty, part.category) == (1, 500, Decimal(2), "")
