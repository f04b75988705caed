"""The conditions of a programme in CEL, run by Google's C++ engine through `cel-expr-python`."""

from collections.abc import Callable

from rules.account import Account
from rules.basis import Basis
from rules.language.condition import compile_filter
from rules.language.fields import programme_schema
from rules.programme.model import Programme
from rules.ticket import Ticket


def conditions_in_cel(programme: Programme, ticket: Ticket, account: Account) -> Callable[[], None]:
    """Every `when` once and every distinct line filter over all eligible lines, as `rules_figures.conditions` does.

    CEL is given its data as dicts made beforehand and binds them once a ticket. A filter is one expression that goes
    over all lines by itself, which costs CEL less than one call a line.
    """
    from tests.property.cel_kit import ENV, data_of, truth

    basis = Basis(ticket, account, programme, {})
    schema = programme_schema(("base", "silver", "gold"), programme.fields)
    whens = [
        ENV.compile(truth(rule.condition.tree)) for rule in programme.rules if rule.condition is not None
    ]
    sources = {rule.lines_source: rule.lines for rule in programme.rules if rule.lines is not None}
    filters = [
        ENV.compile(f"lines.filter(l, {truth(compile_filter(source, schema).tree)}).size()")
        for source in sources
    ]
    eligible = tuple(ticket.lines[n] for n in basis.eligible)
    of_ticket, of_lines = data_of(basis.facts, ticket.lines), data_of(basis.facts, eligible)

    def job() -> None:
        bound = ENV.Activation(of_ticket)
        for when in whens:
            when.eval(bound)
        bound = ENV.Activation(of_lines)
        for passing in filters:
            passing.eval(bound)

    bound = ENV.Activation(of_lines)
    for passing, run in zip(filters, sources.values(), strict=True):
        assert passing.eval(bound).value() == sum(run(basis.facts, line) for line in eligible)
    return job
