"""What a line must have to pass a filter at all, so that most lines need not be tried."""

from rules.language.tree import Comparison, Const, In, LineField, Logic, Node

Anchor = tuple[str, str]
"""A text field of a line and its value, such as ("category", "bread")."""


def anchors_of(node: Node) -> frozenset[Anchor] | None:
    """Anchors of which every line that passes the line filter `node` has at least one; None when there are none."""
    match node:
        case Comparison(op="==", left=LineField(name=name), right=Const(value=str() as text)):
            return frozenset(((name, text),))
        case Comparison(op="==", left=Const(value=str() as text), right=LineField(name=name)):
            return frozenset(((name, text),))
        case In(item=LineField(name=name), choices=choices):
            texts = [choice.value for choice in choices if isinstance(choice, Const)]
            sure = len(texts) == len(choices) and all(isinstance(text, str) for text in texts)
            return frozenset((name, text) for text in texts) if sure else None
        case Logic(op=op, parts=parts):
            found = [anchors_of(part) for part in parts]
            known = [anchors for anchors in found if anchors is not None]
            if op == "&&":
                return min(known, key=len, default=None)
            return frozenset().union(*known) if len(known) == len(found) else None
    return None
