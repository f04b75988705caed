"""Did you mean: the known name that is nearest to an unknown one."""

from collections.abc import Iterable
from difflib import get_close_matches

from rules.sentences import said


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence end that proposes the nearest of `known`, or lists them when they are few, or nothing."""
    names = sorted(known)
    near = get_close_matches(name[:80], names, n=1, cutoff=0.6)
    if near:
        return said("; did you mean {name}?", name=near[0])
    return said("; use one of: {names}", names=", ".join(names)) if 0 < len(names) <= 12 else ""
