"""The member as shown: balance and its age, what can be spent now, ways to go. Pure."""

import datetime
from collections.abc import Mapping

from pos_app.languages.words import Words
from pos_app.till.aloud import EXPIRING, EXPIRING_DAYS, READY, soon_gone, topic_of
from pos_app.till.in_money import in_money
from pos_app.till.incident_names import last_text
from pos_app.till.labels import amount_text, counts_points, signed, unit
from pos_app.till.memories import Memories, Visit
from pos_app.till.reached import reached_text
from pos_app.till.state import Who
from pos_app.till.view import MemberView
from pos_app.till.vouchers import owned_texts
from pos_app.till.ways import ends_of, nearest, said_text, ways_of
from rules.account import POINTS, Account
from rules.decision import Outcome, Progress
from rules.programme.model import Programme


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
    more: int = 0,
    before: Memories = Memories(),  # noqa: B008 - frozen
    arrived: tuple[Outcome, ...] = (),
    outcomes: tuple[Outcome, ...] = (),
    room: int | None = None,
    said: str = "",
) -> MemberView:
    """The member beside the ticket. `usable` is what this till may spend now, `known` when the ledger last spoke.

    `more` points may be given beyond that; `before` is what is known of former visits. `arrived` has what came of
    every rule while nothing is offered beside it: what the balance pays for is then told here. `outcomes` are those of
    the ticket, `room` the points that whoever shows this card may spend today, None without limit, `said` what is said.
    """
    account = who.account
    balance = account.balance.get(POINTS, account.held(POINTS, today))
    pending = sum(h.quantity for h in account.holdings if h.asset == POINTS and h.available_on > today)
    here = usable.get(POINTS, 0)
    spendable = who.spendable(here, today, online=online)
    ready = reached_text(programme, spendable, arrived, today, words) if programme and arrived else ""
    ends = ends_of(account, today, EXPIRING_DAYS)
    ways = (*([ready] if ready else []), *ways_of(progress, account.balance, programme, words, ends))
    expiring = _expiring(account, today, programme, words)
    now_worth = spendable if room is None else min(spendable, room)
    free = 0 if account.blocked or account.deficit.get(POINTS, 0) else now_worth
    average = words.money(before.average) if before.average else ""
    return MemberView(
        name=who.name or (words("Unknown card") if who.member is None else words("Member")),
        card=who.card,
        tier=account.tier,
        tier_since=f"{account.tier_since:%m/%Y}" if account.tier_since is not None else "",
        member_since=str(account.since.year) if account.since is not None else "",
        balance=balance,
        usable=spendable,
        pending=pending,
        worth=in_money(programme, free, outcomes, today) if programme is not None else 0,
        owed=account.deficit.get(POINTS, 0),
        unit=unit(programme, words, balance),
        freshness=freshness(
            who,
            words,
            balance=balance,
            pending=pending,
            here=here,
            programme=programme,
            known=known,
            online=online,
            more=more,
        ),
        expiring=expiring,
        vouchers=owned_texts(account, today, programme, words),
        ways=ways,
        visits=words.plural("{n} visit", "{n} visits", account.visits) if account.visits else "",
        last_visit=words.date(account.last_visit) if account.last_visit is not None else "",
        known=account.known if who.member is not None else "none",
        has_points=_has_points(account, programme),
        say=_aloud(said, ready, expiring, progress, programme, words),
        average=average,
        before=tuple((words.date(one.day), _visit(one, programme, words)) for one in before.visits),
        everywhere=before.everywhere,
        usual=tuple(_named(name, words) for name in before.usual),
        incident=last_text(who, programme, today, words),
        note=who.note,
    )


def _aloud(
    said: str,
    ready: str,
    expiring: str,
    progress: tuple[Progress, ...],
    programme: Programme | None,
    words: Words,
) -> str:
    """The line for the topic `said`; where that is settled by now, for the weightiest there is. None without one."""
    texts = {EXPIRING: words("{amount}: do not lose them", amount=expiring)} if expiring else {}
    texts |= {READY: ready} if ready else {}
    left = [one for one in nearest(progress) if one.have < one.need]
    texts |= {topic_of(one): said_text(one, programme, words) for one in left}
    if not said:
        return ""
    return texts.get(said) or next(iter(texts.values()), "")


def _visit(one: Visit, programme: Programme | None, words: Words) -> str:
    points = signed(programme, POINTS, one.points, words) if one.points else ""
    return "  ".join(text for text in (words.money(one.cents), points, one.place) if text)


def _named(name: tuple[tuple[str, str], ...], words: Words) -> str:
    by_language = dict(name)
    return by_language.get(words.language) or next(iter(by_language.values()))


def freshness(
    who: Who,
    words: Words,
    *,
    balance: int,
    pending: int,
    here: int,
    programme: Programme | None,
    known: str,
    online: bool,
    more: int = 0,
) -> str:
    """How old the balance is and what can be spent now (ledger-and-sync.md section 4.8)."""
    if who.asked:
        return words("asking the ledger…")
    if who.member is None:
        return words("not known here: counted later")
    if not _has_points(who.account, programme):
        return _last_told(words, known, online=online)
    told = who.fresh or who.account.known == "full"  # of others the ledger tells only when it is asked
    if online:
        return _confirmed(who, words, balance, pending, programme, known if told else "")
    usable = amount_text(programme, POINTS, here, words)
    text = words("OFFLINE · {usable} usable now", usable=usable)
    if not told:
        text = words("OFFLINE · {usable} usable now · the balance may be old", usable=usable)
    elif known:
        text = words("OFFLINE · {usable} usable now · last known {when}", usable=usable, when=known)
    if more:
        text += " " + words("+ up to {n} subject to confirmation", n=words.number(more))
    return text


def _confirmed(
    who: Who, words: Words, balance: int, pending: int, programme: Programme | None, known: str
) -> str:
    elsewhere = who.elsewhere.get(POINTS, 0)
    if elsewhere:
        free = amount_text(programme, POINTS, max(0, balance - pending - elsewhere), words)
        held = amount_text(programme, POINTS, elsewhere, words)
        return words("{usable} usable · {held} held at another till", usable=free, held=held)
    amount = amount_text(programme, POINTS, balance, words)
    if not known:
        return words("{amount} · not confirmed yet", amount=amount)
    return words("{amount} · confirmed {when}", amount=amount, when=known)


def _last_told(words: Words, known: str, *, online: bool) -> str:
    """Of a member without a balance: when the ledger last spoke."""
    if online:
        return words("confirmed {when}", when=known)
    return words("OFFLINE · last known {when}", when=known) if known else words("OFFLINE")


def _has_points(account: Account, programme: Programme | None) -> bool:
    return counts_points(programme) or bool(account.balance.get(POINTS) or account.deficit.get(POINTS))


def _expiring(account: Account, today: datetime.date, programme: Programme | None, words: Words) -> str:
    soon = soon_gone(account, programme, today)
    if soon is None:
        return ""
    first, quantity = soon
    amount = amount_text(programme, POINTS, quantity, words)
    return words("{amount} until {day}", amount=amount, day=words.date(first))
