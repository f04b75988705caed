"""Plots of a back-test in the terminal."""

from collections.abc import Sequence

import plotext  # type: ignore[import-untyped]

from pos_app.languages.words import Words
from rules.tools.comparison import Outcome

WIDTH, HEIGHT = 78, 16


def months_plot(outcomes: Sequence[Outcome], names: Sequence[str], words: Words, *, colour: bool) -> str:
    """Points issued and burned by month, one line each a programme; without `colour` lines differ by their marks."""
    months = sorted({month for outcome in outcomes for month in outcome.months})
    places = list(range(1, len(months) + 1))
    figure = plotext.figure
    figure.clear()
    figure.plot_size(WIDTH, HEIGHT)
    figure.theme("clear")
    marks = iter("abcdefghijklmnopqrstuvwxyz" * (1 + len(outcomes) // 13))
    for outcome, name in zip(outcomes, names, strict=True):
        for what, title in (("issued", words("issued")), ("burned", words("burned"))):
            values = [
                getattr(outcome.months[month], what) if month in outcome.months else 0 for month in months
            ]
            mark = None if colour else next(marks)
            signal = figure.signal(places, values, marker=mark) if mark else figure.signal(places, values)
            signal.lines()
            signal.label(f"{name}: {title}")
            figure.draw(signal)
    figure.title(words("Points by month"))
    figure.ruler("x").ticks(places, months)
    top = max(
        [max(month.issued, month.burned) for outcome in outcomes for month in outcome.months.values()],
        default=0,
    )
    figure.ruler("y").ticks([0, top // 2, top], [words.number(each) for each in (0, top // 2, top)])
    text: str = figure.build().string(colorless=not colour)
    return text
