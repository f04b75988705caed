"""What members draw on together: campaign budgets, counted gifts, a store's daily limit (ledger-and-sync.md 2.1, 4).

It is held in lots of an account that is no member's, and tills hold shares of it as grants. Pure: both sides read it.
"""

import hashlib
from collections.abc import Mapping
from datetime import date

from rules.kinds.burn_gift import KIND as GIFTS
from rules.kinds.burn_gift import stock_key
from rules.kinds.transition import BURN_LIMIT, transition_of
from rules.programme.model import Budget, Programme

_OVERRUN = "over:"
_BELOW = -(1 << 62)  # far from members, who are above 0, and from cards that nobody knows yet
_APART = 1 << 48  # so many stores and campaigns, and so many members
_ALLOWANCES = _BELOW + _APART


def campaign_account(programme: str) -> int:
    """The number of the account of the programme with this id: its budgets, and gifts that the chain counts."""
    return _number(f"campaign:{programme}")


def store_account(store: str) -> int:
    """The number of a store's own account: gifts that it counts, and what it may redeem in a day."""
    return _number(f"store:{store}")


def allowance_account(member: int) -> int:
    """The number of the account beside a member's, of which tills hold shares of the member's caps and limits."""
    return _ALLOWANCES + member


def is_allowance(account: int) -> bool:
    """Whether shares of a member's caps and limits are held in this account."""
    return _ALLOWANCES <= account < _ALLOWANCES + _APART


def whose_allowance(account: int) -> int:
    """The member of an `allowance_account`."""
    return account - _ALLOWANCES


def is_allowed(asset: str) -> bool:
    """Whether units of it are a share of a member's cap or limit."""
    return asset.startswith(("cap:", "max:"))


def is_counter(asset: str) -> bool:
    """Whether units of it are a share of a budget, a counted gift or a store's daily limit."""
    return asset.startswith((f"{BURN_LIMIT}:", Budget.key(""), stock_key("")))


def is_shared(account: int) -> bool:
    """Whether this account is no member's own: of a store, a campaign, or what a member is allowed."""
    return account < _BELOW // 2


def asset_of(counter: str, day: date) -> str:
    """The asset that a counter of the rules stands for on a business date."""
    return f"{counter}:{day.isoformat()}" if counter == BURN_LIMIT else counter


def counter_of(asset: str) -> str:
    """The counter of the rules that an asset stands for, of whatever day."""
    return BURN_LIMIT if asset.startswith(f"{BURN_LIMIT}:") else asset


def overrun_asset(asset: str) -> str:
    """The asset of which tills hold what they may give beyond `asset` without a line."""
    return _OVERRUN + asset


def is_overrun(asset: str) -> bool:
    """Whether units of it are given beyond a counter."""
    return asset.startswith(_OVERRUN)


def overdrawn(asset: str) -> str:
    """The asset that an `overrun_asset` goes beyond."""
    return asset.removeprefix(_OVERRUN)


def counters_of(programme: Programme, store: str) -> Mapping[str, int]:
    """By counter of the rules, the account that it is taken from in a store."""
    campaign, own = campaign_account(programme.header.id), store_account(store)
    found = {Budget.key(rule.id): campaign for rule in programme.rules if rule.budget is not None}
    for rule in programme.rules:
        if rule.kind is GIFTS and rule.table.stock is not None:
            found[stock_key(rule.id)] = campaign if rule.table.stock == "chain" else own
    table = transition_of(programme)
    if table is not None and table.burn_limit is not None:
        found[BURN_LIMIT] = own
    return found


def _number(name: str) -> int:
    digest = hashlib.sha256(b"assidu-account/1\0" + name.encode()).digest()
    return _BELOW + int.from_bytes(digest[:6], "big")
