"""What members may ask of the shop about their data, at the counter: who allows it, erasure, the journal's word.

Everything here leaves an entry with who did it and about which member number (architecture invariant 7).
"""

from typing import Final

from pos_app.till import copies
from pos_app.till.basket import leave
from pos_app.till.consents import with_texts
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.sign_in import MANAGER
from pos_app.till.state import State, Who, change
from rules.programme.model import Programme
from sync.entry import EntryKind, EraseBody, Evidence, SupervisorBody
from sync.till import cursors, journal
from sync.till.database import Connection, StoreError
from sync.till.erase import erase
from sync.till.events import CopyArrived
from sync.till.journal import EntryDraft
from sync.till.own_copy import own_copy

PROOF: Final = frozenset({Evidence.STATIC, Evidence.DYNAMIC, Evidence.PIN})
"""A card that says by itself that it is the member's own: whoever shows it may ask for their data."""
COPY: Final = "member_copy"
FOUND: Final = "member_found"
VIEWED: Final = "member_viewed"
"""What the journal calls it: a copy of a member's data taken, a member found by name, the history opened."""


def allowed_by(state: State, who: Who) -> str | None:
    """Who allows it: "" the member's own card, else the id of the manager who is signed in; None for nobody yet."""
    if who.evidence in PROOF:
        return ""
    cashier = state.cashier
    return cashier.id if cashier is not None and cashier.role == MANAGER else None


def erase_member(parts: Parts, state: State, who: Who, by: str) -> State:
    """Erase the member of the begun ticket, here at once and at the ledger when it hears of it; the ticket is left."""
    words = words_of(state.language)
    assert who.member is not None
    member, moment = who.member, now(parts)
    cashier = state.cashier.id if state.cashier is not None else ""
    evidence = Evidence(who.evidence)
    draft = EntryDraft(
        EntryKind.ERASE, EraseBody(member, cashier, by), moment.bdate, member=member, evidence=evidence
    )

    def job(conn: Connection) -> None:
        journal.commit(conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        erase(conn, parts.identity, member, [who.token])
        parts.crash("before_commit")

    try:
        parts.writer.run(job)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    copies.drop(parts.store.folder / copies.FOLDER, member)
    if parts.network is not None:
        parts.network.wake_push()
    return change(leave(parts, state), notice=tell(words, "member_erased"))


def copy_member(parts: Parts, state: State, who: Who, by: str) -> State:
    """Write what this till keeps of the member to files, and ask the ledger for its own; the journal says who did."""
    words = words_of(state.language, state.currency)
    assert who.member is not None
    try:
        note(parts, state, who.member, COPY, by)
        made = own_copy(parts.reader, parts.identity, who.member, parts.clock.wall_ms())
        path = copies.save(
            parts.store.folder / copies.FOLDER, with_texts(parts, made), _programme(parts), words
        )
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    except OSError as error:
        return change(state, notice=tell(words, "copy_unwritten", why=error.strerror or ""))
    if parts.network is not None:
        parts.network.wake_push()
        parts.network.request_copy(who.member, by)
    code = "copy_asked" if parts.online else "copy_made"
    return change(state, notice=tell(words, code, file=f"{copies.FOLDER}/{path.name}"))


def arrived(parts: Parts, state: State, event: CopyArrived) -> State:
    """The ledger's copy is here: it is written beside the till's own."""
    words = words_of(state.language, state.currency)
    if event.copy is None:
        return change(state, notice=tell(words, "copy_refused"))
    try:
        path = copies.save(
            parts.store.folder / copies.FOLDER, with_texts(parts, event.copy), _programme(parts), words
        )
    except OSError as error:
        return change(state, notice=tell(words, "copy_unwritten", why=error.strerror or ""))
    return change(state, notice=tell(words, "copy_made", file=f"{copies.FOLDER}/{path.name}"))


def _programme(parts: Parts) -> Programme | None:
    return parts.programme(now(parts).bdate)


def note(parts: Parts, state: State, member: int, action: str, by: str, reason: str = "") -> None:
    """Write down that somebody did `action` with a member's data. Raises StoreError.

    `by` is the manager who allowed it; "" where the member's own card did, or for `reason` nobody had to, and then it
    is the cashier's.
    """
    moment = now(parts)
    cashier = state.cashier.id if state.cashier is not None else ""
    body = SupervisorBody(by or cashier, action, reason or ("manager" if by else "card"))
    draft = EntryDraft(EntryKind.SUPERVISOR, body, moment.bdate, member=member)

    def job(conn: Connection) -> None:
        journal.commit(conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)

    parts.writer.run(job)
