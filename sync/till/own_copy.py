"""What this till itself keeps of one member, for the member: the cached account, and what its own journal says."""

from sync.entry import (
    ConsentBody,
    EnrolBody,
    Entry,
    EventBody,
    TicketBody,
    UnreadableEntry,
    body_of,
    decode,
    reference,
)
from sync.member_copy import CopiedConsent, CopiedLot, CopiedTicket, MemberCopy, Used
from sync.sqlite_driver import Connection
from sync.till.identity import Identity
from sync.till.members import load


def own_copy(connection: Connection, identity: Identity, member: int, made_ms: int) -> MemberCopy:
    """The copy, without a line. What was sold elsewhere is only in the ledger's."""
    known = load(connection, identity, member)
    entries = [(entry, body_of(entry)) for entry in _entries(connection, member)]
    count = "SELECT (SELECT count(*) FROM card WHERE member = ?1), (SELECT count(*) FROM contact WHERE member = ?1)"
    cards, contacts = connection.execute(count, (member,)).fetchone()
    waiting = (
        "SELECT DISTINCT what FROM blob WHERE (inc, seq) IN (SELECT inc, seq FROM journal WHERE member = ?)"
    )
    sealed = tuple(sorted(what for (what,) in connection.execute(waiting, (member,))))
    bare = MemberCopy(
        source=identity.till,
        member=member,
        made_ms=made_ms,
        cards=cards,
        contacts=contacts,
        sealed=sealed,
        sponsor=next((body.sponsor for _, body in entries if isinstance(body, EnrolBody)), None),
        consents=tuple(
            CopiedConsent(body.purpose, body.given, body.wording, entry.wall_ms)
            for entry, body in entries
            if isinstance(body, ConsentBody)
        ),
        tickets=tuple(
            _ticket(entry, body) for entry, body in entries if isinstance(body, TicketBody | EventBody)
        ),
    )
    if known is None:
        return bare
    account = known.account
    return MemberCopy(
        source=bare.source,
        member=member,
        made_ms=made_ms,
        name=known.display,
        note=known.note,
        complaint=known.complaint,
        birthday="" if account.birthday is None else "{:02d}-{:02d}".format(*account.birthday),
        since=account.since,
        level=account.tier,
        sponsor=account.sponsor or bare.sponsor,
        fields=account.fields,
        cards=cards,
        contacts=contacts,
        sealed=sealed,
        balance=account.balance,
        lots=tuple(
            CopiedLot(one.asset, one.quantity, one.quantity, one.earned_on, one.last_day)
            for one in account.holdings
        ),
        consents=bare.consents,
        tickets=bare.tickets,
    )


def _entries(connection: Connection, member: int) -> list[Entry]:
    rows = connection.execute("SELECT bytes FROM journal WHERE member = ? ORDER BY inc, seq", (member,))
    found = []
    for (data,) in rows:
        try:
            entry = decode(data)
            body_of(entry)
        except UnreadableEntry:
            continue
        found.append(entry)
    return found


def _ticket(entry: Entry, body: TicketBody | EventBody) -> CopiedTicket:
    name = reference(entry.dev, entry.inc, entry.seq)
    if isinstance(body, EventBody):
        return CopiedTicket(name, entry.bdate, body.store, given=body.promised, event=body.event)
    used = tuple(Used(one.rule, one.asset, one.quantity, one.cents) for one in body.burns)
    return CopiedTicket(name, entry.bdate, body.store, "", body.lines, body.promised, used)
