"""Phones that stand for members: the code that one draws anew each time, and the key that it shows once.

A code is good for a minute, once at each till. Where the till's clock is in doubt it proves no more than a signed card.
"""

from typing import Final

import msgspec

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.labels import last_check
from pos_app.till.member import who_has
from pos_app.till.moment import Moment, now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandLine, ErrandView, Tone
from sync import card_code
from sync.card_code import CardCode, Flaw, PhoneCode
from sync.card_marks import phone_mark
from sync.entry import EntryKind, Evidence, PhoneKeyBody
from sync.lists import StaffMember
from sync.till import card_state, cursors, journal, members
from sync.till.cursors import sync_state
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft

SHOWN: Final = "QR"
INTRODUCE_S: Final = (
    240  # how much longer than a code an introduction may be shown: somebody reads a page meanwhile
)
UNANCHORED_S: Final = (
    60  # what a till doubts of a clock that no ledger has confirmed since it was switched on
)
DRIFT: Final = 1 / 5000  # what it doubts of one that was confirmed: 200 ppm, ten times what a quartz is off


def shown(parts: Parts, code: CardCode) -> Who | Flaw:
    """Who shows the code of a phone, or what is wrong with it; from now on it was shown here."""
    token = phone_mark(parts.identity.lookup_key, code.member)
    found = members.load(parts.reader, parts.identity, code.member)
    key = found.phone if found is not None else None
    if key is None or key.kid != code.kid:  # another phone stands for the member, or did when this was heard
        if parts.online and parts.network is not None:
            parts.network.request_account(token)
        return Flaw.UNKNOWN_PHONE
    if not card_code.is_signed_by(code, key.public):
        return Flaw.FORGED
    moment = now(parts)
    now_s, at_s = moment.now_ms // 1000, code.at_s or 0
    if moment.trusted and not card_code.is_fresh(at_s, now_s, doubt_s(parts, moment)):
        return Flaw.STALE
    if _again(parts, code, now_s if moment.trusted else None):
        return Flaw.SHOWN
    evidence = Evidence.DYNAMIC if moment.trusted else Evidence.STATIC
    who = who_has(parts, token, SHOWN, evidence.value)
    return msgspec.structs.replace(who, shown=card_code.code_hash(code))


def doubt_s(parts: Parts, moment: Moment) -> int:
    """Seconds by which this till's trusted clock may be off."""
    anchor = sync_state(parts.reader).anchor
    if anchor is None or anchor.boot != moment.boot:
        return UNANCHORED_S
    return min(UNANCHORED_S, 1 + int((moment.mono_ms - anchor.mono_ms) / 1000 * DRIFT))


def _again(parts: Parts, code: CardCode, now_s: int | None) -> bool:
    short, at_s = card_code.code_hash(code), code.at_s or 0
    try:
        return parts.writer.run(lambda conn: card_state.was_shown(conn, short, at_s, now_s))
    except StoreError:
        return True  # what cannot be remembered is not believed


class PhonePage(Errand, frozen=True):
    """A phone shows its key: is it the member's own?

    The former phone says so. A signed card may be a photograph: the cashier asks for what only the member knows, and
    where a phone stands for the member already, or nothing more than a number was shown, a manager answers for it.
    """

    who: Who
    code: PhoneCode
    by: str | None

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        lines: tuple[ErrandLine, ...] = (
            ErrandLine(self.who.name or words("Member"), Tone.STRONG, right=self.who.card),
            ErrandLine(words("From now on this phone stands for the member, and no other phone.")),
        )
        if self.by is None:
            ask = ErrandLine(words("Check who it is, then scan a manager's badge."), Tone.WARNING)
            return ErrandView(words("A PHONE FOR A CARD"), (*lines, ask))
        if self.who.evidence != Evidence.DYNAMIC:
            lines += (ErrandLine(last_check(self.who.account, words), Tone.WARNING),)
        ask = ErrandLine(words("Is it the member's own phone? Enter says yes."), Tone.WARNING)
        return ErrandView(words("A PHONE FOR A CARD"), (*lines, ask), keys={"Enter": words("Yes")})

    @property
    def wants_manager(self) -> bool:
        return self.by is None

    def allowed(self, _parts: Parts, state: State, manager: StaffMember) -> State:
        return opened(state, PhonePage(self.who, self.code, manager.id))

    def enter(self, parts: Parts, state: State, _text: str) -> State:
        if self.by is None:
            return change(state, notice=tell(words_of(state.language), "not_here"))
        return _written(parts, state, self.who, self.code, self.by)


def introduced(parts: Parts, state: State, digits: str) -> State:
    """A phone shows its key while its member is on the ticket: the page that asks whether it is theirs."""
    words, moment = words_of(state.language), now(parts)
    who = state.basket.who if state.basket is not None else None
    code = card_code.read_introduction(digits)
    if who is None or who.member is None:
        return change(state, notice=tell(words, "phone_scan_card"))
    late = moment.trusted and code is not None
    if (
        code is None
        or not 0 < code.kid <= card_code.LAST_KID
        or code.member not in (0, who.member)
        or not card_code.is_own_key(code)
        or (late and not card_code.is_fresh(code.at_s, moment.now_ms // 1000, INTRODUCE_S))
    ):
        return change(state, notice=tell(words, "phone_not_own"))
    return opened(state, PhonePage(who, code, "" if _proves(parts, who) else None), notice=None)


def _proves(parts: Parts, who: Who) -> bool:
    """Whether what was shown is enough for a new phone: the former one, or for the first one a signed card."""
    if who.evidence == Evidence.DYNAMIC:
        return True
    assert who.member is not None
    found = members.load(parts.reader, parts.identity, who.member)
    first = found is not None and found.account.known == "full" and found.phone is None
    return who.evidence == Evidence.STATIC and first


def give_up(parts: Parts, state: State, member: int) -> str:
    """Let no phone stand for `member` any more: the sentence that says why not, "" when it is done, here at once."""
    cashier = state.cashier.id if state.cashier is not None else ""
    return _journal(parts, PhoneKeyBody(member, 0, b"", cashier), Evidence.NONE)


def _written(parts: Parts, state: State, who: Who, code: PhoneCode, by: str) -> State:
    words = words_of(state.language)
    assert who.member is not None
    cashier = state.cashier.id if state.cashier is not None else ""
    body = PhoneKeyBody(who.member, code.kid, code.public, cashier, by)
    wrong = _journal(parts, body, Evidence(who.evidence))
    if wrong:
        return change(state, notice=tell(words, "not_written", why=words(wrong)))
    return closed(state, notice=tell(words, "phone_known", number=str(who.member)))


def _journal(parts: Parts, body: PhoneKeyBody, evidence: Evidence) -> str:
    moment, identity, member = now(parts), parts.identity, body.member
    draft = EntryDraft(EntryKind.PHONE_KEY, body, moment.bdate, member=member, evidence=evidence)

    def job(conn: Connection) -> None:
        journal.commit(conn, identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        members.change_cards(
            conn, identity, member, lambda known: card_state.after_phone(identity, known, body)
        )
        parts.crash("before_commit")

    try:
        parts.writer.run(job)
    except StoreError as error:
        return str(error)
    if parts.network is not None:
        parts.network.wake_push()
    return ""
