"""Conditions mean what CEL says they mean, wherever both languages can say it."""

from cel_expr_python import cel
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.property.cel_kit import ENV, data_of, line_of, truth
from tests.property.condition_kit import conditions, filters, sales

SALES = sales(seed=11, number=40)
DATA = [data_of(facts, lines) for facts, lines in SALES]
_LONGEST = 20_000


def theirs(expression, data):
    """CEL's value. Its ints have 64 bits, ours have no end: what it cannot hold is left out."""
    try:
        found = expression.eval(data=data)
    except RuntimeError as error:
        found = error
    if not isinstance(found, cel.Value) or found.type() == cel.Type.ERROR:
        assume("overflow" not in str(found) and "overflow" not in str(getattr(found, "value", str)()))
        raise AssertionError(found)
    return found.value()


@settings(max_examples=200, deadline=None)
@given(st.lists(conditions, min_size=3, max_size=6))
def test_conditions_agree_with_cel(checked):
    """On every ticket our closure and CEL give the same value."""
    for each in checked:
        text = truth(each.tree)
        assume(len(text) < _LONGEST)
        expression = ENV.compile(text)
        found = [theirs(expression, data) for data in DATA]
        assert found == [each.run(facts, lines) for facts, lines in SALES], (each.source, text)


@settings(max_examples=200, deadline=None)
@given(st.lists(filters, min_size=3, max_size=6))
def test_line_filters_agree_with_cel(checked):
    """On every line our filter and CEL give the same value."""
    for each in checked:
        text = truth(each.tree)
        assume(len(text) < _LONGEST)
        expression = ENV.compile(text)
        for (facts, lines), data in zip(SALES, DATA, strict=True):
            for line in lines:
                found = theirs(expression, {"f": data["f"], "l": line_of(line)})
                assert found is each.run(facts, line), (each.source, text)
