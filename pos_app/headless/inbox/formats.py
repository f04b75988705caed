"""The formats of finished tickets, by the ending of the file: JSON, CSV, ARTS POSLog."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby, islice
from typing import Any, Final

import msgspec

from pos_app.headless.inbox.poslog import poslog
from pos_app.headless.inbox.ticket import Finished, Wrong, attempt, checked, no_number
from pos_app.headless.input import Refused, basket_line
from rules.sentences import mark, said

MOST_TICKETS = 1000
MOST_LINES = 20_000
COLUMNS = (
    "pos_ref",
    "ticket",
    "member",
    "refund_of",
    "cents",
    "sku",
    "category",
    "subcategory",
    "qty",
    "name",
)


class TicketIn(msgspec.Struct, frozen=True):
    """A ticket as JSON has it; other fields of the ticket format are read over."""

    pos_ref: str = ""
    ticket: str = ""
    member: str = ""
    refund_of: str = ""
    lines: tuple[Any, ...] = ()


def read(ending: str, data: bytes) -> tuple[Finished | Wrong, ...]:
    """The tickets of a file, in their order, and those that cannot be read. Raises Refused for the file as a whole."""
    reader = READERS.get(ending)
    if reader is None:
        raise Refused("bad_format", mark("The file is no .json, .csv or .xml: name it by what it holds."))
    found = reader(data)
    if len(found) > MOST_TICKETS:
        raise Refused(
            "too_many", said("A file has at most {most} tickets: cut it into more files.", most=MOST_TICKETS)
        )
    if sum(len(one.lines) for one in found) > MOST_LINES:
        raise _too_many()
    return tuple([_checked(one) for one in found])


def _checked(one: Finished | Wrong) -> Finished | Wrong:
    return attempt(one.number, lambda: checked(one)) if isinstance(one, Finished) else one


def _too_many() -> Refused:
    return Refused(
        "too_many", said("A file has at most {most} lines: cut it into more files.", most=MOST_LINES)
    )


def _text(data: bytes, code: str) -> str:
    """The text of a file. Raises Refused with `code`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(code, mark("The file is not in UTF-8: let the register write it so.")) from error


def json_tickets(data: bytes) -> tuple[Finished | Wrong, ...]:
    """One ticket, a list of them, or one a line."""
    try:
        text = _text(data, "bad_json").strip()
        if text.startswith("["):
            found = msgspec.json.decode(text, type=list[object])
        else:
            found = (
                msgspec.json.Decoder().decode_lines(text) if "\n{" in text else [msgspec.json.decode(text)]
            )
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(
            "bad_json", said("The file is no JSON of tickets ({reason}).", reason=str(error)[:200])
        ) from error
    return tuple([attempt(_number_of(raw), partial(_finished, raw)) for raw in found])


def _number_of(raw: object) -> str:
    texts = (raw.get("pos_ref"), raw.get("ticket")) if isinstance(raw, dict) else ()
    return next((text for text in texts if text and isinstance(text, str)), "")


def _finished(raw: object) -> Finished:
    try:
        one = msgspec.convert(raw, TicketIn)
    except msgspec.ValidationError as error:
        raise Refused("bad_json", said("This is no ticket ({reason}).", reason=error)) from error
    lines = tuple([basket_line(raw) for raw in one.lines])
    return Finished(one.pos_ref, lines, one.ticket, one.member, one.refund_of)


def csv_tickets(data: bytes) -> tuple[Finished | Wrong, ...]:
    """A row for each line of a ticket, those of one ticket together; the first row names the columns."""
    try:
        text = _text(data, "bad_csv")
        delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = list(islice(reader, MOST_LINES + 1))
    except csv.Error as error:
        raise Refused("bad_csv", said("The file is no CSV ({reason}).", reason=error)) from error
    if len(rows) > MOST_LINES:
        raise _too_many()
    if not rows or not {"pos_ref", "cents"} <= set(rows[0]):
        raise Refused(
            "bad_csv",
            said(
                "The first row names the columns, pos_ref and cents at least: {names}.",
                names=", ".join(COLUMNS),
            ),
        )
    if not all(_is_sure(row, reader.fieldnames or ()) for row in rows):
        raise _misshapen()
    tickets: dict[str, list[list[dict[str, str]]]] = {}
    for _, group in groupby(rows, lambda row: (row["pos_ref"], row.get("ticket", ""))):
        mine = list(group)
        tickets.setdefault(mine[0]["pos_ref"] or mine[0].get("ticket", ""), []).append(mine)
    if "" in tickets:
        raise no_number()
    return tuple([attempt(number, partial(_ticket_of, groups)) for number, groups in tickets.items()])


def _is_sure(row: Mapping[Any, Any], columns: Sequence[str]) -> bool:
    """Whether it is known whose row it is: nothing is missing, and what is too much stands behind its number."""
    too_long = None in row
    return None not in row.values() and not (too_long and (columns[0] != "pos_ref" or not row["pos_ref"]))


def _misshapen() -> Refused:
    return Refused("bad_csv", mark("A row has more or fewer fields than the first one."))


def _ticket_of(groups: list[list[dict[str, str]]]) -> Finished:
    rows = groups[0]
    if len(groups) > 1:
        raise Refused("bad_csv", mark("The rows of one ticket have to stand together."))
    if any(None in row for row in rows):
        raise _misshapen()

    def same(column: str) -> str:
        told = {row[column] for row in rows if row.get(column)}
        if len(told) > 1:
            raise Refused(
                "bad_csv",
                said(
                    "The rows of {number} differ in {column}: one ticket has one.",
                    number=rows[0]["pos_ref"],
                    column=column,
                ),
            )
        return next(iter(told), "")

    lines = tuple(basket_line(_line(row)) for row in rows if row["cents"] or row.get("sku"))
    return Finished(rows[0]["pos_ref"], lines, same("ticket"), same("member"), same("refund_of"))


def _line(row: Mapping[str, str]) -> dict[str, str]:
    line = {name: row[name] for name in COLUMNS[4:] if row.get(name)}
    if "qty" in line:
        line["qty"] = line["qty"].replace(",", ".")
    return line


READERS: Final[dict[str, Callable[[bytes], tuple[Finished | Wrong, ...]]]] = {
    ".json": json_tickets,
    ".csv": csv_tickets,
    ".xml": poslog,
}
