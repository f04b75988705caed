"""For mutation runs: few and always the same random examples, quick tests first (pytest -p tests.mutation.fewer)."""

import pytest
from hypothesis import settings

EXAMPLES = 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit what Hypothesis draws, whatever a test asks for, and let the unit tests run before the rest.

    The attribute is Hypothesis' own place for the settings of a test; there is no public way to lower them.
    """
    for item in items:
        test = getattr(getattr(item, "obj", None), "hypothesis", None)
        if test is not None:
            asked = item.obj._hypothesis_internal_use_settings  # type: ignore[attr-defined]
            item.obj._hypothesis_internal_use_settings = settings(  # type: ignore[attr-defined]
                asked,
                max_examples=min(asked.max_examples, EXAMPLES),
                derandomize=True,
                database=None,
                deadline=None,
            )
    items.sort(key=lambda item: "/unit/" not in item.nodeid)
