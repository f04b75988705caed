"""A note on the member, one line that every till shows: written, replaced or taken away, off line too.

It is personal data: sealed to the ledger in the journal, encrypted in the cache, erased with the member.
"""

from typing import Final

from pos_app.devices.grammar import Code
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.noting import nobody_yet, unfit, write
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandLine, ErrandView, Notice, Tone
from sync.person import LONGEST_NOTE

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
        wrong = unfit(note, state)
        if wrong is not None:
            return change(state, notice=wrong)
        note = "" if note == AWAY else note
        after = write(parts, state, self.who, note)
        if isinstance(after, Notice):
            return change(state, notice=after)
        return closed(after, notice=tell(words, "note_written" if note else "note_gone"))


def open_page(state: State, who: Who) -> State:
    """The page; who has no number of their own yet has to be enrolled first."""
    wrong = nobody_yet(who, state)
    return opened(state, NotePage(who)) if wrong is None else change(state, notice=wrong)
