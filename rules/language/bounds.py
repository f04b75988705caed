"""How large the numbers of a condition can become: what could outgrow them is a fault of the file (rules.md section 8).

Python's integers never overflow, a database's do, and its decimals round after 28 digits. Counted in bits.
"""

from rules.language.faults import ConditionFault
from rules.language.tree import (
    INT,
    QUANTITY,
    Arithmetic,
    Choose,
    Const,
    Extreme,
    Field,
    LineField,
    Node,
    OverLines,
    Unary,
    children,
)

_TOO_LARGE = "the result can become too large: multiply by fewer or smaller numbers"
_WHOLE = 126
"""Of a 128-bit integer: two fields may be multiplied."""
_QUANTITY = 92
"""What 28 decimal digits hold, in thousandths."""
_FIELDS = {"int": 63, "money": 63, "quantity": 60}
_THOUSANDTHS = 10
_LINES = 20
_CALENDAR = 22


def check_size(node: Node) -> int:
    """Bits that the value of the checked `node` can have. Raises ConditionFault where they are too many."""
    parts = children(node)
    below = [check_size(part) for part in parts]
    if any(part.type.name == "quantity" for part in parts) and getattr(node, "op", "") != "*":
        below = [bits + _THOUSANDTHS * (part.type == INT) for bits, part in zip(below, parts, strict=True)]
    bits = _bits(node, below)
    if max(bits, *below, 0) > (_QUANTITY if node.type == QUANTITY else _WHOLE):
        raise ConditionFault(_TOO_LARGE, node.start)
    return bits


def _bits(node: Node, below: list[int]) -> int:
    bits = 0
    match node:
        case Const(value=int() as value):
            bits = value.bit_length()
        case Field() | LineField():
            bits = _FIELDS.get(node.type.name, 0)
        case Arithmetic():
            bits = _of_arithmetic(node, *below)
        case Unary(op="-"):
            bits = below[0]
        case Choose() | Extreme():
            bits = max(below)
        case OverLines(name="sum"):
            bits = below[0] + _LINES
        case OverLines(name="count"):
            bits = _LINES
    return bits


def _of_arithmetic(node: Arithmetic, left: int, right: int) -> int:
    if "date" in (node.left.type.name, node.right.type.name):
        return _CALENDAR
    if node.op == "*":
        return left + right
    return left if node.op == "/" else max(left, right) + 1
