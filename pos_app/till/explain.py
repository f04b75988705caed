"""Why these points, why not that reward, how far: every rule of the programme in one sentence (F1)."""

from pos_app.till.labels import voice_of
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State
from rules.decision import Reason
from rules.explain import outcome_text
from rules.kinds.base import SALE, Phase
from rules.programme.model import Programme
from rules.telling.build import explain_ticket
from rules.telling.explanation import Explanation
from rules.telling.render import within_reach


def explained(parts: Parts, state: State) -> tuple[str, ...]:
    """One sentence a rule for the begun ticket; empty without one.

    Without what the screen shows beside it: rewards that can be chosen and the ways to go. F1 has everything.
    """
    if state.worth is None or state.basket is None:
        return ()
    words = words_of(state.language)
    programme = parts.programme_of(state.basket.programme)
    voice = voice_of(programme, words)
    decision = state.worth.decision
    return tuple(
        outcome_text(one, voice)
        for one in decision.outcomes
        if decision.gross
        and one.reason is not Reason.NOT_CHOSEN
        and not is_policy(programme, one.rule)
        and not _of_events(programme, one.rule)
    )


def _of_events(programme: Programme | None, rule_id: str) -> bool:
    """A rule about what happens elsewhere has nothing to say on a ticket."""
    rule = programme.rule(rule_id) if programme is not None else None
    return rule is not None and SALE not in rule.kind.takes


def begun(parts: Parts, state: State) -> Explanation | None:
    """The begun ticket with all that led to its decision; None without one, or without a programme."""
    basket, worth = state.basket, state.worth
    programme = parts.programme_of(basket.programme) if basket is not None else None
    if basket is None or worth is None or programme is None:
        return None
    return explain_ticket(worth.ticket, worth.decision, programme, worth.account)


def in_reach(parts: Parts, state: State) -> str:
    """The one thing that a little more on the begun ticket brings, in a sentence; "" when nothing is near."""
    told = begun(parts, state) if state.worth is not None and state.worth.decision.gross else None
    if told is None or state.basket is None:
        return ""
    return within_reach(told, voice_of(parts.programme_of(state.basket.programme), words_of(state.language)))


def is_policy(programme: Programme | None, rule_id: str) -> bool:
    """Expiry and the like say nothing about one ticket that the receipt does not say better; a conversion does."""
    rule = programme.rule(rule_id) if programme is not None else None
    return rule is not None and rule.kind.phase is Phase.POLICY and rule.kind.conversion is None
