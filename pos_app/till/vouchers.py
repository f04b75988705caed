"""Vouchers in words: what the member has, what a ticket gave and when it can be used, what lapses of a used one."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pos_app.languages.words import Words
from pos_app.till.labels import VOUCHER, amount_text, label
from rules.account import FOREVER, Account
from rules.kinds.voucher import Voucher
from rules.programme.model import Programme, Rule

if TYPE_CHECKING:
    from pos_app.till.record import Given


def owned_texts(
    account: Account, today: datetime.date, programme: Programme | None, words: Words
) -> tuple[str, ...]:
    """One line a voucher that the member has: how many, and from when or until when they can be used."""
    return tuple(
        _with_days(
            amount_text(programme, asset, number, words),
            _first_day(account, asset, today),
            min([lot.last_day for lot in account.holdings if lot.asset == asset], default=None),
            words,
        )
        for asset, number in sorted(account.balance.items())
        if asset.startswith(VOUCHER) and number > 0
    )


def _first_day(account: Account, asset: str, today: datetime.date) -> datetime.date | None:
    """The day on which the first of them begins, None where one can be used today."""
    first = min([lot.available_on for lot in account.holdings if lot.asset == asset], default=today)
    return first if first > today else None


def _with_days(text: str, first: datetime.date | None, last: datetime.date | None, words: Words) -> str:
    if first is not None:
        return words("{amount} from {day}", amount=text, day=words.date(first))
    if last is not None and last != FOREVER:
        return words("{amount} until {day}", amount=text, day=words.date(last))
    return text


def given_texts(given: "Iterable[Given]", programme: Programme | None, words: Words) -> tuple[str, ...]:
    """For every voucher that a ticket gave: its worth, its days and its conditions of use, in one sentence."""
    texts = []
    for one in given:
        rule = _rule(one, programme)
        if rule is not None and one.quantity > 0:
            what = ", ".join(
                [
                    part
                    for part in (_worth(rule.table, words), *_days(one, words), *_terms(rule, words))
                    if part
                ]
            )
            texts.append(words("{label}: {what}", label=label(programme, rule.id, words), what=what))
    return tuple(texts)


def lapsed_texts(used: "Iterable[Given]", programme: Programme | None, words: Words) -> tuple[str, ...]:
    """For every used voucher that was worth more than the ticket: that its rest is gone."""
    texts = []
    for one in used:
        rule = _rule(one, programme)
        value = rule.table.value if rule is not None else None
        if rule is not None and value is not None and one.quantity < 0 and value * -one.quantity > one.cents:
            rest = words.money(value * -one.quantity - one.cents)
            name = label(programme, rule.id, words)
            texts.append(words("{label}: the rest of {amount} lapses.", label=name, amount=rest))
    return tuple(texts)


def _rule(one: "Given", programme: Programme | None) -> Rule | None:
    """The voucher rule behind units that were given or used."""
    rule = programme.rule(one.asset.removeprefix(VOUCHER)) if programme is not None else None
    return (
        rule
        if rule is not None and one.asset.startswith(VOUCHER) and isinstance(rule.table, Voucher)
        else None
    )


def _worth(table: Voucher, words: Words) -> str:
    if table.value is not None:
        return words.money(int(table.value))
    if table.percent is not None:
        share = f"{float(table.percent * 100):g}".replace(".", "," if words.language == "fr" else ".")
        return words("{share}% off", share=share)
    return words("a product free")


def _days(one: "Given", words: Words) -> tuple[str, ...]:
    first = words("from {day}", day=words.date(one.first)) if one.first is not None else ""
    lasts = one.last is not None and one.last != FOREVER
    return first, words("until {day}", day=words.date(one.last)) if lasts and one.last is not None else ""


def _terms(rule: Rule, words: Words) -> tuple[str, ...]:
    minimum = words("on a purchase of {amount} or more", amount=words.money(rule.min_basket))
    return (
        minimum if rule.min_basket else "",
        "" if rule.table.combinable else words("not with another reward"),
    )
