"""What a print job holds: the facts of a receipt, laid out only when the printer takes it, so that no close waits."""

import msgspec

from pos_app.printing.card import card_rows
from pos_app.printing.profile import Profile
from pos_app.printing.receipt import coupon_rows, layout
from pos_app.printing.rows import QrRow, Row, as_bytes, on_paper
from pos_app.till.parts import EUR, Parts, currency_of, programme_of, words_of
from pos_app.till.record import Given, Record, coupon_of, receipt_of, unpack
from sync.sqlite_driver import Connection
from sync.till.identity import Identity


class Slip(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record as it is stored with its ticket, the language of the paper, and whether it says DUPLICATE.

    Or, instead of a record, the number of a new `card` and what its programme is called; or a `voucher` of `lot`, by
    the rules of the version `programme`.
    """

    record: msgspec.Raw
    language: str
    duplicate: bool = False
    card: str = ""
    title: str = ""
    voucher: Given | None = None
    lot: str = ""
    programme: str = ""


def slip(result: bytes, language: str) -> bytes:
    """The job that prints the stored `result`."""
    return msgspec.json.encode(Slip(msgspec.Raw(result), language))


def duplicate(job: bytes) -> bytes:
    """The job that prints the same once more, and says so."""
    return msgspec.json.encode(msgspec.structs.replace(msgspec.json.decode(job, type=Slip), duplicate=True))


def record_of(job: bytes) -> Record | None:
    """The sale, return or undo that `job` prints; None for a card or a voucher, and for what nobody can read."""
    try:
        what = msgspec.json.decode(job, type=Slip)
        return unpack(bytes(what.record)) if not what.card and what.voucher is None else None
    except msgspec.DecodeError:
        return None


def card_slip(number: str, title: str, language: str) -> bytes:
    """The job that prints the number of a new card."""
    return msgspec.json.encode(Slip(msgspec.Raw(b"null"), language, card=number, title=title))


def voucher_slip(voucher: Given, lot: str, programme: str, language: str) -> bytes:
    """The job that prints a voucher by itself."""
    what = Slip(msgspec.Raw(b"null"), language, voucher=voucher, lot=lot, programme=programme)
    return msgspec.json.encode(what)


def printed(parts: Parts, job: bytes) -> bytes:
    """What `job` sends to the printer: equal jobs give equal bytes, also after a restart."""
    return bytes_of(job, parts.identity, parts.reader, parts.options.printer)


def bytes_of(job: bytes, who: Identity, connection: Connection, profile: Profile) -> bytes:
    """The same for the till `who`, whose programmes are read from `connection`, on a printer like `profile`."""
    what = msgspec.json.decode(job, type=Slip)
    if what.card:
        words = words_of(what.language)
        return as_bytes(card_rows(who.store_name, what.title, what.card, words, profile), profile)
    if what.voucher is not None:
        return as_bytes(_voucher_rows(what, what.voucher, who, connection, profile), profile)
    record = unpack(bytes(what.record))
    words = on_paper(words_of(what.language, record.currency), profile.page)
    programme = programme_of(connection, record.programme)
    coming = programme_of(connection, record.passing.to) if record.passing is not None else None
    facts = receipt_of(record, who.store_name, who.till, programme, words, key=who.lookup_key, coming=coming)
    return as_bytes(layout(facts, words, profile, duplicate=what.duplicate), profile)


def _voucher_rows(
    what: Slip, voucher: Given, who: Identity, connection: Connection, profile: Profile
) -> tuple[Row | QrRow, ...]:
    programme = programme_of(connection, what.programme)
    currency = EUR if programme is None else currency_of(programme)
    words = on_paper(words_of(what.language, currency), profile.page)
    coupon = coupon_of(voucher, what.lot, programme, words, who.lookup_key)
    return coupon_rows(who.store_name, coupon, words, profile)
