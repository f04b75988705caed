"""A QR code in cells: half blocks, or on a screen whose font has none, two cells a module."""

from typing import Final

from pos_app.widgets.rows import Block, Role

QUIETS: Final = (4, 2)
"""Modules of white around it: as many as the standard asks for, or what every reader tried took (till.md section 2)."""
NARROW: Final = (*QUIETS, 1)
"""The same with one module, which they took, too: for a screen that has room for nothing else."""
_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def qr_rows(text: str, width: int, height: int, *, halves: bool, quiets: tuple[int, ...] = QUIETS) -> Block:
    """`text` as rows of at most `width` cells, black on white, with the first of `quiets` that leaves it room; none
    where it does not fit into `height` rows.
    """
    from pos_app.cards.symbols import qr

    modules = qr(text)
    for quiet in quiets:
        lines = _in_halves(_framed(modules, quiet)) if halves else _in_whole(_framed(modules, quiet))
        if len(lines) <= height and len(lines[0]) <= width:
            return [((line, Role.PAPER),) for line in lines]
    return []


def _framed(modules: tuple[tuple[bool, ...], ...], quiet: int) -> list[list[bool]]:
    size = len(modules) + 2 * quiet
    found = [[False] * size for _ in range(quiet)]
    found += [[False] * quiet + list(row) + [False] * quiet for row in modules]
    return found + [[False] * size for _ in range(quiet)]


def _in_whole(rows: list[list[bool]]) -> list[str]:
    return ["".join("██" if one else "  " for one in row) for row in rows]


def _in_halves(rows: list[list[bool]]) -> list[str]:
    even = [*rows, [False] * len(rows[0])] if len(rows) % 2 else rows
    pairs = zip(even[::2], even[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
