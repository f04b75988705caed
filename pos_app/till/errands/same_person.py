"""Two accounts of one person: a manager makes them one. The ledger joins them when it hears of it, then every till."""

from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.languages.words import Words
from pos_app.till.card_holder import holder
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.errands.new_card import CARDS
from pos_app.till.guesses import look_up
from pos_app.till.labels import amount_text
from pos_app.till.member import all_by_contact
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandLine, ErrandView, Tone
from rules.account import POINTS
from sync.entry import EntryKind, Evidence, MergeBody
from sync.till import cursors, journal
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft


class SamePersonPage(Errand, frozen=True):
    """The account of `who` stays, the `other` one goes into it; `by` is the manager who allows it."""

    who: Who
    by: str
    other: Who | None = None

    @property
    def for_people(self) -> bool:
        return True

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        title, stays = words("TWO ACCOUNTS, ONE PERSON"), _line(parts, self.who, words)
        if self.other is None:
            ask = ErrandLine(
                words("Scan the other card of this person, or type its number, phone or e-mail.")
            )
            return ErrandView(title, (stays, ask), (), words("Other account"), {"Enter": words("Next")})
        lines = (
            stays,
            _line(parts, self.other, words),
            ErrandLine(words("Ask: are both cards yours? Then the second account goes into the first.")),
            ErrandLine(words("Points, stamps, vouchers, visits, cards and consents become those of one.")),
            ErrandLine(words("Nobody can take them apart again."), Tone.WARNING),
        )
        return ErrandView(title, lines, keys={"Enter": words("Make one")})

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if self.other is not None:
            return _written(parts, state, self.who, self.other, self.by)
        if not text:
            return closed(state)
        return look_up(parts, state, lambda: self._with(state, _typed(parts, text, self.who)))

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        if self.other is not None or (code.kind not in CARDS and code.kind is not Kind.SIGNED_CARD):
            return None
        return self._with(state, holder(parts, code))

    def back(self, _parts: Parts, state: State) -> State | None:
        return opened(state, SamePersonPage(self.who, self.by)) if self.other is not None else None

    def _with(self, state: State, other: Who | None) -> State:
        words = words_of(state.language)
        if other is None or other.member is None:
            return change(state, notice=tell(words, "same_unknown"))
        if other.member == self.who.member:
            return change(state, notice=tell(words, "same_already"))
        return opened(state, SamePersonPage(self.who, self.by, other))


def _typed(parts: Parts, text: str, who: Who) -> Who | None:
    """Whom a card number, phone or e-mail leads to; where both accounts have one phone, the one that is not `who`."""
    found = holder(parts, read_code(text, None, parts.options.codes, typed=True), Evidence.TYPED)
    if found is not None and found.member is not None:
        return found
    return min(all_by_contact(parts, text), key=lambda one: one.member == who.member, default=None)


def _line(parts: Parts, who: Who, words: Words) -> ErrandLine:
    points = amount_text(parts.programme(now(parts).bdate), POINTS, who.account.balance.get(POINTS, 0), words)
    name = " · ".join(text for text in (who.name, who.card) if text)
    return ErrandLine(name or words("Member"), Tone.STRONG, right=points)


def _written(parts: Parts, state: State, who: Who, other: Who, by: str) -> State:
    words, moment = words_of(state.language), now(parts)
    assert who.member is not None
    assert other.member is not None
    cashier = state.cashier.id if state.cashier is not None else ""
    body = MergeBody(who.member, other.member, cashier, by)
    draft = EntryDraft(EntryKind.MERGE, body, moment.bdate, member=who.member)

    def job(conn: Connection) -> None:
        journal.commit(conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        parts.crash("before_commit")

    try:
        parts.writer.run(job)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    if parts.network is not None:
        parts.network.wake_push()
    return closed(state, notice=tell(words, "same_written"))
