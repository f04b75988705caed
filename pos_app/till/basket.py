"""The begun ticket: lines by product or by amount, put in and taken out."""

import msgspec

from pos_app.till import holds
from pos_app.till.amount import Amount, AmountFault, looks_like_amount, read_amount
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, currency_of, words_of
from pos_app.till.state import Basket, BasketLine, Question, State, change, on_basket
from pos_app.till.view import SELLING, Stage
from pos_app.till.worth import weigh
from rules.ticket import Line
from sync.ids import uuid7
from sync.till import config

MOST_LINES = 500
MOST_CENTS = 10**9


def begin(parts: Parts, state: State, **fields: object) -> State:
    """A new ticket with its name, under the programme of the business date."""
    moment = now(parts)
    programme = parts.programme(moment.bdate)
    ticket = uuid7(moment.now_ms, parts.random(10))
    basket = Basket(ticket, programme.sha256 if programme is not None else "")
    basket = msgspec.structs.replace(basket, **fields)
    notice = None if programme is not None else tell(words_of(state.language), "no_programme")
    return change(
        state,
        stage=Stage.TICKET,
        basket=basket,
        worth=None,
        done=None,
        question=None,
        notice=notice,
        currency=currency_of(programme),
    )


def paying(parts: Parts, state: State) -> State:
    """`state` with the currency of the begun ticket's programme, else of the one of the business date."""
    if state.basket is not None:
        programme = parts.programme_of(state.basket.programme)
    else:
        programme = parts.programme(now(parts).bdate)
    currency = currency_of(programme)
    return state if currency == state.currency else change(state, currency=currency)


def begun(parts: Parts, state: State) -> State:
    """`state` with a ticket begun."""
    return state if state.basket is not None else begin(parts, state)


def put_amount(parts: Parts, state: State, text: str, *, asked: bool = False) -> State:
    """The typed amount becomes the ticket's one amount line; above the shop's ceiling it is asked for once."""
    after = take_amount(parts, state, text, asked=asked)
    return after if after.basket is state.basket else weigh(parts, after)


def take_amount(parts: Parts, state: State, text: str, *, asked: bool = False) -> State:
    """As `put_amount`, for a ticket that is recorded at once: nothing is evaluated here."""
    words = words_of(state.language, state.currency)
    amount = read_amount(text, implied=parts.options.implied_cents)
    if isinstance(amount, AmountFault):
        return change(state, notice=tell(words, amount.value))
    if amount.cents > parts.options.ceiling_cents and not asked:
        question = Question("ceiling", text=text, cents=amount.cents)
        notice = tell(words, "amount_ceiling", amount=words.money(amount.cents))
        return change(state, question=question, notice=notice)
    return _with_amount(begun(parts, state), amount)


def _with_amount(state: State, amount: Amount) -> State:
    assert state.basket is not None
    kept = tuple(entry for entry in state.basket.lines if not entry.typed)
    waits = state.basket.who is None
    state = on_basket(
        state, lines=(*kept, BasketLine(Line(amount.cents), typed=True)), preview=0, await_card=waits
    )
    words = words_of(state.language, state.currency)
    notice = tell(words, "amount_waits", amount=words.money(amount.cents)) if waits else None
    return change(state, question=None, notice=notice)


def preview_amount(parts: Parts, state: State, text: str) -> State:
    """Show what the amount in the field would give, before Enter; anything else in the field shows nothing."""
    basket = state.basket
    if basket is None or state.stage is not Stage.TICKET:
        return state
    amount = read_amount(text, implied=parts.options.implied_cents)
    cents = amount.cents if isinstance(amount, Amount) else 0
    return state if cents == basket.preview else weigh(parts, on_basket(state, preview=cents))


def take_field(parts: Parts, state: State) -> State:
    """An amount that stands in the field goes on the ticket before something else takes the field's place."""
    if not looks_like_amount(state.typed) or state.stage not in (Stage.IDLE, Stage.DONE, Stage.TICKET):
        return state
    return put_amount(parts, change(state, typed=""), state.typed)


def put_product(parts: Parts, state: State, code: str) -> State:
    """One more of a product of the catalogue; a product before a card begins a ticket."""
    words = words_of(state.language)
    product = config.product(parts.reader, code)
    if product is None:
        return change(state, notice=tell(words, "product_unknown", product=code))
    line = Line(product.cents, product.sku, product.category, product.subcategory)
    return put_lines(parts, state, (BasketLine(line, product.name),))


def put_lines(parts: Parts, state: State, lines: tuple[BasketLine, ...]) -> State:
    """Add lines to the ticket, begun if need be."""
    state = begun(parts, state)
    assert state.basket is not None
    if len(state.basket.lines) + len(lines) > MOST_LINES or any(
        abs(e.line.cents) > MOST_CENTS for e in lines
    ):
        return change(state, notice=tell(words_of(state.language), "bad_lines", most=MOST_LINES))
    waits = state.basket.who is None
    state = on_basket(state, lines=(*state.basket.lines, *lines), await_card=waits)
    return holds.ask(parts, weigh(parts, change(state, stage=Stage.TICKET, question=None, notice=None)))


def put_zone(parts: Parts, state: State, zone: str) -> State:
    """The card was scanned in `zone` on this visit; a ticket is begun if need be, a zone counts once."""
    state = begun(parts, state)
    assert state.basket is not None
    if zone in state.basket.zones:
        return state
    return weigh(parts, on_basket(state, zones=(*state.basket.zones, zone)))


def remove_line(parts: Parts, state: State, index: int) -> State:
    """Take line `index` (from 0) off the ticket."""
    basket = state.basket
    if basket is None or not 0 <= index < len(basket.lines):
        return change(state, notice=tell(words_of(state.language), "no_such_line"))
    lines = (*basket.lines[:index], *basket.lines[index + 1 :])
    return weigh(parts, change(on_basket(state, lines=lines), notice=None))


def show_items(state: State) -> State:
    """The begun ticket's hint for products in place of the one for the amount, and back."""
    if state.stage is Stage.TICKET:
        return change(state, items=not state.items)
    code = "no_ticket" if state.basket is None and state.stage in SELLING else "not_here"
    return change(state, notice=tell(words_of(state.language), code))


def leave(parts: Parts, state: State) -> State:
    """Esc on a ticket: first the card comes off a ticket with lines, else the whole ticket is left."""
    basket = state.basket
    if basket is not None and basket.who is not None and basket.lines:
        if parts.network is not None:
            parts.network.release_hold(basket.ticket)
        bare = on_basket(
            state, who=None, said="", choices=(), wanted=None, await_card=True, preview=0, zones=()
        )
        return weigh(parts, change(bare, notice=None))
    return drop(parts, state)


def drop(parts: Parts, state: State) -> State:
    """Leave the ticket; what was held for it goes back with the next housekeeping."""
    if state.basket is not None and parts.network is not None:
        parts.network.release_hold(state.basket.ticket)
    return change(state, stage=Stage.IDLE, basket=None, worth=None, question=None, notice=None)
