"""What a member may spend by what was shown: on a number little, on a signed card more, by a phone everything."""

import pytest

from pos_app.till.view import Stage
from rules.account import POINTS
from sync.card_code import CARD_KEYS
from sync.entry import TicketBody, body_of
from sync.floors import FLOORS, Floors
from sync.wire import pack
from tests.unit.test_phone_codes import code, introduction
from tests.unit.test_signed_cards import OURS, issued
from tests.unit.test_signed_cards import text as signed_card
from tests.unit.till_kit import BREAD, DAY_MS, OTHER_BADGE, OTHER_PIN, Shop, card_number

CARD, FIVE = (
    card_number(1),
    "five",
)  # a hundred points are five euros: by default 1,000 on a number, 5,000 signed


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """Member 1 owns 9,000 points and has a signed card."""
    shop.publish(CARD_KEYS, pack((OURS,)))
    shop.with_points(1, 9_000)
    issued(shop, 1, 1)
    return shop


def begun(shop: Shop, shown: str = CARD) -> None:
    """A purchase large enough for every reward, at a till that holds all that the member has."""
    shop.scan(shown)
    assert shop.till.state.basket is not None
    shop.grant(1, shop.till.state.basket.ticket, POINTS, 9_000)
    shop.till.put_amount("50000")


def most(shop: Shop) -> int:
    """Points that may be taken off here and now."""
    assert shop.till.state.worth is not None
    return sum(100 * offer.steps for offer in shop.till.state.worth.offers)


def spent(shop: Shop, points: int) -> None:
    shop.till.redeem(FIVE, points // 100)
    assert shop.code in ("", "reward_floor", "manager_vouches")
    shop.till.enter()
    assert shop.view.done is not None
    assert shop.view.done.reward == points * 5


@pytest.mark.parametrize("online", [True, False])
def test_a_number_pays_for_little_a_day(rich: Shop, online: bool) -> None:
    """Ten times five euros a member and day, whatever is held; undone ones count no more, a new day begins anew."""
    if not online:
        rich.go_offline()
    begun(rich)
    assert most(rich) == 1_000
    spent(rich, 800)
    begun(rich)
    assert most(rich) == 200
    rich.till.redeem(FIVE, 3)
    assert (rich.code, rich.ledger.moves) == ("trust_number", [])
    assert "200" in rich.view.notice.text  # type: ignore[union-attr]
    rich.till.redeem(FIVE, 2)
    rich.till.enter()
    rich.till.undo()
    begun(rich)
    assert most(rich) == 200
    rich.till.escape()
    rich.clock.pass_ms(DAY_MS)
    begun(rich)
    assert most(rich) == 1_000


def test_what_the_shop_says_goes_first(rich: Shop) -> None:
    """Nothing on a number: the reward says what it takes to have it. Everything: no limit is left."""
    rich.publish(FLOORS, pack(Floors(number=0, signed=300)))
    begun(rich)
    assert most(rich) == 0
    assert rich.view.ticket is not None
    (reward,) = rich.view.ticket.rewards
    assert (reward.possible, reward.asks) == (False, True)
    assert "manager" in reward.reason
    rich.scan(signed_card())
    assert most(rich) == 300
    rich.publish(FLOORS, pack(Floors(number=10**9, signed=10**9)))
    rich.scan(BREAD)
    assert most(rich) == 9_000


def test_a_signed_card_or_a_phone_lets_the_same_ticket_go_on(rich: Shop) -> None:
    """The member shows more: lines and rewards stay, more may be taken; a number after it takes nothing away."""
    rich.scan(signed_card())
    rich.scan(introduction(rich))
    rich.till.enter()
    rich.till.escape()
    begun(rich)
    rich.till.redeem(FIVE, 10)
    for shown, told, points in (
        (signed_card(), "member_shown", 5_000),
        (CARD, "same_member", 5_000),
        (None, "member_shown", 9_000),
        (signed_card(), "same_member", 9_000),
    ):
        rich.scan(shown or code(rich))
        assert (rich.code, most(rich), rich.till.state.basket.choices[0].steps) == (told, points, 10)  # type: ignore[union-attr]
    spent(rich, 9_000)
    assert rich.entries()[-1].evidence == "dynamic"


def test_what_a_phone_paid_for_leaves_a_number_its_own(rich: Shop) -> None:
    """Only what is no surer counts: who has the number could not have spent the rest."""
    rich.scan(signed_card())
    rich.scan(introduction(rich))
    rich.till.enter()
    rich.till.escape()
    begun(rich, code(rich))
    spent(rich, 5_000)
    begun(rich)
    assert most(rich) == 1_000


def test_a_signed_card_has_its_limit_too(rich: Shop) -> None:
    """What was spent on a number counts with it; a phone is asked for in words."""
    begun(rich)
    spent(rich, 1_000)
    begun(rich, signed_card())
    assert most(rich) == 4_000
    rich.till.redeem(FIVE, 41)
    assert rich.code == "trust_signed"


def test_a_manager_answers_for_a_number(rich: Shop) -> None:
    """Badge and PIN: what was asked for and no more, named in the entry, and nothing of it counts for later."""
    begun(rich)
    rich.till.redeem(FIVE, 30)
    assert rich.code == "trust_number"
    rich.scan(OTHER_BADGE)
    assert rich.view.stage is Stage.LOCKED
    rich.till.pin(OTHER_PIN)
    assert (rich.code, most(rich)) == ("manager_vouches", 3_000)
    rich.till.redeem(FIVE, 31)
    assert rich.code == "trust_number"
    rich.till.redeem(FIVE, 30)
    rich.till.enter()
    entry = next(one for one in rich.entries() if one.kind == "TICKET")
    body = body_of(entry)
    assert isinstance(body, TicketBody)
    assert (body.burns[0].quantity, entry.evidence, entry.risk) == (
        3_000,
        "number",
        ("grant", "supervisor:m1"),
    )
    begun(rich)
    assert most(rich) == 1_000


def test_a_digit_lets_go_of_what_the_number_does_not_pay_for(rich: Shop) -> None:
    """One step, then the sentence, then none: the cashier is not caught in it."""
    rich.publish(FLOORS, pack(Floors(number=100)))
    begun(rich)
    seen = []
    for _ in range(4):
        rich.till.choose(1)
        seen.append((rich.code, len(rich.till.state.basket.choices)))  # type: ignore[union-attr]
    assert seen == [("", 1), ("trust_number", 1), ("", 0), ("", 1)]
