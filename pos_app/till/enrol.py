"""Enrolling a member: numbers from this till's blocks, personal data in sealed boxes, keyed hashes in the entry."""

import datetime
import re

import msgspec

from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.till.consents import asked, entry_of, optional, out_of_reach
from pos_app.till.guesses import try_out
from pos_app.till.identify import present, void
from pos_app.till.member import known, masked, who_has
from pos_app.till.moment import Moment, now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import named
from pos_app.till.sign_in import resting
from pos_app.till.signed import verified
from pos_app.till.slip import card_slip
from pos_app.till.state import Form, State, Who, change, on_basket
from pos_app.till.view import Stage
from rules.account import Account
from sync.entry import EnrolBody, EntryKind, Evidence, LinkBody
from sync.numbers import BlockEmpty, member_number
from sync.person import PROVISIONAL_FROM
from sync.seal import reference_to, seal
from sync.till import config, cursors, journal, members, numbers_store, spool
from sync.till.database import Connection, StoreError
from sync.till.errors import AlreadyRecorded
from sync.till.journal import EntryDraft
from sync.tokens import card_token, contact_key, contact_of
from sync.wire import Blob

_BIRTHDAY = re.compile(r"([0-9]{1,2})[/.\- ]?([0-9]{2})", re.ASCII)
LONGEST_NAME = 40
_CARD_KINDS = frozenset({Kind.MEMBER, Kind.FOREIGN, Kind.PRODUCT})


def open_form(parts: Parts, state: State) -> State:
    """F3: an empty form, or with the card that was just found unknown, or of which the ledger is still asked."""
    question, who = state.question, state.basket.who if state.basket is not None else None
    code = who.code if who is not None and who.member is None else ""
    if question is not None and question.kind == "enrol":
        code = question.text
    return change(
        state,
        stage=Stage.ENROL,
        form=Form(code=code, asks=asked(parts, state.language)),
        question=None,
        notice=None,
    )


def set_field(parts: Parts, state: State, field: str, value: str) -> State:
    """Put `value` into one field: card, contact, consent, first_name, birthday or sponsor; "" empties it."""
    words = words_of(state.language)
    if state.form is None:
        return change(state, notice=tell(words, "not_here"))
    setter = _SETTERS.get(field)
    if setter is None:
        return change(state, notice=tell(words, "enrol_field", field=field))
    form, text = state.form, value.strip()
    if setter is _card and text:
        return try_out(parts, state, lambda: _filled(state, _card(parts, state, form, text)))
    return _filled(state, setter(parts, state, form, text))


def _filled(state: State, found: Form | str) -> State:
    """The form as it is now, or the name of the sentence that says why it stays as it was."""
    words = words_of(state.language)
    if isinstance(found, str):
        return change(state, notice=tell(words, found, most=LONGEST_NAME))
    notice = tell(words, "enrol_known", name=found.duplicate_name) if found.duplicate is not None else None
    return change(state, form=found, notice=notice)


def scanned(parts: Parts, state: State, code: Code) -> State:
    """A card was scanned into the form: a new one is the member's; one that somebody has is the sponsor's.

    The sponsor's once more takes the sponsor off.
    """
    words, who = words_of(state.language), _holder(parts, code)
    if state.form is None or not _is_enrolled(who):
        return _filled(state, "not_here" if state.form is None else _card_of(parts, state.form, code))
    if who.member == state.form.sponsor:
        form = msgspec.structs.replace(state.form, sponsor=None, sponsor_name="")
        return change(state, form=form, notice=tell(words, "enrol_sponsor_gone"))
    if who.account.blocked or void(parts, state.language, who) is not None:
        return change(state, notice=tell(words, "enrol_sponsor_blocked"))
    name = who.name or masked(code.value)
    form = msgspec.structs.replace(state.form, sponsor=who.member, sponsor_name=name)
    return change(state, form=form, notice=tell(words, "enrol_sponsor_noted", name=name))


def _holder(parts: Parts, code: Code) -> Who:
    """Who is behind a card, as far as it is known here."""
    signed = verified(parts, code.value) if code.kind is Kind.SIGNED_CARD else None
    if isinstance(signed, Who):
        return signed
    token = card_token(parts.identity.lookup_key, code.value)
    return who_has(parts, token, masked(code.value), Evidence.NUMBER.value)


def _is_enrolled(who: Who) -> bool:
    """Not so the account of a card that nobody has enrolled: what it earned comes along with the card."""
    return who.member is not None and who.member < PROVISIONAL_FROM


def confirm(parts: Parts, state: State) -> State:
    """Create the member, or attach the one that is known already, and go back to the ticket.

    One that was begun for somebody else asks before it changes hands, as for a card.
    """
    words = words_of(state.language)
    form = state.form
    if form is None:
        return change(state, notice=tell(words, "not_here"))
    lacks = out_of_reach(form.consents, form.contact)
    if form.code and _is_taken(
        parts, form.code
    ):  # a pull has brought its member since it was put into the form
        lacks = "enrol_card_taken"
    if lacks:
        return change(state, notice=tell(words, lacks))
    moment = now(parts)
    job = _Job(parts, state, form, moment)
    try:
        who = parts.writer.run(job.link if form.duplicate is not None else job.enrol)
    except BlockEmpty:
        return change(state, notice=tell(words, "no_numbers"))
    except (StoreError, AlreadyRecorded) as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    if parts.network is not None:
        parts.network.wake_push()
    state = change(_without_their_card(state, who), form=None, notice=None)
    after = present(parts, change(state, stage=resting(state)), who)
    asks = after.question is not None or form.duplicate is not None
    return after if asks else change(after, notice=tell(words, "enrolled"))


def _without_their_card(state: State, who: Who) -> State:
    """A ticket that was begun with the card that is theirs now, or with one of nobody, changes no hands."""
    before = state.basket.who if state.basket is not None else None
    if before is None or (before.token != who.token and _is_enrolled(before)):
        return state
    return on_basket(state, who=None)


class _Job:
    """The writing of one enrolment; `enrol` and `link` are jobs of one transaction each."""

    def __init__(self, parts: Parts, state: State, form: Form, moment: Moment) -> None:
        self.parts = parts
        self.form = form
        self.moment = moment
        self.language = state.language
        programme = parts.programme(moment.bdate)
        self.title = named(programme.header.name, words_of(state.language)) if programme is not None else ""
        self.cashier = state.cashier.id if state.cashier is not None else ""

    def enrol(self, conn: Connection) -> Who:
        """A new member with the scanned card, or with a number of this till. Raises BlockEmpty."""
        parts, form, identity = self.parts, self.form, self.parts.identity
        member = numbers_store.take(conn, numbers_store.MEMBER)
        code = form.code or member_number(
            numbers_store.take(conn, numbers_store.CARD), identity.permutation_key, identity.card_prefix
        )
        token = card_token(identity.lookup_key, code)
        contacts = (form.contact_token,) if form.contact_token else ()
        self._journal(conn, self._drafts(member, token, contacts))
        if parts.options.prints and not form.code:  # a new number goes home on paper
            spool.add_job(conn, "", spool.CARD, card_slip(code, self.title, self.language))
        account = Account(
            member=member, since=self.moment.bdate, birthday=form.birthday, sponsor=form.sponsor
        )
        members.add_local_member(
            conn,
            identity,
            member,
            cards=(token,),
            contacts=contacts,
            display=form.first_name,
            account=account,
        )
        parts.crash("before_commit")
        shown = masked(code) if form.code else code
        return Who(token, shown, Evidence.NUMBER.value, member, account, name=form.first_name)

    def link(self, conn: Connection) -> Who:
        """The member that is known already; a scanned card becomes one more card of theirs."""
        parts, form = self.parts, self.form
        assert form.duplicate is not None
        token = card_token(parts.identity.lookup_key, form.code) if form.code else b""
        drafts = self._consents(form.duplicate, form.consents)
        if token:
            body = LinkBody(form.duplicate, token, self.cashier)
            drafts.insert(0, EntryDraft(EntryKind.LINK, body, self.moment.bdate, member=form.duplicate))
        if drafts:
            self._journal(conn, drafts)
        if token:
            members.add_card(conn, parts.identity, token, form.duplicate)
        blank = Who(
            token, masked(form.code) if form.code else "", Evidence.TYPED.value, form.duplicate, Account()
        )
        return known(parts, blank, form.duplicate)

    def _drafts(self, member: int, token: bytes, contacts: tuple[bytes, ...]) -> list[EntryDraft]:
        form, identity, day = self.form, self.parts.identity, self.moment.bdate
        blobs = self._sealed()
        sealed = tuple(reference_to(blob) for blob in blobs)
        body = EnrolBody(identity.store, self.cashier, member, (token,), day, contacts, sealed, form.sponsor)
        given = tuple(ask.purpose for ask in form.asks if ask.required or ask.purpose in form.consents)
        return [
            EntryDraft(EntryKind.ENROL, body, day, member=member, blobs=blobs),
            *self._consents(member, given),
        ]

    def _consents(self, member: int, purposes: tuple[str, ...]) -> list[EntryDraft]:
        """An entry for each purpose that was consented to, with the words that were shown."""
        answers = [
            entry_of(ask, self.cashier, given=True) for ask in self.form.asks if ask.purpose in purposes
        ]
        return [EntryDraft(EntryKind.CONSENT, answer, self.moment.bdate, member=member) for answer in answers]

    def _sealed(self) -> tuple[Blob, ...]:
        form, key = self.form, self.parts.identity.sealing_key
        birthday = f"{form.birthday[0]:02d}-{form.birthday[1]:02d}" if form.birthday is not None else ""
        told = {"first_name": form.first_name, "contact": form.contact, "birthday": birthday}
        random = self.parts.random
        return tuple(seal(key, what, text.encode(), random) for what, text in told.items() if text and key)

    def _journal(self, conn: Connection, drafts: list[EntryDraft]) -> None:
        seen = cursors.sync_state(conn).seen_pos
        journal.commit(conn, self.parts.identity, drafts, self.moment.times, seen)


def _card(parts: Parts, _state: State, form: Form, value: str) -> Form | str:
    if not value:
        return msgspec.structs.replace(form, code="")
    return _card_of(parts, form, read_code(value, None, parts.options.codes, typed=True))


def _card_of(parts: Parts, form: Form, code: Code) -> Form | str:
    """The form with this card, as it was scanned or typed."""
    if code.kind not in _CARD_KINDS:
        return "enrol_card"
    if config.product(parts.reader, code.value) is not None:
        return "enrol_product"
    taken = _is_taken(parts, code.value)
    return "enrol_card_taken" if taken else msgspec.structs.replace(form, code=code.value)


def _is_taken(parts: Parts, code: str) -> bool:
    """Whether the card is somebody's. What one that nobody enrolled has earned comes along."""
    owner = members.find(parts.reader, card_token(parts.identity.lookup_key, code))
    return owner is not None and owner < PROVISIONAL_FROM


def _contact(parts: Parts, _state: State, form: Form, value: str) -> Form | str:
    if not value:
        return msgspec.structs.replace(form, contact="", contact_token=b"", duplicate=None, duplicate_name="")
    contact = contact_of(value)
    if contact is None:
        return "enrol_contact"
    key = contact_key(parts.identity.lookup_key, contact)
    having = members.load_contacts(parts.reader, key)
    if len(having) > 1:
        return "enrol_contact_several"
    duplicate = next(iter(having), None)
    found = members.load(parts.reader, parts.identity, duplicate) if duplicate is not None else None
    name = found.display if found is not None else ""
    return msgspec.structs.replace(
        form, contact=contact, contact_token=key, duplicate=duplicate, duplicate_name=name
    )


def _consent(_parts: Parts, _state: State, form: Form, value: str) -> Form | str:
    """1 is for none beside what joining takes; each digit after it puts one purpose on or off, and shows its words."""
    asks = optional(form.asks)
    if len(value) != 1 or not "1" <= value <= str(len(asks) + 1):
        return "enrol_consent"
    digit = int(value)
    if digit == 1:
        return msgspec.structs.replace(form, consents=(), read=1)
    purpose = asks[digit - 2].purpose
    chosen = tuple(
        [one.purpose for one in asks if (one.purpose in form.consents) != (one.purpose == purpose)]
    )
    return msgspec.structs.replace(form, consents=chosen, read=digit)


def _first_name(_parts: Parts, _state: State, form: Form, value: str) -> Form | str:
    if len(value) > LONGEST_NAME or not value.isprintable():
        return "enrol_name"
    return msgspec.structs.replace(form, first_name=value)


def _birthday(_parts: Parts, _state: State, form: Form, value: str) -> Form | str:
    if not value:
        return msgspec.structs.replace(form, birthday=None)
    found = _BIRTHDAY.fullmatch(value)
    try:
        day = datetime.date(2000, int(found[2]), int(found[1])) if found else None
    except ValueError:
        day = None
    return "enrol_birthday" if day is None else msgspec.structs.replace(form, birthday=(day.month, day.day))


def _sponsor(parts: Parts, state: State, form: Form, value: str) -> Form | str:
    """The member behind the card that was shown by who brings the new one in."""
    if not value:
        return msgspec.structs.replace(form, sponsor=None, sponsor_name="")
    who = _holder(parts, read_code(value, None, parts.options.codes, typed=True))
    if not _is_enrolled(who):
        return "enrol_sponsor"
    if who.account.blocked or void(parts, state.language, who) is not None:
        return "enrol_sponsor_blocked"
    return msgspec.structs.replace(form, sponsor=who.member, sponsor_name=who.name or who.card)


_SETTERS = {
    "card": _card,
    "contact": _contact,
    "consent": _consent,
    "first_name": _first_name,
    "birthday": _birthday,
    "sponsor": _sponsor,
}
