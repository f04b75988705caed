"""A consent given later, or withdrawn, which must be as easy (GDPR article 7.3): no badge, no line, two digits."""

from pos_app.till import consents
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import Ask, State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from sync.entry import EntryKind
from sync.till import cursors, journal
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft

GIVES, WITHDRAWS = 1, 2


class ConsentsPage(Errand, frozen=True):
    """The purposes that `who` may leave, each with the answer that this till has."""

    who: Who

    @property
    def for_people(self) -> bool:
        return True

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        known = consents.known_here(parts, self.who.member) if self.who.member is not None else {}
        told = {True: words("given"), False: words("withdrawn")}
        choices = tuple(
            ErrandChoice(digit, ask.label, told[known[ask.purpose]] if ask.purpose in known else "")
            for digit, ask in enumerate(_asks(parts, state), 1)
        )
        lines = (
            ErrandLine(self.who.name or words("Member"), Tone.STRONG, right=self.who.card),
            ErrandLine(words("Answers are shown as far as they were given at this till."), Tone.SOFT),
        )
        return ErrandView(words("CONSENTS"), lines, choices, keys={"Enter": words("Back")})

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        return opened(state, AnswerPage(self.who, _asks(parts, state)[digit - 1]))

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


class AnswerPage(Errand, frozen=True):
    """The words of one purpose, and the member's answer."""

    who: Who
    ask: Ask

    @property
    def for_people(self) -> bool:
        return True

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        choices = (
            ErrandChoice(GIVES, words("The member gives this consent")),
            ErrandChoice(WITHDRAWS, words("The member withdraws it")),
        )
        return ErrandView(self.ask.label, (ErrandLine(self.ask.text),), choices)

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        given = digit == GIVES
        words = words_of(state.language)
        try:
            _write(parts, state, self.who, self.ask, given=given)
        except StoreError as error:
            return change(state, notice=tell(words, "not_written", why=words(str(error))))
        code = "consent_given" if given else "consent_withdrawn"
        return opened(state, ConsentsPage(self.who), notice=tell(words, code, label=self.ask.label))

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return opened(state, ConsentsPage(self.who))

    def back(self, _parts: Parts, state: State) -> State | None:
        return opened(state, ConsentsPage(self.who))


def _asks(parts: Parts, state: State) -> tuple[Ask, ...]:
    return consents.optional(consents.asked(parts, state.language))


def _write(parts: Parts, state: State, who: Who, ask: Ask, *, given: bool) -> None:
    moment = now(parts)
    body = consents.entry_of(ask, state.cashier.id if state.cashier is not None else "", given=given)
    draft = EntryDraft(EntryKind.CONSENT, body, moment.bdate, member=who.member)

    def job(conn: Connection) -> None:
        journal.commit(conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        parts.crash("before_commit")

    parts.writer.run(job)
    if parts.network is not None:
        parts.network.wake_push()
