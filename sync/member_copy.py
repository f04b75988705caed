"""A copy of what the chain keeps of one member, for the member (GDPR articles 15 and 20): the same at till and ledger.

Contact data lies sealed at the ledger and is opened for nobody: the copy names it and leaves it out.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from rules.decision import Contribution
from rules.ticket import Event, Line


class CopiedLot(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is left of units of an asset, and until when; `quantity` is what there were."""

    asset: str
    quantity: int
    left: int
    earned_on: date
    last_day: date
    rule: str = ""


class Used(msgspec.Struct, frozen=True):
    """Units of an asset that a reward took, and the cents it gave."""

    rule: str
    asset: str
    quantity: int
    cents: int


class CopiedTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """A purchase, or what else happened (`event`), with what it gave and used. `state` is that of the books."""

    reference: str
    day: date
    store: str
    state: str = ""
    lines: tuple[Line, ...] = ()
    given: tuple[Contribution, ...] = ()
    used: tuple[Used, ...] = ()
    event: Event | None = None


class CopiedConsent(msgspec.Struct, frozen=True):
    """A consent given or withdrawn at `at_ms` (UTC), and the name of the words that were shown.

    `text` are these words, found by their name in the programmes published; "" where they are not there.
    """

    purpose: str
    given: bool
    wording: str
    at_ms: int
    text: str = ""


class CopiedMove(msgspec.Struct, frozen=True):
    """A movement in the books: units of an asset from one place to another."""

    day: date
    cause: str
    asset: str
    quantity: int
    source: str
    target: str
    rule: str
    ticket: str


class MemberCopy(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything. `sealed` names what is kept sealed and cannot be read here; `source` is `ledger` or the till's name.

    `cards` and `contacts` count keyed hashes, from which no number can be made. `visits` are the stores and the day of
    the last visit in each.
    """

    source: str
    member: int
    made_ms: int
    name: str = ""
    note: str = ""
    complaint: str = ""
    birthday: str = ""
    since: date | None = None
    store: str = ""
    level: str = ""
    sponsor: int | None = None
    fields: Mapping[str, object] = {}
    cards: int = 0
    contacts: int = 0
    sealed: tuple[str, ...] = ()
    balance: Mapping[str, int] = {}
    lots: tuple[CopiedLot, ...] = ()
    consents: tuple[CopiedConsent, ...] = ()
    visits: Mapping[str, date] = {}
    tickets: tuple[CopiedTicket, ...] = ()
    moves: tuple[CopiedMove, ...] = ()


class CopyRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /member/copy`: for a copy of `member`, which `by` (a staff id, "" for the member's own card) allowed."""

    member: int
    by: str


class CopyAnswer(msgspec.Struct, frozen=True, array_like=True):
    """A `MemberCopy` as JSON without name and notes, and these as tills of the asking store may read them."""

    copy: bytes
    display: bytes
    note: bytes = b""
    complaint: bytes = b""


def as_json(copy: MemberCopy) -> bytes:
    """The copy for programs, laid out for eyes."""
    return msgspec.json.format(msgspec.json.encode(copy, order="deterministic"), indent=2)
