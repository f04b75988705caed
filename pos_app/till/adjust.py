"""Points by a manager's word: journalled as ADJUST, counted by the ledger, four eyes above a limit."""

from typing import Final

from pos_app.till.close import member_key
from pos_app.till.effects import risk_bits
from pos_app.till.identify import refresh
from pos_app.till.labels import amount_text
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from rules.account import POINTS
from rules.kinds.incidents import goodwill_of
from sync.adjusted import AdjustBody
from sync.entry import EntryKind, Evidence
from sync.ids import uuid7
from sync.till import cursors, journal
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft

LIMIT: Final = 200


def limit_of(parts: Parts) -> int:
    """Points up to which one manager is enough: the programme's goodwill at once, else two hundred."""
    programme = parts.programme(now(parts).bdate)
    goodwill = goodwill_of(programme) if programme is not None else None
    return goodwill.max if goodwill is not None else LIMIT


def adjust(parts: Parts, state: State, who: Who, quantity: int, reason: str, by: str, second: str) -> State:
    """Write it down; the member's balance has it at once, and can be spent once the ledger has answered."""
    words, moment = words_of(state.language), now(parts)
    programme = parts.programme(moment.bdate)
    body = AdjustBody(
        parts.identity.store,
        state.cashier.id if state.cashier is not None else "",
        by,
        quantity,
        reason,
        programme.sha256 if programme is not None else "",
        second,
    )
    draft = EntryDraft(
        EntryKind.ADJUST,
        body,
        moment.bdate,
        member=member_key(who),
        ticket=uuid7(moment.now_ms, parts.random(10)),
        evidence=Evidence(who.evidence),
        risk=risk_bits(parts, who, moment, granted=False),
    )

    def write(conn: Connection) -> None:
        journal.commit(conn, parts.identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        if moment.trusted:
            cursors.raise_mark(conn, moment.now_ms)
        parts.crash("before_commit")

    try:
        parts.writer.run(write)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    parts.crash("after_commit")
    if parts.network is not None:
        parts.network.wake_push()
    amount = amount_text(programme, POINTS, abs(quantity), words)
    code = "adjust_given" if quantity > 0 else "adjust_taken"
    return change(refresh(parts, state), notice=tell(words, code, amount=amount))
