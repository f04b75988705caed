"""What differs between two programmes, in lines."""

from collections.abc import Iterator

from pos_app.languages.words import Words
from rules.tools.difference import Change, Difference

_ABSENT = "–"


def diff_text(found: Difference, words: Words) -> str:
    """The header first, then rules added, removed and changed; every changed key as old and new value."""
    return "\n".join(_lines(found, words)) or words("The two programmes say the same.")


def _lines(found: Difference, words: Words) -> Iterator[str]:
    if found.header:
        yield words("Header")
        yield from _changes(found.header)
    for title, names in (
        (words("Rules added"), found.added),
        (words("Rules removed"), found.removed),
    ):
        if names:
            yield f"{title}: {', '.join(names)}"
    for rule in found.changed:
        yield words("Rule {rule} changed", rule=rule.rule)
        yield from _changes(rule.keys)


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        yield f"  {change.key}: {change.old or _ABSENT} → {change.new or _ABSENT}"
