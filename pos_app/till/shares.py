"""This till's shares of what members draw on together: budgets, counted gifts, a store's daily limit."""

from collections.abc import Mapping

from pos_app.till.moment import Moment
from pos_app.till.parts import Parts
from rules.programme.model import Programme
from sync.entry import Draw
from sync.grants import choose, usable_sums
from sync.shares import asset_of, counters_of
from sync.till import slices
from sync.till.database import Connection
from sync.till.errors import NotEnough


def stock_here(parts: Parts, programme: Programme, moment: Moment) -> Mapping[str, int]:
    """What a ticket may still take of each shared counter; a counter without a share has nothing left."""
    counters = counters_of(programme, parts.identity.store)
    held: dict[str, int] = {}
    for account in set(counters.values()):
        held |= usable_sums(slices.slices_of(parts.reader, account), moment.bdate, "")
    return {counter: held.get(asset_of(counter, moment.bdate), 0) for counter in counters}


def take(
    conn: Connection, programme: Programme, store: str, drawn: Mapping[str, int], moment: Moment
) -> tuple[Draw, ...]:
    """Draw what a ticket takes of shared counters, in its own transaction. Raises NotEnough."""
    counters = counters_of(programme, store)
    draws: list[Draw] = []
    for counter, units in sorted(drawn.items()):
        asset = asset_of(counter, moment.bdate)
        chosen = choose(slices.slices_of(conn, counters[counter]), asset, units, moment.bdate, "")
        if chosen.short:
            raise NotEnough(f"{chosen.short} of {asset} are missing here: choose the reward again")
        draws += chosen.draws
    slices.draw(conn, draws)
    return tuple(draws)
