"""Signed cards at the till: who shows one is believed, and every flaw has its own words."""

from datetime import date

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.doctor.store import look_into
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.card_code import CARD_KEYS, CardCode, CardKey, card_name, written
from sync.floors import FLOORS, Floors
from sync.till import cursors, members, scans
from sync.till.events import AccountArrived
from sync.tokens import card_token
from sync.wire import MemberRow, pack
from tests.unit.till_kit import LOOKUP, Shop, card_number

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OURS = CardKey(1, KEY.public_key().public_bytes_raw())
LATER = date(2029, 1, 1)


def text(
    member: int = 1, issue: int = 1, *, kid: int = 1, expires: date = LATER, key: Ed25519PrivateKey = KEY
) -> str:
    """The digits in the QR code of a card."""
    return written(CardCode(member, kid, issue, expires), key.sign)


def name(member: int, issue: int) -> bytes:
    """The keyed hash by which that card is known."""
    return card_token(LOOKUP, card_name(member, issue))


def issued(shop: Shop, member: int, issues: int, *, asked: bool = False) -> MemberRow:
    """The ledger tells of the member's signed cards, all `issues` of them."""
    before = members.load(shop.store.reader(), shop.till.parts.identity, member)
    assert before is not None
    bare = shop.row(member, before.account, name=before.display)
    cards = (*bare.cards, *(name(member, issue) for issue in range(1, issues + 1)))
    row = msgspec.structs.replace(bare, cards=cards, pos=before.pos + 1)
    identity = shop.till.parts.identity
    shop.write(lambda conn: members.store_rows(conn, identity, [row], 0, asked=asked))
    return row


def test_a_signed_card_shows_its_member(shop: Shop) -> None:
    """Scanned at any moment it is the member's, and the ticket says how sure that is."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    card = shop.member(1, name="Zoé M.")
    issued(shop, 1, 1)
    shop.scan(text())
    assert shop.view.stage is Stage.TICKET
    assert shop.view.member is not None
    assert (shop.view.member.name, shop.view.member.card) == ("Zoé M.", "QR")
    shop.till.escape()
    shop.scan(card)
    shop.key_in("1000")
    shop.scan(text())
    shop.key_in("1000")
    assert [entry.evidence for entry in shop.entries() if entry.kind == "TICKET"] == ["number", "static"]
    assert {entry.member for entry in shop.entries() if entry.kind == "TICKET"} == {1}


@pytest.mark.parametrize(
    ("code", "keys", "told"),
    [
        (text(key=OTHER), (OURS,), "signed_forged"),
        (text(kid=2), (OURS,), "signed_unknown_key"),
        (text(), (), "signed_unknown_key"),
        (text(), (msgspec.structs.replace(OURS, revoked=True),), "signed_revoked_key"),
        (text(expires=date(2026, 11, 20)), (OURS,), "signed_expired"),
        ("4" * 181, (OURS,), "code_malformed_signed"),
        (written(CardCode(1, 1, at_s=1_795_000_000), KEY.sign), (OURS,), "phone_asked"),
    ],
)
def test_a_code_that_is_not_believed_puts_nobody_on_the_ticket(
    shop: Shop, code: str, keys: tuple[CardKey, ...], told: str
) -> None:
    """Not genuine, unknown key, revoked, expired, garbled, a phone's: each in words, and the ticket as before."""
    if keys:
        shop.publish(CARD_KEYS, pack(keys))
    shop.member(1)
    issued(shop, 1, 1)
    shop.scan(code)
    assert shop.code == told
    assert shop.view.member is None


def test_a_replaced_card_is_refused_where_the_next_is_known(shop: Shop) -> None:
    """The issue before the one that the till knows is void; the newer one works."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.member(1, name="Zoé M.")
    issued(shop, 1, 2)
    shop.scan(text(issue=1))
    assert (shop.code, shop.view.member) == ("signed_replaced", None)
    shop.scan(text(issue=2))
    assert shop.view.member is not None


def test_a_card_that_the_answer_shows_replaced_leaves_the_ticket(shop: Shop) -> None:
    """Unknown here, so the ledger is asked; its row has a later issue: the sale stays, the card goes."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.scan(text(member=7))
    shop.till.put_amount("1000")
    assert shop.ledger.accounts == [name(7, 1)]
    shop.member(7, name="Zoé M.")
    row = issued(shop, 7, 2, asked=True)
    shop.till.heard(AccountArrived(name(7, 1), row, 0))
    shop.till.pump()
    assert (shop.code, shop.view.member) == ("signed_replaced", None)
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 1000


def test_nobodys_signed_card_is_never_enrolled(shop: Shop) -> None:
    """The ledger knows nobody with it: no form opens for the digits of a signature."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.scan(text(member=8))
    shop.till.heard(AccountArrived(name(8, 1), None, 0))
    shop.till.pump()
    assert shop.code == "signed_nobody"
    assert shop.till.state.question is None


def test_as_a_card_to_enrol_a_signed_one_is_refused(shop: Shop) -> None:
    """It is somebody's already: the form stays as it is."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.till.open_enrol()
    shop.scan(text())
    assert (shop.view.stage, shop.code) == (Stage.ENROL, "enrol_card")


def test_floor_limits_hold_for_a_signed_card_and_not_for_its_number(shop: Shop) -> None:
    """Off line the same member may take points beyond what the till holds only with a card that cannot be forged."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.publish(FLOORS, pack(Floors(200, 200, 400)))
    card = shop.with_points(1, 450)
    issued(shop, 1, 1)

    def job(conn: cursors.Connection) -> None:
        fresh = msgspec.structs.replace(cursors.sync_state(conn), heard_ms=shop.clock.wall_ms())
        cursors.save_sync_state(conn, fresh)

    shop.write(job)
    shop.go_offline()
    taken: list[int] = []
    for code in (card, text()):
        shop.scan(code)
        shop.till.put_amount("5000")
        worth = shop.till.state.worth
        assert worth is not None
        taken.append(worth.floor.units)
        shop.till.escape()
    assert taken == [0, 200]
    assert shop.held(1, POINTS) == 0


def test_what_was_refused_is_kept_for_the_doctor(shop: Shop) -> None:
    """Who tries forged cards is seen afterwards: how many of what, and nothing of whose."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.member(1)
    for _ in range(2):
        shop.scan(text(key=OTHER))
        shop.scan(card_number(1))
        shop.till.escape()
    assert scans.refused(shop.store.reader()) == (("signed_forged", 2),)
    _, found = look_into(shop.folder, shop.clock.wall)
    [told] = [one.text for one in found if one.what == "scans"]
    assert told == "refused within a week: signed_forged 2"
