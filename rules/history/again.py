"""A return: what comes back of its ticket, and the member's later tickets settled again without it.

The figures are those of the ledger (ledger-and-sync.md section 2.4 and section 3, Refund): a ticket that came back
whole is settled out; what falls on other tickets through it is clawed there, what rises is topped up.
"""

from datetime import date

from rules.account import POINTS, VOUCHERS
from rules.history.book import Lot, Why
from rules.history.claws import claw_all, restore, unclaw
from rules.history.member import Member, mark_since
from rules.history.sale import Row, Sale
from rules.netting import netted
from rules.refund import Return, gone, restored, returned, target

Scope = tuple[str, str]


def give_back(member: Member, sale: Sale, returns: tuple[Return, ...], name: str, day: date) -> None:
    """Carry out one return, called `name` and made on `day`, of a ticket that `member` bought."""
    member.lapse(sale.version, day)
    before = sale.amounts()
    sale.returns += returns
    sale.backs = returned(sale.ticket.lines, sale.returns)
    sale.live = sale.live and not gone(sale.backs)
    _count_amounts(member, before, sale.amounts())
    _follow(member, sale, name, day)


def withdraw(member: Member, sale: Sale, name: str, day: date) -> None:
    """Take an event of `member` back with all it gave, because of the return called `name` on `day`."""
    member.lapse(sale.version, day)
    sale.live = False
    _follow(member, sale, name, day)


def insert(member: Member, sale: Sale, name: str, day: date) -> None:
    """Count an event in its place among older tickets, because of the return called `name` on `day`.

    `sale` promised nothing: what the rules give it is topped up. One that was withdrawn stands again.
    """
    member.lapse(sale.version, day)
    known = member.sales.get(sale.ticket.id)
    if known is None:
        known = sale
        _place(member, sale)
    known.live = True
    _follow(member, known, name, day)


def _place(member: Member, sale: Sale) -> None:
    """Put an event that nobody has seen before where it belongs."""
    sales = list(member.sales.values())
    later = [one for one in sales if one.order > sale.order]
    sale.before = later[0].before if later else member.history
    sale.balance = later[0].balance if later else member.book.balance()
    sale.deficit = later[0].deficit if later else member.book.deficit()
    earlier = sales[: len(sales) - len(later)]
    member.sales = {one.ticket.id: one for one in (*earlier, sale, *later)}


def _follow(member: Member, sale: Sale, name: str, day: date) -> None:
    """What follows from a ticket that changed, for itself and for the later ones."""
    for scope in sorted(_settle_again(member, sale)):
        _net(member, scope, day)
    _take_back(member, sale, day)
    _restore(member, sale, day)
    member.book.tidy()
    member.close(sale.version, name, day)
    _tiers_again(member, day)


def _count_amounts(member: Member, before: tuple[int, int], after: tuple[int, int]) -> None:
    member.figures.net += after[0] - before[0]
    member.figures.reward += after[1] - before[1]


def _settle_again(member: Member, first: Sale) -> set[Scope]:
    """Settle the tickets from `first` on; the scopes in which something changed."""
    sales = list(member.sales.values())
    account = first.before
    changed: set[Scope] = set()
    for sale in sales[sales.index(first) :]:
        if sale is not first and account == sale.before:
            return changed  # the rest follows from the same account as before
        sale.before, referred = account, sale.referred
        account, sale.settled = sale.settle(account)
        if sale.referred != referred:
            member.changed.append((sale, referred, sale.referred))
        changed |= _rows(sale)
    member.history = account
    return changed


def _rows(sale: Sale) -> set[Scope]:
    """Write what is settled now into the rows of a ticket; the scopes of those that changed."""
    now: dict[tuple[str, str], int] = {}
    for one in sale.settled:
        key = one.rule, one.asset
        now[key] = now.get(key, 0) + one.quantity
        if key not in sale.rows:
            scope = sale.version.scope(one.asset, sale.ticket.bdate, sale.ticket.id)
            sale.rows[key] = Row(one.rule, one.asset, scope)
    changed = set()
    for key, row in sale.rows.items():
        if row.settled != now.get(key, 0) or not sale.live:
            row.settled = now.get(key, 0)
            changed.add(row.scope)
    return changed


def _net(member: Member, scope: Scope, day: date) -> None:
    """Post the difference of a scope between what was given and what is settled, over the tickets that stand."""
    held = [
        (sale, row)
        for sale in member.sales.values()
        if sale.live
        for _, row in sorted(sale.rows.items())
        if row.scope == scope
    ]
    parts = netted([row.settled - row.given for _, row in held])
    moved = [(sale, row, part) for (sale, row), part in zip(held, parts, strict=True) if part]
    for sale, row, part in moved:
        if part > 0:
            _top_up(member, sale, row, part, day)
        else:
            why = Why("CLAWBACK", day, sale.ticket.id, row.rule)
            claw_all(member.book, _lots(member, sale, row), -part, why)
            row.clawed -= part
    for sale, _, _ in moved:
        if sale.returns:
            _take_back(member, sale, day)


def _top_up(member: Member, sale: Sale, row: Row, quantity: int, day: date) -> None:
    given = sale.contribution(row.rule, row.asset)
    earned_on = sale.ticket.bdate
    assert given is not None, "what rises is settled"
    number = len(_lots(member, sale, row))
    lot = Lot(
        f"{sale.ticket.id}:{row.rule}:{number}",
        row.asset,
        earned_on,
        given.available_on,
        given.last_day,
        sale.ticket.id,
        row.rule,
    )
    member.book.issue(lot, quantity, Why("TOP_UP", day, sale.ticket.id, row.rule))
    row.topped += quantity
    if row.asset == POINTS:
        member.figures.earned[row.rule] = member.figures.earned.get(row.rule, 0) + quantity


def _lots(member: Member, sale: Sale, row: Row) -> list[Lot]:
    return member.book.of_ticket(sale.ticket.id, row.rule, row.asset)


def _take_back(member: Member, sale: Sale, day: date) -> None:
    """Bring what was clawed of a returned ticket to its target over all its returns, up or down."""
    whole = not sale.live
    for row in sale.rows.values():
        size = row.promised + row.topped - row.clawed
        given = sale.contribution(row.rule, row.asset)
        goal = size if whole else 0
        if not whole and sale.backs:
            goal = size if given is None else target(given, sale.backs, size)
        why = Why("CLAWBACK", day, sale.ticket.id, row.rule)
        lots = _lots(member, sale, row)
        if goal > row.taken:
            claw_all(member.book, lots, goal - row.taken, why)
        elif goal < row.taken:
            unclaw(member.book, lots, row.taken - goal, why)
        row.taken = goal


def _restore(member: Member, sale: Sale, day: date) -> None:
    """Give what was spent on the ticket back to the lots it came from, as far as its goods came back."""
    for each in sale.redeemed:
        burn = each.burn
        if not burn.allocation:
            continue  # a gift or a donation has no part in the ticket
        goal = restored(burn, sale.backs)[0]
        if goal <= each.back:
            continue
        steps = each.steps_back
        why = Why("RESTORE", day, sale.ticket.id, burn.rule)
        restore(member.book, each.drawn, each.done, goal - each.back, why)
        each.back = goal
        if not burn.asset.startswith(VOUCHERS):
            member.figures.rewards -= each.steps_back - steps


def _tiers_again(member: Member, day: date) -> None:
    """The days on which tiers were reached, and the tier now, after tickets were settled again."""
    member.figures.since.clear()
    last = None
    for sale in member.sales.values():
        if sale.live:
            mark_since(member.figures.since, sale.version, sale.tier, sale.ticket.bdate)
        last = sale
    if last is not None:
        member.reached(last.version, member.tier_on(last.version, day), day)
