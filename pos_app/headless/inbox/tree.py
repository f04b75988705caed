"""XML read without anything that reaches beyond the file: no document type, no entities, bounded depth and size.

Only what belongs to the root's own namespace is there: what a manufacturer adds in one of its own is read over.
"""

# The parser of the standard library is given none of its own ways to entities: whatever declares one ends it.
from xml.parsers import expat

import msgspec

from pos_app.headless.input import Refused
from rules.sentences import mark, said

MOST_DEPTH = 64
MOST_ELEMENTS = 200_000


class Element(msgspec.Struct):
    """An element by its name without namespace, with its attributes, text and children."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = []

    def all(self, *path: str) -> list["Element"]:
        """Every element at `path` below this one."""
        found = [self]
        for name in path:
            found = [child for one in found for child in one.children if child.name == name]
        return found

    def get(self, *path: str) -> str:
        """The text of the first element at `path` that has one, without space around it; "" for none."""
        return next((one.text.strip() for one in self.all(*path) if one.text.strip()), "")


def parsed(data: bytes) -> Element:
    """The root of a document. Raises Refused."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.UnparsedEntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Refused("bad_xml", said("The file is no XML ({reason}).", reason=error)) from error
    return builder.root


def _refuse(*_what: object) -> int:
    raise Refused("bad_xml", mark("The file has a document type or entities of its own: leave them out."))


class _Builder:
    def __init__(self) -> None:
        self.root = Element("", {})
        self._open = [self.root]
        self._texts: list[list[str]] = [[]]
        self._count = 0
        self._space = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise Refused("bad_xml", mark("The file is nested too deep, or has too many elements."))
        space, _, bare = name.rpartition(" ")
        if len(self._open) == 1:
            self._space = space
        made = Element(bare, {key: value for key, value in attributes.items() if " " not in key})
        if space in ("", self._space):
            self._open[-1].children.append(made)
        self._open.append(made)
        self._texts.append([])

    def end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)
