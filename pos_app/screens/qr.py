"""A QR code in cells: half blocks, or on a screen whose font has none, two cells a module."""

from typing import Final

from pos_app.widgets.rows import Block, Role

QUIETS: Final = (4, 2)
"""Modules of white around it: as many as the standard asks for, or what every reader tried took (till.md section 2)."""
_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def qr_rows(text: str, width: int, height: int, *, halves: bool) -> Block:
    """`text` as rows of at most `width` cells, black on white; none where it does not fit into `height` rows."""
    from pos_app.cards.symbols import qr

    modules = qr(text)
    for quiet in QUIETS:
        rows = _framed(modules, quiet)
        lines = (
            _in_halves(rows) if halves else ["".join("██" if one else "  " for one in row) for row in rows]
        )
        if len(lines) <= height and len(lines[0]) <= width:
            return [((line, Role.PAPER),) for line in lines]
    return []


def _framed(modules: tuple[tuple[bool, ...], ...], quiet: int) -> list[list[bool]]:
    size = len(modules) + 2 * quiet
    found = [[False] * size for _ in range(quiet)]
    found += [[False] * quiet + list(row) + [False] * quiet for row in modules]
    return found + [[False] * size for _ in range(quiet + size % 2)]  # an even number of rows


def _in_halves(rows: list[list[bool]]) -> list[str]:
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
