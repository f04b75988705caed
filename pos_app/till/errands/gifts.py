"""The gifts of the programme: what each costs, and how many this till may still hand out."""

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.labels import amount_text, label
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.shares import stock_here
from pos_app.till.state import State, change
from pos_app.till.view import ErrandLine, ErrandView, Tone
from rules.account import POINTS
from rules.kinds.burn_gift import stock_key
from rules.programme.model import Programme, Rule


class GiftsPage(Errand, frozen=True):
    """A line a gift."""

    programme: Programme

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        stock = stock_here(parts, self.programme, now(parts))
        lines = [
            ErrandLine(
                words("What this till may still hand out, without asking the ledger again:"), Tone.SOFT
            )
        ]
        for rule in gifts_of(self.programme):
            left = stock.get(stock_key(rule.id)) if rule.table.stock is not None else None
            counted = words("not counted") if left is None else words.plural("{n} left", "{n} left", left)
            price = amount_text(self.programme, POINTS, rule.table.points, words)
            tone = Tone.WARNING if left == 0 else Tone.TEXT
            lines.append(ErrandLine(f"{label(self.programme, rule.id, words)}  {price}", tone, counted))
        return ErrandView(words("GIFTS"), tuple(lines), keys={"Enter": words("Back")})

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def gifts_of(programme: Programme) -> tuple[Rule, ...]:
    """The rules that hand something out."""
    return tuple(rule for rule in programme.rules if rule.kind.name == "burn.gift")


def open_page(parts: Parts, state: State) -> State:
    """The page, where the programme has gifts."""
    programme = parts.programme(now(parts).bdate)
    if programme is None or not gifts_of(programme):
        return change(state, notice=tell(words_of(state.language), "no_gifts"))
    return opened(state, GiftsPage(programme))
