"""A card on the ticket: whose it is at once from the cache, and what the ledger is asked meanwhile."""

import msgspec

from pos_app.till import holds
from pos_app.till.basket import begin
from pos_app.till.card_jobs import not_taken
from pos_app.till.member import SHOWN_DIGITS, by_contact, holders, known, masked, who_has
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.places import zones_today
from pos_app.till.state import Question, State, Who, change, on_basket
from pos_app.till.trust import level
from pos_app.till.view import Notice, Stage
from pos_app.till.worth import weigh
from sync.entry import Evidence
from sync.till import card_seen, config, members
from sync.till.writer import Priority
from sync.tokens import card_token


def card(parts: Parts, state: State, code: str, *, ours: bool, typed: bool) -> State:
    """The card `code` was scanned or typed. `ours` says that its number has the form of this chain's own cards."""
    token = card_token(parts.identity.lookup_key, code)
    evidence = Evidence.TYPED if typed else Evidence.NUMBER
    who = who_has(parts, token, masked(code), evidence.value)
    if who.member is None and not (ours or parts.online):
        return unknown(state, code)
    return _present_or_ask(parts, state, who, code)


def signed_card(parts: Parts, state: State, who: Who) -> State:
    """A signed card that was found genuine; a later one of the same member voids it."""
    if replaced(parts, who):
        return change(state, notice=tell(words_of(state.language), "signed_replaced"))
    return _present_or_ask(parts, state, who, "")


def void(parts: Parts, language: str, who: Who) -> Notice | None:
    """Why the card of `who` counts for nothing here, blocked or replaced by a later one; None for one that is good."""
    if replaced(parts, who):
        return tell(words_of(language), "signed_replaced")
    return not_taken(parts, language, who)


def replaced(parts: Parts, who: Who) -> bool:
    """Whether the till knows a later signed card of the same member."""
    return bool(who.voided_by) and members.find(parts.reader, who.voided_by) is not None


def _present_or_ask(parts: Parts, state: State, who: Who, code: str) -> State:
    if who.member is not None or not parts.online or parts.network is None:
        return present(parts, state, who)
    state = present(parts, state, msgspec.structs.replace(who, asked=True, code=code))
    parts.network.request_account(who.token)
    return state


def alias(parts: Parts, code: str, *, typed: bool) -> Who | None:
    """The member behind a code that has the form of a product; None when it is no one's card.

    What the shop sells is no card, whoever enrolled it as one: every sale of it would be that member's.
    """
    if config.product(parts.reader, code) is not None:
        return None
    token = card_token(parts.identity.lookup_key, code)
    if members.find(parts.reader, token) is None:
        return None
    evidence = Evidence.TYPED if typed else Evidence.NUMBER
    return who_has(parts, token, masked(code), evidence.value)


def contact(parts: Parts, state: State, text: str) -> State:
    """A phone number or e-mail was typed instead of a card."""
    who = by_contact(parts, text)
    if who is None:
        return change(state, notice=tell(words_of(state.language), "contact_unknown"))
    return present(parts, state, who)


def present(parts: Parts, state: State, who: Who) -> State:
    """Put `who` on the ticket, beginning one if need be; another member on a begun ticket is asked for once.

    Where two members have the number of a card, scanning it again is the other one.
    """
    words = words_of(state.language)
    if (refusal := not_taken(parts, state.language, who)) is not None:
        return change(state, notice=refusal)
    basket = state.basket
    if basket is not None and basket.who is not None:
        if who.token and basket.who.token == who.token:
            other = _other(parts, basket.who)
            if other is None:
                return change(state, notice=tell(words, "same_scan"))
            who = other
        elif who.member is not None and who.member == basket.who.member:
            return surer(parts, state, who)
        if basket.lines:
            question = Question("replace", who=who)
            return change(state, question=question, notice=tell(words, "replace_member"))
        if parts.network is not None:
            parts.network.release_hold(basket.ticket)
        basket = None
    return attach(parts, state if basket is not None else begin(parts, state), who)


def surer(parts: Parts, state: State, who: Who) -> State:
    """The member of the ticket has shown something more: the ticket stays, and what proves most counts."""
    basket = state.basket
    assert basket is not None
    assert basket.who is not None
    if level(who.evidence) <= level(basket.who.evidence):
        return change(state, notice=tell(words_of(state.language), "same_member"))
    _claim(parts, who)
    who = msgspec.structs.replace(who, fresh=basket.who.fresh)
    after = weigh(parts, on_basket(state, who=who, for_manager=None))
    return change(after, notice=tell(words_of(state.language), "member_shown"))


def _other(parts: Parts, who: Who) -> Who | None:
    """The next member who has the same number or phone, each in turn; None where nobody else has it."""
    found = holders(parts, who.token)
    after = found.index(who.member) + 1 if who.member in found else 0
    others = [one for one in (*found[after:], *found[:after]) if who.member not in (None, one)]
    return known(parts, msgspec.structs.replace(who, fresh=False), others[0]) if others else None


def attach(parts: Parts, state: State, who: Who) -> State:
    """`who` is the ticket's member from now on; the ledger is asked for what is missing."""
    words = words_of(state.language)
    notice = state.notice if state.notice is not None and state.notice.code == "no_programme" else None
    if who.asked:
        notice = tell(words, "card_asked")
    elif who.member is None:
        notice = tell(words, "card_later")
    elif who.account.blocked:
        notice = tell(words, "card_blocked")
    elif len(holders(parts, who.token)) > 1:
        by_card = members.find(parts.reader, who.token) is not None
        notice = tell(words, "card_shared" if by_card else "contact_shared")
    basket = state.basket
    zones = (
        basket.zones if basket is not None and basket.who is None else ()
    )  # those of another card are not theirs
    _note(parts, who)
    if parts.options.stations:
        zones = tuple(dict.fromkeys((*zones, *zones_today(parts, who))))
    state = on_basket(
        state,
        who=who,
        said="",
        choices=(),
        wanted=None,
        asked={},
        await_card=False,
        zones=zones,
        for_manager=None,
        supervised=None,
        vouchers=(),
    )
    state = weigh(parts, change(state, stage=Stage.TICKET, question=None, notice=notice))
    if who.member is not None and who.account.known != "full" and parts.online and parts.network is not None:
        parts.network.request_account(who.token)
    ask_habits(parts, who)
    _claim(parts, who)
    return holds.ask(parts, state)


def shown_elsewhere(parts: Parts, state: State, code: bytes) -> State:
    """Another till took the phone's code before: it is a picture of it that was shown here, and proves nothing."""
    basket = state.basket
    if basket is None or basket.who is None or basket.who.shown != code:
        return state
    return _left(parts, change(state, notice=tell(words_of(state.language), "signed_elsewhere")))


def ask_habits(parts: Parts, who: Who) -> None:
    """Ask what the other tills saw of the member; nobody waits for the answer."""
    if who.member is not None and parts.online and parts.network is not None:
        parts.network.request_habits(who.member, who.token)


def _claim(parts: Parts, who: Who) -> None:
    """Tell the ledger which phone's code was shown; a picture of it may be shown at another till."""
    if who.shown and parts.online and parts.network is not None:
        parts.network.claim_code(who.shown)


def _note(parts: Parts, who: Who) -> None:
    """Keep which of the member's cards this is, should one be lost (F7): its last digits, and since when."""
    if (
        who.member is None
        or not who.token
        or who.evidence not in (Evidence.NUMBER.value, Evidence.TYPED.value)
    ):
        return
    if members.find(parts.reader, who.token) is not None:  # a card: not a phone number or an e-mail
        last4, day = who.card[-SHOWN_DIGITS:], now(parts).bdate
        parts.writer.post(lambda conn: card_seen.note(conn, who.token, last4, day), Priority.SCAN)


def unknown(state: State, code: str) -> State:
    """The card is nobody's: offer to enrol it."""
    notice = tell(words_of(state.language), "card_unknown")
    return change(state, question=Question("enrol", text=code), notice=notice)


def refresh(parts: Parts, state: State) -> State:
    """Read the ticket's member again: the cache or this till's own entries have changed."""
    basket = state.basket
    if basket is None or basket.who is None:
        return state
    who = basket.who
    if (refusal := void(parts, state.language, who)) is not None:
        return _left(parts, change(state, notice=refusal))
    member = who.member if who.member is not None else members.find(parts.reader, who.token)
    if member is None:
        return weigh(parts, state)
    who = known(parts, msgspec.structs.replace(who, asked=False), member)
    return holds.ask(parts, weigh(parts, on_basket(state, who=who)))


def nobody(parts: Parts, state: State, token: bytes) -> State:
    """The ledger does not know the card either: the card leaves the ticket, enrolling it is offered."""
    basket = state.basket
    if basket is None or basket.who is None or basket.who.token != token or basket.who.member is not None:
        return state
    words = words_of(state.language)
    if basket.who.voided_by:
        return _left(parts, change(state, notice=tell(words, "signed_nobody")))
    if state.form is not None:  # it is being enrolled already
        return _left(parts, state)
    question = Question("enrol", text=basket.who.code)
    return _left(parts, change(state, question=question, notice=tell(words, "card_unknown")))


def _left(parts: Parts, state: State) -> State:
    """The ticket goes on without its card, and waits for another if it has lines."""
    basket = state.basket
    assert basket is not None
    if parts.network is not None:
        parts.network.release_hold(basket.ticket)
    bare = on_basket(
        state, who=None, said="", choices=(), wanted=None, asked={}, await_card=bool(basket.lines)
    )
    return weigh(parts, bare)


def given_up(state: State) -> State:
    """The line is gone: a card that was asked about earns for itself, and is resolved later."""
    basket = state.basket
    if basket is None or basket.who is None or not basket.who.asked:
        return state
    notice = tell(words_of(state.language), "card_later") if basket.who.member is None else state.notice
    return change(on_basket(state, who=msgspec.structs.replace(basket.who, asked=False)), notice=notice)
