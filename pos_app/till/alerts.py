"""What a cashier has to know before anything else, the most pressing first; the screen shows one line of it, F8 all."""

from collections.abc import Iterator

from pos_app.languages.words import Words
from pos_app.till.floors import stale_days
from pos_app.till.moment import Moment
from pos_app.till.move_ahead import move_now
from pos_app.till.parts import Parts
from pos_app.till.state import State
from pos_app.till.terms import is_settled
from pos_app.till.ways import care_text


def alerts(parts: Parts, state: State, moment: Moment, words: Words) -> tuple[str, ...]:
    """The alerts that hold now, in words."""
    return tuple(_alerts(parts, state, moment, words))


def _alerts(parts: Parts, state: State, moment: Moment, words: Words) -> Iterator[str]:
    yield from _of_member(parts, state, words)  # it is for this customer; the rest lasts
    if not moment.trusted:
        yield words("The clock is in doubt: earning goes on; correct the date of this machine.")
    days = stale_days(parts, moment)
    if days:
        yield words(
            "Rules and revocations are {days} days old: only what is held here is given, earning goes on.",
            days=days,
        )
    if parts.passed_over(moment.bdate):
        yield words("This till cannot read the new programme, the former one goes on: update this till.")


def _of_member(parts: Parts, state: State, words: Words) -> Iterator[str]:
    basket = state.basket
    if basket is None or basket.who is None:
        return
    if basket.who.account.blocked:
        yield words("This card is blocked: no points, no rewards.")
    if state.worth is not None:
        care = care_text(state.worth.decision.progress, parts.programme_of(basket.programme), words)
        if care:
            yield care
    move = move_now(parts)
    if move is not None and not is_settled(parts, move, basket.who):
        name = move.new.header.name.get(words.language) or move.new.header.id
        yield words(
            "New programme {name} from {day}: F8 tells the member.", name=name, day=words.date(move.day)
        )
