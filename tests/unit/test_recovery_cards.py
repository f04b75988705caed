"""Cards that nobody had enrolled when the ledger was copied: tills know numbers for them that it has lost."""

from pathlib import Path

import pytest

from sync.ledger.recovery_state import RecoveryState
from sync.person import waiting_number
from sync.wire import Cursor
from tests.unit.ledger_kit import Shop, run
from tests.unit.recovery_kit import copied, restored, speak
from tests.unit.test_ledger_adjust import adjust

pytestmark = pytest.mark.engines("sqlite")
CARD = b"unknown-card-tok"


def test_the_number_of_a_card_is_its_members_when_the_enrolment_comes_first(tmp_path: Path) -> None:
    """A third till sells by the number that the lost ledger gave the card, after both others were heard."""

    async def scenario(shop: Shop) -> None:
        one, two, three = await shop.till(), await shop.till("gare"), await shop.till("gare")
        copied(shop, tmp_path)
        two.euros(CARD.hex(), 10)
        await two.push()
        one.enrol(7, CARD)
        await one.push()
        await restored(shop, tmp_path)
        for till in (one, two, three):
            await speak(till)
        assert not (await RecoveryState().run(shop.ledger)).on
        three.euros(waiting_number(CARD), 10)
        await three.push()
        assert (await shop.balances(7)).balance() == 20
        assert await shop.faults() == []

    run(tmp_path, scenario)


def test_where_points_were_given_by_hand_the_member_is_known(tmp_path: Path) -> None:
    """Also where the ledger heard first whose card it is: the store's tills take it for nobody's no more."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(7, CARD)
        await one.push()
        adjust(two, 50, member=CARD.hex())
        await two.push()
        [row] = (await two.pull(Cursor("store:gare", 0, 0))).members
        assert (row.member, row.cards, row.account.balance) == (7, (CARD,), {"points": 50})

    run(tmp_path, scenario)
