"""A balance explained: the lots it is made of, when and by which rule and ticket each was given, and its last day."""

from collections.abc import Mapping
from datetime import date

import msgspec

from rules.account import FOREVER, Account
from rules.explain import Voice, fill
from rules.wording import details as w


class Origin(msgspec.Struct, frozen=True):
    """The rule that gave a lot, and the ticket on which it did."""

    rule: str
    ticket: str


class LotTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is left of one lot, in use from `available_on` to `last_day` inclusive; `origin` where it is known."""

    lot: str
    quantity: int
    earned_on: date
    available_on: date
    last_day: date
    origin: Origin | None = None


class Balance(msgspec.Struct, frozen=True, omit_defaults=True):
    """One asset of a member: units in all, its lots (first to lapse first), units owed, units without a known lot."""

    asset: str
    quantity: int
    lots: tuple[LotTold, ...]
    owed: int = 0
    without_lot: int = 0


def explain_balance(
    account: Account, day: date, origins: Mapping[str, Origin] | None = None
) -> tuple[Balance, ...]:
    """What `account` holds on `day`, by asset; `origins` names where lots came from, by their id."""
    known = origins or {}
    live = [lot for lot in account.holdings if lot.quantity and lot.last_day >= day]
    lapsed: dict[str, int] = {}
    for lot in account.holdings:
        if lot.last_day < day:
            lapsed[lot.asset] = lapsed.get(lot.asset, 0) + lot.quantity
    assets = sorted({*(lot.asset for lot in live), *account.balance, *account.deficit})
    found = []
    for asset in assets:
        mine = sorted(
            (lot for lot in live if lot.asset == asset),
            key=lambda lot: (lot.last_day, lot.earned_on, lot.lot.encode()),
        )
        in_lots = sum(lot.quantity for lot in mine)
        total = account.balance.get(asset, in_lots + lapsed.get(asset, 0)) - lapsed.get(asset, 0)
        owed = account.deficit.get(asset, 0)
        if total or owed:
            lots = tuple(
                LotTold(
                    lot.lot,
                    lot.quantity,
                    lot.earned_on,
                    lot.available_on,
                    lot.last_day,
                    known.get(lot.lot),
                )
                for lot in mine
            )
            found.append(Balance(asset, total, lots, owed, max(0, total - in_lots)))
    return tuple(found)


def balance_text(balance: Balance, voice: Voice) -> str:
    """One asset in one sentence; stamps and free items are named after their rule."""
    family, _, rule = balance.asset.partition(":")
    template = w.HELD_OF if family in ("stamp", "reward") else w.HELD
    amount = voice.amount(balance.asset, balance.quantity)
    return fill(voice.say(template), {"amount": amount, "label": voice.label(rule)})


def balance_detail(balance: Balance, day: date, voice: Voice) -> tuple[str, ...]:
    """The lots of one asset, then what has no known lot, then what is owed; `day` tells which are usable."""
    lines = [_lot_text(balance.asset, lot, day, voice) for lot in balance.lots]
    if balance.without_lot:
        amount = voice.amount(balance.asset, balance.without_lot)
        lines.append(fill(voice.say(w.ELSEWHERE), {"amount": amount}))
    if balance.owed:
        amount = voice.amount(balance.asset, balance.owed)
        lines.append(fill(voice.say(w.OWED), {"amount": amount}))
    return tuple(lines)


def _lot_text(asset: str, lot: LotTold, day: date, voice: Voice) -> str:
    forever, origin = lot.last_day == FOREVER, lot.origin
    values = {
        "amount": voice.amount(asset, lot.quantity),
        "first": voice.day(lot.earned_on),
        "last": "" if forever else voice.day(lot.last_day),
    }
    if origin is None:
        template = w.LOT_PLAIN_FOREVER if forever else w.LOT_PLAIN
    else:
        template = w.LOT_OF_FOREVER if forever else w.LOT_OF
        values |= {"label": voice.label(origin.rule), "ticket": origin.ticket}
    text = fill(voice.say(template), values)
    if lot.available_on <= day:
        return text
    return f"{text} ({fill(voice.say(w.NOT_BEFORE), {'first': voice.day(lot.available_on)})})"
