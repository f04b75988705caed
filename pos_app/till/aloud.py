"""One line worth saying aloud to the member, another one than at the last visit."""

from collections.abc import Sequence

from pos_app.languages.words import Words
from pos_app.till.view import Way


def aloud(ways: Sequence[Way], expiring: str, visits: int, words: Words) -> str:
    """What to say, out of what lapses and the nearest goals; which of them changes with every visit."""
    said = [words("{amount}: do not lose them", amount=expiring)] if expiring else []
    said += [_of_way(way, words) for way in ways if _left(way)]
    best = said[:2]  # the two that matter most take turns
    return best[visits % len(best)] if best else ""


def _left(way: Way) -> bool:
    return isinstance(way, str) or way.have < way.need


def _of_way(way: Way, words: Words) -> str:
    if isinstance(way, str):
        return way
    return words("{label}: {what}", label=way.title, what=way.left)
