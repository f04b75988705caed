"""Random conditions by type, and tickets and accounts that they tell apart."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from hypothesis import reject
from hypothesis import strategies as st

from rules.account import Account
from rules.errors import ProgrammeError
from rules.facts import facts_of
from rules.language.condition import compile_condition, compile_filter
from rules.language.fields import programme_schema
from rules.language.tree import BOOL, DATE, INT, MONEY, FieldSpec, Schema, enum
from rules.ticket import Event, Line, Ticket

Compiled = TypeVar("Compiled")

TIERS = ("base", "silver", "gold")
DIETS = ("none", "vegan")
DECLARED = {
    "member.diet": FieldSpec(enum(*DIETS), optional=True, warn=True),
    "member.vip": FieldSpec(BOOL, optional=True),
    "member.joined": FieldSpec(DATE, optional=True),
    "member.kids": FieldSpec(INT, optional=True),
    "member.spent": FieldSpec(MONEY, optional=True),
}
SCHEMA = programme_schema(TIERS, DECLARED)

TEXTS = ("", "lyon", "garden", "it's", 'say "x"', "' OR 1=1 --", "\\'; DROP TABLE t", "é", "bread", "web")
NUMBERS = (0, 1, 2, 3, 7, 14, 30, 100)
CENTS = (0, 1, 99, 100, 450, 1250, 5000)
DAYS = (date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 3))

_DEPTH = 4
_REFUSED = ("become too large", "nested deeper", "shorten the condition", "is not a possible value here")
_HOLE = re.compile(r"<([a-z]+)([.@!]?)>")
_ORDERED = ("int", "money", "quantity", "date", "time", "duration")
_COUNTED = ("int", "money", "quantity", "duration")


def quoted(text: str) -> str:
    """`text` as a literal of the language, which has two quotes and no escape."""
    return f'"{text}"' if "'" in text else f"'{text}'"


# Patterns by type. `<int>` stands for any int, `<int.>` for one without depth, `<int@>` for one over the current line.
_LITERALS: dict[str, list[str]] = {
    "int": [*map(str, NUMBERS), "-7"],
    "money": [*(f"{cents // 100}.{cents % 100:02d}" for cents in CENTS), "-4.50"],
    "string": [quoted(text) for text in TEXTS],
    "date": [str(day) for day in DAYS],
    "time": ["00:00", "09:30", "14:00", "23:59"],
    "duration": ["0d", "1d", "14d", "90d", "365d", "(36600d * 1000000)", "-90d"],
    "bool": ["true", "has(<path.>)", "<named.>"],
    "order": ["==", "!=", "<", "<=", ">", ">="],
    "same": ["==", "!="],
    "sign": ["+", "-"],
    "logic": ["&&", "||"],
    "extreme": ["min", "max"],
    "every": ["any", "all"],
    "divisor": ["2", "3", "7", "100"],
}
_GROWN: dict[str, list[str]] = {
    "date": ["(<date> <sign.> <duration>)", "(<duration> + <date>)"],
    "duration": ["(<date> - <date>)", "((<date> - <date>) * 100000)", "((<date> - <date>) * -100000)"],
    "quantity": ["(<int> <sign.> <quantity>)", "(<bool> ? <int.> : <quantity>)", "min(<quantity>, <int.>)"],
    "bool": [
        "(<quantity> <order.> <int>)",
        "(<quantity> in [<int!>, <int!>])",
        "(<string> in visit.zones)",
        "(<bool> <logic.> <bool>)",
        "(<bool> && <bool.> && <bool>)",
        "(<bool> || <bool.> || <bool>)",
        "!<bool>",
    ],
}
_OVER_LINES: dict[str, list[str]] = {
    "int": ["count(lines)", "count(lines, <bool@>)"],
    "bool": ["<every.>(lines, <bool@>)"] * 3,
}
for _kind in (*_ORDERED, "string", "bool"):
    _GROWN.setdefault(_kind, []).append(f"(<bool> ? <{_kind}> : <{_kind}>)")
for _kind in _ORDERED:
    _GROWN[_kind] += [f"<extreme.>(<{_kind}>, <{_kind}>)", f"<extreme.>(<{_kind}>, <{_kind}.>, <{_kind}>)"]
    _GROWN["bool"].append(f"(<{_kind}> <order.> <{_kind}>)")
for _kind in _COUNTED:
    _GROWN[_kind] += [
        f"(<{_kind}> <sign.> <{_kind}>)",
        f"-<{_kind}>",
        f"(<{_kind}> * <int!>)",
        f"(<int.> * <{_kind}>)",
        f"(<int!> * <{_kind}.>)",
    ]
    _OVER_LINES.setdefault(_kind, []).append(f"sum(lines, <{_kind}@>)")
for _kind in ("int", "money", "duration"):
    _GROWN[_kind].append(f"(<{_kind}> / <divisor.>)")
for _kind in ("int", "money", "string", "date", "time"):
    _GROWN["bool"].append(f"(<{_kind}> in [<{_kind}!>, <{_kind}!>])")
for _kind in ("bool", "string"):
    _GROWN["bool"].append(f"(<{_kind}> <same.> <{_kind}>)")


def _named(fields: Mapping[str, FieldSpec], dot: str = "") -> dict[str, list[str]]:
    """The fields by type, twice each; an enum is also a string, and is compared with its own names."""
    found: dict[str, list[str]] = {"path": [], "named": []}
    for name, spec in fields.items():
        names = [quoted(value) for value in spec.type.values]
        found.setdefault("string" if names else spec.type.name, []).extend([dot + name] * 2)
        found["path"] += [dot + name] * (spec.type.name != "texts")
        found["named"] += [f"({name} == {text})" for text in names]
        found["named"] += [f"({name} in [{', '.join(names[:2])}])"] * bool(names)
    return found


def _merged(*parts: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {kind: [text for part in parts for text in part.get(kind, [])] for part in parts for kind in part}


_LEAVES = {
    "ticket": _merged(_LITERALS, _named(SCHEMA.fields), {"quantity": ["sum(lines, .qty)"]}),
    "line": _merged(_LITERALS, _named(SCHEMA.fields), *[_named(SCHEMA.line, ".")] * 3),
}
_BRANCHES = {"ticket": _merged(_GROWN, *[_OVER_LINES] * 3), "line": _GROWN}


def _written(draw: Callable[..., str], kind: str, depth: int, scope: str) -> str:
    """A text of the type, by filling the holes of a drawn pattern."""
    leaves, branches = _LEAVES[scope].get(kind, []), _BRANCHES[scope].get(kind, [])
    grow = depth > 0 and branches and draw(st.integers(0, 3)) > 0
    pattern = draw(st.sampled_from(branches if grow else leaves))

    def fill(hole: re.Match[str]) -> str:
        kind, mark = hole[1], hole[2]
        if mark == "!":
            return draw(st.sampled_from(_LITERALS[kind]))
        return _written(draw, kind, 0 if mark == "." else depth - 1, "line" if mark == "@" else scope)

    return _HOLE.sub(fill, pattern)


@st.composite
def compiled(draw: Callable[..., str], scope: str, compile_: Callable[[str, Schema], Compiled]) -> Compiled:
    """A checked condition; what is too big, or gives an enum a strange name, is drawn anew."""
    source = _written(draw, "bool", _DEPTH, scope)
    try:
        return compile_(source, SCHEMA)
    except ProgrammeError as error:
        if not any(said in str(error) for said in _REFUSED):
            raise
        return reject()


conditions = compiled("ticket", compile_condition)
filters = compiled("line", compile_filter)

Sale = tuple[dict[str, object], tuple[Line, ...]]


def sales(seed: int, number: int) -> list[Sale]:
    """The facts and lines of `number` random tickets."""
    draw = Random(seed)
    found = []
    for n in range(number):
        ticket, account = _ticket(draw, n), _account(draw)
        facts = facts_of(ticket, account, max(0, ticket.gross))
        if draw.random() < 0.3:
            facts |= {
                "member.status": draw.choice(["active", "at_risk", "dormant"]),
                "member.alert": n % 2 == 0,
            }
        found.append((facts, ticket.lines))
    return found


def _ticket(draw: Random, n: int) -> Ticket:
    event = None
    if draw.random() < 0.3:
        fields = {"category": "bread", "place": "web", "stars": 3, "cents": 1250, "count": 7}
        kept = {name: value for name, value in fields.items() if draw.random() < 0.7}
        event = Event(draw.choice(TEXTS), draw.choice(TEXTS), fields=kept)
    return Ticket(
        f"t{n}",
        tuple(_line(draw) for _ in range(draw.choice((0, 1, 2, 3, 5)))),
        draw.choice(DAYS) + timedelta(days=draw.choice((0, 0, 1, 14, 90))),
        draw.choice((0, 570, 840, 1439, draw.randrange(1440))),
        draw.choice(TEXTS),
        draw.choice(TEXTS),
        zones=tuple(draw.choices(TEXTS, k=draw.choice((0, 0, 1, 3)))),
        event=event,
    )


def _line(draw: Random) -> Line:
    return Line(
        cents=draw.choice((*CENTS, -99, -450)),
        sku=draw.choice(TEXTS),
        category=draw.choice(TEXTS),
        subcategory=draw.choice(TEXTS),
        qty=draw.choice(
            [Decimal(number) for number in ("0", "1", "1", "2", "3", "0.25", "1.5", "0.001", "-1.125")]
        ),
        promo=draw.random() < 0.4,
    )


def _account(draw: Random) -> Account:
    if draw.random() < 0.2:
        return Account()
    fields = {
        "diet": draw.choice(DIETS),
        "vip": draw.random() < 0.5,
        "joined": draw.choice(DAYS),
        "kids": draw.choice((-3, *NUMBERS)),
        "spent": draw.choice(CENTS),
        "email": True,
        "phone": draw.random() < 0.5,
    }
    return Account(
        member=1,
        known=draw.choice(("full", "thin")),
        since=draw.choice((None, *DAYS)),
        birthday=draw.choice((None, (3, 3), (2, 29))),
        fields={name: value for name, value in fields.items() if draw.random() < 0.6},
        bucket=draw.randrange(100),
        tier=draw.choice(("", *TIERS)),
        visits=draw.choice(NUMBERS),
        balance={"points": draw.choice((-7, *NUMBERS))},
    )
