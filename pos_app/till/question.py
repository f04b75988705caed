"""At most one question a visit: a profile field that the programme asks for and the member has not told."""

import msgspec

from pos_app.till.event import record
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.state import State, Who, on_basket
from rules.language.tree import BOOL
from rules.programme.model import Programme
from rules.ticket import Event
from sync.answered import PROFILE, is_open
from sync.entry import EntryKind, EventBody, body_of
from sync.till import journal

MOST = 9  # answers that get a digit


class Asked(msgspec.Struct, frozen=True):
    """A question: the field's name without `member.`, its words by language, and the values that answer it."""

    field: str
    words: dict[str, str]
    values: tuple[str | bool, ...]

    def text(self, language: str) -> str:
        """The question in `language`, or in the first one it has."""
        return self.words.get(language) or next(iter(self.words.values()))


def open_question(parts: Parts, state: State) -> Asked | None:
    """What the member of the begun ticket may be asked now; None where nothing is to ask."""
    basket = state.basket
    who = basket.who if basket is not None else None
    if basket is None or who is None or basket.questioned or who.account.known != "full":
        return None
    programme = parts.programme_of(basket.programme)
    every = questions_of(programme) if programme is not None else ()
    asked = next((one for one in every if is_open(who.account.fields, one.field)), None)
    return None if asked is None or _answered_today(parts, who) else asked


def _answered_today(parts: Parts, who: Who) -> bool:
    """Whether the member has answered a question on this visit, be it on another ticket."""
    if who.member is None:
        return False
    entries = journal.entries_of_day(parts.reader, who.member, now(parts).bdate)
    bodies = [body_of(one) for one in entries if one.kind == EntryKind.EVENT]
    return any(isinstance(body, EventBody) and body.event.name == PROFILE for body in bodies)


def questions_of(programme: Programme) -> tuple[Asked, ...]:
    """The fields that the programme has words to ask for."""
    return tuple(
        Asked(
            path.removeprefix("member."),
            dict(spec.ask),
            (True, False) if spec.type == BOOL else spec.type.values[:MOST],
        )
        for path, spec in programme.fields.items()
        if spec.ask
    )


def answer(parts: Parts, state: State, asked: Asked, value: str | bool | None) -> State:
    """Journal what was answered; None when the member does not want to say, and is not asked again."""
    fields: dict[str, str | int | bool] = {"field": asked.field}
    if value is not None:
        fields["value"] = value
    after = record(parts, state, Event(PROFILE, fields=fields)).state
    return on_basket(after, questioned=True) if after.basket is not None else after
