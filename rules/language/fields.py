"""The fields that conditions of a programme may name; `rules.facts` computes their values."""

from collections.abc import Mapping

from rules.language.tree import (
    BOOL,
    DATE,
    INT,
    MONEY,
    QUANTITY,
    STRING,
    TEXTS,
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
    "cents": FieldSpec(MONEY),
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
    "member.email": FieldSpec(BOOL, optional=True),
    "member.phone": FieldSpec(BOOL, optional=True),
    "member.status": FieldSpec(enum("active", "at_risk", "dormant"), optional=True),
    "member.alert": FieldSpec(BOOL, optional=True),
    "member.birthday_in": FieldSpec(INT, optional=True, warn=True, unit="days"),
    "clock.date": FieldSpec(DATE),
    "clock.weekday": FieldSpec(enum(*WEEKDAYS)),
    "clock.time": FieldSpec(TIME),
    "clock.minute": FieldSpec(INT),
    "clock.hour": FieldSpec(INT),
    "clock.day": FieldSpec(INT),
    "clock.month": FieldSpec(INT),
    "visit.zones": FieldSpec(TEXTS),
    "visit.zone_count": FieldSpec(INT, unit="zones"),
    "event.name": FieldSpec(STRING, optional=True),
    "event.sku": FieldSpec(STRING, optional=True),
    "event.category": FieldSpec(STRING, optional=True),
    "event.place": FieldSpec(STRING, optional=True),
    "event.stars": FieldSpec(INT, optional=True),
    "event.cents": FieldSpec(MONEY, optional=True, unit="cents"),
    "event.count": FieldSpec(INT, optional=True),
}


def programme_schema(tiers: tuple[str, ...] = (), declared: Mapping[str, FieldSpec] | None = None) -> Schema:
    """The fields of a programme with these tier ids and these declared profile fields (full dotted paths)."""
    fields = {**_FIELDS, "member.tier": FieldSpec(enum(*tiers)), **(declared or {})}
    return Schema(fields=fields, line=LINE_FIELDS)
