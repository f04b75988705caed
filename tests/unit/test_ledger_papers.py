"""What a restored ledger takes of a till that it does not know: by papers it signed itself, whatever the engine."""

from pathlib import Path
from typing import Any

import msgspec

from sync.chain import public_key_of
from sync.delegation import RULES
from sync.ledger.known_again import show
from sync.ledger.recovery import begin
from sync.papers import LivesRequest, Paper, Shared, paper_bytes
from tests.unit.ledger_kit import Shop, TillSim, run

DEV = 900  # given out by the ledger that is lost
SEEDS = {inc: bytes([inc]) * 32 for inc in (1, 2, 3)}


def paper(shop: Shop, inc: int, seed: bytes, **more: Any) -> Paper:
    """What the lost ledger had signed."""
    named = Paper(DEV, inc, "halles", "7", public_key_of(seed), bytes([64 + inc]) * 32, 1, inc - 1, **more)
    return msgspec.structs.replace(named, signature=shop.ledger.signer(RULES)(paper_bytes(named)))


def test_lives_and_keys_that_are_not_in_the_books_begin_again(tmp_path: Path) -> None:
    """The life that is over brings what is lacking, the present one its own, and then it changes its key."""

    async def scenario(shop: Shop) -> None:
        known, member = await shop.till(), await shop.member()
        await shop.ledger._storage.write(lambda tx: begin(tx, shop.clock.ms))
        await shop.ledger.read_keys()
        papers = paper(shop, 1, SEEDS[1]), paper(shop, 2, SEEDS[2])
        lives = [
            TillSim(
                shop, msgspec.structs.replace(known.paired, dev=DEV, inc=one.inc, genesis=one.genesis), seed
            )
            for one, seed in zip(papers, SEEDS.values(), strict=False)
        ]
        before, now = lives
        now.copy = 1
        before.euros(member, 10)
        before.euros(member, 5)  # the life after it has sent this one again
        request = LivesRequest(papers, (Shared(1, 1),))
        assert (await show(shop.ledger, request)).inc == 1
        whole = msgspec.structs.replace(request, former=before.request(limit=1))
        for _ in range(2):  # the answer may be lost
            assert (await show(shop.ledger, whole)).inc == 0
        now.euros(member, 20)
        await now.push()
        assert (await shop.balances(member)).earned == {"points": 30}
        newer = paper(shop, 2, SEEDS[3], key=1)
        assert (await show(shop.ledger, LivesRequest((*papers, newer), (Shared(1, 1),)))).inc == 0
        assert await shop.ledger.device_key(DEV, 2) == public_key_of(SEEDS[3])
        assert await shop.ledger.device_key(DEV, 1) != public_key_of(SEEDS[3])

    run(tmp_path, scenario)
