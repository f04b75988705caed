"""Why these points, why not that reward, how far: every rule of the programme in one sentence (F1)."""

from pos_app.till.labels import voice_of
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State
from rules.explain import outcome_text, progress_text
from rules.kinds.base import Phase
from rules.programme.model import Programme


def explained(parts: Parts, state: State) -> tuple[str, ...]:
    """One sentence a rule for the begun ticket, then the ways to go; empty without a ticket."""
    if state.worth is None or state.basket is None:
        return ()
    words = words_of(state.language)
    programme = parts.programme_of(state.basket.programme)
    voice = voice_of(programme, words)
    decision = state.worth.decision
    rules = tuple(
        outcome_text(one, voice)
        for one in decision.outcomes
        if decision.gross and not is_policy(programme, one.rule)
    )
    return (*rules, *(progress_text(one, voice) for one in decision.progress))


def is_policy(programme: Programme | None, rule_id: str) -> bool:
    """Expiry and the like say nothing about one ticket that the receipt does not say better."""
    rule = programme.rule(rule_id) if programme is not None else None
    return rule is not None and rule.kind.phase is Phase.POLICY
