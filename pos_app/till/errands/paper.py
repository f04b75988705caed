"""The last receipt on the screen as it looks on paper, and the way to print it (again)."""

from typing import Final

from pos_app.printing.rows import placed
from pos_app.printing.viewer import viewed
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.reprint import last_paper, reprint
from pos_app.till.slip import printed
from pos_app.till.state import State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView

ROWS: Final = 11  # of a page, on a screen of 24 rows with a notice
PRINT: Final = 1
NO_BREAK: Final = "\u00a0"  # blanks of the paper stay where they are


class PaperPage(Errand, frozen=True):
    """Rows of the receipt `reference` from row `top` on."""

    reference: str
    rows: tuple[str, ...]
    top: int = 0

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        shown = self.rows[self.top : self.top + ROWS]
        print_it = ErrandChoice(PRINT, words("Print it (again, as a duplicate)"))
        choices = (print_it,) if parts.options.prints else ()
        return ErrandView(
            words("RECEIPT {reference}", reference=self.reference),
            tuple(ErrandLine(text.replace(" ", NO_BREAK)) for text in shown),
            choices,
            keys={"Enter": words("Next part") if self._more else words("Back")},
        )

    @property
    def _more(self) -> bool:
        return self.top + ROWS < len(self.rows)

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        if not self._more:
            return closed(state)
        return opened(state, PaperPage(self.reference, self.rows, self.top + ROWS))

    def back(self, _parts: Parts, state: State) -> State | None:
        if not self.top:
            return None
        return opened(state, PaperPage(self.reference, self.rows, max(0, self.top - ROWS)))

    def choose(self, parts: Parts, state: State, _digit: int) -> State:
        return reprint(parts, closed(state))


def open_page(parts: Parts, state: State) -> State:
    """The receipt of what was just recorded, else the last one."""
    last, printer = last_paper(parts, state), parts.options.printer
    if last is None:
        return change(state, notice=tell(words_of(state.language), "nothing_to_print"))
    rows = [
        placed(row, printer.columns).rstrip() for row in viewed(printed(parts, last.job), printer.page).rows
    ]
    while rows and not rows[-1]:
        rows.pop()
    return opened(state, PaperPage(last.reference, tuple(rows)))
