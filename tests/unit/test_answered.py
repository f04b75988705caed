"""What is kept of an answer to new terms, in whatever order the answers of several tills are heard."""

from itertools import permutations
from typing import Any

import pytest

from rules.kinds.transition import TERMS, TOLD
from rules.ticket import Event
from sync.answered import at_counter, joined, last_said, with_answer, with_said

TOLD_OF = (TOLD, 1, None, 10)
YES = (TERMS, 1, True, 20)
TOLD_AGAIN = (TOLD, 1, None, 30)
NO = (TERMS, 1, False, 40)
NEWER = (TOLD, 2, None, 50)


def heard(*answers: tuple[str, int, bool | None, int]) -> dict[str, Any]:
    """What is known of the terms of "next" after the answers: kind, version, accepted, time."""
    fields: dict[str, Any] = {}
    for name, version, accepted, at in answers:
        said = {} if accepted is None else {"accepted": accepted}
        event = Event(name, fields={"programme": "next", "version": version, **said})
        fields = dict(with_answer(fields, event, at))
    return dict(fields["terms.next"])


@pytest.mark.parametrize(
    ("answers", "version", "accepted"),
    [
        ((TOLD_OF, YES), 1, True),
        ((TOLD_OF, YES, TOLD_AGAIN), 1, True),
        ((YES, NO, TOLD_AGAIN), 1, False),
        ((YES, NEWER), 2, None),
    ],
    ids=["answered", "told afterwards", "changed their mind", "another version"],
)
def test_the_order_of_hearing_changes_nothing(
    answers: tuple[tuple[str, int, bool | None, int], ...], version: int, accepted: bool | None
) -> None:
    """The last answer by the time it was given counts, and to be told of terms takes no answer back."""
    for order in permutations(answers):
        known = heard(*order)
        assert (known["version"], known["accepted"]) == (version, accepted), order


@pytest.mark.parametrize("kept", [0, 1])
def test_of_two_accounts_the_answer_counts_that_would_have_counted_for_one(kept: int) -> None:
    """Whichever of them stays; other fields are those of the one that stays, and what only the other knows."""
    both = (
        {"terms.next": heard(TOLD_OF, YES), "size": "M"},
        {"terms.next": heard(TOLD_AGAIN), "club": "run"},
    )
    known = joined(both[kept], {**both[1 - kept], "size": "L"})
    assert known["terms.next"]["accepted"] is True
    assert (known["club"], known["size"]) == ("run", "L" if kept else "M")


def test_the_latest_thing_said_aloud_counts() -> None:
    """Whichever till is heard first; nothing said takes nothing away, and a list from outside leaves it."""
    for order in ((("coffee", 10), ("ready", 20)), (("ready", 20), ("coffee", 10))):
        fields: dict[str, Any] = {}
        for topic, at in order:
            fields = dict(with_said(fields, topic, at))
        assert last_said(with_said(fields, "", 30)) == "ready"
        assert last_said(at_counter({**fields, "size": "M"})) == "ready"
    assert last_said({}) == ""
