"""What members hold, in points and in money."""

from pos_app.languages.words import Words
from pos_app.manager.dashboard import Dashboard
from pos_app.till.labels import amount_text
from rules.account import POINTS
from rules.tools.offers import worth


def liability(found: Dashboard) -> tuple[int, int | None, bool]:
    """Points, cents (None where nothing says) and whether it is the whole chain's, by the ledger's word."""
    told = found.shop.told.provision if found.shop.told is not None else ()
    for one in told:
        if one.asset == POINTS:
            return one.closed, one.cents if one.cents >= 0 else None, True
    programme = found.shop.programme
    unit = worth(programme, {}).get(POINTS) if programme is not None else None
    points = found.crowd.points
    return points, round(unit * points) if unit is not None else None, False


def liability_text(found: Dashboard, words: Words) -> str:
    """The same in words."""
    points, cents, chain = liability(found)
    amount = amount_text(found.shop.programme, POINTS, points, words)
    text = amount if cents is None else f"{amount} = {words.money(cents)}"
    return text if chain else words("{amount} (store)", amount=text)
