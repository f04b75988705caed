"""Training: a till of its own on a store that is made anew each time, with five members that do not exist.

Nothing of it is sent, printed or counted; it holds no key of the shop, so that no card of a real member is known in it.
"""

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import msgspec

from pos_app.till.made_up import ALMOST, BLOCKED, POINTS_OF, card_of
from pos_app.till.moment import now
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import change
from pos_app.till.till import Till
from pos_app.till.view import Stage
from rules.account import POINTS, Account, Holding
from rules.programme.model import Programme
from sync.entry import Slice
from sync.field import encrypt_display
from sync.lists import StaffMember
from sync.till import config, members, slices
from sync.till.database import Connection, open_store
from sync.till.identity import save_identity, standalone_identity
from sync.till.writer import InlineWriter
from sync.tokens import card_token
from sync.wire import MemberRow

FOLDER: Final = "training"
NEVER_S: Final = 86_400 * 365
_LOT, _DAYS = "training", 300
_FIRST = 1_000_000  # above the numbers that a till without a ledger gives to those it enrols


def begin(till: Till, *, coming: bool) -> Till | None:
    """A till to practise on, which has the scanners of `till` from now on; None while nobody is signed in."""
    cashier = till.state.cashier
    if cashier is None or till.state.stage is Stage.LOCKED:
        return None
    apprentice = training_till(
        till.parts, till.parts.store.folder / FOLDER, cashier, till.state.language, coming=coming
    )
    apprentice.on_change = till.on_change
    till.apprentice = apprentice
    return apprentice


def end(till: Till) -> None:
    """Back to work; what was practised is gone."""
    apprentice = till.take_back()
    if apprentice is not None:
        apprentice.parts.store.close()
        shutil.rmtree(apprentice.parts.store.folder, ignore_errors=True)


def training_till(parts: Parts, folder: Path, cashier: StaffMember, language: str, *, coming: bool) -> Till:
    """A till to practise on, in `folder`, with the shop's catalogue and programme; `cashier` is signed in.

    With `coming` the programme is the one that takes effect next, where one is published ahead. Close its store after.
    """
    shutil.rmtree(folder, ignore_errors=True)
    store = open_store(folder)
    writer = InlineWriter(store)
    who = parts.identity
    own = standalone_identity(parts.random, who.store, who.till, who.timezone)
    own = msgspec.structs.replace(own, store_name=who.store_name)
    day = now(parts).bdate
    files = config.files(parts.reader)

    def fill(conn: Connection) -> None:
        save_identity(conn, own)
        for item, data in files:
            if item.what in (config.PROGRAMME, config.CATALOGUE):
                since = min(item.effective_from or day, day) if coming else item.effective_from
                config.store_item(conn, msgspec.structs.replace(item, effective_from=since), data)

    writer.run(fill)
    options = msgspec.structs.replace(
        parts.options, training=True, stations={}, lock_after_s=NEVER_S, language=language
    )
    till = Till(store, writer, parts.clock, parts.random, options=options)
    writer.run(lambda conn: _enrol(conn, till.parts, day))
    till.state = change(till.state, stage=Stage.IDLE, cashier=cashier, language=language)
    return till


def _enrol(conn: Connection, parts: Parts, day: date) -> None:
    identity, programme = parts.identity, parts.programme(day)
    title = words_of(parts.options.language)("Training")
    rows = []
    for n, points in enumerate(POINTS_OF, start=1):
        balance = {POINTS: points, **(_almost_full(programme) if n == ALMOST else {})}
        last = day + timedelta(days=_DAYS)
        holdings = tuple(
            Holding(asset, f"{_LOT}-{n}", have, day, day, last) for asset, have in balance.items() if have
        )
        member = _FIRST + n
        account = Account(member=member, since=day, balance=balance, holdings=holdings, blocked=n == BLOCKED)
        token = card_token(identity.lookup_key, card_of(parts, n))
        name = encrypt_display(identity.scope_key, member, f"{title} {n}")
        rows.append(MemberRow(member, (token,), (), name, account, {}, {}, 1))
        pieces = tuple(Slice(asset, f"{_LOT}-{n}", have, last) for asset, have in balance.items() if have)
        if pieces:
            slices.lend(conn, member, f"g-0-0-{n}", pieces)
    members.store_rows(conn, identity, rows, 0)


def _almost_full(programme: Programme | None) -> Mapping[str, int]:
    """One stamp less than the first card of the programme needs."""
    for rule in programme.rules if programme is not None else ():
        if rule.kind.name == "stamp":
            return {f"stamp:{rule.id}": rule.table.need - 1}
    return {}
