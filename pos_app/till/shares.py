"""This till's shares of what members draw on together: budgets, counted gifts, a store's daily limit."""

from collections.abc import Mapping

from pos_app.till.moment import Moment
from pos_app.till.parts import Parts
from pos_app.till.state import Who
from rules.overruns import overruns_of
from rules.programme.model import Programme
from sync.entry import Draw
from sync.grants import HOLD, choose, usable_sums
from sync.shares import allowance_account, asset_of, counters_of, is_allowed, overrun_asset
from sync.till import slices
from sync.till.cursors import sync_state
from sync.till.database import Connection
from sync.till.errors import NotEnough


def stock_here(parts: Parts, programme: Programme, moment: Moment, ticket: str = "") -> Mapping[str, int]:
    """What a `ticket` may still take of each shared counter; a counter without a share has nothing left.

    Without a line that is more by what the programme lets the till give beyond it. A fenced till has nothing left:
    what is known here of its shares may have been used up by a life that was lost or copied (ledger-and-sync.md 4.5).
    """
    counters = counters_of(programme, parts.identity.store)
    held: dict[str, int] = {}
    for account in () if sync_state(parts.reader).spends_nothing else set(counters.values()):
        held |= usable_sums(slices.slices_of(parts.reader, account), moment.bdate, ticket)
    assets = {counter: asset_of(counter, moment.bdate) for counter in counters}
    left = {counter: held.get(asset, 0) for counter, asset in assets.items()}
    for one in () if parts.online else overruns_of(programme):
        left[one.counter] += min(one.units, held.get(overrun_asset(assets[one.counter]), 0))
    return left


def take(
    conn: Connection,
    programme: Programme,
    store: str,
    drawn: Mapping[str, int],
    moment: Moment,
    who: Who | None,
    ticket: str,
) -> tuple[Draw, ...]:
    """Draw what a `ticket` takes of shared counters, in its own transaction: the shares first. Raises NotEnough.

    And of what its member is allowed: first what was asked for this ticket, so that the lease stays.
    """
    counters = dict(counters_of(programme, store))
    if who is not None and who.member is not None:
        counters |= dict.fromkeys(filter(is_allowed, drawn), allowance_account(who.member))
    draws: list[Draw] = []
    for counter, units in sorted(drawn.items()):
        asset = asset_of(counter, moment.bdate)
        held = slices.slices_of(conn, counters[counter])
        asked = choose([piece for piece in held if piece.kind == HOLD], asset, units, moment.bdate, ticket)
        chosen = choose([one for one in held if one.kind != HOLD], asset, asked.short, moment.bdate, ticket)
        beyond = choose(held, overrun_asset(asset), chosen.short, moment.bdate, "")
        if beyond.short:
            raise NotEnough(f"{beyond.short} of {asset} are missing here: choose the reward again")
        draws += (*asked.draws, *chosen.draws, *beyond.draws)
    slices.draw(conn, draws)
    return tuple(draws)
