"""A terminal that cannot show the till is told so before anything is drawn."""

import pytest

from pos_app.screens.terminal import terminal_problem

GOOD = {"TERM": "xterm-256color"}


def test_a_good_terminal_has_no_problem() -> None:
    """UTF-8, a real TERM, 80 by 24 or an unknown size."""
    assert terminal_problem(GOOD, "utf-8", (80, 24)) is None
    assert terminal_problem(GOOD, "UTF8", (0, 0)) is None


@pytest.mark.parametrize(
    ("environ", "encoding", "size", "told"),
    [
        (GOOD, "ascii", (80, 24), "LANG=C.UTF-8"),
        (GOOD, "ANSI_X3.4-1968", (80, 24), "LANG=C.UTF-8"),
        (GOOD, None, (80, 24), "LANG=C.UTF-8"),
        (GOOD, "no such encoding", (80, 24), "LANG=C.UTF-8"),
        ({"TERM": "dumb"}, "utf-8", (80, 24), "--headless"),
        ({}, "utf-8", (80, 24), "--headless"),
        (GOOD, "utf-8", (60, 24), "60 x 24"),
        (GOOD, "utf-8", (80, 23), "at least 80 x 24"),
    ],
)
def test_a_bad_terminal_gets_one_plain_sentence(
    environ: dict[str, str], encoding: str | None, size: tuple[int, int], told: str
) -> None:
    """The sentence says what to do and can be shown by the very terminal that is at fault."""
    problem = terminal_problem(environ, encoding, size)
    assert problem is not None
    assert told in problem
    assert problem.isascii()
