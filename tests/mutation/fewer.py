"""For mutation runs (pytest -p tests.mutation.fewer): few and always the same random examples; those tests first that
are called after the package or the module of the mutant, then the other unit tests, which are quick.

A test that runs for ever under a mutant is ended after `LONGEST_S` of processor time: no test takes a third of that.
"""

import os
import signal
from collections.abc import Generator
from types import FrameType

import pytest
from hypothesis import Phase, settings

EXAMPLES = 20
LONGEST_S = 12.0
TIMEOUT = 24  # mutmut's exit code for it


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
                phases=(Phase.explicit, Phase.generate),  # an example that fails need not become a small one
            )
    subject = os.environ.get("MUTANT_UNDER_TEST", "").split(".")[1:-1]
    words = [word.removesuffix("s") for word in subject]
    items.sort(
        key=lambda item: (not any(word in item.path.name for word in words), "/unit/" not in item.nodeid)
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Give every test its own limit."""
    signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    os._exit(TIMEOUT)
