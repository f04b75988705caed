"""The whole view out of the state: reads what a screen needs, in the till's current language."""

from collections.abc import Mapping

import msgspec

from pos_app.languages.words import Words
from pos_app.till import returns
from pos_app.till.alerts import alerts
from pos_app.till.close import may_be_visit
from pos_app.till.consents import optional
from pos_app.till.explain import explained, in_reach
from pos_app.till.grants import number_of
from pos_app.till.memories import memories_of
from pos_app.till.moment import Moment, now, when
from pos_app.till.parts import Parts, words_of
from pos_app.till.question import open_question
from pos_app.till.record import Record, unpack
from pos_app.till.state import Form, State
from pos_app.till.terms import is_to_be_told
from pos_app.till.undo import Undoable, undoable
from pos_app.till.view import (
    SELLING,
    ConsentView,
    EnrolView,
    MemberView,
    RecentView,
    SignInView,
    Stage,
    Status,
    TicketView,
    View,
)
from pos_app.till.view_done import done_view, recent_view, return_view
from pos_app.till.view_keys import keys_of
from pos_app.till.view_member import member_view
from pos_app.till.view_ticket import ticket_view
from pos_app.till.worth import held_here
from rules.kinds.incidents import INCIDENTS
from sync.till import journal, members, spool, tickets
from sync.till.network import Neighbour, NetworkState
from sync.till.offline import SENTENCES, OfflineReason
from sync.till.tickets import TicketResult

RECENT = 4
PIN_DIGITS = 4


def build(parts: Parts, state: State) -> View:
    """Everything the screen shows, as of now."""
    words = words_of(state.language, state.currency)
    moment = now(parts)
    undo = undoable(parts)
    status = status_of(parts, state, moment, words)
    bare = View(
        stage=state.stage,
        status=status,
        keys=keys_of(
            state,
            undo=undo is not None,
            visit=_visit(parts, state),
            words=words,
            care=_care(parts, state, words),
            asks=open_question(parts, state) is not None,
            prints=parts.options.prints,
        ),
        notice=state.notice,
        alert=next(iter(alerts(parts, state, moment, words)), ""),
        prompt=_practice(parts, state, words) or _prompt(state, words),
        recent=_recent(parts, undo, words),
        language=state.language,
        currency=state.currency,
        today=moment.bdate,
        scans=state.scans,
        implied_cents=parts.options.implied_cents,
        field=state.typed if state.stage in SELLING else "",
    )
    return _with_stage(parts, state, bare, undo, words)


def _with_stage(parts: Parts, state: State, bare: View, undo: Undoable | None, words: Words) -> View:
    if state.stage is Stage.LOCKED:
        return _replaced(bare, sign_in=_sign_in(parts, state))
    if state.stage in (Stage.TICKET, Stage.REWARD):
        ticket = _ticket(parts, state, words)
        return _replaced(
            bare,
            member=_member(parts, state, bare, words),
            ticket=ticket,
            prompt=bare.prompt or _sale_prompt(state, ticket, words),
        )
    if state.stage is Stage.ENROL and state.form is not None:
        return _replaced(bare, enrol=_enrol(state.form, words))
    if state.stage is Stage.RETURN:
        return _with_return(parts, state, bare, words)
    return _with_page(parts, state, bare, undo, words)


def _with_page(parts: Parts, state: State, bare: View, undo: Undoable | None, words: Words) -> View:
    if state.stage is Stage.ERRAND and state.errand is not None:
        page = state.errand.look(parts, state)
        return _replaced(bare, errand=page, keys={**bare.keys, **page.keys})
    if state.stage is Stage.DONE and state.done is not None:
        what = unpack(state.done.result)
        seconds = undo.seconds if undo is not None and undo.result.ticket == state.done.ticket else 0
        job = spool.job_of(parts.reader, state.done.ticket)
        printed = (job is not None and job.printed_ms is not None) if parts.options.prints else None
        programme = parts.programme_of(what.programme)
        done = done_view(what, programme, seconds, words.paying(what.currency), printed=printed)
        return _replaced(bare, currency=what.currency, done=done)
    return bare


def _visit(parts: Parts, state: State) -> bool:
    return state.basket is not None and may_be_visit(parts, state.basket)


def _replaced(view: View, **fields: object) -> View:
    return msgspec.structs.replace(view, **fields)


def status_of(parts: Parts, state: State, moment: Moment, words: Words) -> Status:
    """The status line."""
    identity = parts.identity
    network = _network(parts)
    oldest_s = 0
    if network.oldest_ms is not None and network.waiting:
        oldest_s = max(0, moment.wall_ms - network.oldest_ms) // 1000
    return Status(
        store=identity.store_name,
        till=identity.till,
        cashier=state.cashier.name if state.cashier is not None else "",
        online=network.online,
        paired=identity.paired,
        since=when(parts, network.since_ms, moment, words) if identity.paired else "",
        known=when(parts, network.last_contact_ms, moment, words),
        waiting=network.waiting if identity.paired else 0,
        sent=network.sent,
        oldest_s=oldest_s if identity.paired else 0,
        training=parts.options.training,
        time=words.time(moment.local),
        scanner=state.scanner,
        printer=state.printer,
        register=state.register,
        clock_trusted=moment.trusted,
        reason=_reason(network, words) if identity.paired else "",
        loading=network.loading,
        neighbours=tuple([_neighbour(parts, one, moment, words) for one in network.neighbours]),
    )


def _neighbour(parts: Parts, one: Neighbour, moment: Moment, words: Words) -> str:
    """Another till of the store: who it is, and whether it answers."""
    if one.seen_ms is None:
        return words("a till that has not answered yet")
    till = words("Till {name}", name=one.till) if one.till.isdecimal() else one.till
    if one.here:
        return words("{till} answers", till=till)
    return words("{till} silent since {when}", till=till, when=when(parts, one.seen_ms, moment, words))


def _reason(network: NetworkState, words: Words) -> str:
    reason = network.reason
    if reason is None or reason in (OfflineReason.STARTING, OfflineReason.STOPPED):
        return ""
    return words(SENTENCES[reason])


def _network(parts: Parts) -> NetworkState:
    if parts.network is not None:
        return parts.network.state()
    waiting = journal.waiting(parts.reader)
    return NetworkState(False, 0, None, waiting.count, 0, waiting.oldest_wall_ms, None)


def _practice(parts: Parts, state: State, words: Words) -> str:
    if not parts.options.training or state.stage is not Stage.IDLE:
        return ""
    return words("Type 1 to 5, then Enter: a member to practise on. Esc leaves the training.")


def _prompt(state: State, words: Words) -> str:
    if state.question is not None:
        return (
            words("Enter = yes, Esc = no.")
            if state.question.kind != "enrol"
            else words("F3 enrols, Esc leaves it.")
        )
    if state.stage is Stage.REWARD:
        return words("Press the number of a reward, Enter goes back to the ticket.")
    return ""


def _sale_prompt(state: State, ticket: TicketView | None, words: Words) -> str:
    """What comes next on the begun ticket; a reward only where one can be had, or asked for."""
    if state.basket is not None and state.basket.await_card and state.basket.lines:
        return words("Scan the card, or Enter records without one.")
    if state.items:
        return words("Scan the products; Up and Down mark a line, Delete takes it off.")
    if ticket is not None and any(one.possible or one.asks for one in ticket.rewards):
        return words("Type the amount, or scan the products. Enter records, * picks a reward.")
    return words("Type the amount, or scan the products. Enter records.")


def _sign_in(parts: Parts, state: State) -> SignInView | None:
    asked = state.sign_in
    if asked is None:
        return None
    wait_ms = asked.wait_until_ms - parts.clock.wall_ms()
    return SignInView(asked.staff.name, PIN_DIGITS, asked.tries_left, max(0, -(-wait_ms // 1000)))


def _care(parts: Parts, state: State, words: Words) -> str:
    """What F8 opens for the member of the ticket; "" where it opens nothing."""
    basket = state.basket
    if basket is None or basket.who is None:
        return ""
    if is_to_be_told(parts, basket.who):
        return words("New programme")
    programme = parts.programme_of(basket.programme)
    return words("Incident") if programme is not None and programme.policy(INCIDENTS) is not None else ""


def _member(parts: Parts, state: State, bare: View, words: Words) -> MemberView | None:
    basket = state.basket
    if basket is None or basket.who is None:
        return None
    usable: Mapping[str, int] = held_here(parts, basket, now(parts))
    progress = state.worth.decision.progress if state.worth is not None else ()
    outcomes = state.worth.decision.outcomes if state.worth is not None else ()
    asked = open_question(parts, state)
    shown = member_view(
        basket.who,
        words,
        usable=usable,
        progress=progress,
        programme=parts.programme_of(basket.programme),
        today=bare.today or now(parts).bdate,
        known=bare.status.known,
        online=bare.status.online,
        more=state.worth.floor.units if state.worth is not None else 0,
        before=memories_of(parts.reader, basket.who, parts.identity.store),
        arrived=outcomes if not basket.shown else (),
        outcomes=outcomes,
        room=state.worth.room if state.worth is not None else None,
        said=basket.said,
    )
    return msgspec.structs.replace(shown, question=asked.text(words.language)) if asked is not None else shown


def _ticket(parts: Parts, state: State, words: Words) -> TicketView | None:
    basket = state.basket
    if basket is None:
        return None
    return ticket_view(
        basket,
        words,
        number=number_of(parts.reader, basket, parts),
        worth=state.worth,
        programme=parts.programme_of(basket.programme),
        why=explained(parts, state),
        near=in_reach(parts, state),
        online=parts.online,
        next_door=parts.near,
    )


def _enrol(form: Form, words: Words) -> EnrolView:
    say = words("Your number is kept for your points; you can see or erase it any time.")
    birthday = f"{form.birthday[1]:02d}/{form.birthday[0]:02d}" if form.birthday is not None else ""
    more, taken = optional(form.asks), [one for one in form.asks if one.required]
    alone = ", ".join([one.label for one in taken]) or words("Points and account only")
    consents = [ConsentView(1, alone, chosen=not form.consents)]
    consents += [
        ConsentView(digit, f"+ {one.label}", chosen=one.purpose in form.consents)
        for digit, one in enumerate(more, 2)
    ]
    read = [one.text for one in taken] if form.read == 1 else [more[form.read - 2].text]
    return EnrolView(
        form.code,
        form.contact,
        tuple(consents),
        " ".join(read),
        form.first_name,
        birthday,
        form.duplicate_name,
        say,
        form.sponsor_name,
    )


def _with_return(parts: Parts, state: State, bare: View, words: Words) -> View:
    """A return in progress, in the currency of the ticket that is given back where this till has it."""
    returning = state.returning
    if returning is None:
        return bare
    found = returns.original(parts.reader, returning.reference) if returning.ticket else None
    sale = unpack(found.result.result) if found is not None else None
    words = words.paying(sale.currency) if sale is not None else words
    act = return_view(
        returning,
        words,
        found=found,
        sale=sale,
        does=returns.effects(found, returning) if found is not None else None,
        programme=parts.programme_of(sale.programme) if sale is not None else None,
    )
    return _replaced(bare, currency=words.currency, returning=act)


def _recent(parts: Parts, undo: Undoable | None, words: Words) -> tuple[RecentView, ...]:
    return tuple(_one_recent(parts, one, undo, words) for one in tickets.recent(parts.reader, RECENT))


def _one_recent(parts: Parts, one: TicketResult, undo: Undoable | None, words: Words) -> RecentView:
    what = unpack(one.result)
    seconds = undo.seconds if undo is not None and undo.result.ticket == one.ticket else 0
    programme = parts.programme_of(what.programme)
    name = _name(parts, one, what)
    return recent_view(what, name, programme, seconds, words, voided=one.voided)


def _name(parts: Parts, one: TicketResult, what: Record) -> str:
    if isinstance(one.member, int):
        known = members.load(parts.reader, parts.identity, one.member)
        if known is not None and known.display:
            return known.display
    return what.card
