"""GS1 element strings: application identifiers and their values, as far as a till needs them."""

GS = "\x1d"

# Whole length, identifier included, of the element strings that need no separator
# (GS1 General Specifications, "element strings with predefined length", by the first two digits).
_FIXED = {"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16}
_FIXED |= {f"{number}": 8 for number in range(11, 20)}
_FIXED |= {f"{number}": 10 for number in range(31, 37)}


def element_strings(text: str) -> tuple[str, ...] | None:
    """The element strings of GS1 data, each with its identifier; None when the data breaks off inside one."""
    elements: list[str] = []
    for run in text.split(GS):
        rest = run
        while rest:
            length = _FIXED.get(rest[:2], len(rest))
            if len(rest) < length:
                return None
            elements.append(rest[:length])
            rest = rest[length:]
    return tuple(elements)


def value_of(elements: tuple[str, ...], identifier: str, length: int) -> str | None:
    """The value of the first element string with this identifier and exactly `length` characters of value."""
    for element in elements:
        if element.startswith(identifier) and len(element) == len(identifier) + length:
            return element[len(identifier) :]
    return None
