"""Why these points, why not that reward, how far: every rule of the programme in one sentence (F1)."""

from pos_app.till.labels import label, unit
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State
from rules.explain import Voice, outcome_text, progress_text


def explained(parts: Parts, state: State) -> tuple[str, ...]:
    """One sentence a rule for the begun ticket, then the ways to go; empty without a ticket."""
    if state.worth is None or state.basket is None:
        return ()
    words = words_of(state.language)
    programme = parts.programme_of(state.basket.programme)
    voice = Voice(
        say=words,
        money=words.money,
        label=lambda rule: label(programme, rule, words),
        unit=unit(programme, words, 2),
    )
    decision = state.worth.decision
    rules = tuple(outcome_text(one, voice) for one in decision.outcomes)
    return (*rules, *(progress_text(one, voice) for one in decision.progress))
