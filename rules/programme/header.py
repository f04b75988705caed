"""The `[programme]` table."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Meta, Struct

from rules.programme.currencies import TWO_DECIMALS
from rules.programme.model import Header
from rules.programme.source import Source
from rules.programme.tables import convert_table
from rules.programme.values import Cents
from rules.suggest import did_you_mean

FORMAT = 1
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
ID_ADVICE = "write an id of at most 40 small letters, digits, dots, hyphens and underscores"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_LONGEST_TEXT = 80

Text = str | dict[str, str]


class _Exclude(Struct, frozen=True):
    """Lines that never earn and are never paid with points."""

    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()


class _HeaderTable(Struct, frozen=True):
    """The keys of `[programme]`."""

    id: str
    name: Text
    version: Annotated[int, Meta(ge=1)]
    effective_from: date
    effective_to: date
    timezone: str
    currency: str
    unit: Text
    supersedes: Annotated[int, Meta(ge=1)] | None = None
    earn_on: Literal["gross", "net"] = "net"
    rounding: Literal["floor", "half_up", "carry"] = "floor"
    count_from: Cents = Cents(1)
    business_day_ends: time = time(0, 0)
    exclude: _Exclude = _Exclude()
    typed_amount: Literal["earns", "counts", "nothing"] = "earns"


def per_language(text: Text) -> Mapping[str, str]:
    """Texts by language; a plain text is the one for every language, under the empty name."""
    return {"": text} if isinstance(text, str) else text


def text_fault(text: Text) -> str:
    """What is wrong with a text for people, or an empty string."""
    for language, words in per_language(text).items():
        if language and not _LANGUAGE.fullmatch(language):
            return "name each language by its code, such as fr or fr-BE"
        if not words.strip() or len(words) > _LONGEST_TEXT or not words.isprintable():
            return f"write a text of 1 to {_LONGEST_TEXT} characters on one line"
    return "" if text else "write the text in one language at least"


def read_header(source: Source) -> Header | None:
    """The header, or None after its faults were reported to `source`."""
    if source.raw.get("format") != FORMAT:
        source.report(("format",), f"write format = {FORMAT} at the top: this version reads no other format")
    raw = source.raw.get("programme")
    if not isinstance(raw, Mapping):
        source.report(("programme",), "add the table [programme] with id, name, version and dates")
        return None
    table = convert_table(raw, _HeaderTable, lambda path, text: source.report(("programme", *path), text))
    if table is None:
        return None
    for key, message in _faults(table):
        source.report(("programme", key), message)
    return _header(table)


def _faults(table: _HeaderTable) -> Iterator[tuple[str, str]]:
    if not ID.fullmatch(table.id):
        yield "id", ID_ADVICE
    for key in ("name", "unit"):
        fault = text_fault(getattr(table, key))
        if fault:
            yield key, fault
    if table.effective_to <= table.effective_from:
        yield "effective_to", "write a day after effective_from: effective_to is the first day without it"
    if table.supersedes is not None and table.supersedes >= table.version:
        yield "supersedes", "name a version before this one"
    if table.currency not in TWO_DECIMALS:
        yield "currency", f"{table.currency} is no currency code with two decimals: write one such as EUR"
    if not _is_timezone(table.timezone):
        advice = did_you_mean(table.timezone, available_timezones())
        yield (
            "timezone",
            f"there is no time zone {table.timezone}{advice or ' (write one such as Europe/Paris)'}",
        )
    ends = table.business_day_ends
    if ends.second or ends.microsecond or ends >= time(12, 0):
        yield "business_day_ends", "write whole minutes before 12:00:00"


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _header(table: _HeaderTable) -> Header:
    same: dict[str, Any] = {
        name: getattr(table, name)
        for name in ("id", "version", "effective_from", "effective_to", "timezone", "currency")
    }
    return Header(
        **same,
        name=per_language(table.name),
        unit=per_language(table.unit),
        supersedes=table.supersedes,
        earn_on=table.earn_on,
        rounding=table.rounding,
        count_from=table.count_from,
        business_day_ends=table.business_day_ends,
        exclude_categories=table.exclude.categories,
        exclude_skus=table.exclude.skus,
        typed_amount=table.typed_amount,
    )
