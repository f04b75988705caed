"""The begun ticket as shown: lines, what it earns, which rewards are possible and why others are not. Pure."""

import datetime

from pos_app.languages.words import Words
from pos_app.till import trust
from pos_app.till.labels import label, short_text, signed
from pos_app.till.record import named
from pos_app.till.rewards import asks, reason, spent_beside, within_call
from pos_app.till.state import Basket, BasketLine, Offer, Who, Worth
from pos_app.till.view import EarnView, LineView, RewardView, TicketView
from pos_app.till.ways import left_text
from rules.account import POINTS
from rules.programme.model import Programme


def ticket_view(
    basket: Basket,
    words: Words,
    *,
    number: str,
    worth: Worth | None,
    programme: Programme | None,
    why: tuple[str, ...],
    near: str,
    online: bool,
    next_door: bool = False,
) -> TicketView:
    """The ticket. `number` is the reference it will have, `why` the explanation of every rule, `near` what little more
    on the ticket would bring. `next_door` says that another till of the store answers."""
    reward = worth.decision.reward if worth is not None else 0
    typed = next((entry.line.cents for entry in basket.shown if entry.typed), 0)
    return TicketView(
        number=number,
        lines=lines_view(basket.shown, words),
        total=basket.total,
        reward=reward,
        due=basket.total - reward,
        typed=words.money(typed) if typed else "",
        earn=(*_earn(worth, programme, words), *_becomes(basket.who, worth, programme, words)),
        earn_total=_in_all(worth, programme, words),
        rewards=rewards_view(basket, worth, programme, words, online=online, next_door=next_door),
        why=why,
        next_gap=near or _gap(worth, programme, words),
    )


def lines_view(lines: tuple[BasketLine, ...], words: Words) -> tuple[LineView, ...]:
    """Lines with their place on the ticket; a typed amount is called that."""
    return tuple(
        LineView(n, named(one.name, words) or words("Amount"), f"{one.line.qty:f}", one.line.cents)
        for n, one in enumerate(lines)
    )


def rewards_view(
    basket: Basket,
    worth: Worth | None,
    programme: Programme | None,
    words: Words,
    *,
    online: bool,
    next_door: bool = False,
) -> tuple[RewardView, ...]:
    """The rewards on offer, in the order of their digits."""
    if worth is None:
        return ()
    steps = {one.rule: one.steps for one in worth.choices}
    return tuple(
        _reward(
            offer,
            basket.who,
            words,
            digit=digit,
            steps=steps.get(offer.option.rule, 0),
            programme=programme,
            online=online,
            next_door=next_door,
            asked=basket.wanted is not None and basket.wanted.rule == offer.option.rule,
            spent=spent_beside(worth, offer),
            worth=worth,
            today=worth.decision.bdate,
        )
        for digit, offer in enumerate(worth.offers, 1)
    )


def _reward(
    offer: Offer,
    who: Who | None,
    words: Words,
    *,
    digit: int,
    steps: int,
    programme: Programme | None,
    online: bool,
    next_door: bool,
    asked: bool,
    spent: int,
    worth: Worth,
    today: datetime.date,
) -> RewardView:
    option = offer.option
    price = option.quantity * max(1, steps)
    have = who.account.balance.get(option.asset, 0) - spent if who is not None else 0
    short = spent > 0 and not steps and have < price
    barred = trust.reason(words, worth, offer) if not short else ""
    possible = not (asked or short or barred) and within_call(
        offer, who, today, online=online, near=next_door
    )
    asking = bool(barred) or (
        not (possible or asked or short) and asks(offer, who, today, worth.floor, online=online)
    )
    why = words("What is chosen leaves too little for this one.") if short else ""
    if barred:
        why = barred
    elif asking and online:
        why = words("Held at another till: the number asks for it.")
    after = f"{words.number(have)} -> {words.number(have - price)}"
    name = label(programme, option.rule, words)
    return RewardView(
        digit=digit,
        rule=option.rule,
        label=f"{steps} x {name}" if steps > 1 else name,
        price=short_text(programme, option.asset, price, words),
        after=after,
        chosen=steps > 0,
        possible=possible,
        reason="" if possible else why or reason(words, offer, who, worth.floor, online=online),
        asks=asking,
    )


def _earn(worth: Worth | None, programme: Programme | None, words: Words) -> tuple[EarnView, ...]:
    if worth is None:
        return ()
    return tuple(
        EarnView(label(programme, one.rule, words), signed(programme, one.asset, one.quantity, words))
        for one in worth.decision.contributions
    )


def _in_all(worth: Worth | None, programme: Programme | None, words: Words) -> str:
    """The points of several rules together; "" where there is nothing to add up."""
    points = [one.quantity for one in worth.decision.contributions if one.asset == POINTS] if worth else []
    return signed(programme, POINTS, sum(points), words) if len(points) > 1 else ""


def _becomes(
    who: Who | None, worth: Worth | None, programme: Programme | None, words: Words
) -> tuple[EarnView, ...]:
    """What full cards and enough points turn into once the ticket stands."""
    if who is None or worth is None or programme is None:
        return ()
    found = []
    for one in programme.conversions:
        earned = worth.decision.earned(one.source)
        before = who.account.balance.get(one.source, 0 if who.account.known == "full" else -earned)
        spent = sum(burn.quantity for burn in worth.decision.burns if burn.asset == one.source)
        times = one.times(before - spent + earned) if earned > 0 else 0
        if times and not who.account.deficit.get(one.source):
            found.append(
                EarnView(label(programme, one.rule, words), signed(programme, one.target, times, words))
            )
    return tuple(found)


def _gap(worth: Worth | None, programme: Programme | None, words: Words) -> str:
    """The nearest thing to come after this ticket, in one sentence."""
    if worth is None:
        return ""
    for one in worth.decision.progress:
        if one.what in ("reward", "voucher") and one.unit == POINTS and one.have < one.need:
            return words(
                "{label}: {what}",
                label=label(programme, one.goal, words),
                what=left_text(one, programme, words),
            )
    return ""
