"""Cards that are lost, replaced or found again: written down at this till, and told in words when one is scanned."""

from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who
from pos_app.till.view import Notice
from sync.card_marks import BlockReason
from sync.entry import CardBlockBody, EntryKind, LinkBody
from sync.till import card_state, card_words, cursors, journal, members
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft

_NOTICES = {
    BlockReason.LOST: "card_lost",
    BlockReason.STOLEN: "card_stolen",
    BlockReason.REPLACED: "card_replaced",
}


def not_taken(parts: Parts, language: str, who: Who) -> Notice | None:
    """Why the card of `who` is not taken, in words; None for a card that is.

    Where only the list of all members says it, the reason is not known here.
    """
    if not who.token or not card_state.is_blocked(parts.reader, parts.identity, who.token):
        return None
    words = words_of(language)
    member = who.member if who.member is not None else members.find(parts.reader, who.token)
    found = members.load(parts.reader, parts.identity, member) if member is not None else None
    blocked = found.blocked if found is not None else ()
    said = card_words.told(parts.reader, who.token)
    for one in (said, *blocked) if said is not None else blocked:
        if one.card == who.token and one.why in _NOTICES:
            return tell(words, _NOTICES[BlockReason(one.why)], day=words.date(one.day))
    return tell(words, "card_not_taken")


def cards_of(parts: Parts, member: int) -> tuple[bytes, ...]:
    """The keyed hashes of the member's cards that are taken, as far as this till knows them."""
    found = members.load(parts.reader, parts.identity, member)
    if found is None:
        return ()
    return tuple(sorted(card_state.own_cards(parts.identity, member, found.cards, found.blocked)))


def replace(parts: Parts, state: State, member: int, new: bytes, kept: tuple[bytes, ...] = ()) -> str:
    """Give the member the card `new` (keyed hash) in place of all but the `kept` ones, which go on.

    The sentence that says why not, "" when it is done: here at once, elsewhere when they hear of it.
    """
    old = tuple(card for card in cards_of(parts, member) if card not in (new, *kept))
    return _write(parts, state, member, new, old, BlockReason.REPLACED)


def block(parts: Parts, state: State, member: int, why: BlockReason, kept: tuple[bytes, ...] = ()) -> str:
    """Take none of the member's cards any more but the `kept` ones (`why` is LOST or STOLEN); as `replace`."""
    old = tuple(card for card in cards_of(parts, member) if card not in kept)
    return _write(parts, state, member, b"", old, why)


def found_again(parts: Parts, state: State, member: int, card: bytes) -> str:
    """Take a card again; as `replace`."""
    return _write(parts, state, member, b"", (card,), BlockReason.FOUND)


def _write(
    parts: Parts, state: State, member: int, new: bytes, cards: tuple[bytes, ...], why: BlockReason
) -> str:
    moment, identity = now(parts), parts.identity
    cashier = state.cashier.id if state.cashier is not None else ""
    drafts = (
        [EntryDraft(EntryKind.LINK, LinkBody(member, new, cashier), moment.bdate, member=member)]
        if new
        else []
    )
    body = CardBlockBody(member, cards, why.value, cashier)
    if cards:
        drafts.append(EntryDraft(EntryKind.CARD_BLOCK, body, moment.bdate, member=member))
    if not drafts:
        return ""

    def job(conn: Connection) -> None:
        journal.commit(conn, identity, drafts, moment.times, cursors.sync_state(conn).seen_pos)
        if new:
            members.add_card(conn, identity, new, member)
        card_words.overrule(conn, cards)
        if cards:
            members.change_cards(
                conn,
                identity,
                member,
                lambda known: card_state.after_block(identity, known, body, moment.bdate),
            )
        if why is BlockReason.FOUND:
            card_state.hide_marks(conn, identity, cards)
        parts.crash("before_commit")

    try:
        parts.writer.run(job)
    except StoreError as error:
        return str(error)
    if parts.network is not None:
        parts.network.wake_push()
        parts.network.tell_neighbours()
    return ""
