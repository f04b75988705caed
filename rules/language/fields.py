"""The fields that conditions of a programme may name; `rules.facts` computes their values."""

from collections.abc import Mapping

from rules.language.tree import (
    BOOL,
    DATE,
    INT,
    MONEY,
    QUANTITY,
    STRING,
    TIME,
    FieldSpec,
    Schema,
    enum,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LINE_FIELDS: Mapping[str, FieldSpec] = {
    "sku": FieldSpec(STRING),
    "category": FieldSpec(STRING),
    "subcategory": FieldSpec(STRING),
    "qty": FieldSpec(QUANTITY),
    "cents": FieldSpec(MONEY, unit="cents"),
    "promo": FieldSpec(BOOL),
}

_FIELDS: Mapping[str, FieldSpec] = {
    "ticket.total": FieldSpec(MONEY, unit="cents"),
    "ticket.lines": FieldSpec(INT, unit="lines"),
    "ticket.store": FieldSpec(STRING),
    "ticket.till": FieldSpec(STRING),
    "ticket.channel": FieldSpec(STRING),
    "store.id": FieldSpec(STRING),
    "member.since": FieldSpec(DATE, optional=True),
    "member.days": FieldSpec(INT, optional=True, unit="days"),
    "member.months": FieldSpec(INT, optional=True, unit="months"),
    "member.visits": FieldSpec(INT, optional=True, unit="visits"),
    "member.points": FieldSpec(INT, unit="points"),
    "member.bucket": FieldSpec(INT),
    "member.birthday_in": FieldSpec(INT, optional=True, warn=True, unit="days"),
    "clock.date": FieldSpec(DATE),
    "clock.weekday": FieldSpec(enum(*WEEKDAYS)),
    "clock.time": FieldSpec(TIME),
    "clock.minute": FieldSpec(INT),
    "clock.hour": FieldSpec(INT),
    "clock.day": FieldSpec(INT),
    "clock.month": FieldSpec(INT),
}


def programme_schema(tiers: tuple[str, ...] = (), declared: Mapping[str, FieldSpec] | None = None) -> Schema:
    """The fields of a programme with these tier ids and these declared profile fields (full dotted paths)."""
    fields = {**_FIELDS, "member.tier": FieldSpec(enum(*tiers)), **(declared or {})}
    return Schema(fields=fields, line=LINE_FIELDS)
