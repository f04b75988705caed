"""Marks the sentences that people read, so that the catalogues of the languages hold them."""

from collections.abc import Mapping


class Said(str):
    """A sentence in English with its values in it, which can be said again in another language.

    `template` is the message of the catalogues, with {names} for the `values`; a value may be such a sentence too.
    """

    template: str
    values: Mapping[str, str]

    def __new__(cls, text: str, template: str = "", values: Mapping[str, str] | None = None) -> "Said":
        """`text` is what `template` makes with `values`."""
        sentence = super().__new__(cls, text)
        sentence.template, sentence.values = template, values or {}
        return sentence


def mark(message: str) -> str:
    """Return `message` as it is; the extraction of messages finds it by this name, the screen translates it."""
    return message


def said(template: str, /, **values: object) -> Said:
    """The sentence that `template` makes with `values` for its {names}; the extraction finds it by this name too."""
    texts = {name: value if isinstance(value, Said) else str(value) for name, value in values.items()}
    return Said(template.format_map(texts), template, texts)


def as_said(text: str) -> Said:
    """A sentence that may have been said already; any other is a message without values."""
    return text if isinstance(text, Said) else Said(text, text)


def sentence_of(error: Exception) -> Said:
    """What `error` tells, as it was said."""
    return as_said(error.args[0] if error.args and isinstance(error.args[0], str) else str(error))
