"""The code of a phone at two tills that are on line: the ledger says who was shown it first (failure table, row 25)."""

from pathlib import Path

from sync.ledger.claims import KEEP_MS, claim
from sync.shown import ShownAnswer, ShownRequest
from tests.unit.ledger_kit import Shop, TillSim, run

CODE = b"8 bytes!"


async def elsewhere(till: TillSim, code: bytes = CODE) -> bool:
    answer = await claim(till.shop.ledger, till.device, ShownRequest(code))
    assert answer == ShownAnswer(code, answer.elsewhere)
    return answer.elsewhere


def test_the_first_till_keeps_the_code_and_every_other_one_hears_of_it(tmp_path: Path) -> None:
    """Asking again changes nothing, also after the till asks twice; another code is another matter."""

    async def scenario(shop: Shop) -> None:
        one, two, away = await shop.till(), await shop.till(), await shop.till("gare")
        told = [await elsewhere(till) for till in (one, two, one, away)]
        assert told == [False, True, False, True]
        assert not await elsewhere(two, b"another!")

    run(tmp_path, scenario)


def test_a_code_is_forgotten_when_no_till_believes_it_any_more(tmp_path: Path) -> None:
    """Nothing about a phone stays behind."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        assert not await elsewhere(one)
        shop.clock.advance(milliseconds=KEEP_MS + 1)
        assert not await elsewhere(two)

    run(tmp_path, scenario)
