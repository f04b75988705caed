"""What a loyalty receipt says: facts in, lines of 42 columns out, and the same lines as printer bytes."""

import datetime
import unicodedata
from enum import StrEnum

import msgspec

from pos_app.languages.words import Words
from pos_app.printing import escpos
from pos_app.printing.escpos import Align
from rules.sentences import mark

COLUMNS = 42


class ReceiptKind(StrEnum):
    """Which business a receipt records."""

    SALE = "sale"
    REFUND = "refund"
    UNDO = "undo"


class ReceiptLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line with an amount in cents; `name` is already in the receipt's language, empty for a typed amount."""

    name: str
    qty: str
    cents: int


class Issued(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was given or used, in words: a label and an amount such as "+ 45 points"."""

    label: str
    amount: str


class ReceiptFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything a receipt needs, without personal data: the card is masked, there is no name.

    `at` is store time without zone. Amounts are cents. `balance` and `next_reward` are sentences. `notes` say how what
    was given can be used, `later` lists what was not promised now. `reference` is dev-inc-seq, `tail` the first six
    characters of the entry's hash.
    """

    kind: ReceiptKind
    shop: str
    till: str
    programme: str
    at: datetime.datetime
    reference: str
    tail: str
    paid: int
    card: str = ""
    lines: tuple[ReceiptLine, ...] = ()
    total: int = 0
    rewards: tuple[ReceiptLine, ...] = ()
    issued: tuple[Issued, ...] = ()
    used: tuple[Issued, ...] = ()
    notes: tuple[str, ...] = ()
    balance: str = ""
    next_reward: str = ""
    later: tuple[str, ...] = ()
    of: str = ""
    language: str = "fr"


class Row(msgspec.Struct, frozen=True):
    """One line on paper, at most COLUMNS wide."""

    text: str
    bold: bool = False
    align: Align = Align.LEFT


_TITLES = {
    ReceiptKind.SALE: mark("LOYALTY RECEIPT"),
    ReceiptKind.REFUND: mark("RETURN"),
    ReceiptKind.UNDO: mark("TICKET UNDONE"),
}


def layout(facts: ReceiptFacts, words: Words, *, duplicate: bool = False) -> tuple[Row, ...]:
    """The rows of a receipt, top to bottom, each at most COLUMNS characters of code page 858."""
    rows = [*_head(facts, words, duplicate), *_sale(facts, words), *_loyalty(facts, words), *_foot(facts)]
    return tuple(rows)


def on_paper(words: Words) -> Words:
    """`words` with the code of the currency where the printer has no sign for it."""
    return words.coded() if "?" in escpos.plain(words.sign) else words


def as_text(rows: tuple[Row, ...]) -> str:
    """The rows as they look on paper, for a preview and for tests."""
    return "\n".join(placed(row) for row in rows) + "\n"


def as_bytes(rows: tuple[Row, ...]) -> bytes:
    """The rows as ESC/POS bytes with start and cut."""
    body = b"".join(escpos.line(row.text, bold=row.bold, align=row.align) for row in rows)
    return escpos.start() + body + escpos.end()


def placed(row: Row) -> str:
    """The row as it stands on the paper, with spaces before it."""
    if row.align is Align.CENTRE:
        return row.text.center(COLUMNS).rstrip()
    return row.text.rjust(COLUMNS) if row.align is Align.RIGHT else row.text


def _head(facts: ReceiptFacts, words: Words, duplicate: bool) -> list[Row]:
    rows = [*_wrapped(facts.shop, bold=True, align=Align.CENTRE)]
    if facts.programme:
        rows += _wrapped(facts.programme, align=Align.CENTRE)
    if duplicate:
        rows += [Row("*** " + clean(words("DUPLICATE")) + " ***", True, Align.CENTRE)]
    rows += _wrapped(words(_TITLES[facts.kind]), bold=True, align=Align.CENTRE)
    rows += [*_pair(f"{words.date(facts.at.date())} {words.time(facts.at)}", facts.till), _rule()]
    if facts.of:
        rows += _wrapped(words("Original ticket {reference}", reference=facts.of))
    return rows


def _sale(facts: ReceiptFacts, words: Words) -> list[Row]:
    rows = [row for line in facts.lines for row in _priced(line, words)]
    if facts.rewards:
        rows += _pair(words("Total"), words.money(facts.total))
        rows += [row for line in facts.rewards for row in _pair(line.name, words.money(-line.cents))]
    title = words("To pay") if facts.kind is ReceiptKind.SALE else words("Given back")
    rows += [*_pair(title, words.money(facts.paid), bold=True), _rule()]
    return rows


def _priced(line: ReceiptLine, words: Words) -> list[Row]:
    name = line.name or words("Amount")
    return _pair(f"{line.qty} x {name}" if line.qty not in ("", "1") else name, words.money(line.cents))


def _loyalty(facts: ReceiptFacts, words: Words) -> list[Row]:
    if not facts.card and facts.kind is ReceiptKind.REFUND and not facts.programme:
        return _wrapped(words("Ticket of another till: points and rewards are set right by the ledger."))
    if not facts.card:
        return _wrapped(words("No card: no points were counted."))
    rows = _wrapped(words("Card {card}", card=facts.card))
    rows += [row for item in (*facts.issued, *facts.used) for row in _pair(item.label, item.amount)]
    for sentence in (*facts.notes, facts.balance, facts.next_reward, *facts.later):
        rows += _wrapped(sentence)
    return rows


def _foot(facts: ReceiptFacts) -> list[Row]:
    return [_rule(), Row(clean(f"{facts.reference} {facts.tail}"), align=Align.CENTRE)]


def _rule() -> Row:
    return Row("-" * COLUMNS)


def _pair(left: str, right: str, *, bold: bool = False) -> list[Row]:
    """Left and right in one row; a long left goes on in rows before it, and nothing of it is cut."""
    right = clean(right)[:COLUMNS]
    *above, last = _wrapped(left, bold=bold) or [Row("", bold)]
    if len(last.text) + 1 + len(right) > COLUMNS:
        above, last = [*above, last], Row("", bold)
    return [*above, Row(last.text + right.rjust(COLUMNS - len(last.text)), bold)]


def _wrapped(words: str, *, bold: bool = False, align: Align = Align.LEFT) -> list[Row]:
    rows: list[str] = []
    for word in clean(words).split():
        piece = word[:COLUMNS]
        if rows and len(rows[-1]) + 1 + len(piece) <= COLUMNS:
            rows[-1] += " " + piece
        else:
            rows.append(piece)
    return [Row(text, bold, align) for text in rows]


def clean(words: str) -> str:
    """`words` with control and format characters as spaces, in characters the printer has."""
    if escpos.has_control(words):
        words = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in words)
    return escpos.plain(words)
