"""Bars in the terminal for figures that people would rather look at; drawn by plotext with full blocks alone."""

from collections.abc import Sequence

import plotext  # type: ignore[import-untyped]


def bars(names: Sequence[str], values: Sequence[int], width: int, height: int) -> list[str]:
    """A bar chart of `width` cells and `height` rows, values from 0; a bar without a name has no mark below it."""
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("clear")
    places = list(range(1, len(names) + 1))
    figure.draw(figure.bar(places, list(values), width=0.6))
    named = [place for place in places if names[place - 1]]
    figure.ruler("x").ticks(named, [names[place - 1] for place in named])
    top = max(values, default=0)
    marks = sorted({0, top // 2, top})
    figure.ruler("y").ticks(marks, [str(mark) for mark in marks])
    text: str = figure.build().string(colorless=True)
    return text.splitlines()[:height]
