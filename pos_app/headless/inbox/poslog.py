"""ARTS POSLog (2.2 and 6.0): what a retail transaction sold, and what came back by it.

A line's cents are its extended amount. What all lines lack of the transaction's grand total (a reduction of the whole,
a tax on top) is one line more, so that what counts is what the customer paid.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from pos_app.headless.inbox.ticket import Finished, Wrong, attempt
from pos_app.headless.inbox.tree import Element, parsed
from pos_app.headless.input import Refused, basket_line
from pos_app.till.state import BasketLine
from rules.sentences import mark

_NOTHING_SOLD = frozenset({"canceled", "cancelled", "suspended", "training", "failed"})
_GONE = ("VoidFlag", "CancelFlag", "DeleteFlag")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]{1,6})?")
_VOIDS = frozenset({"voided", "void", "postvoid", "postvoided"})
_CARD = (("LoyaltyAccount", "LoyaltyProgram", "LoyaltyAccountID"), ("LoyaltyAccount", "CustomerID"))
_CUSTOMER = ("Customer", "CustomerID")  # a card, or a number of the register's own


def poslog(data: bytes) -> tuple[Finished | Wrong, ...]:
    """The finished tickets of a log, in its order, and what cannot be read; what is no sale and no return is read over.

    Raises Refused for what is no log.
    """
    root = parsed(data)
    if [one.name for one in root.children] != ["POSLog"]:
        raise Refused("bad_poslog", mark("The file is no ARTS POSLog: its root is not POSLog."))
    return tuple([one for transaction in root.all("POSLog", "Transaction") for one in _read(transaction)])


def _read(transaction: Element) -> Sequence[Finished | Wrong]:
    made = attempt(_known_as(transaction), partial(_tickets, transaction))
    return [made] if isinstance(made, Wrong) else made


def _tickets(transaction: Element) -> list[Finished]:
    retail = next(iter(transaction.all("RetailTransaction")), None)
    if retail is None or _is_on(
        transaction, "CancelFlag", "TrainingModeFlag", "SuspendFlag", "SuspendedFlag"
    ):
        return []
    status = retail.attributes.get("TransactionStatus", "").lower()
    if status in _NOTHING_SOLD:
        return []
    number = _number(transaction, transaction)
    voided = [
        link
        for link in retail.all("TransactionLink")
        if link.attributes.get("ReasonCode", "").lower() in _VOIDS
    ]
    if voided:
        return [Finished(number, (), of=_number(voided[0], transaction))]
    if status in _VOIDS or _is_on(transaction, "VoidedFlag"):
        return []
    return _of_lines(transaction, retail, number)


def _of_lines(transaction: Element, retail: Element, number: str) -> list[Finished]:
    currency = transaction.get("CurrencyCode")
    sold: list[BasketLine] = []
    back: dict[str, list[BasketLine]] = {}
    for item in _standing(retail.all("LineItem")):
        sold += [_line(one) for one in item.all("Sale")]
        for one in item.all("Return"):
            of = next((_number(link, transaction) for link in one.all("TransactionLink")), "")
            back.setdefault(of, []).append(_line(one))
    sold += [_negative(one) for one in back.pop("", [])]
    rest = _rest(retail, sold, back)
    if rest and (sold or not back):
        sold.append(basket_line({"cents": rest}))
    elif rest:
        next(iter(back.values())).append(basket_line({"cents": -rest}))
    card = next((text for path in _CARD if (text := retail.get(*path))), "")
    member, surely = card or retail.get(*_CUSTOMER), bool(card)
    found = [Finished(number, tuple(sold), member=member, currency=currency, surely=surely)] if sold else []
    for n, (of, lines) in enumerate(back.items()):
        name = f"{number}/{n + 1}" if n else number
        found.append(Finished(name, tuple(lines), of=of, currency=currency))
    return found


def _standing(items: list[Element]) -> list[Element]:
    """The lines that were not voided: neither by a flag of their own nor by a later line that undoes them."""
    gone = [one for one in items if _is_on(one, *_GONE)]
    undone = {
        (*_what(one), link) for one in gone for link in (_link(one), one.get("CreateRefNumber")) if link
    }
    return [
        one
        for one in items
        if not _is_on(one, *_GONE) and (*_what(one), one.get("SequenceNumber")) not in undone
    ]


def _what(item: Element) -> tuple[str, str]:
    """The article of a line, and its amount without its sign."""
    return item.get("Sale", "ItemID"), item.get("Sale", "ExtendedAmount").lstrip("-")


def _link(item: Element) -> str:
    return item.get("Sale", "ItemLink")


def _rest(retail: Element, sold: list[BasketLine], back: dict[str, list[BasketLine]]) -> int:
    """What all lines lack of the grand total, in cents; 0 where none is said."""
    totals = [
        one for one in retail.all("Total") if one.attributes.get("TotalType") == "TransactionGrandAmount"
    ]
    if not totals:
        return 0
    lines = sum(one.line.cents for one in sold)
    lines -= sum(one.line.cents for group in back.values() for one in group)
    return _cents(totals[0].text) - lines


def _line(one: Element) -> BasketLine:
    cents = _cents(one.get("ExtendedAmount"))
    quantity = one.get("Quantity") or "1"
    levels = [level.text.strip() for level in one.all("MerchandiseHierarchy")]
    return basket_line(
        {
            "cents": abs(cents) if one.name == "Return" else cents,
            "sku": one.get("POSIdentity", "POSItemID") or one.get("ItemID"),
            "category": levels[0] if levels else "",
            "subcategory": levels[1] if len(levels) > 1 else "",
            "qty": quantity.lstrip("-"),
            "name": one.get("Description"),
        }
    )


def _negative(one: BasketLine) -> BasketLine:
    line = one.line
    fields = {
        "sku": line.sku,
        "category": line.category,
        "subcategory": line.subcategory,
        "qty": str(line.qty),
    }
    return basket_line({"cents": -line.cents, "name": one.name.get("", ""), **fields})


def _cents(text: str) -> int:
    if _AMOUNT.fullmatch(text.strip()):
        cents = Decimal(text.strip()) * 100
        if cents == int(cents):
            return int(cents)
    raise Refused(
        "bad_poslog", mark("An amount is missing or is no number of cents: correct ExtendedAmount and Total.")
    )


def _number(link: Element, transaction: Element) -> str:
    """Shop, workstation, business day and sequence number; what a link leaves out is that of its transaction."""

    def said(*names: tuple[str, ...]) -> str:
        for element in (link, transaction):
            for path in names:
                if text := element.get(*path):
                    return text
        return ""

    shop = said(("RetailStoreID",), ("BusinessUnit", "UnitID"))
    day = link.get("BusinessDayDate") or link.get("BeginDateTime")[:10] or _logged(link)
    day = day or transaction.get("BusinessDayDate") or _logged(transaction)
    sequence = link.get("SequenceNumber")
    if not (shop and day and sequence):
        raise Refused(
            "bad_poslog", mark("A transaction lacks shop, business day or sequence number: it has no number.")
        )
    return "/".join((shop, said(("WorkstationID",)), day, sequence))


def _known_as(transaction: Element) -> str:
    """Its number, or as much of it as there is."""
    try:
        return _number(transaction, transaction)
    except Refused:
        return transaction.get("SequenceNumber")


def _logged(element: Element) -> str:
    """The day of a transaction that says only when it was (version 6, where no business day is asked for)."""
    kinds = {
        one.attributes.get("TypeCode", ""): one.text.strip()[:10] for one in element.all("POSLogDateTime")
    }
    return kinds.get("Transaction") or kinds.get("", "")


def _is_on(element: Element, *names: str) -> bool:
    return any(element.attributes.get(name, "").strip().lower() in ("true", "1") for name in names)
