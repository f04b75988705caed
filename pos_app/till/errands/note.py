"""A note on the member, one line that every till shows: written, replaced or taken away, off line too.

It is personal data: sealed to the ledger in the journal, encrypted in the cache, erased with the member.
"""

from typing import Final

import msgspec

from pos_app.devices.grammar import Code
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change, on_basket
from pos_app.till.view import ErrandLine, ErrandView, Tone
from sync.entry import EntryKind, NoteBody
from sync.person import LONGEST_NOTE, PROVISIONAL_FROM
from sync.seal import reference_to, seal
from sync.till import cursors, journal, members
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft

AWAY: Final = "-"


class NotePage(Errand, frozen=True):
    """What is noted about `who`, and the field for another note."""

    who: Who

    @property
    def for_people(self) -> bool:
        return True

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        lines = [
            ErrandLine(self.who.name or words("Member"), Tone.STRONG, right=self.who.card),
            ErrandLine(words("Note: {note}", note=self.who.note) if self.who.note else words("No note yet.")),
            ErrandLine(words("Nothing on health, belief or family: the member may read it."), Tone.SOFT),
            ErrandLine(words("At most {n} characters.", n=LONGEST_NOTE), Tone.SOFT),
        ]
        if self.who.note:
            lines.append(ErrandLine(words("A new note takes its place, - alone takes it away."), Tone.SOFT))
        return ErrandView(
            words("NOTE ON THE MEMBER"), tuple(lines), ask=words("Note"), keys={"Enter": words("Write down")}
        )

    def scanned(self, _parts: Parts, state: State, _code: Code) -> State | None:
        return change(state, notice=tell(words_of(state.language), "note_first"))

    def enter(self, parts: Parts, state: State, text: str) -> State:
        words, note = words_of(state.language), " ".join(text.split())
        if not note:
            return closed(state)
        if len(note) > LONGEST_NOTE or not note.isprintable():
            return change(state, notice=tell(words, "note_long", n=LONGEST_NOTE))
        note = "" if note == AWAY else note
        try:
            _write(parts, state, self.who, note)
        except StoreError as error:
            return change(state, notice=tell(words, "not_written", why=words(str(error))))
        notice = tell(words, "note_written" if note else "note_gone")
        return closed(_shown(state, self.who.member, note), notice=notice)


def open_page(state: State, who: Who) -> State:
    """The page; who has no number of their own yet has to be enrolled first."""
    if who.member is None or who.member >= PROVISIONAL_FROM:
        return change(state, notice=tell(words_of(state.language), "note_enrol_first"))
    return opened(state, NotePage(who))


def _shown(state: State, member: int | None, note: str) -> State:
    """The begun ticket with the note on its member, of whom the ledger may have told more since the page was opened."""
    who = state.basket.who if state.basket is not None else None
    if who is None or who.member != member:
        return state
    return on_basket(state, who=msgspec.structs.replace(who, note=note))


def _write(parts: Parts, state: State, who: Who, note: str) -> None:
    assert who.member is not None
    member, identity, moment = who.member, parts.identity, now(parts)
    key = identity.sealing_key
    blobs = (seal(key, "note", note.encode(), parts.random),) if key else ()
    body = NoteBody(
        state.cashier.id if state.cashier is not None else "", tuple(reference_to(one) for one in blobs)
    )
    draft = EntryDraft(EntryKind.NOTE, body, moment.bdate, member=member, blobs=blobs)

    def job(conn: Connection) -> None:
        journal.commit(conn, identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        members.set_note(conn, identity, member, note)
        parts.crash("before_commit")

    parts.writer.run(job)
    if parts.network is not None:
        parts.network.wake_push()
