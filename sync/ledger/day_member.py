"""What a business day brings one member: the passage to a new programme, an offer, a birthday, and what lapses, turns
into something else or falls. The same books and rules as for tickets; docs/day-job.md."""

from datetime import UTC, date, datetime, timedelta

import msgspec

from rules.account import FOREVER, POINTS, Account, voucher_asset
from rules.allowances import allowances_of
from rules.kinds.dormancy import DORMANCY, offer_of, status_of
from rules.kinds.earn_birthday import KIND as BIRTHDAY
from rules.kinds.earn_birthday import birthday_year
from rules.kinds.retention import REFERENCE, RETENTION, Retention, retention_of
from rules.kinds.transition import TRANSITION, notices
from rules.passage import Move
from rules.prize import voucher_days
from rules.programme.model import Programme
from sync.ledger.books import AVAILABLE, Books, Origin, Why, replace
from sync.ledger.day_passage import bonus_name, move_of, pass_over
from sync.ledger.day_rows import Tally
from sync.ledger.effect import Effect, effects_of
from sync.ledger.erase import ERASED, erase
from sync.ledger.given_rows import PROGRAMME
from sync.ledger.records import Lot, MemberRecord
from sync.ledger.waits import recovering
from sync.ledger.work import Work, account_of
from sync.shares import allowance_account

ONE_DAY = timedelta(days=1)
ACTIVE = "active"


class Today(msgspec.Struct, frozen=True):
    """A store's day: the programme in force, the move that brought it, and those whose coming is told today."""

    store: str
    day: date
    programme: Programme | None
    move: Move | None
    announced: tuple[str, ...]


async def today_of(work: Work, store: str, day: date) -> Today:
    """What holds for all members of `store` on `day`."""
    programme = await work.programme_on(day, store)
    coming = []
    for row in await work.tx.published():
        later = row.effective_from > day.isoformat() and not row.withdrawn and row.is_for(store)
        loaded = await work.programme(row.sha256.hex()) if row.what == PROGRAMME and later else None
        if loaded is not None and day in notices(loaded):
            coming.append(loaded.header.id)
    return Today(store, day, programme, await move_of(work, store, programme), tuple(sorted(set(coming))))


async def live(work: Work, record: MemberRecord, today: Today) -> Tally:
    """Bring a member through a business day; what happened. A second time on the same day nothing happens."""
    programme, day = today.programme, today.day
    account = account_of(record, record.history)
    ends = await _kept_until(work, account, programme, day) if record.state == ACTIVE else FOREVER
    if ends <= day:
        await erase(work, record, Origin(0, 0, 0, day), day)
        return {ERASED: (1, 0)}
    names = [_offer_name(account), *([bonus_name(today.move)] if today.move is not None else [])]
    books = await work.books(record.member, Origin(0, 0, 0, day), names)
    if programme is not None:
        await _new_period(work, account, programme, day)
        if books.record.programme != programme.sha256:
            books.record = replace(books.record, programme=programme.sha256)
        if today.move is not None and not await work.hears_tills():
            await pass_over(work, books, today.move, day)
        if record.state == ACTIVE:
            _offer(books, account, programme, day)
            _birthdays(books, account, programme, day)
            if ends - _retention(programme).warn * ONE_DAY == day:
                books.tell(RETENTION, day, rule=RETENTION, detail=ends.isoformat())
    for name in today.announced:
        books.tell(TRANSITION, day, rule=TRANSITION, detail=name)
    await work.bring_up(books, day)
    return await _written(work, books, record)


def _retention(programme: Programme | None) -> Retention:
    return (retention_of(programme) if programme is not None else None) or REFERENCE


async def _kept_until(work: Work, account: Account, programme: Programme | None, day: date) -> date:
    """The day on which the member's data go: long enough after the last contact, the enrolment at least.

    A ledger that was restored may still hear of a visit, and so erases nobody.
    """
    table = _retention(programme)
    last = account.last_visit or account.since or date.min
    if table.warns(last) > day or account.member is None:
        return table.ends(last)
    if await recovering(work.tx):
        return FOREVER
    seen = [
        datetime.fromtimestamp(row.last_ms / 1000, UTC).date() for row in await work.tx.visits(account.member)
    ]
    return table.ends(max([last, *seen]))


async def _written(work: Work, books: Books, before: MemberRecord) -> Tally:
    vests = _vests(books)
    if books.postings or books.told:
        await work.save(books)
    elif books.record != before:
        await work.tx.save_member(books.record)
    if books.postings or books.told or vests:
        await work.announce(books.member)
    if books.postings or books.told or vests or _ended_away(books):
        await work.tx.mark_due(books.member)
    return _tally((*effects_of(books.member, books.postings), *books.told))


def _vests(books: Books) -> bool:
    """Whether something can be used from this day on: no posting says so, and tills know it as not free yet."""
    day = books.origin.day
    return any(lot.available and lot.available_on == day > lot.earned_on for lot in books.lots.values())


def _ended_away(books: Books) -> bool:
    """Whether a till holds what has ended: it lapses once it is home, so somebody has to ask for it."""
    return any(piece.rem and piece.last_day < books.origin.day for piece in books.slices.values())


def _tally(effects: tuple[Effect, ...]) -> Tally:
    found: Tally = {}
    for one in effects:
        kind = _kind(one)
        count, points = found.get(kind, (0, 0))
        made = kind != "conversion" or one.what == "gain"  # what it was made of is no second one
        found[kind] = count + made, points + (one.quantity if one.asset == POINTS else 0)
    return found


def _kind(effect: Effect) -> str:
    """Under what an effect is counted for people."""
    if effect.what not in ("gain", "loss"):
        return "notice" if effect.what == TRANSITION else effect.what
    if effect.rule == TRANSITION:
        return f"passage {effect.what}"
    if effect.rule == DORMANCY:
        return "offer"
    if effect.cause == "EXPIRE":
        return "expiry"
    return "conversion" if effect.cause == "CONVERT" else effect.cause.lower()


async def _new_period(work: Work, account: Account, programme: Programme, day: date) -> None:
    """Where a cap or limit of the member begins again, what lies at the tills is looked at."""
    for one in allowances_of(programme):
        if account.member is not None and one.left(account.state, day - ONE_DAY) < one.left(
            account.state, day
        ):
            await work.tx.mark_due(allowance_account(account.member))


def _absent_since(account: Account) -> date | None:
    return account.last_visit or account.since


def _offer_name(account: Account) -> str:
    """The lot of the offer for this absence: a second one has the same name, and is not made."""
    return f"{DORMANCY}:{_absent_since(account)}"


def _offer(books: Books, account: Account, programme: Programme, day: date) -> None:
    """Tell that a member is now at risk or dormant, and give the offer of this absence once."""
    status = status_of(account, programme, day)
    if status not in (None, ACTIVE) and status != status_of(account, programme, day - ONE_DAY):
        books.tell(DORMANCY, day, rule=DORMANCY, detail=str(status))
    voucher, name = offer_of(account, programme, day), _offer_name(account)
    if voucher and name not in books.lots:
        first, last = voucher_days(programme, voucher, day)
        lot = Lot(name, voucher_asset(voucher), 1, day, first, last, "ACCRUE", rule=DORMANCY)
        books.issue(lot, AVAILABLE, Why("ACCRUE", "", DORMANCY))


def _birthdays(books: Books, account: Account, programme: Programme, day: date) -> None:
    """Tell on the first day of a birthday's window what the member gets with the next visit."""
    if account.birthday is None:
        return
    for rule in programme.rules:
        if rule.kind is BIRTHDAY:
            window = rule.table.before, rule.table.after
            year = birthday_year(account.birthday, day, *window)
            had = account.state.get(rule.id, {}).get("year", 0)
            if year and year > had and birthday_year(account.birthday, day - ONE_DAY, *window) != year:
                books.tell("birthday", day, rule=rule.id)
