"""F8: what went wrong for the member of the begun ticket, noted by one digit; incidents add up to a red alert."""

from datetime import date
from typing import Final

import msgspec

from pos_app.languages.words import Words
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.errands.alerts import AlertsPage, pressing
from pos_app.till.event import record
from pos_app.till.incident_names import kind_name, noted_of
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.noting import nobody_yet, unfit, write
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Notice, Tone
from rules.account import Account
from rules.kinds.incidents import INCIDENT, INCIDENTS, Incidents, alert_of, noted
from rules.programme.model import Programme
from rules.ticket import Event

MOST: Final = 9  # kinds that have a digit
SHOWN: Final = 5  # of the member's last incidents


class IncidentPage(Errand, frozen=True):
    """The kinds that the programme weighs, and what the member remembers."""

    programme: Programme
    kinds: tuple[str, ...]
    text: str = ""

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        choices = tuple(
            ErrandChoice(digit, kind_name(kind, words)) for digit, kind in enumerate(self.kinds, start=1)
        )
        keys = {"1-9": words("Note it"), "Enter": words("Back")}
        ask = "" if self.text else words("In a few words, first")
        return ErrandView(words("INCIDENT"), self._said(parts, state, words), choices, ask=ask, keys=keys)

    def _said(self, parts: Parts, state: State, words: Words) -> tuple[ErrandLine, ...]:
        account = _account(state)
        alert = alert_of(account, self.programme, now(parts).bdate)
        lines = [ErrandLine(text, Tone.WARNING) for text in pressing(parts, state, words)]
        lines.append(ErrandLine(words("What went wrong for this member?"), Tone.STRONG))
        if self.text:
            lines.append(ErrandLine(words("Note: {note}", note=self.text)))
        seen = noted(account, self.programme, now(parts).bdate)
        if not seen:
            return (*lines, ErrandLine(words("Nothing is noted so far."), Tone.SOFT))
        lines += [_line(_who(state), day, kind, words) for day, kind in seen[:SHOWN]]
        if alert is not None:
            weight = words(
                "Together they weigh {have}, alert from {need}", have=alert.weight, need=alert.threshold
            )
            lines.append(ErrandLine(weight, Tone.WARNING if alert.red else Tone.SOFT))
        return tuple(lines)

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        return note(parts, closed(state), self.programme, self.kinds[digit - 1], self.text)

    def enter(self, _parts: Parts, state: State, text: str) -> State:
        text = " ".join(text.split())
        if not text:
            return closed(state)
        wrong = nobody_yet(_who(state), state) or unfit(text, state)
        if wrong is not None:
            return change(state, notice=wrong)
        return change(state, errand=msgspec.structs.replace(self, text=text), typed="")


def open_page(parts: Parts, state: State) -> State:
    """The page, where a member is on the ticket and the programme counts incidents; else what presses, if anything."""
    words = words_of(state.language)
    who = state.basket.who if state.basket is not None else None
    programme = parts.programme_of(state.basket.programme) if state.basket is not None else None
    table: Incidents | None = programme.policy(INCIDENTS) if programme is not None else None
    if (who is None or table is None) and pressing(parts, state, words):
        return opened(state, AlertsPage())
    if who is None:
        return change(state, notice=tell(words, "event_nobody"))
    if programme is None or table is None:
        return change(state, notice=tell(words, "no_incidents"))
    return opened(state, IncidentPage(programme, tuple(table.kinds)[:MOST]))


def note(parts: Parts, state: State, programme: Programme, kind: str, text: str = "") -> State:
    """Record an incident of `kind` for the member of the begun ticket, and say when it makes a red alert.

    With `text`, what there is to say of it is noted after it.
    """
    done = record(parts, state, Event(INCIDENT, fields={"kind": kind}))
    if done.decision is None:
        return done.state
    words = words_of(state.language)
    alert = alert_of(_account(done.state), programme, now(parts).bdate)
    code = "incident_red" if alert is not None and alert.red else "incident_noted"
    after = write(parts, done.state, _who(done.state), text, about=kind) if text else done.state
    if isinstance(after, Notice):
        return change(done.state, notice=after)
    return change(after, notice=tell(words, code, kind=kind_name(kind, words)))


def _line(who: Who, day: date, kind: str, words: Words) -> ErrandLine:
    told = [kind_name(kind, words), noted_of(who, day, kind)]
    return ErrandLine(": ".join(filter(None, told)), right=words.date(day))


def _who(state: State) -> Who:
    assert state.basket is not None
    assert state.basket.who is not None
    return state.basket.who


def _account(state: State) -> Account:
    return _who(state).account
