"""A restored ledger turns nothing into something else before its tills have said what they hold (row 27)."""

from pathlib import Path

import pytest

from sync.entry import Converted, Remap, decode
from sync.ledger.devices import WriteOffDevice
from sync.ledger.recovery_state import EndRecovery, RecoveryState
from tests.unit.ledger_kit import FOREVER, Shop, TillSim, Written, again, draw, line, promise, run
from tests.unit.recovery_kit import copied, restored, speak

STAMP, FREE = "stamp:coffee", "reward:coffee"
pytestmark = pytest.mark.engines("sqlite")


def coffee(till: TillSim, member: int, *converted: Converted) -> Written:
    """A coffee with its point and its stamp."""
    given = promise("base", 2, till.today), promise("coffee", 1, till.today, STAMP)
    return till.sale(member, (line(200, "coffee"),), given, converted=converted)


def send_again(till: TillSim, before: TillSim) -> None:
    """Write what the former life had not sent once more."""
    for seq, (data, digest, _) in enumerate(before.written[before.accepted :], before.accepted + 1):
        entry = decode(data)
        names = [
            f"{one.paired.dev}-{one.paired.inc}-{at}-1"
            for one, at in ((before, seq), (till, till.head.seq + 1))
        ]
        fields = {"orig": digest, "member": entry.member, "remap": (Remap(names[0], names[1]),)}
        till.write(entry.kind, entry.body, ticket=entry.ticket, **fields)


async def apart(shop: Shop, folder: Path) -> tuple[TillSim, TillSim, int]:
    """A till filled a card with nine stamps of a hold that the copy lacks, and is gone; another gave a tenth stamp."""
    here, gone = await shop.till(), await shop.till()
    member = await shop.member(opening={STAMP: 9})
    copied(shop, folder)
    assert (await gone.hold(member, 9, asset=STAMP)).code == "granted"
    grant = gone.grants[0]
    drawn = tuple(draw(grant.id, piece.lot, piece.quantity, STAMP) for piece in grant.slices)
    born = f"{gone.paired.dev}-1-{gone.head.seq + 1}-1"
    coffee(gone, member, Converted("coffee", FREE, 1, FOREVER, (*drawn, draw(born, born, 1, STAMP))))
    await restored(shop, folder)
    sold = coffee(here, member)
    here.give_back(sold.lots[1], (STAMP, sold.lots[1], 1))
    return here, gone, member


def test_stamps_wait_for_a_till_that_is_paired_again_meanwhile(tmp_path: Path) -> None:
    """Its next life is awaited in its place, and the card that it filled is the only one: nothing is owed."""

    async def scenario(shop: Shop) -> None:
        here, gone, member = await apart(shop, tmp_path)
        await speak(here)
        shop.clock.advance(minutes=1)
        life = await again(shop, gone)
        awaited = (await RecoveryState().run(shop.ledger)).awaited
        assert [(one.dev, one.inc) for one in awaited] == [(life.paired.dev, life.paired.inc)]
        send_again(life, gone)
        await life.push()
        assert not (await RecoveryState().run(shop.ledger)).on
        await shop.ledger.review_leases(10)
        books = await shop.balances(member)
        assert (books.balance(FREE), books.balance(STAMP)) == (1, 1)
        assert (books.deficit, books.converted, books.burned) == ({}, {STAMP: 1}, {STAMP: 9})

    run(tmp_path, scenario)


def test_a_full_card_forms_once_nobody_is_awaited(tmp_path: Path) -> None:
    """The till never comes and is written off: its stamps are the member's, and are a card with the next look."""

    async def scenario(shop: Shop) -> None:
        here, gone, member = await apart(shop, tmp_path)
        await speak(here)
        assert (await shop.balances(member)).available[STAMP] == 10
        await WriteOffDevice(gone.paired.dev, go=True).run(shop.ledger)
        assert not (await RecoveryState().run(shop.ledger)).on
        await shop.ledger.review_leases(10)
        books = await shop.balances(member)
        assert (books.balance(FREE), books.balance(STAMP)) == (1, 0)

    run(tmp_path, scenario)


def test_stamps_of_which_two_cards_were_made_are_missing(tmp_path: Path) -> None:
    """Nobody waited for the till, so the ledger made a card too; nobody shows the hold that the other was made of."""

    async def scenario(shop: Shop) -> None:
        here, gone, member = await apart(shop, tmp_path)
        await EndRecovery().run(shop.ledger)
        await speak(here)
        shop.clock.advance(minutes=1)
        life = await again(shop, gone)
        send_again(life, gone)
        await life.push()
        assert (await RecoveryState().run(shop.ledger)).missing == 9
        books = await shop.balances(member)
        assert (books.balance(FREE), books.deficit) == (2, {STAMP: 9})

    run(tmp_path, scenario)
