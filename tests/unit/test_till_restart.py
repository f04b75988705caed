"""What a till takes up again: the begun ticket, an unprinted receipt, holds that nobody needs."""

from pathlib import Path

import pytest

from pos_app.languages.words import Words
from pos_app.screens.menu_items import MENU
from pos_app.till.machine import NotSetUp
from pos_app.till.parts import Options
from pos_app.till.slip import printed
from pos_app.till.till import Till
from pos_app.till.view import Stage
from rules.account import POINTS
from sync.crash import no_crash
from sync.entry import TicketBody
from sync.till import spool, tickets
from sync.till.database import RESERVE_BYTES, open_store
from sync.till.identity import save_identity, standalone_identity
from sync.till.writer import InlineWriter
from tests.unit.test_store_faults import file_limit
from tests.unit.till_kit import BREAD, PROGRAMME, FixedClock, Shop, fill_the_disk

PRINTS = Options(language="en", prints=True)


def test_begun_ticket_is_back(shop: Shop) -> None:
    """Card, lines and reward stand as before the power cut; the member is read anew."""
    card = shop.with_points(1, 0, visits=3)
    shop.sale(card, "15000")
    shop.scan(card)
    shop.scan(BREAD)
    shop.till.put_amount("2000")
    shop.till.choose(1)
    shop.restart()
    assert shop.code == "restored"
    shop.sign_in()
    view = shop.view
    assert view.ticket is not None
    assert view.ticket.total == 2350
    assert view.ticket.rewards[0].chosen
    assert view.member is not None
    assert view.member.balance == 150


@pytest.mark.parametrize("language", ["en", "fr"])
def test_who_signs_in_is_told_that_the_ticket_is_back(shop: Shop, language: str) -> None:
    """Also in the language that was chosen meanwhile; said once, the next sign-in says who it is."""
    shop.sign_in()
    shop.scan(shop.member(1))
    shop.till.put_amount("2000")
    shop.restart()
    said = shop.till.view().notice
    shop.till.set_language(language)
    shop.sign_in()
    assert shop.code == "restored"
    assert (shop.view.notice == said) is (language == "en")
    shop.till.lock()
    shop.clock.pass_ms(5_000)
    shop.sign_in()
    assert shop.code == "signed_in"


def test_who_signs_in_is_told_that_the_last_receipt_is_not_printed(shop: Shop) -> None:
    """By keys that print it there, and not of one that the printer has taken meanwhile."""
    shop.options = PRINTS
    shop.sale(shop.member(1), "1000")
    shop.restart()
    shop.sign_in()
    assert shop.code == "not_printed"
    assert shop.view.notice is not None
    assert "F9, 2, 1" in shop.view.notice.text
    assert MENU[1].items[0].label(Words("en")) == "The last receipt again"
    shop.restart()
    [job] = spool.pending_jobs(shop.store.reader())
    shop.write(lambda conn: spool.mark_printed(conn, job.id, 1))
    shop.sign_in()
    assert shop.code == "signed_in"


def test_a_power_cut_leaves_the_amount_that_was_entered(shop: Shop) -> None:
    """A digit that stood in the field beside it is not the ticket's amount."""
    shop.key_in("4590")
    shop.scan(shop.member(1))
    shop.till.typed("3")
    shop.restart()
    shop.sign_in()
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 4590


def test_a_power_cut_leaves_what_was_half_typed_beside_products(shop: Shop) -> None:
    """No amount had been entered: what stood in the field is all there is of it."""
    shop.scan(shop.member(1))
    shop.scan(BREAD)
    shop.till.typed("45")
    shop.restart()
    shop.sign_in()
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 350 + 45


def test_the_amount_is_back_after_a_power_cut_at_enter(shop: Shop) -> None:
    """Enter records the amount in the field at once: cut in the middle, the ticket is begun and the amount on it."""
    shop.scan(shop.member(1))

    class PowerCut(BaseException):
        pass

    def cut(point: str) -> None:
        if point == "before_commit":
            raise PowerCut

    shop.crash = cut
    with pytest.raises(PowerCut):
        shop.key_in("1275")
    shop.crash = no_crash
    shop.restart()
    assert shop.code == "restored"
    shop.sign_in()
    assert shop.view.ticket is not None
    assert shop.view.ticket.total == 1275
    shop.till.enter()
    assert shop.code == "recorded"
    [body] = shop.bodies("TICKET")
    assert isinstance(body, TicketBody)
    assert [line.cents for line in body.lines] == [1275]


def test_a_ticket_that_was_left_while_the_disk_was_full_stays_left(shop: Shop) -> None:
    """There is no room to record it, but for forgetting it there is: it does not come back as begun."""
    shop.scan(shop.member(1))
    with file_limit(RESERVE_BYTES - 1):
        fill_the_disk(shop)
        assert shop.store.full
        shop.till.escape()
        shop.till.escape()
        assert shop.view.ticket is None
    shop.restart()
    assert shop.code != "restored"
    shop.sign_in()
    assert shop.view.ticket is None


def test_recorded_not_printed(shop: Shop) -> None:
    """The last ticket without paper is named at the start; a duplicate is queued in its place."""
    shop.options = PRINTS
    shop.sale(shop.member(1), "1000")
    shop.restart()
    assert shop.code == "not_printed"
    shop.sign_in()
    shop.till.reprint()
    jobs = spool.pending_jobs(shop.store.reader())
    assert len(jobs) == 1
    assert b"DUPLICATE" in printed(shop.till.parts, jobs[0].data)


def test_a_till_without_a_printer_asks_nobody_to_print(shop: Shop) -> None:
    """Nothing is ever printed there: a restart has nothing to tell of it."""
    shop.sale(shop.member(1), "1000")
    shop.restart()
    assert shop.code == ""
    shop.sign_in()
    assert shop.code == "signed_in"


def test_damaged_draft_is_left(shop: Shop) -> None:
    """A draft that cannot be read does not keep the till from starting."""
    shop.write(lambda conn: tickets.save_draft(conn, "t", b"\xff{"))
    shop.restart()
    shop.sign_in()
    assert shop.view.stage is Stage.IDLE


def test_orphan_hold_goes_back_at_start(shop: Shop) -> None:
    """A hold whose ticket is gone is given back."""
    card = shop.with_points(1, 450)
    shop.scan(card)
    ticket = shop.ledger.holds[0][0]
    shop.till.escape()
    shop.grant(1, ticket, POINTS, 200)
    shop.restart()
    shop.till.tick()
    assert shop.kinds() == ["GRANT_RETURN"]


def test_till_without_identity(tmp_path: Path) -> None:
    """A till that was never set up says so."""
    store = open_store(tmp_path)
    with pytest.raises(NotSetUp, match="pair it"):
        Till(store, InlineWriter(store), FixedClock(), bytes)
    store.close()


def test_till_that_works_alone(tmp_path: Path) -> None:
    """Without any ledger: a programme, a sale without a card, an enrolment, a reward from its own births."""
    import hashlib

    from sync.lists import StaffMember
    from sync.publication import ConfigItem
    from sync.till import config
    from sync.tokens import card_token
    from tests.unit.till_kit import _HASHES, BADGE, PIN

    store = open_store(tmp_path)
    writer = InlineWriter(store)
    who = standalone_identity(lambda n: bytes(range(n)), "kiosk", "1", "Europe/Paris")
    staff = StaffMember("c", "Camille", "cashier", card_token(who.lookup_key, BADGE), _HASHES[PIN])
    import msgspec

    writer.run(lambda conn: save_identity(conn, who))
    for what, data in (("programme", PROGRAMME), ("staff", msgspec.msgpack.encode([staff]))):
        item = ConfigItem(what, what, hashlib.sha256(data).digest(), None, 1)
        writer.run(lambda conn, item=item, data=data: config.store_item(conn, item, data))
    clock = FixedClock()
    till = Till(store, writer, clock, bytes)
    till.scan_text(BADGE, "test")
    till.pin(PIN)
    till.open_enrol()
    till.enrol_confirm()
    member = till.view().member
    assert member is not None
    till.put_amount("12000")
    till.enter()
    clock.pass_ms(5_000)
    till.scan_text(member.card, "test")
    till.put_amount("2000")
    till.choose(1)
    till.enter()
    done = till.view().done
    assert done is not None
    assert done.reward == 500
    assert not till.view().status.paired
    store.close()


def test_every_paper_that_waited_is_listed_and_printed(shop: Shop) -> None:
    """Three sales and a return while the printer was away: the start says how many, a digit prints each once."""
    shop.options = PRINTS
    numbers = []
    for n in (1, 2, 3):
        shop.sale(shop.member(n), "1000")
        assert shop.view.done is not None
        numbers.append(shop.view.done.reference)
    shop.till.open_return()
    shop.till.return_reference(numbers[0])
    shop.till.return_confirm()
    shop.restart()
    shop.sign_in()
    assert shop.code == "not_printed_some"
    assert shop.view.notice is not None
    assert "printed: 4" in shop.view.notice.text
    assert MENU[1].items[3].label(Words("en")) == "Papers that were not printed"
    shop.till.errand("unprinted")
    assert shop.view.errand is not None
    listed = [choice.label for choice in shop.view.errand.choices]
    assert listed[0].startswith("Return ")
    assert [
        number.split()[0] in text for number, text in zip(reversed(numbers), listed[1:4], strict=True)
    ] == [True] * 3
    for digit in (4, 1):
        shop.till.choose_in_errand(digit)
        assert shop.code == "reprinted"
    jobs = spool.pending_jobs(shop.store.reader())
    papers = [printed(shop.till.parts, job.data) for job in jobs[-2:]]
    assert all(b"DUPLICATE" in paper for paper in papers)
    assert numbers[0].split()[0].encode() in papers[0]
    shop.till.choose_in_errand(0)
    assert (shop.code, spool.pending_jobs(shop.store.reader())) == ("not_wanted", ())
    shop.till.errand("unprinted")
    assert shop.code == "all_printed"


def test_the_paper_of_a_return_is_the_last_receipt(shop: Shop) -> None:
    """It can be printed again after the next card was scanned, as a sale's can."""
    shop.options = PRINTS
    shop.restart()
    shop.sign_in()
    shop.sale(shop.member(1), "1000")
    sold = shop.view.done
    assert sold is not None
    shop.till.open_return()
    shop.till.return_reference(sold.reference)
    shop.till.return_confirm()
    shop.till.escape()
    shop.till.reprint()
    paper = printed(shop.till.parts, spool.pending_jobs(shop.store.reader())[-1].data)
    assert b"RETURN" in paper
    assert b"DUPLICATE" in paper


def test_without_a_printer_p_says_so(shop: Shop) -> None:
    """Nobody waits for paper that never comes: the key is not offered, and the notice names the screen's receipt."""
    shop.sale(shop.member(1), "1000")
    assert "P" not in shop.view.keys
    shop.till.reprint()
    assert shop.code == "no_printer"
    assert len(spool.pending_jobs(shop.store.reader())) == 1
