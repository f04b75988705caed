"""Closing the business day (CLOSE_Z), and what the till says when its clock is in doubt (CLOCK)."""

from pos_app.till.grants import given_back, returnable
from pos_app.till.moment import Moment, now, when
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, change
from sync.entry import ClockBody, CloseZBody, EntryKind
from sync.till import cursors, journal, tickets
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft

# More tickets than a till can close in a day.
MOST_A_DAY = 20_000
UNSENT = "day_unsent"


def close_day(parts: Parts, state: State, *, ask: bool) -> State:
    """Write the day's count; grants go back first, unless offline.

    With `ask` a till that has something left to send says so first, and closes when it is told again (section 4.8).
    """
    words = words_of(state.language, state.currency)
    if state.basket is not None:
        return change(state, notice=tell(words, "finish_ticket"))
    moment = now(parts)
    left = journal.waiting(parts.reader)
    told = state.notice is not None and state.notice.code == UNSENT
    if ask and not told and parts.identity.paired and left.count:
        since = when(parts, left.oldest_wall_ms, moment, words)
        count = journal.waiting_tickets(parts.reader)
        others = words.number(left.count - count)
        return change(state, notice=tell(words, UNSENT, n=words.number(count), others=others, when=since))
    try:
        body = parts.writer.run(lambda conn: _close_z(parts, state, conn, moment))
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    if parts.network is not None:
        parts.network.wake_push()
    amount = words.money(body.cents)
    if body.returned:
        back = words.money(body.returned)
        notice = tell(words, "day_closed_returns", tickets=body.tickets, amount=amount, returned=back)
        return change(state, notice=notice)
    return change(state, notice=tell(words, "day_closed", tickets=body.tickets, amount=amount))


def _close_z(parts: Parts, state: State, conn: Connection, moment: Moment) -> CloseZBody:
    drafts = given_back(conn, returnable(conn, parts, ""), moment) if parts.online else []
    sold = [one for one in tickets.recent(conn, MOST_A_DAY) if one.bdate == moment.bdate and not one.voided]
    body = CloseZBody(
        parts.identity.store,
        state.cashier.id if state.cashier is not None else "",
        tickets=len(sold),
        member_tickets=sum(one.member is not None for one in sold),
        cents=sum(one.cents for one in sold),
        unsent=journal.waiting_tickets(conn),
        returned=tickets.returned_on(conn, moment.bdate),
    )
    drafts.append(EntryDraft(EntryKind.CLOSE_Z, body, moment.bdate))
    journal.commit(conn, parts.identity, drafts, moment.times, cursors.sync_state(conn).seen_pos)
    return body


def watch_clock(parts: Parts, state: State) -> State:
    """Note in the journal when the clock falls into doubt, and when it is believed again."""
    moment = now(parts)
    if moment.trusted == state.clock_trusted:
        return state
    body = ClockBody(moment.mark_ms, moment.wall_ms, moment.trusted)
    draft = EntryDraft(EntryKind.CLOCK, body, moment.bdate)
    try:
        parts.writer.run(
            lambda conn: journal.commit(
                conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos
            )
        )
    except StoreError:
        return state
    notice = state.notice if moment.trusted else tell(words_of(state.language), "clock_doubt")
    return change(state, clock_trusted=moment.trusted, notice=notice)
