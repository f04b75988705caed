"""What a till takes up again after it was stopped, by hand or by a power cut."""

import msgspec

from pos_app.devices.grammar import read_code
from pos_app.till.identify import refresh
from pos_app.till.member import NOBODY_YET, holders
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.reprint import last_paper
from pos_app.till.scan import act
from pos_app.till.sign_in import resting
from pos_app.till.slip import record_of
from pos_app.till.state import Basket, BasketLine, State, Who, change
from pos_app.till.view import Notice
from pos_app.till.worth import weigh
from rules.decision import Choice
from sync.till import numbers_store, scans, spool, tickets
from sync.till.cursors import sync_state
from sync.till.database import Connection
from sync.till.writer import Priority
from sync.wire import Block

# An unpaired till numbers its own members and cards, far below what a ledger gives out.
OWN_BLOCKS = (Block(numbers_store.MEMBER, 1, 999_999), Block(numbers_store.CARD, 0, 999_999))
FRESH_SCAN_MS = 600_000


class Draft(msgspec.Struct, frozen=True, array_like=True):
    """The begun ticket as stored: without name and card number, the member by id or keyed hash."""

    ticket: str
    programme: str
    lines: tuple[BasketLine, ...]
    token: bytes
    card: str
    evidence: str
    member: int | None
    choices: tuple[Choice, ...]
    pos_ref: str | None
    await_card: bool
    zones: tuple[str, ...] = ()
    voided_by: bytes = b""
    shown: bytes = b""
    questioned: bool = False
    vouchers: tuple[str, ...] = ()
    register: str = ""


def draft_of(basket: Basket) -> bytes:
    """The bytes that `restore` reads; where no amount was entered, one in the field is kept as if it had been.

    Enter records it in one step, so that nothing of it would be left if the power went in the middle of that. One that
    was entered stays: what stands in the field then may be the first digit of another.
    """
    who = basket.who
    entered = any(one.typed for one in basket.lines)
    draft = Draft(
        basket.ticket,
        basket.programme,
        basket.lines if entered else basket.shown,
        who.token if who is not None else b"",
        who.card if who is not None else "",
        who.evidence if who is not None else "none",
        who.member if who is not None else None,
        basket.choices,
        basket.pos_ref,
        basket.await_card,
        basket.zones,
        who.voided_by if who is not None else b"",
        who.shown if who is not None else b"",
        basket.questioned,
        basket.vouchers,
        basket.register,
    )
    return msgspec.json.encode(draft)


def save(parts: Parts, before: Basket | None, basket: Basket | None) -> None:
    """Keep the begun ticket over a power cut; the screen does not wait for it."""
    if basket is not None:
        name, data = basket.ticket, draft_of(basket)
        parts.writer.post(lambda conn: tickets.save_draft(conn, name, data), Priority.SCAN)
    elif before is not None:
        gone = before.ticket
        # A full disk has no room for tickets, only for what is sent; what was left must not come back all the same.
        priority = Priority.SYNC if parts.store.full else Priority.SCAN
        parts.writer.post(lambda conn: tickets.clear_draft(conn, gone), priority)


def restore(parts: Parts, state: State) -> State:
    """The begun ticket, if any, else word of a ticket that is recorded but not printed where there is a printer."""
    draft = tickets.load_draft(parts.reader)
    basket = _basket(parts, draft.state) if draft is not None else None
    if basket is not None and tickets.result(parts.reader, basket.ticket) is None:
        state = refresh(parts, weigh(parts, change(state, basket=basket)))
    return change(state, untold=True, notice=state.notice or _word(parts, state))


def told(parts: Parts, state: State) -> State:
    """Who signs in first after the start is told what it took up: they may not have been there when it showed."""
    if not state.untold or state.cashier is None:
        return state
    return change(state, untold=False, notice=_word(parts, state) or state.notice)


def _word(parts: Parts, state: State) -> Notice | None:
    words = words_of(state.language)
    if sync_state(parts.reader).elsewhere:
        return tell(words, "elsewhere")
    if state.basket is not None:
        return tell(words, "restored")
    waiting = spool.unprinted(parts.reader, spool.KEPT) if parts.options.prints else ()
    records = [record for job in waiting if (record := record_of(job.data)) is not None]
    last = last_paper(parts, change(state, done=None)) if records else None
    if len(waiting) == 1 and last is not None and last.reference == records[0].reference:
        return tell(words, "not_printed", reference=last.reference)
    if not waiting:
        return None
    return tell(words, "not_printed_some", n=words.number(len(waiting)), reference=records[0].reference)


def take_up_scans(parts: Parts, state: State) -> State:
    """Act on scans that were stored and not acted on when the till stopped, if that was a moment ago."""
    left = scans.undecided(parts.reader, parts.identity.scope_key)
    if not left:
        return state
    now_ms = parts.clock.wall_ms()
    after = change(state, stage=resting(state))
    for one in left:
        if one.raw is not None and 0 <= now_ms - one.wall_ms <= FRESH_SCAN_MS:
            after = act(parts, after, read_code(one.raw, None, parts.options.codes))

    def decide(conn: Connection) -> None:
        for one in left:
            scans.decide(conn, one.id)

    parts.writer.post(decide, Priority.SCAN)
    return change(after, stage=state.stage)


def own_numbers(parts: Parts) -> None:
    """Give an unpaired till numbers of its own for enrolment."""
    if parts.identity.paired or numbers_store.left(parts.reader, numbers_store.MEMBER):
        return

    def job(conn: Connection) -> None:
        numbers_store.add_blocks(conn, OWN_BLOCKS)

    parts.writer.run(job)


def _basket(parts: Parts, data: bytes) -> Basket | None:
    try:
        draft = msgspec.json.decode(data, type=Draft)
    except msgspec.DecodeError:
        return None
    who = None
    if draft.token:
        # a till that was paired again meanwhile may have given the member another number
        here = holders(parts, draft.token)
        member = here[0] if here and draft.member not in here else draft.member
        who = Who(draft.token, draft.card, draft.evidence, member, NOBODY_YET)
        who = msgspec.structs.replace(who, voided_by=draft.voided_by, shown=draft.shown)
    return Basket(
        draft.ticket,
        draft.programme,
        draft.lines,
        who,
        draft.choices,
        draft.pos_ref,
        draft.await_card,
        zones=draft.zones,
        questioned=draft.questioned,
        vouchers=draft.vouchers,
        register=draft.register,
    )
