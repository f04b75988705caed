"""A member by number, as figures name them, put on a ticket without a card: the journal says who did it."""

from pos_app.till import identify
from pos_app.till.errand import closed
from pos_app.till.member import known
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.privacy import note
from pos_app.till.state import State, Who, change
from rules.account import Account
from sync.entry import Evidence
from sync.till import members
from sync.till.errors import StoreError


def by_number(parts: Parts, member: int) -> Who:
    """Who has this number, with all that is known here of them, and one of their cards if there is one."""
    token = members.card_of(parts.reader, parts.identity, member) or b""
    return known(
        parts, Who(token, "", Evidence.TYPED.value, member, Account(member=member, known="thin")), member
    )


def look_at(parts: Parts, state: State, member: int, action: str, by: str, reason: str = "") -> State:
    """`member` on the ticket; the journal has the `action`, the manager `by` and the `reason`, as `privacy.note`."""
    try:
        note(parts, state, member, action, by, reason)
    except StoreError as error:
        words = words_of(state.language)
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    return identify.present(parts, closed(state), by_number(parts, member))
