"""`consent`: the purposes that a member is asked about, with the words that were shown and their version."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.header import ID, ID_ADVICE, Text, per_language, text_fault
from rules.programme.model import Programme, Rule

CONSENT = "consent"
_LONGEST = 1000
_DIGITS = 16
MOST_OPTIONAL = 8
"""A till has the digits 2 to 9 for them."""


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question: a short `label`, the whole `text`, and the `version` of both, raised with every change.

    Without a `required` one nobody is enrolled: terms of the programme, never advertising.
    """

    id: str
    label: Text
    text: Text
    version: Annotated[int, Meta(ge=1)] = 1
    required: bool = False

    def words(self, language: str) -> tuple[str, str]:
        """Label and text in `language`, or in the first language for want of it."""
        found = [per_language(text) for text in (self.label, self.text)]
        label, text = (words.get(language) or next(iter(words.values())) for words in found)
        return label, text


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The purposes, in the order in which they are asked."""

    purposes: tuple[Purpose, ...]


def purposes_of(programme: Programme) -> tuple[Purpose, ...]:
    """What the programme asks members about; nothing without `[consent]`."""
    table: Consent | None = programme.policy(CONSENT)
    return table.purposes if table is not None else ()


def wording(label: str, text: str, version: int, language: str) -> str:
    """The name of the words that were shown: version, language, first digits of the SHA-256 of label and text."""
    digest = hashlib.sha256(f"{label}\n{text}".encode()).hexdigest()[:_DIGITS]
    return f"{version}.{language}.{digest}"


def shown(programmes: Iterable[Programme], purpose: str, name: str) -> str:
    """The words behind such a name, from the programmes that asked for `purpose`; "" where none of them has them."""
    _, _, rest = name.partition(".")
    language = rest.partition(".")[0]
    for programme in programmes:
        for one in purposes_of(programme):
            label, text = one.words(language)
            if one.id == purpose and wording(label, text, one.version, language) == name:
                return f"{label}: {text}"
    return ""


def to_ask(programme: Programme, answered: Mapping[str, int]) -> tuple[Purpose, ...]:
    """The purposes that a member has to be asked about; `answered` has the version answered, yes or no, by id."""
    return tuple([one for one in purposes_of(programme) if answered.get(one.id, 0) < one.version])


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    purposes = rule.table.purposes
    problems = [] if purposes else [Problem("name at least one purpose", key="purposes")]
    if sum(not one.required for one in purposes) > MOST_OPTIONAL:
        text = f"a till asks for {MOST_OPTIONAL} purposes beside the required ones: ask for fewer"
        problems.append(Problem(text, key="purposes"))
    for name, times in Counter(one.id for one in purposes).items():
        if times > 1:
            text = f"the purpose {name} stands here twice: give each an id of its own"
            problems.append(Problem(text, key="purposes"))
    problems += [Problem(text, key="purposes") for one in purposes for text in _faults(one)]
    return tuple(problems)


def _faults(one: Purpose) -> Iterator[str]:
    if not ID.fullmatch(one.id):
        yield ID_ADVICE
    fault = text_fault(one.label)
    if fault:
        yield f"{one.id}: {fault}"
    texts = per_language(one.text)
    if not texts or any(not words.strip() or len(words) > _LONGEST for words in texts.values()):
        yield f"{one.id}: write a text of 1 to {_LONGEST} characters"
    elif set(texts) != set(per_language(one.label)):
        yield f"{one.id}: write label and text in the same languages"


KIND = register(Kind(CONSENT, Phase.POLICY, Consent, check=_check, singleton=True, takes=()))
