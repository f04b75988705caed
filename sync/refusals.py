"""Refusals whose sentence has values in it: with what says it again in another language."""

import msgspec

from rules.sentences import Said
from sync.wire import Refusal


class SaidRefusal(Refusal, frozen=True, array_like=True):
    """A `Refusal` that also has the message of the catalogues, and the values for its {names}."""

    template: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)

    def said(self) -> str:
        """The sentence, as it was said."""
        return Said(self.sentence, self.template, self.values) if self.template else self.sentence


def refusal_of(code: str, sentence: str) -> Refusal:
    """The body that tells `sentence`."""
    if not isinstance(sentence, Said) or not sentence.values:
        return Refusal(code, str(sentence))
    values = {name: str(value) for name, value in sentence.values.items()}
    return SaidRefusal(code, str(sentence), sentence.template, values)
