"""Source text of a condition to tokens.

Literals: `12` int, `12.50` money (two decimals, in cents), `14d` duration (in days), `2026-03-01` date,
`14:30` time (in minutes of the day; write blanks around the `:` of a `? :` between two-digit numbers),
`'text'` or `"text"` string, `true`, `false`.
"""

import re
from datetime import date
from typing import Any

import msgspec

from rules.language.faults import ConditionFault
from rules.language.tree import BOOL, DATE, DURATION, INT, MONEY, STRING, TIME, Type

MAX_SOURCE = 2_000
MAX_INT = 1_000_000_000
MAX_CENTS = 100_000_000_00
MAX_DAYS = 36_600

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z_]))"
    r"|(?P<time>[0-9]{2}:[0-9]{2}(?![0-9A-Za-z_.]))"
    r"|(?P<number>[0-9][0-9A-Za-z_.]*)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<line>\.[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<op>&&|\|\||==|!=|<=|>=|[<>!?:+\-*/()\[\],])"
)
_MONEY = re.compile(r"([0-9]+)\.([0-9]{2})")
_ADVICE = {
    "=": "write == to compare",
    "&": "write && for and",
    "|": "write || for or",
    "'": "close the text with '",
    '"': 'close the text with "',
}


class Token(msgspec.Struct, frozen=True):
    """One token: `kind` is op, name, line, literal or end; a literal has `value` and `type`."""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None
    type: Type = BOOL


def tokens_of(source: str) -> list[Token]:
    """All tokens of `source`, the last of kind end. Raises ConditionFault."""
    if len(source) > MAX_SOURCE:
        raise ConditionFault(f"shorten the condition to {MAX_SOURCE} characters", MAX_SOURCE)
    found: list[Token] = []
    at = _after_space(source, 0)
    while at < len(source):
        token = _next(source, at)
        found.append(token)
        at = _after_space(source, token.end)
    found.append(Token("end", "", len(source), len(source)))
    return found


def _after_space(source: str, at: int) -> int:
    blank = _SPACE.match(source, at)
    return blank.end() if blank else at


def _next(source: str, at: int) -> Token:
    match = _TOKEN.match(source, at)
    if match is None:
        char = source[at]
        raise ConditionFault(_ADVICE.get(char, f"remove the unexpected character {char!a}"), at)
    kind, text = str(match.lastgroup), match[0]
    if kind == "name" and text in ("true", "false"):
        return Token("literal", text, at, match.end(), text == "true", BOOL)
    if kind in ("op", "name", "line"):
        return Token(kind, text, at, match.end())
    value, type_ = _LITERALS[kind](text, at)
    return Token("literal", text, at, match.end(), value, type_)


def _text(text: str, at: int) -> tuple[str, Type]:
    if not text[1:-1].isprintable():
        raise ConditionFault("remove the control character from the text", at)
    return text[1:-1], STRING


def _date(text: str, at: int) -> tuple[date, Type]:
    try:
        return date.fromisoformat(text), DATE
    except ValueError:
        raise ConditionFault(f"{text} is no day of the calendar: write year-month-day", at) from None


def _time(text: str, at: int) -> tuple[int, Type]:
    hour, minute = int(text[:2]), int(text[3:])
    if hour > 23 or minute > 59:
        raise ConditionFault(f"{text} is no time of day: write 00:00 to 23:59", at)
    return hour * 60 + minute, TIME


def _number(text: str, at: int) -> tuple[int, Type]:
    money = _MONEY.fullmatch(text)
    if money:
        return _bounded(int(money[1] + money[2]), MAX_CENTS, at), MONEY
    if text.isdigit():
        return _bounded(int(text), MAX_INT, at), INT
    if text[:-1].isdigit() and text[-1] == "d":
        return _bounded(int(text[:-1]), MAX_DAYS, at), DURATION
    if re.fullmatch(r"[0-9]+\.[0-9]*", text):
        raise ConditionFault(f"write the amount with two decimals, such as 50.00, not {text}", at)
    raise ConditionFault(f"{text} is no number, amount (50.00) or duration (14d)", at)


def _bounded(value: int, limit: int, at: int) -> int:
    if value > limit:
        raise ConditionFault("the number is too large: write a smaller one", at)
    return value


_LITERALS = {"text": _text, "date": _date, "time": _time, "number": _number}
