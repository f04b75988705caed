"""The member as shown: balance and its age, what can be spent now, ways to go. Pure."""

import datetime
from collections.abc import Mapping

from pos_app.languages.words import Words
from pos_app.till.labels import amount_text, label, unit
from pos_app.till.state import Who
from pos_app.till.view import Bar, MemberView, StampCard
from pos_app.till.vouchers import owned_texts
from rules.account import POINTS, Account
from rules.decision import Progress
from rules.lifetime import lapsing
from rules.programme.model import Programme

EXPIRING_DAYS = 60


def member_view(
    who: Who,
    words: Words,
    *,
    usable: Mapping[str, int],
    progress: tuple[Progress, ...],
    programme: Programme | None,
    today: datetime.date,
    known: str,
    online: bool,
) -> MemberView:
    """The member beside the ticket. `usable` is what this till may spend now, `known` when the ledger last spoke."""
    account = who.account
    balance = account.balance.get(POINTS, account.held(POINTS, today))
    pending = sum(h.quantity for h in account.holdings if h.asset == POINTS and h.available_on > today)
    here = usable.get(POINTS, 0)
    spendable = max(here, min(balance, here + who.available.get(POINTS, 0))) if online else here
    return MemberView(
        name=who.name or (words("Unknown card") if who.member is None else words("Member")),
        card=who.card,
        tier=account.tier,
        tier_since=f"{account.tier_since:%m/%Y}" if account.tier_since is not None else "",
        member_since=str(account.since.year) if account.since is not None else "",
        balance=balance,
        usable=spendable,
        pending=pending,
        owed=account.deficit.get(POINTS, 0),
        unit=unit(programme, words, balance),
        freshness=freshness(
            who, words, balance=balance, here=here, programme=programme, known=known, online=online
        ),
        expiring=_expiring(account, today, programme, words),
        next_reward=_bar(progress, "reward", programme, words),
        next_tier=_bar(progress, "tier", programme, words),
        next_voucher=_bar(progress, "voucher", programme, words),
        vouchers=owned_texts(account, today, programme, words),
        stamps=_stamps(progress, account.balance, programme, words),
        visits=words.plural("{n} visit", "{n} visits", account.visits) if account.visits else "",
        last_visit=words.date(account.last_visit) if account.last_visit is not None else "",
        known=account.known if who.member is not None else "none",
    )


def freshness(
    who: Who, words: Words, *, balance: int, here: int, programme: Programme | None, known: str, online: bool
) -> str:
    """How old the balance is and what can be spent now (ledger-and-sync.md section 4.8)."""
    if who.asked:
        return words("asking the ledger…")
    if who.member is None:
        return words("not known here: counted later")
    amount = amount_text(programme, POINTS, balance, words)
    elsewhere = who.elsewhere.get(POINTS, 0)
    if online and elsewhere:
        free = amount_text(programme, POINTS, max(0, balance - elsewhere), words)
        held = amount_text(programme, POINTS, elsewhere, words)
        return words("{usable} usable · {held} held at another till", usable=free, held=held)
    if online:
        return words("{amount} · confirmed {when}", amount=amount, when=known)
    usable = amount_text(programme, POINTS, here, words)
    if not known:
        return words("OFFLINE · {usable} usable now", usable=usable)
    return words("OFFLINE · {usable} usable now · last known {when}", usable=usable, when=known)


def _expiring(account: Account, today: datetime.date, programme: Programme | None, words: Words) -> str:
    soon = lapsing(account, programme, today, EXPIRING_DAYS) if programme is not None else ()
    if not soon:
        return ""
    first, quantity = soon[0]
    amount = amount_text(programme, POINTS, quantity, words)
    return words("{amount} until {day}", amount=amount, day=words.date(first))


def _bar(progress: tuple[Progress, ...], what: str, programme: Programme | None, words: Words) -> Bar | None:
    for one in progress:
        if one.what == what and one.have < one.need:
            name = one.goal if what == "tier" else label(programme, one.goal, words)
            return Bar(name, one.have, one.need, left_text(one, programme, words))
    return None


def _stamps(
    progress: tuple[Progress, ...], balance: Mapping[str, int], programme: Programme | None, words: Words
) -> tuple[StampCard, ...]:
    return tuple(
        StampCard(
            label(programme, one.rule, words),
            one.have,
            one.need,
            left_text(one, programme, words),
            _ready(balance.get(one.goal, 0), words),
        )
        for one in progress
        if one.what == "stamps"
    )


def _ready(free: int, words: Words) -> str:
    return (
        words.plural("{n} free item to take: scan it", "{n} free items to take: scan them", free)
        if free
        else ""
    )


def left_text(one: Progress, programme: Programme | None, words: Words) -> str:
    """What is left to go, in words."""
    left = max(0, one.need - one.have)
    if one.unit == POINTS:
        return words("{amount} left", amount=amount_text(programme, POINTS, left, words))
    if one.unit == "cents":
        return words("{amount} left", amount=words.money(left))
    if one.what == "stamps":
        if not left:
            return words("card full: the next one is free")
        return words.plural("{n} stamp left, then free", "{n} stamps left, then free", left)
    if one.what == "visits":
        return words.plural("{n} visit left", "{n} visits left", left)
    if one.what == "streak" and one.until is not None:
        return words("1 visit by {until} keeps the streak", until=words.date(one.until))
    return words("{amount} left", amount=words.number(left))
