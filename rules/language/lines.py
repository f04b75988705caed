"""The lines of a ticket, found by the text of one of their fields: most conditions look for one category."""

from collections.abc import Iterable

from rules.language.narrow import Anchor
from rules.ticket import Line


class IndexedLines(tuple[Line, ...]):
    """The lines of a ticket. Where each text of a field stands is sorted out once, when it is first asked for."""

    def places(self, anchors: frozenset[Anchor]) -> list[int]:
        """Indices of the lines that have one of `anchors`, rising. The list is not the caller's to change."""
        if len(anchors) == 1:
            [(field, text)] = anchors
            return self._by(field).get(text, [])
        found: list[int] = []
        for field, text in anchors:
            found += self._by(field).get(text, ())
        return sorted(set(found)) if len(found) > 1 else found

    def having(self, anchors: frozenset[Anchor]) -> Iterable[Line]:
        """The lines that have one of `anchors`."""
        return [self[place] for place in self.places(anchors)]

    def _by(self, field: str) -> dict[str, list[int]]:
        index: dict[str, list[int]] | None = self.__dict__.get(field)
        if index is None:
            index = self.__dict__[field] = {}
            for place, line in enumerate(self):
                text = getattr(line, field)
                if text in index:
                    index[text].append(place)
                else:
                    index[text] = [place]
        return index
