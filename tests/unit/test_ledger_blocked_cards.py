"""Blocked and replaced cards, keys of phones, a code that was shown twice, at the ledger (failure table, row 25)."""

from pathlib import Path

from rules.ticket import Event
from sync.card_marks import Blocked, BlockReason, PhoneKey, blocked_mark, phone_mark
from sync.entry import CardBlockBody, EntryKind, EraseBody, Evidence, PhoneKeyBody, TicketBody
from sync.ledger.effect import CODE_TWICE
from sync.thin import THIN, short, unsqueezed
from sync.wire import Cursor, MemberRow
from tests.unit.journal_kit import Written
from tests.unit.ledger_kit import Shop, TillSim, line, looking, promise, run

OLD, NEW, OTHER = b"card-of-member-1", b"card-replaced-01", b"card-replaced-02"
MEMBER = 501
KEY, LATER = bytes(range(32)), bytes(range(1, 33))


async def enrolled(shop: Shop) -> tuple[TillSim, TillSim]:
    """Two tills of a store, and a member with one card and 9 points."""
    one, two = await shop.till(), await shop.till()
    one.enrol(MEMBER, OLD)
    one.sale(MEMBER, (line(900),), (promise("base", 9, one.today),))
    await one.push()
    return one, two


def replace(till: TillSim, new: bytes, old: bytes = OLD) -> None:
    """What a till writes when a card is lost: the new one, and that the old one is not taken any more."""
    till.link(MEMBER, new)
    block(till, BlockReason.REPLACED, old)


def block(till: TillSim, why: BlockReason, *cards: bytes) -> None:
    till.write(EntryKind.CARD_BLOCK, CardBlockBody(MEMBER, cards, why.value, "camille"), member=MEMBER)


def sold(till: TillSim, code: bytes) -> Written:
    """A ticket of the member, whose phone showed `code`."""
    ticket = f"{till.head.dev:08x}{till.head.seq + 1:024x}"
    body = TicketBody(till.paired.store, "camille", till.shop.programme, 600, (line(500),), code=code)
    return till.write(EntryKind.TICKET, body, ticket=ticket, member=MEMBER, evidence=Evidence.DYNAMIC)


async def row(shop: Shop, till: TillSim, card: bytes = OLD) -> MemberRow:
    found = (await shop.ledger.account(till.device, card)).row
    assert found is not None
    return found


def test_two_tills_replace_a_card_off_line(tmp_path: Path) -> None:
    """Both new cards stay good, the old one is blocked at every till, also by the list of members; points stay."""

    async def scenario(shop: Shop) -> None:
        one, two = await enrolled(shop)
        replace(two, OTHER)
        replace(one, NEW)
        for till in (two, one):
            assert {said.state for said in (await till.push()).dispositions} == {"applied"}
        told = await row(shop, two)
        lookup = one.paired.lookup_key
        assert told.blocked == (Blocked(OLD, "replaced", one.today),)
        assert set(told.cards) == {OLD, NEW, OTHER, blocked_mark(lookup, OLD)}
        assert [(await row(shop, one, card)).member for card in (NEW, OTHER)] == [MEMBER] * 2
        assert told.account.balance == {"points": 9}
        listed = unsqueezed((await two.pull(Cursor(THIN, 1, 0))).thin).cards
        assert (short(blocked_mark(lookup, OLD)), MEMBER) in [(one.card, one.member) for one in listed]

    run(tmp_path, scenario)


def test_the_latest_word_about_a_card_counts(tmp_path: Path) -> None:
    """Found again after it was lost it is taken; the word of a till that was off line meanwhile changes nothing."""

    async def scenario(shop: Shop) -> None:
        one, two = await enrolled(shop)
        block(two, BlockReason.LOST, OLD)
        shop.clock.advance(minutes=1)
        block(one, BlockReason.FOUND, OLD)
        await one.push()
        await two.push()
        told = await row(shop, one)
        assert (told.blocked, told.cards) == ((), (OLD,))
        mark = short(blocked_mark(one.paired.lookup_key, OLD))
        listed = unsqueezed((await one.pull(Cursor(THIN, 1, 0))).thin).cards
        assert [card.member for card in listed if card.card == mark] in ([], [0])

    run(tmp_path, scenario)


def test_another_members_card_is_not_blocked(tmp_path: Path) -> None:
    """A till that names the wrong member is told so, and nothing changes."""

    async def scenario(shop: Shop) -> None:
        one, _ = await enrolled(shop)
        one.enrol(MEMBER + 1, OTHER)
        block(one, BlockReason.LOST, OTHER)
        assert (await one.push()).dispositions[-1].code == "card_taken"
        assert (await row(shop, one, OTHER)).blocked == ()

    run(tmp_path, scenario)


def test_a_member_has_the_phone_that_was_introduced_last(tmp_path: Path) -> None:
    """In order of sale, whoever is heard first; without a key there is none; an erased member has none either."""

    async def scenario(shop: Shop) -> None:
        one, two = await enrolled(shop)

        def introduce(till: TillSim, kid: int, public: bytes) -> None:
            body = PhoneKeyBody(MEMBER, kid, public, "camille")
            till.write(EntryKind.PHONE_KEY, body, member=MEMBER)

        introduce(two, 1, KEY)
        shop.clock.advance(minutes=1)
        introduce(one, 1, LATER)
        await one.push()
        await two.push()
        mark = phone_mark(one.paired.lookup_key, MEMBER)
        assert (await row(shop, two, mark)).phone == PhoneKey(1, LATER)
        introduce(one, 0, b"")
        introduce(one, 1, b"too short")
        answer = await one.push()
        assert [said.state for said in answer.dispositions] == ["applied", "quarantined"]
        told = await row(shop, one)
        assert (told.phone, told.cards) == (None, (OLD,))
        introduce(one, 2, KEY)
        one.write(EntryKind.ERASE, EraseBody(MEMBER, "camille", "nadia"), member=MEMBER)
        await one.push()
        assert (await shop.ledger.account(one.device, mark)).row is None

    run(tmp_path, scenario)


def test_a_screenshot_that_two_cut_off_tills_took_is_told(tmp_path: Path) -> None:
    """Row 25: both tickets stand, and the ledger says which two were shown one code; a ticket sent twice is one."""

    async def scenario(shop: Shop) -> None:
        one, two = await enrolled(shop)
        code = b"shortone"
        sales = [sold(till, code) for till in (one, two)]
        await one.push()
        tx = looking(shop.ledger._storage)
        assert await tx.shown_twice() == ()
        await two.push()
        twice = await tx.shown_twice()
        assert {(shown.ticket, shown.dev) for shown in twice} == {
            (sales[0].ticket, one.paired.dev),
            (sales[1].ticket, two.paired.dev),
        }
        told = [effect for effect in await tx.effects(0, 99) if effect.what == CODE_TWICE]
        assert [(one.ticket, one.detail) for one in told] == [(sales[1].ticket, sales[0].ticket)]

    run(tmp_path, scenario)


def test_a_check_in_on_the_screenshot_of_a_code_is_told_too(tmp_path: Path) -> None:
    """What one till notes and sells on a code is one showing; at another till, sold or noted, it is told."""

    async def scenario(shop: Shop) -> None:
        one, two = await enrolled(shop)
        code = b"shortone"
        came = Event("check_in", ref="wine")
        noted = one.event(MEMBER, came, code=code)
        sale = sold(one, code)
        await one.push()
        tx = looking(shop.ledger._storage)
        assert await tx.shown_twice() == ()
        assert [effect for effect in await tx.effects(0, 99) if effect.what == CODE_TWICE] == []
        elsewhere = two.event(MEMBER, came, code=code)
        await two.push()
        told = [effect for effect in await tx.effects(0, 99) if effect.what == CODE_TWICE]
        found = [(one.ticket, one.detail.split()) for one in told]
        assert found == [(elsewhere.ticket, sorted([noted.ticket, sale.ticket]))]
        assert len(await tx.shown_twice()) == 3

    run(tmp_path, scenario)
