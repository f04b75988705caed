"""What the doctor found: one line each, in words, without anything personal."""

from enum import StrEnum

import msgspec

from rules.sentences import Said


class Level(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    LOOK = "look"
    FAULT = "fault"


class Finding(msgspec.Struct, frozen=True):
    """`what` was looked at, and what was found; a fault says what to do."""

    level: Level
    what: Said
    text: Said


def good(what: Said, text: Said) -> Finding:
    """All is well."""
    return Finding(Level.GOOD, what, text)


def look(what: Said, text: Said) -> Finding:
    """The till works; somebody should look at it."""
    return Finding(Level.LOOK, what, text)


def fault(what: Said, text: Said) -> Finding:
    """Something does not work."""
    return Finding(Level.FAULT, what, text)
