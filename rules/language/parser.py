"""Tokens to an untyped tree, by operator precedence (lowest first: `?:`, `||`, `&&`, comparison, `+ -`, `* /`)."""

from rules.language.faults import ConditionFault
from rules.language.lexer import Token, tokens_of
from rules.language.tree import (
    Arithmetic,
    Choose,
    Comparison,
    Const,
    Extreme,
    Field,
    Has,
    In,
    InField,
    LineField,
    Logic,
    Node,
    OverLines,
    Unary,
    walk,
)
from rules.suggest import did_you_mean

MAX_DEPTH = 40
_TOO_DEEP = f"the condition is nested deeper than {MAX_DEPTH} levels: split it into several rules"

_POWER = {"?": 1, "||": 2, "&&": 3, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_POWER.update(dict.fromkeys(_COMPARISONS, 4))
_UNARY_POWER = 7
_OVER = ("any", "all", "count", "sum")
_EXTREMES = ("min", "max")
FUNCTIONS = ("has", *_EXTREMES, *_OVER)
_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "=="}


def parse(source: str) -> Node:
    """The tree of `source`. Raises ConditionFault at the first syntax fault."""
    parser = _Parser(tokens_of(source))
    tree = parser.expression(0)
    if parser.now.kind != "end":
        raise parser.unexpected("an operator")
    for node, depth in walk(tree):
        if depth > MAX_DEPTH:
            raise ConditionFault(_TOO_DEEP, node.start)
    return tree


class _Parser:
    """Recursive descent over a list of tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._at]

    def unexpected(self, wanted: str) -> ConditionFault:
        """The fault that the current token is not what was wanted."""
        if self.now.kind == "end":
            return ConditionFault(f"the condition ends too early: {wanted} is missing", self.now.start)
        if self.now.text in _WORDS:
            return ConditionFault(f"write {_WORDS[self.now.text]} for {self.now.text}", self.now.start)
        return ConditionFault(f"expected {wanted}, found {self.now.text}", self.now.start)

    def _take(self) -> Token:
        token = self.now
        self._at += 1
        return token

    def _expect(self, text: str) -> Token:
        if self.now.kind != "op" or self.now.text != text:
            raise self.unexpected(text)
        return self._take()

    def _sees(self, text: str) -> bool:
        return self.now.kind == "op" and self.now.text == text

    def expression(self, power: int) -> Node:
        """An expression whose operators all bind stronger than `power`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionFault(_TOO_DEEP, self.now.start)
        left = self._prefix()
        while (own := self._power_here()) > power:
            left = self._infix(left, own)
        self._depth -= 1
        return left

    def _power_here(self) -> int:
        return _POWER.get(self.now.text, 0)

    def _infix(self, left: Node, power: int) -> Node:
        if self.now.text in ("&&", "||"):
            return self._logic(left, power)
        operator = self._take().text
        if operator == "?":
            return self._choose(left)
        if operator == "in":
            return self._unchained(self._in(left))
        right = self.expression(power)
        if operator in _COMPARISONS:
            return self._unchained(
                Comparison(start=left.start, end=right.end, op=operator, left=left, right=right)
            )
        return Arithmetic(start=left.start, end=right.end, op=operator, left=left, right=right)

    def _unchained(self, node: Node) -> Node:
        if self._power_here() == _POWER["=="]:
            raise ConditionFault("join two comparisons with && (a < b && b < c)", self.now.start)
        return node

    def _logic(self, left: Node, power: int) -> Node:
        operator = self.now.text
        parts = [left]
        while self._sees(operator):
            self._take()
            parts.append(self.expression(power))
        return Logic(start=left.start, end=parts[-1].end, op=operator, parts=tuple(parts))

    def _choose(self, test: Node) -> Node:
        then = self.expression(0)
        self._expect(":")
        other = self.expression(0)
        return Choose(start=test.start, end=other.end, test=test, then=then, other=other)

    def _in(self, item: Node) -> Node:
        if self.now.kind == "name":
            token = self._take()
            field = Field(start=token.start, end=token.end, path=token.text)
            return InField(start=item.start, end=token.end, item=item, field=field)
        self._expect("[")
        choices = [self.expression(_POWER["in"])]
        while self._sees(","):
            self._take()
            choices.append(self.expression(_POWER["in"]))
        end = self._expect("]").end
        return In(start=item.start, end=end, item=item, choices=tuple(choices))

    def _prefix(self) -> Node:
        token = self.now
        if token.kind == "op" and token.text in ("!", "-"):
            self._take()
            operand = self.expression(_UNARY_POWER)
            return Unary(start=token.start, end=operand.end, op=token.text, operand=operand)
        if self._sees("("):
            self._take()
            inner = self.expression(0)
            self._expect(")")
            return inner
        return self._primary()

    def _primary(self) -> Node:
        token = self.now
        if token.kind == "literal":
            self._take()
            return Const(start=token.start, end=token.end, value=token.value, type=token.type)
        if token.kind == "line":
            self._take()
            return LineField(start=token.start, end=token.end, name=token.text[1:])
        if token.kind != "name" or token.text in _WORDS or token.text == "in":
            raise self.unexpected("a value")
        self._take()
        if self._sees("("):
            return self._call(token)
        return Field(start=token.start, end=token.end, path=token.text)

    def _call(self, name: Token) -> Node:
        if name.text not in FUNCTIONS:
            advice = did_you_mean(name.text, FUNCTIONS)
            raise ConditionFault(f"there is no function {name.text}{advice}", name.start)
        self._expect("(")
        if name.text == "has":
            return self._has(name)
        if name.text in _OVER:
            return self._over_lines(name)
        parts = [self.expression(0)]
        while self._sees(","):
            self._take()
            parts.append(self.expression(0))
        end = self._expect(")").end
        if len(parts) < 2:
            raise ConditionFault(f"give {name.text} two values or more", name.start)
        return Extreme(start=name.start, end=end, name=name.text, parts=tuple(parts))

    def _has(self, name: Token) -> Node:
        token = self.now
        if token.kind not in ("name", "line"):
            raise self.unexpected("the name of a field")
        self._take()
        field: Field | LineField = (
            Field(start=token.start, end=token.end, path=token.text)
            if token.kind == "name"
            else LineField(start=token.start, end=token.end, name=token.text[1:])
        )
        return Has(start=name.start, end=self._expect(")").end, field=field)

    def _over_lines(self, name: Token) -> Node:
        if self.now.kind != "name" or self.now.text != "lines":
            raise self.unexpected(f"lines (as in {name.text}(lines, …))")
        self._take()
        body = None
        if self._sees(",") or name.text != "count":
            self._expect(",")
            body = self.expression(0)
        end = self._expect(")").end
        return OverLines(start=name.start, end=end, name=name.text, body=body)
