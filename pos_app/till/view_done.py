"""What was recorded, as shown: the done screen, the recent tickets, and a return in progress. Pure."""

from pos_app.languages.words import Words
from pos_app.printing.receipt import ReceiptKind
from pos_app.till.labels import label, signed
from pos_app.till.record import (
    Given,
    Record,
    balance_text,
    beyond_texts,
    card_texts,
    later_texts,
    named,
    next_text,
    voucher_texts,
)
from pos_app.till.returns import Effects, Original
from pos_app.till.state import Return
from pos_app.till.view import DoneView, LineView, RecentView, ReturnView
from rules.account import POINTS
from rules.programme.model import Programme


def done_view(
    what: Record, programme: Programme | None, undo_s: int, words: Words, *, printed: bool | None
) -> DoneView:
    """The done screen: what to tell the register and the customer."""
    reward = sum(one.cents for one in what.used)
    lines = [
        words(
            "{label}: {what}",
            label=label(programme, one.rule, words),
            what=signed(programme, one.asset, one.quantity, words),
        )
        for one in (*what.gained, *what.used)
        if one.quantity
    ]
    lines += beyond_texts(what, programme, words)
    lines += [text for text in (balance_text(what, programme, words),) if text]
    lines += [text for one in what.used if (text := _to_hand_out(one, programme, words))]
    lines += voucher_texts(what, programme, words)
    lines += card_texts(what, programme, words)
    lines += later_texts(what, programme, words)
    return DoneView(
        number=what.reference,
        reference=f"{what.reference} {what.tail}",
        paid=what.paid,
        reward=reward if what.kind is ReceiptKind.SALE else 0,
        lines=tuple(lines),
        tell_till=_tell_till(what, reward, words),
        say=next_text(what, programme, words),
        undo_s=undo_s,
        printed=printed,
    )


def _to_hand_out(one: Given, programme: Programme | None, words: Words) -> str:
    """What the cashier gives to the customer: a gift of the catalogue; "" for anything else."""
    rule = programme.rule(one.rule) if programme is not None else None
    if rule is None or rule.kind.name != "burn.gift" or one.quantity >= 0:
        return ""
    number = -one.quantity // rule.table.points
    name = label(programme, one.rule, words)
    return words("Hand over: {what}", what=f"{number} x {name}" if number > 1 else name)


def _tell_till(what: Record, reward: int, words: Words) -> str:
    if what.kind is ReceiptKind.REFUND:
        return words("Give back {amount}.", amount=words.money(what.paid))
    return words("Discount {amount}.", amount=words.money(reward)) if reward else ""


def recent_view(
    what: Record, member: str, programme: Programme | None, undo_s: int, words: Words, *, voided: bool
) -> RecentView:
    """One line of the recent tickets; `member` is the name or masked card, "" without a card."""
    sums: dict[str, int] = {}
    for one in what.gained:
        sums[one.asset] = sums.get(one.asset, 0) + one.quantity
    asset = POINTS if sums.get(POINTS) else next(iter(sums), POINTS)
    earned = signed(programme, asset, sums[asset], words) if sums.get(asset) else "-"
    return RecentView(
        time=words.time(what.at),
        member=member or words("no card"),
        earned=words("undone") if voided else earned,
        cents=what.paid,
        number=what.reference,
        undo_s=undo_s,
        currency=what.currency,
    )


def return_view(
    returning: Return,
    words: Words,
    *,
    found: Original | None,
    sale: Record | None,
    does: Effects | None,
    programme: Programme | None,
) -> ReturnView:
    """A return in progress. A ticket of another till is returned by amount: it shows no lines."""
    if found is None or sale is None or does is None:
        summary = words("Not on this till: type the amount given back.") if returning.reference else ""
        return ReturnView(
            returning.reference, bool(returning.reference), summary, (), (), returning.cents, ()
        )
    lines = tuple(
        LineView(n, named(item.name, words) or words("Amount"), item.qty, back.of_cents - back.cents)
        for n, (item, back) in enumerate(zip(sale.items, found.backs, strict=True))
    )
    summary = words(
        "Was {total}, {left} can still be given back.",
        total=words.money(sale.total),
        left=words.money(max(0, found.left)),
    )
    return ReturnView(
        returning.reference,
        True,
        summary,
        lines,
        returning.chosen,
        does.cents,
        _effects(does, programme, words),
    )


def _effects(does: Effects, programme: Programme | None, words: Words) -> tuple[str, ...]:
    taken = [
        words(
            "Taken back, {label}: {amount}",
            label=label(programme, one.rule, words),
            amount=signed(programme, one.asset, -one.quantity, words),
        )
        for one in does.claws
    ]
    given = [
        words(
            "Given back, {label}: {amount}",
            label=label(programme, one.rule, words),
            amount=signed(programme, one.asset, one.quantity, words),
        )
        for one in does.restored
        if one.quantity
    ]
    handed = words("Hand out {amount}.", amount=words.money(does.handed))
    return (*taken, *given, handed) if does.cents else (*taken, *given)
