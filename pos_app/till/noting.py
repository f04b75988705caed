"""Writing down a few words about a member or an incident: sealed to the ledger, encrypted in the cache."""

import msgspec

from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, on_basket
from pos_app.till.view import Notice
from sync import complaint
from sync.entry import EntryKind, NoteBody
from sync.person import LONGEST_NOTE, PROVISIONAL_FROM
from sync.seal import reference_to, seal
from sync.till import cursors, journal, members
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft


def unfit(text: str, state: State) -> Notice | None:
    """Why `text` cannot be noted; None where it can."""
    if len(text) <= LONGEST_NOTE and text.isprintable():
        return None
    return tell(words_of(state.language), "note_long", n=LONGEST_NOTE)


def nobody_yet(who: Who, state: State) -> Notice | None:
    """Who has no number of their own yet has to be enrolled first."""
    if who.member is not None and who.member < PROVISIONAL_FROM:
        return None
    return tell(words_of(state.language), "note_enrol_first")


def write(parts: Parts, state: State, who: Who, text: str, about: str = "") -> State | Notice:
    """Journal `text` about `who`, or `about` an incident of this kind; the ticket with it, or why it is not written."""
    assert who.member is not None
    noted = {"complaint": complaint.written(now(parts).bdate, about, text)} if about else {"note": text}
    try:
        _commit(parts, state, who.member, text, about, noted)
    except StoreError as error:
        words = words_of(state.language)
        return tell(words, "not_written", why=words(str(error)))
    shown = state.basket.who if state.basket is not None else None
    if shown is None or shown.member != who.member:
        return state
    return on_basket(state, who=msgspec.structs.replace(shown, **noted))


def _commit(parts: Parts, state: State, member: int, text: str, about: str, noted: dict[str, str]) -> None:
    identity, moment = parts.identity, now(parts)
    key = identity.sealing_key
    blobs = (seal(key, "incident" if about else "note", text.encode(), parts.random),) if key else ()
    cashier = state.cashier.id if state.cashier is not None else ""
    body = NoteBody(cashier, tuple(reference_to(one) for one in blobs), about)
    draft = EntryDraft(EntryKind.NOTE, body, moment.bdate, member=member, blobs=blobs)

    def job(conn: Connection) -> None:
        journal.commit(conn, identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        members.set_note(conn, identity, member, **noted)
        parts.crash("before_commit")

    parts.writer.run(job)
    if parts.network is not None:
        parts.network.wake_push()
