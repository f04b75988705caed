"""What sources outside the tills tell, line by line: an event or a web order of one member (docs/events.md).

A line names its member by number, card or contact. Card numbers and contacts are turned into keyed hashes as they
arrive, before anything is written.
"""

import hashlib
import hmac
from datetime import UTC, datetime

import msgspec

from rules.sentences import mark
from rules.ticket import Event, Line
from sync.entry import has_nul
from sync.ledger.arithmetic import LIMIT
from sync.person import MEMBER_BITS
from sync.tokens import card_token, contact_key, normal_contact

MOST_LINES = 500
MOST_CHARACTERS = 128
AHEAD_MS = 5 * 60 * 1000
FIRST_YEAR = 1970
_DIGEST = b"assidu-told/1\0"

NO_LINE = mark("This is no line of JSON as asked for: {fault}.")
BOOKED, WAITING, REFUSED = "booked", "waiting", "refused"


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line: an `event`, or the `lines` of a web order, once by the `id` that its source gave.

    `at` is a moment with its offset from UTC, by default the arrival; `store` is the member's own by default.
    """

    id: str
    at: datetime | None = None
    member: int | None = None
    card: str = ""
    contact: str = ""
    store: str = ""
    channel: str = "web"
    event: Event | None = None
    lines: tuple[Line, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """A line as it is judged: `fact` without what names a person, `key` the keyed hash of card or contact.

    `digest` tells the same line from another one under the same id; `line` is its number in the message, from 1.
    """

    line: int
    fact: Fact
    digest: bytes
    card: bytes = b""
    contact: bytes = b""

    @property
    def key(self) -> bytes:
        """By what a member who is not known yet will be known."""
        return self.card or self.contact


class LineAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a line: booked, waiting until its member is enrolled, or refused with a code and a sentence.

    A booked order has a `reference` by which a till takes it back.
    """

    line: int
    id: str
    state: str
    reference: str = ""
    code: str = ""
    text: str = ""


class Answers(msgspec.Struct, frozen=True):
    """What became of every line of a message, in its order."""

    lines: tuple[LineAnswer, ...]


class BadLine(Exception):
    """A line that is not taken: a code for machines and a sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def read_lines(body: bytes, lookup: bytes, now_ms: int) -> tuple[Told | LineAnswer, ...]:
    """The lines of a message in NDJSON; one that cannot be taken as its refusal. Slow where contacts are named.

    `lookup` is the key of the keyed hashes. Raises BadLine for a message of too many lines.
    """
    texts = [(n, text) for n, text in enumerate(body.split(b"\n"), 1) if text.strip()]
    if len(texts) > MOST_LINES:
        raise BadLine("too_big", mark("Send at most 500 lines at once: cut the message in parts."))
    return tuple([_line(n, text, lookup, now_ms) for n, text in texts])


def _line(number: int, text: bytes, lookup: bytes, now_ms: int) -> Told | LineAnswer:
    try:
        fact = msgspec.json.decode(text, type=Fact)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return refused(number, "", "unreadable", NO_LINE.format(fault=_short(error)))
    if has_nul(text):
        return refused(
            number, "", "unreadable", mark("A text of this line has the character NUL: leave it out.")
        )
    try:
        check(fact, now_ms)
    except BadLine as bad:
        return refused(number, fact.id, bad.code, str(bad))
    card = card_token(lookup, fact.card) if fact.card else b""
    contact = contact_key(lookup, normal_contact(fact.contact)) if fact.contact else b""
    plain = msgspec.structs.replace(fact, card=card.hex(), contact=contact.hex())
    digest = hmac.digest(lookup, _DIGEST + msgspec.json.encode(plain), hashlib.sha256)
    return Told(number, msgspec.structs.replace(fact, card="", contact=""), digest, card, contact)


def check(fact: Fact, now_ms: int) -> None:
    """Raises BadLine for a fact that says nothing, too much, or what cannot be."""
    if not 0 < len(fact.id) <= MOST_CHARACTERS or not fact.id.isprintable():
        raise BadLine("no_id", mark("Give every line an id of its own, of at most 128 characters."))
    _check_member(fact)
    if (fact.event is None) == (not fact.lines):
        raise BadLine("no_fact", mark("Give either an event or the lines of an order."))
    if fact.event is not None and not fact.event.name:
        raise BadLine("no_fact", mark("Give the event a name, as the rules of the programme call it."))
    if fact.at is not None:
        if fact.at.tzinfo is None or fact.at.year < FIRST_YEAR:
            raise BadLine(
                "bad_time", mark("Write at with its offset from UTC, such as 2026-05-06T09:30:00Z.")
            )
        if moment_ms(fact.at) > now_ms + AHEAD_MS:
            raise BadLine("bad_time", mark("This lies in the future: correct the clock of the source."))
    for line in fact.lines:
        if abs(line.cents) > LIMIT or not line.qty.is_finite() or abs(line.qty) > LIMIT:
            raise BadLine("arithmetic", mark("An amount lies beyond all sense: write integer cents."))


def _check_member(fact: Fact) -> None:
    if sum([fact.member is not None, bool(fact.card), bool(fact.contact)]) != 1:
        raise BadLine("no_member", mark("Name the member once: by member, card or contact."))
    if fact.member is not None and not 0 < fact.member < 1 << MEMBER_BITS:
        raise BadLine(
            "unknown_member",
            mark("Nobody has this number: send a member, a card or a contact that is known."),
        )


def moment_ms(at: datetime) -> int:
    """A moment in ms since 1970 UTC."""
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def refused(line: int, name: str, code: str, text: str) -> LineAnswer:
    """The answer to a line that is not taken."""
    return LineAnswer(line, name, REFUSED, code=code, text=text)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200].rstrip(".")
