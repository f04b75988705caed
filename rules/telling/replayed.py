"""A ticket of a history explained: its member's records are replayed up to it, with everything known of that day."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from rules.account import Account
from rules.decision import Burn, Choice, Decision
from rules.evaluate import evaluate
from rules.fold import born_as
from rules.history.book import Posting
from rules.history.record import Record, RecordError
from rules.history.replay import Replay, ticket_of
from rules.history.versions import nothing_on
from rules.programme.model import Programme
from rules.sentences import said, sentence_of
from rules.telling.build import explain_ticket
from rules.telling.explanation import Drawn, Explanation, Turned
from rules.ticket import Ticket


class Told(msgspec.Struct, frozen=True):
    """An explanation, and the version of the programme that it is told with."""

    explanation: Explanation
    programme: Programme


def explain_record(
    wanted: Record,
    before: Iterable[Record],
    programmes: Sequence[Programme],
    *,
    redeem: bool = False,
    complain: Callable[[Record, str], None] | None = None,
    referred: str = "",
) -> Told:
    """Explain the sale `wanted` after the records `before` it, in their order; the last of them may be of its day.

    With `redeem` every ticket takes one step of the first redemption that is possible. Records that cannot be counted
    go to `complain`. `referred` names the event of the sponsor that `wanted` makes (TICKET/RULE), which is explained
    instead. Raises RecordError when `wanted` itself cannot be counted, ProgrammeError for versions that
    overlap.
    """
    seen: list[Posting] = []
    watching = False

    def post(_record: Record | None, _member: str, posting: Posting) -> None:
        if watching:
            seen.append(posting)

    replay = Replay(programmes, redeem=redeem, returning={wanted.member}, post=post)
    for record in before:
        try:
            replay.take(record)
        except RecordError as error:
            if complain is not None and record.member == wanted.member:
                complain(record, sentence_of(error))
    moment = replay.versions.at(wanted.at)
    if moment is None:
        raise RecordError(nothing_on(replay.versions.day_of(wanted.at)))
    sponsor = replay.sponsor(wanted.member) if referred else None
    told = wanted if sponsor is None else msgspec.structs.replace(wanted, member=sponsor.name)
    ticket, (account, stock) = ticket_of(wanted, moment), replay.seen(told, moment)
    programme = moment.version.programme
    watching = True
    replay.take(wanted)
    if referred:
        event = None if sponsor is None else sponsor.sales.get(referred)
        if event is None:
            raise RecordError(
                said("it has nothing for a sponsor that is called {referred}", referred=referred)
            )
        ticket = event.ticket
    decision = _decided(ticket, account, programme, stock, redeem=redeem)
    mine = [posting for posting in seen if posting.why.ticket == ticket.id]
    return Told(
        explain_ticket(
            ticket,
            decision,
            programme,
            account,
            lots=[born_as(ticket.id, n) for n in range(len(decision.contributions))],
            draws=_draws(decision.burns, mine),
            turned=_turned(mine, replay, told.member),
            stock=stock,
        ),
        programme,
    )


def _decided(
    ticket: Ticket,
    account: Account,
    programme: Programme,
    stock: Mapping[str, int] | None,
    *,
    redeem: bool,
) -> Decision:
    """What the replay decides, with the ways of the member, which it leaves out."""
    decision = evaluate(ticket, account, programme, stock=stock)
    if redeem and decision.options:
        chosen = (Choice(decision.options[0].rule),)
        decision = evaluate(ticket, account, programme, chosen, stock=stock)
    return decision


def _draws(burns: tuple[Burn, ...], postings: Sequence[Posting]) -> list[list[Drawn]]:
    """The lots that paid each burn: postings come in the order of the burns, lot by lot."""
    left = [Drawn(one.lot, -one.quantity) for one in postings if one.why.cause == "BURN"]
    found = []
    for burn in burns:
        paid: list[Drawn] = []
        while left and sum(one.quantity for one in paid) < burn.quantity:
            paid.append(left.pop(0))
        found.append(paid)
    return found


def _turned(postings: Sequence[Posting], replay: Replay, member: str) -> tuple[Turned, ...]:
    lots = replay.members[member].book.lots if member else {}
    return tuple(
        Turned(one.why.rule, one.asset, one.quantity, one.lot, lots[one.lot].last_day)
        for one in postings
        if one.why.cause == "CONVERT" and one.quantity > 0
    )
