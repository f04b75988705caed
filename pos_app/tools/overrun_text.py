"""What tills without a line may give beyond what members share, in words for whoever answers for it."""

from pos_app.languages.words import Words
from rules.kinds.transition import BURN_LIMIT
from rules.overruns import Overrun


def overrun_text(one: Overrun, currency: str, words: Words) -> str:
    """The worst case as far as a programme alone tells it: nobody knows yet how many tills there are."""
    values = _values(one, one.units, currency, words)
    if one.daily:
        return words("{what}: up to {limit} a day and till beyond its share while it has no line.", **values)
    return words("{what}: up to {limit} a till beyond its share while it has no line.", **values)


def bound_text(one: Overrun, tills: int, total: int, currency: str, words: Words) -> str:
    """The worst case in a chain of so many tills."""
    values = _values(one, total, currency, words)
    text = overrun_text(one, currency, words)
    worst = words("Worst case: {tills} tills x {limit} = {total}.", tills=words.number(tills), **values)
    return f"{text} {worst}"


def _values(one: Overrun, total: int, currency: str, words: Words) -> dict[str, str]:
    write = words.paying(currency).money if one.money else words.number
    what = "burn_limit" if one.counter == BURN_LIMIT else one.counter.partition(":")[2]
    return {"what": what, "limit": write(one.units), "total": write(total)}
