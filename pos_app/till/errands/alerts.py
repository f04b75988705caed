"""F8 where there is nobody to note an incident for: all that presses now, of which the screen shows one line."""

from pos_app.languages.words import Words
from pos_app.till.alerts import alerts
from pos_app.till.errand import Errand, closed
from pos_app.till.moment import now
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State
from pos_app.till.view import ErrandLine, ErrandView, Tone
from sync.till.offline import SENTENCES, OfflineReason

_PASSING = (OfflineReason.STARTING, OfflineReason.STOPPED)


class AlertsPage(Errand, frozen=True):
    """What is to know about the member, the till, its devices and its line."""

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        every = pressing(parts, state, words) or (words("Nothing presses any more."),)
        lines = tuple(ErrandLine(text, Tone.WARNING) for text in every)
        return ErrandView(words("ALERTS"), lines, keys={"Enter": words("Back")})

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def pressing(parts: Parts, state: State, words: Words) -> tuple[str, ...]:
    """Every alert, that of the member first, then of the till, its devices and its line to the ledger."""
    devices = [text for text in (state.scanner, state.printer, state.register) if text]
    reason = parts.network.state().reason if parts.network is not None else None
    line = [words(SENTENCES[reason])] if reason not in _PASSING and reason is not None else []
    return (*alerts(parts, state, now(parts), words), *devices, *line)
