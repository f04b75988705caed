"""Vouchers and free items in words: what the member has, what a ticket gave and until when, what lapses of it."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pos_app.languages.words import Words
from pos_app.till.labels import FREE, VOUCHER, amount_text, label
from rules.account import FOREVER, Account
from rules.kinds.stamp import Stamp
from rules.kinds.voucher import Voucher
from rules.programme.model import Programme, Rule

if TYPE_CHECKING:
    from pos_app.till.record import Given


def owned_texts(
    account: Account, today: datetime.date, programme: Programme | None, words: Words
) -> tuple[str, ...]:
    """One line a voucher or free item that the member has: how many, and from when or until when they can be used.

    The free items of a stamp card stand with the card.
    """
    return tuple(
        _with_days(
            _named(programme, asset, number, words),
            _first_day(account, asset, today),
            min([lot.last_day for lot in account.holdings if lot.asset == asset], default=None),
            words,
        )
        for asset, number in sorted(account.balance.items())
        if number > 0 and (asset.startswith(VOUCHER) or _is_gift(asset, programme))
    )


def _is_gift(asset: str, programme: Programme | None) -> bool:
    """A free item that no stamp card gave."""
    rule = programme.rule(asset.removeprefix(FREE)) if programme is not None else None
    return asset.startswith(FREE) and rule is not None and not isinstance(rule.table, Stamp)


def _named(programme: Programme | None, asset: str, number: int, words: Words) -> str:
    text = amount_text(programme, asset, number, words)
    if not asset.startswith(FREE):
        return text
    name = label(programme, asset.removeprefix(FREE), words)
    return words("{label}: {what}", label=name, what=text)


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
    """For every voucher that a ticket gave: its worth, its days and its conditions of use; for a free item its days."""
    texts = []
    for one in given:
        rule = _rule(one, programme)
        days = ", ".join(part for part in _days(one, words) if part)
        if one.asset.startswith(FREE) and one.quantity > 0 and days:
            name = label(programme, one.rule, words)
            texts.append(words("{label}: {what}", label=name, what=f"{words('a product free')}, {days}"))
        if rule is not None and one.quantity > 0:
            what = ", ".join(terms_of(one, programme, words))
            texts.append(words("{label}: {what}", label=label(programme, rule.id, words), what=what))
    return tuple(texts)


def terms_of(one: "Given", programme: Programme | None, words: Words) -> tuple[str, ...]:
    """Worth, days and conditions of a voucher that a ticket gave; nothing for anything else."""
    rule = _rule(one, programme)
    if rule is None or one.quantity <= 0:
        return ()
    return tuple(
        part for part in (_worth(rule.table, words), *_days(one, words), *_terms(rule, words)) if part
    )


def titled(one: "Given", programme: Programme | None, words: Words) -> str:
    """The name of a voucher, with how many of them there are where it is more than one."""
    if one.quantity > 1:
        return amount_text(programme, one.asset, one.quantity, words)
    return label(programme, one.asset.removeprefix(VOUCHER), words)


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
