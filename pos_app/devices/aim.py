"""AIM symbology identifiers (`]cm`) and the character-set escapes some of them announce."""

import re

import msgspec

_IDENTIFIER = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_ESCAPE = re.compile(rb"\\(?:(\d{6})|(\\))")

# Identifiers after which the data holds ECI escapes (ISO/IEC 18004 annex F for Q; AIM ITS/04-001 for the escapes).
_WITH_ECI = frozenset({"]Q2", "]Q4", "]Q6"})
_CHARACTER_SETS = {
    3: "latin-1",
    4: "iso8859-2",
    17: "iso8859-15",
    20: "shift_jis",
    23: "cp1252",
    25: "utf-16-be",
}
_CHARACTER_SETS |= {26: "utf-8", 27: "ascii", 170: "ascii"}

_GS1 = frozenset({"]C1", "]Q3", "]Q4", "]d2", "]e0"})


class Identified(msgspec.Struct, frozen=True):
    """A frame's data without its identifier; `glued` when another identifier stood before the last one."""

    data: bytes
    aim: str | None
    glued: bool = False


def identify(data: bytes) -> Identified:
    """Split a frame at the last AIM identifier in it: what stands before that is line noise and is dropped."""
    found = list(_IDENTIFIER.finditer(data))
    if not found:
        return Identified(data, None)
    last = found[-1]
    return Identified(data[last.end() :], last.group().decode("ascii"), glued=len(found) > 1)


def split_text(text: str) -> tuple[str | None, str]:
    """(identifier, rest) of a text that starts with an AIM identifier, (None, text) otherwise."""
    if len(text) >= 3 and _IDENTIFIER.fullmatch(text[:3].encode("utf-8", "replace")):
        return text[:3], text[3:]
    return None, text


def is_gs1(aim: str | None) -> bool:
    """True when the identifier says that the data is GS1 element strings."""
    return aim in _GS1


def plain_text(data: bytes, aim: str | None) -> str | None:
    """The text of a frame: UTF-8, or what its ECI escapes say. None when the bytes are no text."""
    try:
        if aim not in _WITH_ECI:
            return data.decode("utf-8")
        return _without_escapes(data)
    except (UnicodeDecodeError, KeyError):
        return None


def _without_escapes(data: bytes) -> str:
    parts: list[str] = []
    charset, start = "utf-8", 0
    run = b""
    for escape in _ESCAPE.finditer(data):
        run += data[start : escape.start()]
        start = escape.end()
        if escape.group(2):
            run += b"\\"
            continue
        parts.append(run.decode(charset))
        charset, run = _CHARACTER_SETS[int(escape.group(1))], b""
    parts.append((run + data[start:]).decode(charset))
    return "".join(parts)
