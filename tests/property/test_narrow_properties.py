"""Line filters are tried only on lines that have one of their anchors."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rules.language.condition import compile_filter
from rules.language.fields import programme_schema
from rules.ticket import Line

SCHEMA = programme_schema((), {})
_WORDS = st.sampled_from(("a", "b", "c"))
_FIELDS = st.sampled_from((".category", ".sku", ".subcategory"))
_CLAUSES = st.one_of(
    st.builds("{} == '{}'".format, _FIELDS, _WORDS),
    st.builds("'{1}' == {0}".format, _FIELDS, _WORDS),
    st.builds("{} != '{}'".format, _FIELDS, _WORDS),
    st.builds("{} in ['{}','{}']".format, _FIELDS, _WORDS, _WORDS),
    st.sampled_from((".promo", ".cents >= 2.00", ".qty > 1")),
)
_FILTERS = st.recursive(
    _CLAUSES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' && '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' || '.join(parts)})"),
        inner.map("!({})".format),
    ),
    max_leaves=6,
)
_LINES = st.builds(
    Line,
    cents=st.sampled_from((100, 300)),
    sku=_WORDS,
    category=_WORDS,
    subcategory=_WORDS,
    qty=st.sampled_from((Decimal(1), Decimal(2))),
    promo=st.booleans(),
)


@given(_FILTERS, st.lists(_LINES, min_size=5, max_size=10))
def test_a_line_that_passes_has_an_anchor(source: str, lines: list[Line]) -> None:
    """No line that a filter lets through lies outside the filter's anchors."""
    checked = compile_filter(source, SCHEMA)
    for line in lines:
        if checked.anchors is not None and checked.run({}, line):
            assert any(getattr(line, field) == text for field, text in checked.anchors)


def test_what_narrows_and_what_does_not() -> None:
    """A conjunction needs one anchor, an alternative one in each part, and a negation gives none."""
    found = {
        source: compile_filter(source, SCHEMA).anchors
        for source in (
            ".category in ['a','b'] && .promo",
            ".sku == 'a' || .category == 'b' && .promo",
            ".sku == 'a' || .promo",
            "!(.sku == 'a')",
        )
    }
    assert list(found.values()) == [
        frozenset({("category", "a"), ("category", "b")}),
        frozenset({("sku", "a"), ("category", "b")}),
        None,
        None,
    ]
