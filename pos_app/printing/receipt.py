"""What a loyalty receipt says: facts in, rows as wide as the paper out, and the same rows as printer bytes."""

import datetime
from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from pos_app.languages.words import Words
from pos_app.printing.escpos import Align
from pos_app.printing.profile import STANDARD, Block, ByLanguage, Profile
from pos_app.printing.rows import QrRow, Row, Sheet
from rules.sentences import mark


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


class Coupon(msgspec.Struct, frozen=True, omit_defaults=True):
    """A voucher on paper: what it is, in words each its worth, days and conditions, and the code that a till takes."""

    label: str
    terms: tuple[str, ...]
    code: str


class ReceiptFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything a receipt needs, without personal data: the card is masked, there is no name.

    `at` is store time without zone. Amounts are cents. `balance` and `next_reward` are sentences. `notes` say how what
    was given can be used, `later` lists what was not promised now. `reference` is dev-inc-seq, `tail` the first six
    characters of the entry's hash. `why` says in one line where the points come from, `lapses` what lapses when,
    `passage` what becomes of it all in a programme that is coming.
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
    why: str = ""
    lapses: str = ""
    coupons: tuple[Coupon, ...] = ()
    passage: tuple[str, ...] = ()
    of: str = ""
    language: str = "fr"


_TITLES = {
    ReceiptKind.SALE: mark("LOYALTY RECEIPT"),
    ReceiptKind.REFUND: mark("RETURN"),
    ReceiptKind.UNDO: mark("TICKET UNDONE"),
}


def layout(
    facts: ReceiptFacts, words: Words, profile: Profile = STANDARD, *, duplicate: bool = False
) -> tuple[Row | QrRow, ...]:
    """The rows of a receipt, top to bottom, each at most as wide as the paper and in letters of its printer."""
    sheet = Sheet(words, profile)
    for block in profile.layout.blocks:
        _BLOCKS[block](sheet, facts, duplicate)
    return tuple(sheet.rows)


def _shop(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    sheet.say(facts.shop, bold=True, align=Align.CENTRE)
    sheet.say(facts.programme, align=Align.CENTRE)


def _contact(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    sheet.say(_own(sheet.profile.layout.contact, facts), align=Align.CENTRE)


def _news(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    text = _own(sheet.profile.layout.news, facts)
    if text:
        sheet.rule()
        sheet.say(text, align=Align.CENTRE)


def _own(lines: ByLanguage, facts: ReceiptFacts) -> str:
    """A line of the shop's own in the receipt's language, else in the other one."""
    return lines.get(facts.language) or next((text for text in lines.values() if text), "")


def _title(sheet: Sheet, facts: ReceiptFacts, duplicate: bool) -> None:
    words = sheet.words
    if duplicate:
        sheet.say("*** " + words("DUPLICATE") + " ***", bold=True, align=Align.CENTRE)
    sheet.say(words(_TITLES[facts.kind]), bold=True, align=Align.CENTRE)
    sheet.pair(f"{words.date(facts.at.date())} {words.time(facts.at)}", facts.till)
    sheet.rule()
    if facts.of:
        sheet.say(words("Original ticket {reference}", reference=facts.of))


def _lines(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    words = sheet.words
    for line in facts.lines:
        name = line.name or words("Amount")
        counted = f"{line.qty} x {name}" if line.qty not in ("", "1") else name
        sheet.pair(counted, words.money(line.cents))
    if facts.rewards:
        sheet.pair(words("Total"), words.money(facts.total))
    for line in facts.rewards:
        sheet.pair(line.name, words.money(-line.cents))
    title = words("To pay") if facts.kind is ReceiptKind.SALE else words("Given back")
    sheet.pair(title, words.money(facts.paid), bold=True)
    sheet.rule()


def _card(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    words = sheet.words
    if not facts.card and facts.kind is ReceiptKind.REFUND and not facts.programme:
        sheet.say(words("Ticket of another till: points and rewards are set right by the ledger."))
    elif not facts.card:
        sheet.say(words("No card: no points were counted."))
    else:
        sheet.say(words("Card {card}", card=facts.card))
        for item in (*facts.issued, *facts.used):
            sheet.pair(item.label, item.amount)


def _sentences(of: Callable[[ReceiptFacts], tuple[str, ...]]) -> "_Setter":
    def setter(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
        for sentence in of(facts) if facts.card else ():
            sheet.say(sentence)

    return setter


def _coupons(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    for coupon in facts.coupons:
        _coupon(sheet, coupon)


def _coupon(sheet: Sheet, coupon: Coupon) -> None:
    sheet.rule()
    sheet.say(coupon.label, bold=True, align=Align.CENTRE)
    for term in coupon.terms:
        sheet.say(term, align=Align.CENTRE)
    sheet.qr(coupon.code)


def coupon_rows(shop: str, coupon: Coupon, words: Words, profile: Profile) -> tuple[Row | QrRow, ...]:
    """The rows of a voucher that is printed by itself, for the shop `shop`."""
    sheet = Sheet(words, profile)
    sheet.say(shop, bold=True, align=Align.CENTRE)
    _coupon(sheet, coupon)
    return tuple(sheet.rows)


def _passage(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    if facts.passage:
        sheet.rule()
        sheet.say(sheet.words("NEW PROGRAMME"), bold=True, align=Align.CENTRE)
    for sentence in facts.passage:
        sheet.say(sentence)


def _reference(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    sheet.rule()
    sheet.say(f"{facts.reference} {facts.tail}", align=Align.CENTRE)


def _code(sheet: Sheet, facts: ReceiptFacts, _duplicate: bool) -> None:
    """What a till scans where something is given back, or points are claimed later: capitals make a small square."""
    if facts.kind is ReceiptKind.SALE:
        sheet.square(f"T{facts.reference} {facts.tail}".upper())


_Setter = Callable[[Sheet, ReceiptFacts, bool], None]
_BLOCKS: Mapping[Block, _Setter] = {
    "shop": _shop,
    "contact": _contact,
    "title": _title,
    "lines": _lines,
    "card": _card,
    "notes": _sentences(lambda facts: facts.notes),
    "why": _sentences(lambda facts: (facts.why,)),
    "balance": _sentences(lambda facts: (facts.balance,)),
    "lapses": _sentences(lambda facts: (facts.lapses,)),
    "next": _sentences(lambda facts: (facts.next_reward,)),
    "later": _sentences(lambda facts: facts.later),
    "vouchers": _coupons,
    "passage": _passage,
    "news": _news,
    "reference": _reference,
    "code": _code,
}
