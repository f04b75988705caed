"""What the ledger says of a year that was sold at its tills, in the words of case A's expected files.

The settled columns must be those of the files however the baskets arrived. What depends on rewards follows from which
of them a till could give, and is told beside them with the reason.
"""

import csv
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from rules.account import POINTS, stamp_asset
from rules.kinds.earn_streak import longest_run
from sync.ledger.audit import check
from sync.ledger.port import Transaction
from sync.ledger.records import Lot, Posting, Sale
from sync.ledger.report import Balances, balances
from sync.ledger.settle import body_of
from sync.ledger.work import account_of
from tests.conformance import exposure
from tests.conformance.shops import REWARD, Shops, Sold
from tests.unit.effects_kit import untold

SETTLED = (
    "baskets",
    "qualifying",
    "visit_days",
    "net",
    "campaign",
    "streak",
    "cards",
    "stamps_left",
    "streak_max",
)
"""Columns that no outage changes."""
REWARDED = ("reward_value", "paid", "base", "earned", "burned", "rewards", "tier")
"""Columns that depend on which rewards the tills could give."""
STAMPS = stamp_asset("card")
BY_RULE = {"base": POINTS, "campaign": POINTS, "streak": POINTS, "card": STAMPS}
NEED = 10
Moves = dict[tuple[str, str], int]  # basket and rule
Months = dict[str, dict[str, int]]


class Line(msgspec.Struct, frozen=True):
    """A basket in the ledger's books: what the rules give it, by rule, and what it took off."""

    sold: Sold
    sale: Sale
    received_ms: int
    given: dict[str, int]
    reward: int

    @property
    def paid(self) -> int:
        """What is left to pay, in cents."""
        return self.sold.basket.net - self.reward


class Outlived(msgspec.Struct, frozen=True):
    """Points that lapsed on `day` although a reward on `ticket` had been paid with as many that would last to `until`.

    A till spends by last day what it holds and the rest that it asked for (ledger-and-sync.md section 3, FIFO): so what
    it has just given is spent although the ledger has older ones.
    """

    ticket: str
    units: int
    day: date
    until: date


class Household(msgspec.Struct, frozen=True):
    """One household: its baskets in the order of sale, and its books at the end."""

    number: int
    lines: tuple[Line, ...]
    outlived: tuple[Outlived, ...]
    held: Balances
    tier: str
    longest: int

    @property
    def row(self) -> dict[str, str]:
        """Its row, with the names of the expected file."""
        given = self.sums
        stamps = given["card"]
        figures = {
            "baskets": len(self.lines),
            "qualifying": sum(one.sold.basket.net > 0 for one in self.lines),
            "visit_days": stamps,
            "net": sum(one.sold.basket.net for one in self.lines),
            "reward_value": sum(one.reward for one in self.lines),
            "paid": sum(one.paid for one in self.lines),
            "base": given["base"],
            "campaign": given["campaign"],
            "streak": given["streak"],
            "earned": given["base"] + given["campaign"] + given["streak"],
            "burned": self.held.burned.get(POINTS, 0),
            "expired": self.held.expired.get(POINTS, 0),
            "balance": self.held.balance(),
            "rewards": sum(one.reward > 0 for one in self.lines),
            "cards": stamps // NEED,
            "stamps_left": stamps % NEED,
            "streak_max": self.longest,
        }
        return {name: str(value) for name, value in figures.items()} | {"tier": self.tier}

    @property
    def sums(self) -> Tally[str]:
        """What the rules give over the year, by rule."""
        found: Tally[str] = Tally()
        for one in self.lines:
            found.update(one.given)
        return found


def households(shops: Shops) -> list[Household]:
    """Every household as the ledger's books have it."""
    sold = {one.ticket: one for one in shops.sold}

    async def look(tx: Transaction) -> list[Household]:
        return [await _household(tx, member, sold) for member in await tx.members()]

    return shops.house.read(look)


async def _household(tx: Transaction, member: int, sold: dict[str, Sold]) -> Household:
    lines = [await _line(tx, sale, sold[sale.ticket]) for sale in await tx.sales_from(member, "")]
    record, held = await tx.member(member), await balances(tx, member)
    assert record is not None, "it is in the list"
    assert held is not None, "so it has books"
    account = account_of(record, record.history)
    outlived = tuple(_outlived(await tx.postings(member), await tx.all_lots(member)))
    return Household(
        member, tuple(lines), outlived, held, account.tier, longest_run(account.state.get("streak"))
    )


def _outlived(postings: Sequence[Posting], lots: Sequence[Lot]) -> Iterable[Outlived]:
    last = {lot.lot: lot.last_day for lot in lots}
    born = {one.lot: one.n for one in reversed(postings)}
    for gone in postings:
        if gone.cause != "EXPIRE" or gone.asset != POINTS:
            continue
        younger: dict[str, list[Posting]] = defaultdict(list)
        for one in postings[: postings.index(gone)]:
            if one.cause == "BURN" and one.n > born[gone.lot] and last[one.lot] > last[gone.lot]:
                younger[one.ticket].append(one)
        for ticket, burns in younger.items():
            units = min(gone.quantity, sum(one.quantity for one in burns))
            yield Outlived(ticket, units, gone.day, max(last[one.lot] for one in burns))


async def _line(tx: Transaction, sale: Sale, sold: Sold) -> Line:
    row = await tx.inbox(sale.dev, sale.inc, sale.seq)
    assert row is not None, "a sale comes from an entry"
    given = {one.rule: one.settled for one in await tx.settled_of(sale.member, sale.ticket) if one.settled}
    return Line(sold, sale, row.recv_ms, given, sum(burn.cents for burn in body_of(sale).burns))


def faults(shops: Shops, found: Sequence[Household]) -> list[str]:
    """What is wrong with the books themselves: the audit, entries put aside, sums that do not add up."""

    async def look(tx: Transaction) -> list[str]:
        aside = [f"entry {one.dev}-{one.inc}-{one.seq}: {one.code}" for one in await tx.quarantined()]
        return [*await check(tx), *await untold(tx), *aside]

    wrong = shops.house.read(look)
    lost = {one.basket.name for one in shops.sold} - {
        line.sold.basket.name for one in found for line in one.lines
    }
    wrong += [f"basket {name} is not in the books" for name in sorted(lost)]
    for one in found:
        wrong += [f"household {one.number}: {fault}" for fault in _sums(one)]
    return wrong


def _sums(one: Household) -> Iterable[str]:
    """Every till's facts against the books: dates, burns, base points of what was paid, conservation, cards."""
    held, given = one.held, one.sums
    for line in one.lines:
        basket = line.sold.basket
        if line.sale.bdate != basket.day:
            yield f"basket {basket.name} is dated {line.sale.bdate}, sold on {basket.day}"
        if bool(line.reward) != line.sold.reward:
            yield f"basket {basket.name} took off {line.reward} cents"
        if line.given.get("base", 0) != line.paid // 100:
            yield f"basket {basket.name} earns {line.given.get('base', 0)} points for {line.paid} cents"
    for asset, rules in ((POINTS, ("base", "campaign", "streak")), (STAMPS, ("card",))):
        earned, kept = held.earned.get(asset, 0), held.honoured.get(asset, 0)
        if earned != sum(given[rule] for rule in rules):
            yield f"{earned} {asset} are booked as earned, the rules give {sum(given[r] for r in rules)}"
        gone = [part.get(asset, 0) for part in (held.burned, held.converted, held.expired, held.clawed)]
        if earned + kept != sum(gone) + held.balance(asset) - held.deficit.get(asset, 0):
            yield f"of {earned} + {kept} {asset} {gone} are gone and {held.balance(asset)} are left"
    stamps = given["card"] + held.honoured.get(STAMPS, 0)
    if held.converted.get(STAMPS, 0) != stamps - stamps % NEED:
        yield f"{held.converted.get(STAMPS, 0)} of {stamps} stamps became cards"


class Honoured(msgspec.Struct, frozen=True):
    """A promise that was kept although the rules gave less for it, and why the till could not know."""

    household: int
    basket: str
    till: str
    day: date
    rule: str
    quantity: int
    reason: str


def honoured(shops: Shops, found: Sequence[Household]) -> list[Honoured]:
    """All of them, by household and basket, from the ledger's own report."""
    kept: Tally[tuple[int, str, str]] = Tally()
    for one in shops.house.run(shops.house.ledger.honoured()):
        kept[one.member, one.ticket, one.rule] += one.quantity
    lines = {line.sale.ticket: (one, line) for one in found for line in one.lines}
    listed = []
    for (member, ticket, rule), quantity in kept.items():
        if quantity:
            one, line = lines[ticket]
            sold = line.sold.basket
            listed.append(
                Honoured(member, sold.name, sold.till, line.sale.bdate, rule, quantity, blind(one, line))
            )
    return sorted(listed, key=lambda one: (one.household, one.day, one.basket))


def blind(one: Household, line: Line) -> str:
    """What the till of a basket could not know when it was sold, "" where it knew everything before it."""
    own, since = line.sold.basket, _off_since(line)
    missing = [
        other.sold.basket
        for other in one.lines
        if other.sale.sold_order < line.sale.sold_order
        and other.sold.basket.till != own.till
        and (other.received_ms > own.at_ms or (since is not None and other.received_ms >= since))
    ]
    if not missing:
        return ""
    last = missing[-1]
    when = datetime.fromtimestamp(last.at_ms / 1000, exposure.ZONE)
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    where = "was off line" if since is not None else "was on line"
    return f"{own.till} {where} and had not heard of {last.name} at {last.till}, {when:%d %b %H:%M}{others}"


def _lapsed(one: Household, line: Line) -> str:
    """Which points lapsed that another order would have spent, where no more than these are missing for a reward."""
    day = line.sale.bdate
    gone = [each for each in one.outlived if each.day <= day <= each.until]
    if not 0 < line.sold.short <= sum(each.units for each in gone):
        return ""
    paid = {each.sale.ticket: each.sold.basket for each in one.lines}[gone[-1].ticket]
    return (
        f"{line.sold.short} points are missing: {gone[-1].units} lapsed on {gone[-1].day:%d %b}, after {paid.till} "
        f"had paid the reward on {paid.name} with younger ones that it held itself"
    )


def _off_since(line: Line) -> int | None:
    """When the till of a basket that was sold without a line had lost it, ms UTC."""
    if line.sold.online:
        return None
    day = line.sale.bdate
    while exposure.is_off(line.sold.basket.till, day - exposure.ONE_DAY):
        day -= exposure.ONE_DAY
    return int(exposure.at(day, datetime.min.time()).timestamp() * 1000)


# --- against the files


def by_basket(found: Sequence[Household]) -> Moves:
    """What the rules give each basket."""
    return {
        (line.sold.basket.name, rule): units
        for one in found
        for line in one.lines
        for rule, units in line.given.items()
    }


def expected_moves(ledger: Path) -> tuple[Moves, set[str]]:
    """What a replay gives each basket, and the baskets with a reward, from its file of moves."""
    moves: Moves = {}
    rewarded: set[str] = set()
    with ledger.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "ACCRUE":
                moves[row["ticket"], row["rule"].removeprefix("stamp:")] = int(row["points"])
            elif row["kind"] == "BURN" and row["rule"] == REWARD:
                rewarded.add(row["ticket"])
    return moves, rewarded


def months_of(moves: Moves, days: dict[str, date], owners: dict[str, int]) -> Months:
    """Visit days, campaign, streak and full cards of every month, of what baskets were given."""
    months: Months = defaultdict(lambda: dict.fromkeys(("visit_days", "campaign", "streak", "cards"), 0))
    stamps: Tally[int] = Tally()
    for (basket, rule), units in sorted(moves.items(), key=lambda one: days[one[0][0]]):
        month = months[f"{days[basket]:%Y-%m}"]
        if rule in ("campaign", "streak"):
            month[rule] += units
        elif rule == "card":
            month["visit_days"] += units
            stamps[owners[basket]] += units
            month["cards"] += stamps[owners[basket]] % NEED == 0
    return dict(months)


class Reward(msgspec.Struct, frozen=True):
    """A basket that took another reward than in the file: the first of its household, or one that follows from it.

    `said` is what the till said to the customer, `unknown` what it could not know or what had lapsed; both "" for a
    reward that the file does not have.
    """

    household: int
    basket: str
    day: date
    given: bool
    first: bool
    online: bool
    said: str = ""
    unknown: str = ""


def rewards(found: Sequence[Household], expected: set[str]) -> list[Reward]:
    """Where rewards differ from the file, by household in the order of sale."""
    differing = []
    for one in found:
        first = True
        for line in one.lines:
            sold = line.sold
            if (sold.basket.name in expected) == sold.reward:
                continue
            unknown = "" if sold.reward else blind(one, line) or _lapsed(one, line)
            said = "" if sold.reward else sold.refused
            place = one.number, sold.basket.name, line.sale.bdate
            differing.append(Reward(*place, sold.reward, first, sold.online, said, unknown))
            first = False
    return differing
