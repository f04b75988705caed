"""Histories in DuckDB: every line as text, and what the plain ones say as tables.

A line is plain when it is written in the way that JSON writers have, without escapes, and says nothing unusual
(`_PLAIN`). DuckDB reads no others: what such a line means is then beyond doubt, and the same as our own reader says.
The others are few as a rule, and go to that reader, which also says what is wrong with them.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import msgspec

from pos_app.history.ndjson import NdjsonHistory, RecordReader
from pos_app.history.open import open_history
from pos_app.history.reader import Complain, HistoryError, Reader
from pos_app.tools.tickets import Fault, fault_at, number_of
from rules.history.record import Record
from rules.language.sql import LINE_COLUMNS, quoted
from rules.sentences import said

_LONGEST = 1 << 20
_EVERY = 4096
_TEXT = r'"[^"\\\x00-\x1f]*"'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,3})?"
_AT = r'"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z"'


def _listed(one: str) -> str:
    return f"{one}(?:, ?{one})*"


_LINE_PAIR = (
    f'(?:"(?:sku|category|subcategory)": ?{_TEXT}|"cents": ?-?(?:0|[1-9][0-9]{{0,11}})'
    f'|"qty": ?(?:{_NUMBER}|"{_NUMBER}")|"promo": ?(?:true|false))'
)
_LINE = rf"\{{{_listed(_LINE_PAIR)}\}}"
_PAIR = (
    f'(?:"(?:ticket|member|store|till|channel|refund_of)": ?{_TEXT}|"at": ?{_AT}'
    rf'|"lines": ?\[{_listed(_LINE)}\]|"zones": ?\[\]|"event": ?null)'
)
_PLAIN = rf"\{{{_listed(_PAIR)}\}}"
_TICKET_KEYS = ("ticket", "member", "store", "till", "channel", "refund_of", "at", "lines")
_SHAPE = (
    '{"ticket":"VARCHAR","member":"VARCHAR","store":"VARCHAR","till":"VARCHAR","channel":"VARCHAR",'
    '"refund_of":"VARCHAR","at":"VARCHAR","lines":[{"sku":"VARCHAR","category":"VARCHAR",'
    '"subcategory":"VARCHAR","qty":"VARCHAR","cents":"BIGINT","promo":"BOOLEAN"}]}'
)
_NONE = {"sku": "''", "category": "''", "subcategory": "''", "qty": "1", "cents": "NULL", "promo": "FALSE"}


class Loaded:
    """Histories in a database of DuckDB (`link`).

    `raw (n, text)` has every line, numbered as in `Tickets`. `t (rank, n, ticket, member, us, store, till, channel)`
    has the sales on plain lines, with their moment in microseconds since 1970 UTC, and `l` their lines: `n`, and
    `LINE_COLUMNS`. `odd` are the records of all other lines, `faults` the lines that hold none. By `rank` the sales of
    a member are neighbours: what is made in that order lies side by side in memory, and trying out one member after
    the other takes a third less time.
    """

    def __init__(self, link: Any, files: tuple[str, ...]) -> None:
        self.link = link
        self.files = files
        self.odd: dict[int, Record] = {}
        self.faults: list[Fault] = []
        self._read = RecordReader().read

    def complain(self, number: int, message: str) -> None:
        """Note what is wrong with a line."""
        self.faults.append(fault_at(self.files, number, message))

    def take(self, number: int, line: bytes) -> None:
        """Read an unusual line."""
        found = self._read(line)
        if isinstance(found, str):
            self.complain(number, found)
        else:
            self.odd[number] = found

    def records(self, where: str) -> dict[int, Record]:
        """The records of plain lines that an SQL condition on `n` selects, by number."""
        rows = self.link.execute(f"SELECT n, text FROM raw WHERE {where}").fetchall()  # noqa: S608
        found = {}
        for number, text in rows:
            record = self._read(text.encode())
            assert not isinstance(record, str), "a plain line holds a record"
            found[number] = record
        return found

    def records_of(self, numbers: Sequence[int]) -> dict[int, Record]:
        """The records of these plain lines, by number."""
        if not numbers:
            return {}
        self.link.execute("CREATE OR REPLACE TABLE wanted AS SELECT unnest(?) AS n", [list(numbers)])
        return self.records("n IN (SELECT n FROM wanted)")


def load(paths: Sequence[Path], link: Any, tell: Callable[[float], None]) -> Loaded:
    """All lines of the histories; `tell` gets how much was read, from 0 to 1. Raises HistoryError."""
    loaded = Loaded(link, tuple([str(path) for path in paths]))
    with TemporaryDirectory(prefix="assidu-") as folder:
        plain = Path(folder) / "lines"
        try:
            with plain.open("wb") as file:
                for place, path in enumerate(paths):
                    _unpack(loaded, place, open_history(path), file, _share(tell, place, len(paths)))
        except OSError as error:
            raise HistoryError(
                said(
                    "the history cannot be unpacked ({reason}): make room in the temporary folder.",
                    reason=error.strerror,
                )
            ) from error
        link.execute(
            "CREATE TABLE raw AS SELECT * FROM read_csv(?, columns={n: 'BIGINT', text: 'VARCHAR'}, delim='\x01', "
            "quote='', escape='', comment='', header=false, auto_detect=false, new_line='\\n', max_line_size=2000000)",
            [str(plain)],
        )
    _tables(link)
    rows = link.execute("SELECT n, text FROM raw WHERE n NOT IN (SELECT n FROM t) ORDER BY n").fetchall()
    for number, text in rows:
        loaded.take(number, text.encode())
    tell(1.0)
    return loaded


def _share(tell: Callable[[float], None], place: int, files: int) -> Callable[[float], None]:
    return lambda part: tell((place + part) / files)


def _unpack(
    loaded: Loaded, place: int, reader: Reader, file: BinaryIO, tell: Callable[[float], None]
) -> None:
    """Write the lines of a history with their numbers, but for those that could not be read back as they are."""
    for count, (line_number, line) in enumerate(_lines(loaded, place, reader)):
        number = number_of(place, line_number)
        if _safe(line):
            file.write(b"%d\x01%b" % (number, line if line.endswith(b"\n") else line + b"\n"))
        else:
            loaded.take(number, line)
        if count % _EVERY == 0:
            tell(reader.fraction())


def _lines(loaded: Loaded, place: int, reader: Reader) -> Iterator[tuple[int, bytes]]:
    if isinstance(reader, NdjsonHistory):
        return reader.lines()
    encode = msgspec.json.Encoder().encode
    complain: Complain = lambda line, message: loaded.complain(number_of(place, line), message)  # noqa: E731
    return ((number, encode(record)) for number, record in reader.entries(complain))


def _safe(line: bytes) -> bool:
    """Whether a table without quotes holds the line as it is."""
    if not line.startswith(b"{") or len(line) > _LONGEST or b"\x01" in line or b"\r" in line or b"\0" in line:
        return False
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _tables(link: Any) -> None:
    """Make `t` and `l` of the plain lines. A key that comes twice is told by the number of keys in the text."""
    link.execute(
        f"CREATE TABLE parsed AS SELECT n, strlen(text) - strlen(replace(text, '\":', '')) AS colons, "  # noqa: S608
        "contains(text, '\"zones\":') AS zones, contains(text, '\"event\":') AS event, "
        f"unnest(CASE WHEN regexp_full_match(text, {quoted(_PLAIN)}) THEN from_json(text, {quoted(_SHAPE)}) END) "
        "FROM raw"
    )
    columns = ", ".join(f"each.{name}" for name in LINE_COLUMNS)
    link.execute(
        f"CREATE TABLE every AS SELECT n, {columns} FROM (SELECT n, unnest(lines) AS each FROM parsed)"  # noqa: S608
    )
    per_line = " + ".join(f"count({name})" for name in LINE_COLUMNS)
    per_ticket = " + ".join(f'CAST("{name}" IS NOT NULL AS BIGINT)' for name in _TICKET_KEYS)
    link.execute(
        'CREATE TABLE t AS SELECT row_number() OVER (ORDER BY member, "at", p.n) AS rank, p.n AS n, ticket, '  # noqa: S608
        "coalesce(member, '') AS member, epoch_us(try_cast(\"at\" AS TIMESTAMP)) AS us, coalesce(store, '') AS store, "
        "coalesce(till, '') AS till, coalesce(channel, 'shop') AS channel, refund_of FROM parsed p JOIN "
        f"(SELECT n, count(*) AS lines_of, count(cents) AS cents_of, {per_line} AS keys FROM every GROUP BY n) k "
        "ON k.n = p.n WHERE coalesce(ticket, '') <> '' AND coalesce(refund_of, '') = '' "
        'AND lines_of = cents_of AND try_cast("at" AS TIMESTAMP) IS NOT NULL '
        f"AND colons = 2 * (k.keys + {per_ticket} + CAST(zones AS BIGINT) + CAST(event AS BIGINT))"
    )
    line = ", ".join(
        f"coalesce(CAST({name} AS {LINE_COLUMNS[name]}), {_NONE[name]}) AS {name}" for name in LINE_COLUMNS
    )
    link.execute(f"CREATE TABLE l AS SELECT n, {line} FROM every WHERE n IN (SELECT n FROM t)")  # noqa: S608
    link.execute("DROP TABLE parsed")
    link.execute("DROP TABLE every")
