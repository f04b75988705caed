"""What a recorded ticket came to: stored beside it in no language, shown and printed in any.

There is no name and no card number in it: `card` is masked.
"""

import datetime
from collections.abc import Mapping

import msgspec

from pos_app.languages.words import Words
from pos_app.printing.receipt import Coupon, Issued, ReceiptFacts, ReceiptKind, ReceiptLine
from pos_app.till.labels import VOUCHER, amount_text, label, signed, voice_of
from pos_app.till.move_ahead import Passing, last_days
from pos_app.till.vouchers import given_texts, lapsed_texts, terms_of, titled
from rules.account import POINTS
from rules.passage import move_between, passage_texts
from rules.programme.model import Programme
from rules.sentences import mark
from sync.tokens import voucher_code


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as printed: names by language (none for a typed amount), quantity in digits, cents."""

    cents: int
    qty: str = "1"
    name: Mapping[str, str] = {}


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """Units of an asset that a rule gave (positive) or took (negative), and the cents it took off.

    A voucher has its last usable day, and its first one where that is not the day it was given.
    """

    rule: str
    asset: str
    quantity: int
    cents: int = 0
    first: datetime.date | None = None
    last: datetime.date | None = None


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stamp card after the ticket: so many of so many stamps."""

    rule: str
    have: int
    need: int


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recorded sale, return or undo. `at` is store time, `balance` points after it, `as_of` when they were known.

    `full` are stamp rules whose card is full but not confirmed yet, `later` rules the ledger still counts,
    `next_reward` is (points had, points needed) on the way to `next_goal`, `reached` the dearest reward that the
    balance pays for next time, `cards` the member's stamp cards. `beyond` of the points used are to be confirmed.
    `finished` tickets were sold by a register and only recorded here: no paper, no undo.
    `lapses` says how many points lapse first, and their last usable day. `passing` is what becomes of the
    balance in a programme that is coming. `waiting` are the vouchers that the member had before and did not use.
    `said` is the topic that was said aloud (pos_app/till/aloud.py).
    """

    kind: ReceiptKind
    ticket: str
    reference: str
    tail: str
    at: datetime.datetime
    programme: str
    total: int
    paid: int
    items: tuple[Item, ...] = ()
    card: str = ""
    gained: tuple[Given, ...] = ()
    used: tuple[Given, ...] = ()
    balance: int | None = None
    as_of: datetime.datetime | None = None
    next_reward: tuple[int, int] | None = None
    next_goal: str = ""
    reached: str = ""
    cards: tuple[Card, ...] = ()
    full: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    of: str = ""
    language: str = "fr"
    currency: str = "EUR"
    beyond: int = 0
    passing: Passing | None = None
    finished: bool = False
    said: str = ""
    lapses: tuple[int, datetime.date] | None = None
    waiting: tuple[Given, ...] = ()


def pack(record: Record) -> bytes:
    """`record` as the bytes stored with its ticket."""
    return msgspec.json.encode(record)


def unpack(data: bytes) -> Record:
    """The record in stored bytes."""
    return msgspec.json.decode(data, type=Record)


def receipt_of(
    record: Record,
    shop: str,
    till: str,
    programme: Programme | None,
    words: Words,
    *,
    key: bytes = b"",
    coming: Programme | None = None,
) -> ReceiptFacts:
    """What the receipt of `record` says, in the language of `words`.

    With the `key` of the chain's keyed hashes the vouchers that it gave stand on it each with its code. `coming` is the
    programme to which the member is to pass.
    """
    return ReceiptFacts(
        kind=record.kind,
        shop=shop,
        till=till,
        programme=programme.header.name.get(words.language, "") if programme is not None else "",
        at=record.at,
        reference=record.reference,
        tail=record.tail,
        paid=record.paid,
        card=record.card,
        lines=tuple(ReceiptLine(named(i.name, words), i.qty, i.cents) for i in record.items),
        total=record.total,
        rewards=tuple(
            ReceiptLine(label(programme, one.rule, words), "1", one.cents) for one in record.used if one.cents
        ),
        notes=(
            *beyond_texts(record, programme, words),
            *voucher_texts(record, programme, words, printed=bool(key)),
            *waiting_texts(record, programme, words),
            *card_texts(record, programme, words),
        ),
        issued=_issued(record.gained, programme, words),
        used=_issued(record.used, programme, words),
        balance=balance_text(record, programme, words),
        next_reward=next_text(record, programme, words),
        later=later_texts(record, programme, words),
        why=why_text(record, programme, words),
        lapses=lapses_text(record, programme, words),
        passage=passing_texts(record, programme, coming, words),
        coupons=_coupons(record, programme, words, key) if key else (),
        of=record.of,
        language=words.language,
    )


def passing_texts(
    record: Record, programme: Programme | None, coming: Programme | None, words: Words
) -> tuple[str, ...]:
    """What ends when in `programme`, and what becomes of the balance in the one that is `coming`."""
    if record.passing is None or coming is None:
        return ()
    begins = words(
        "{name} begins on {day}.",
        name=named(coming.header.name, words),
        day=words.date(record.passing.passed.day),
    )
    move = move_between(programme, coming)
    ends = last_days(move, words, answered=record.passing.accepted) if move is not None else ()
    return (
        begins,
        *(words("{label}: {what}", label=text, what=words.date(day)) for text, day in ends),
        *passage_texts(record.passing.passed, voice_of(coming, words)),
    )


def named(name: Mapping[str, str], words: Words) -> str:
    """A name in the language of `words`, else in any."""
    return name.get(words.language) or next(iter(name.values()), "")


def balance_text(record: Record, programme: Programme | None, words: Words) -> str:
    """The balance and how old what it rests on is; "" when it is not known."""
    if record.balance is None:
        return ""
    amount = amount_text(programme, POINTS, record.balance, words)
    if record.as_of is None:
        return words("Balance {amount}", amount=amount)
    when = f"{words.date(record.as_of.date())} {words.time(record.as_of)}"
    return words("Balance {amount}, as the ledger knew it on {when}", amount=amount, when=when)


def next_text(record: Record, programme: Programme | None, words: Words) -> str:
    """What the balance pays for next time, else how far the next reward is; "" when there is none."""
    if record.reached:
        return words("{label} can be used next time.", label=label(programme, record.reached, words))
    if record.next_reward is None:
        return ""
    have, need = record.next_reward
    if have >= need:
        return ""
    left = amount_text(programme, POINTS, need - have, words)
    if record.next_goal:
        return words("{amount} more: {label}.", amount=left, label=label(programme, record.next_goal, words))
    return words("{amount} more to the next reward.", amount=left)


def beyond_texts(record: Record, programme: Programme | None, words: Words) -> tuple[str, ...]:
    """What was used beyond what the till held: the ledger may find that the member no longer had it."""
    if not record.beyond:
        return ()
    amount = amount_text(programme, POINTS, record.beyond, words)
    return (words("{amount} used, subject to confirmation.", amount=amount),)


def voucher_texts(
    record: Record, programme: Programme | None, words: Words, *, printed: bool = False
) -> tuple[str, ...]:
    """When and how the vouchers of a sale can be used, and what lapsed of those that paid it.

    Vouchers that are `printed` with a code of their own are left out.
    """
    if record.kind is not ReceiptKind.SALE:
        return ()
    given = [one for one in record.gained if not (printed and one.asset.startswith(VOUCHER))]
    return (*given_texts(given, programme, words), *lapsed_texts(record.used, programme, words))


def waiting_texts(record: Record, programme: Programme | None, words: Words) -> tuple[str, ...]:
    """The vouchers that wait for another visit: what the ledger made at night stands on no other paper."""
    told = given_texts(record.waiting, programme, words)
    return tuple(words("Still yours: {voucher}", voucher=text) for text in told)


def _coupons(record: Record, programme: Programme | None, words: Words, key: bytes) -> tuple[Coupon, ...]:
    """The vouchers of a sale. The lot of what was given n-th is called after the entry, as `lot_id` has it."""
    if record.kind is not ReceiptKind.SALE:
        return ()
    return tuple(
        coupon_of(one, f"{record.reference}-{n}", programme, words, key)
        for n, one in enumerate(record.gained)
        if terms_of(one, programme, words)
    )


def coupon_of(one: Given, lot: str, programme: Programme | None, words: Words, key: bytes) -> Coupon:
    """The voucher of `lot` on paper."""
    return Coupon(titled(one, programme, words), terms_of(one, programme, words), voucher_code(key, lot))


def why_text(record: Record, programme: Programme | None, words: Words) -> str:
    """Which rules the points come from, in one line, where it is more than one; "" for what is told by itself."""
    gave = [one for one in record.gained if one.asset == POINTS and one.quantity]
    if len(gave) < 2 or record.kind is not ReceiptKind.SALE:
        return ""
    parts = [f"{label(programme, one.rule, words)} {words.number(one.quantity)}" for one in gave]
    total = signed(programme, POINTS, sum(one.quantity for one in gave), words)
    return f"{total} = {' + '.join(parts)}"


def lapses_text(record: Record, programme: Programme | None, words: Words) -> str:
    """What lapses first, and when; "" where nothing does within a year."""
    if record.lapses is None:
        return ""
    units, day = record.lapses
    amount = amount_text(programme, POINTS, units, words)
    return words("{amount} to be used until {day}.", amount=amount, day=words.date(day))


def card_texts(record: Record, programme: Programme | None, words: Words) -> tuple[str, ...]:
    """How full the stamp cards are that have a stamp."""
    return tuple(
        words(
            "{label}: {have} of {need} stamps",
            label=label(programme, one.rule, words),
            have=words.number(one.have),
            need=words.number(one.need),
        )
        for one in record.cards
        if one.have
    )


def later_texts(record: Record, programme: Programme | None, words: Words) -> tuple[str, ...]:
    """What is not promised now but counted by the ledger."""
    full = [words(_confirmed(programme, rule), label=label(programme, rule, words)) for rule in record.full]
    part = {one.rule for one in record.gained}
    later = [
        words("{label}: the rest will be added if it is due.", label=label(programme, rule, words))
        if rule in part
        else words("{label}: will be added if it is due.", label=label(programme, rule, words))
        for rule in record.later
    ]
    return (*full, *later)


def _confirmed(programme: Programme | None, rule_id: str) -> str:
    rule = programme.rule(rule_id) if programme is not None else None
    if rule is not None and rule.kind.name == "convert":
        return mark("{label}: the voucher comes once it is confirmed.")
    return mark("{label}: card full, the free item comes once it is confirmed.")


def _issued(items: tuple[Given, ...], programme: Programme | None, words: Words) -> tuple[Issued, ...]:
    return tuple(
        Issued(label(programme, one.rule, words), signed(programme, one.asset, one.quantity, words))
        for one in items
        if one.quantity
    )
