"""One member's history, ticket by ticket: evaluate, fold, move lots, convert, and settle again after a refund."""

import hashlib
from collections.abc import Mapping
from datetime import date

import msgspec

from rules.account import POINTS, VOUCHERS, Account
from rules.decision import Choice, Decision, Outbound
from rules.evaluate import evaluate
from rules.fold import born_as, fold, remember
from rules.history.book import BURNED, CONVERTED, Book, Lot, Why
from rules.history.claws import repay
from rules.history.figures import Figures
from rules.history.profile import Profile
from rules.history.sale import Redeemed, Row, Sale, referred_by
from rules.history.versions import Version
from rules.kinds.tiers import tier_of
from rules.lifetime import quiet_until
from rules.ticket import Ticket


class Member:
    """A member's history (what counters need), book and figures.

    With `book.keep` tickets are remembered, so that one of them can come back. `changed` are tickets with what they
    had for sponsors and what they have now, until somebody looks. `moved` counts the moves to other programmes that
    were made, `answered` is what was said to the terms of the next one, and when.
    """

    def __init__(self, name: str, number: int, book: Book) -> None:
        self.name = name
        self.number = number
        self.book = book
        digest = hashlib.sha256(b"assidu-replay-bucket/1\0" + name.encode()).digest()
        self.history = Account(member=number, bucket=int.from_bytes(digest[:8], "big") % 100)
        self.figures = Figures({}, {}, {})
        self.tier = ""
        self.sales: dict[str, Sale] = {}
        self.changed: list[tuple[Sale, tuple[Outbound, ...], tuple[Outbound, ...]]] = []
        self.moved = 0
        self.answered: tuple[bool, date] | None = None

    def sale(
        self,
        ticket: Ticket,
        version: Version,
        stock: Mapping[str, int] | None,
        *,
        order: int,
        redeem: bool = False,
        profile: Profile | None = None,
    ) -> Decision:
        """Count one ticket. With `redeem` it takes one step of the first redemption that is possible."""
        book = self.book
        self.lapse(version, ticket.bdate)
        before = self.history
        if profile is not None:
            self.history = profile.known(before)
        account = self.account(ticket.bdate)
        decision = evaluate(ticket, account, version.programme, stock=stock, tell=False)
        if redeem and decision.options:
            chosen = (Choice(decision.options[0].rule),)
            decision = evaluate(ticket, account, version.programme, chosen, stock=stock, tell=False)
        if book.keep:
            self.history = fold(self.history, ticket, decision)
        else:  # nothing is settled again, and what is held stands in the book
            self.history = remember(self.history, decision)
        self.figures.count(ticket, decision)
        redeemed = self._burn(ticket, decision) if decision.burns else []
        if decision.contributions:
            self._give(ticket, decision)
        if book.keep:
            sale = self.sales[ticket.id] = Sale(
                ticket=ticket,
                version=version,
                before=before,
                balance=account.balance,
                deficit=account.deficit,
                redeemed=redeemed,
                promised=decision.contributions,
                settled=decision.contributions,
                rows=rows_of(ticket, version, decision),
                tier=decision.tier,
                net=decision.net,
                reward=decision.reward,
                returns=[],
                order=order,
                profile=profile,
                referred=referred_by(ticket, decision),
            )
            if sale.referred:
                self.changed.append((sale, (), sale.referred))
        self.close(version, ticket.id, ticket.bdate)
        self.reached(version, decision.tier, ticket.bdate)
        return decision

    def account(self, day: date | None = None) -> Account:
        """The account as the rules see it now, for a ticket of `day` with what can be spent on it."""
        book = self.book
        return msgspec.structs.replace(
            self.history,
            holdings=book.holdings(),
            balance=book.balance(),
            deficit=book.deficit(),
            usable=None if day is None else book.usable(day),
        )

    def _burn(self, ticket: Ticket, decision: Decision) -> list[Redeemed]:
        done: list[Redeemed] = []
        for burn in decision.burns:
            why = Why("BURN", ticket.bdate, ticket.id, burn.rule, burn.cents)
            drawn = self.book.draw(burn.asset, BURNED, burn.quantity, why)
            done.append(Redeemed(burn, drawn, 0, {}))
            if not burn.asset.startswith(VOUCHERS):
                self.figures.rewards += burn.steps
        return done

    def _give(self, ticket: Ticket, decision: Decision) -> None:
        book, earned, day = self.book, self.figures.earned, ticket.bdate
        for n, one in enumerate(decision.contributions):
            lot = Lot(
                born_as(ticket.id, n), one.asset, day, one.available_on, one.last_day, ticket.id, one.rule
            )
            book.issue(lot, one.quantity, Why("ACCRUE", day, ticket.id, one.rule))
            if one.asset == POINTS:
                earned[one.rule] = earned.get(one.rule, 0) + one.quantity

    def lapse(self, version: Version, day: date) -> None:
        """Let go of what could be used before `day` for the last time, by its life or for want of visits."""
        self.book.expire(day)
        programme, visit = version.programme, self.history.last_visit
        if quiet_until(programme, visit, date.min) < day:
            self.book.abandon(lambda earned_on: quiet_until(programme, visit, earned_on), day)

    def close(self, version: Version, name: str, day: date) -> None:
        """After an event called `name`: let credits repay, then lots lapse, then convert what is full."""
        book = self.book
        if book.debts:
            repay(book, day)
        self.lapse(version, day)
        made = 0
        for one in version.programme.conversions:
            sums = book.sums.get(one.source)
            if sums is None or sums.available < one.need:
                continue
            if sums.owed or book.total(one.target).owed:
                continue
            times = one.times(sum([lot.available for lot in book.free(one.source, day)]))
            if not times:
                continue
            why = Why("CONVERT", day, name, one.rule)
            book.draw(one.source, CONVERTED, times * one.need, why)
            lot = Lot(f"{name}:c{made}", one.target, day, day, one.last_day(day), name, one.rule)
            book.issue(lot, times, why)
            made += 1
            self.figures.cards[one.rule] = self.figures.cards.get(one.rule, 0) + times

    def reached(self, version: Version, tier: str, day: date) -> None:
        """Note the tier after something that happened on `day`."""
        if tier == self.tier:
            return
        self.tier = tier
        mark_since(self.figures.since, version, tier, day)
        self.book.note_tier(tier, day)

    def tier_on(self, version: Version, day: date) -> str:
        """The tier on `day`, after all that happened up to it."""
        return tier_of(self.history, version.programme, day)


def mark_since(since: dict[str, date], version: Version, tier: str, day: date) -> None:
    """`tier`, and the levels below it, were reached on `day` at the latest."""
    levels = version.levels
    for level in levels[: levels.index(tier) + 1] if tier in levels else ():
        if level not in since or day < since[level]:
            since[level] = day


def rows_of(ticket: Ticket, version: Version, decision: Decision) -> dict[tuple[str, str], Row]:
    """What every rule gave on a ticket, by rule and asset."""
    rows: dict[tuple[str, str], Row] = {}
    for one in decision.contributions:
        key = one.rule, one.asset
        if key not in rows:
            rows[key] = Row(one.rule, one.asset, version.scope(one.asset, ticket.bdate, ticket.id))
        rows[key].promised += one.quantity
        rows[key].settled += one.quantity
    return rows
