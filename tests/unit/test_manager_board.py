"""The manager's figures: counted from what tills wrote, beside last week, with what the ledger told of other tills."""

import json
from datetime import date

import msgspec
import pytest
from click.testing import CliRunner

from pos_app.cli.report import report
from pos_app.languages.words import Words
from pos_app.manager.board import Board, board_of, merged
from pos_app.manager.crowd import crowd_of
from pos_app.manager.dashboard import campaigns_of
from pos_app.manager.pages import patterns_page, today_page
from pos_app.manager.shop import shop_of
from rules.account import POINTS, Account
from sync.figures import Offers, Row, StoreFigures, offers_of
from sync.patterns import NO_TICKET, OWN_CARD, TWO_STORES, TYPED, VELOCITY, Pattern
from sync.till.offers import Offered, offered
from sync.till.own_figures import own_seen
from sync.till.told_figures import keep_figures
from tests.unit.till_kit import DAY_MS, OTHER_BADGE, OTHER_PIN, PROGRAMME, Shop, card_number

TIERED = (
    PROGRAMME
    + b"""
[tiers]
measure = "points_earned"
window = "365d"
levels = [{ id = "base", from = 0 }, { id = "gold", from = 200 }]

[incidents]
kinds = { rude = 3 }
window = "180d"
red_alert = 3
"""
)


def board(shop: Shop) -> Board:
    return board_of(shop_of(shop.till.parts))


def test_today_is_counted_beside_the_same_weekday_at_this_hour(shop: Shop) -> None:
    """Members once, tickets with and without a card, points and money; an undone ticket is none."""
    shop.sale(shop.member(1), "1000")
    later = 7 * DAY_MS
    shop.clock.pass_ms(later - 3_600_000)
    for amount in ("2000", "3000"):
        shop.sale(card_number(1), amount)
    shop.clock.pass_ms(3_500)
    shop.key_in("500")
    shop.till.enter()
    shop.sale(card_number(1), "9900")
    shop.till.undo()
    shop.till.enter()
    found = board(shop).today
    assert (found.whole.members, found.whole.tickets, found.whole.linked) == (1, 3, 2)
    assert (found.whole.cents, found.whole.linked_cents, found.whole.given) == (5_500, 5_000, 50)
    # An hour before the sale of last week's weekday there was nothing to compare with; an hour later there is.
    assert found.before.tickets == 0
    shop.clock.pass_ms(3_600_000)
    assert board(shop).today.before.tickets == 1


def test_other_tills_come_from_what_the_ledger_told(shop: Shop) -> None:
    """Their rows are added; its word about this very till gives way to the till's own journal."""
    shop.sale(shop.member(1), "1000")
    day = shop_of(shop.till.parts).now.day
    told = StoreFigures(
        1, (Row("day", day, "Till 1", tickets=7, cents=70), Row("day", day, "Till 2", tickets=90))
    )
    shop.write(lambda conn: keep_figures(conn, told))
    found = board(shop)
    assert [(row.till, row.tickets) for row in found.today.tills] == [("Till 1", 7), ("Till 2", 1)]
    assert (found.today.whole.tickets, found.today.whole.cents, found.made_ms) == (8, 1_070, 1)


def test_one_card_on_many_tickets_is_told_with_its_reason(shop: Shop) -> None:
    """Five tickets in an hour, all with one cashier of two: velocity, and perhaps the cashier's own card."""
    card, other = shop.member(1), shop.member(2)
    for _ in range(5):
        shop.sale(card, "1000")
    assert {one.kind for one in board(shop).patterns} == {VELOCITY}, (
        "where one alone rings up, all are with that one"
    )
    shop.clock.pass_ms(3 * 3_600_000)
    for _ in range(8):
        shop.clock.pass_ms(3_600_000)
        shop.scan(OTHER_BADGE)
        shop.till.pin(OTHER_PIN)
        shop.sale(other, "1000")
    found = {one.kind: one for one in board(shop).patterns if one.member == 1}
    assert found.keys() == {VELOCITY, OWN_CARD}
    assert (found[VELOCITY].count, found[OWN_CARD].points) == (5, 50)
    said = patterns_page(board(shop), shop_of(shop.till.parts), Words("en"))
    assert "Member 1: 5 tickets within an hour, the last with Camille" in said


def test_typed_numbers_are_told(shop: Shop) -> None:
    """A cashier who types every card number instead of scanning."""
    shop.member(1)
    for _ in range(5):
        shop.clock.pass_ms(600_000)
        shop.key_in(card_number(1))
        shop.key_in("1000")
    assert TYPED in {one.kind for one in board(shop).patterns}


def test_the_pattern_that_counts_more_is_told_once() -> None:
    """Ledger and till find the same one: the till's is newer, the ledger's has other tills in it."""
    day = date(2026, 11, 20)
    here, there = Pattern(VELOCITY, day, 5, 4, member=1), Pattern(VELOCITY, day, 3, 6, member=1)
    assert merged([here], [there], day) == (there,)


def test_what_only_the_ledger_sees_is_said_with_the_other_store(shop: Shop) -> None:
    """One card here and there within minutes; whose ticket a return is of, a till that never had it does not judge."""
    day = shop_of(shop.till.parts).now.day
    told = (
        Pattern(TWO_STORES, day, 5, 2, "Till 2", "c1", 7, store="Gare"),
        Pattern(VELOCITY, day, 4, 6, "Till 2", "c1", 7, store="Gare"),
    )
    shop.write(lambda conn: keep_figures(conn, StoreFigures(1, patterns=told)))
    said = patterns_page(board(shop), shop_of(shop.till.parts), Words("en"))
    assert "Member 7: here and in Gare within 10 minutes, times: 2" in said
    assert "Member 7: 6 tickets within an hour, here and in Gare" in said
    blind = [Pattern(NO_TICKET, day, 9, 3, "Till 2", "c1")]
    assert merged(blind, None, day) == tuple(blind)
    assert merged(blind, [], day) == ()


def test_the_command_reads_a_till_at_work(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text in French, CSV with cents, JSON: all from the folder of a till that runs."""
    shop.sale(shop.member(1), "1000")
    monkeypatch.setattr("time.time", lambda: shop.clock.wall / 1000)
    runner = CliRunner()
    folder = str(shop.folder)
    text = runner.invoke(report, ["today", "--data", folder, "--lang", "fr"], catch_exceptions=False)
    assert "100 %" in text.output
    assert "10,00" in text.output
    lines = runner.invoke(report, ["today", "--data", folder, "--csv"]).output.splitlines()
    assert lines[0].startswith("span,first,till,members,tickets")
    assert lines[1].split(",")[:7] == ["day", "2026-11-20", "Till 2", "1", "1", "1", "1000"]
    assert len(lines) == 3  # the till and the store: there was no such day before
    week = json.loads(runner.invoke(report, ["week", "--data", folder, "--json"]).output)
    assert [one["tickets"] for one in week["days"]] == [0, 0, 0, 0, 1]
    assert today_page(board(shop), shop_of(shop.till.parts), Words("en")).startswith("Halles · ")
    assert msgspec.json.decode(runner.invoke(report, ["patterns", "--data", folder, "--json"]).output) == []


def test_offers_shown_and_taken_are_counted(shop: Shop) -> None:
    """A reward that was possible on two tickets and taken on one; none where the points do not reach."""
    card = shop.with_points(1, 300)
    for take in (False, True):
        shop.scan(card)
        if not take:
            shop.grant(1, shop.till.state.basket.ticket, POINTS, 100)
        shop.till.put_amount("2000")
        if take:
            shop.grant(1, shop.till.state.basket.ticket, POINTS, 100)
            shop.till.redeem("five", 1)
        shop.till.record()
    shop.sale(shop.member(2), "2000")
    first = date(2026, 11, 1)
    assert offered(shop.store.reader(), first) == (Offered("five", 2, 1),)
    told = (Offers("Till 1", "five", first, 40, 8), Offers("Till 2", "five", first, 1, 0))
    old = Offers("Till 1", "five", date(2026, 10, 1), 900, 90)
    shop.write(lambda conn: keep_figures(conn, StoreFigures(1, offers=(*told, old))))
    [five] = [one for one in campaigns_of(shop_of(shop.till.parts)) if one.rule == "five"]
    assert (five.shown, five.taken) == (42, 9)
    seen = own_seen(shop.store.reader(), "Till 2", first, date(2026, 11, 20), shop.clock.wall_ms())
    assert offers_of(seen.sold(), first) == (Offers("Till 2", "five", first, 2, 1),)


def test_offers_of_a_ticket_that_was_undone_are_not_counted(shop: Shop) -> None:
    """The till counts as the ledger does: what was possible and taken on a ticket that stands."""
    first, card = date(2026, 11, 1), shop.with_points(1, 300)
    for stands in (True, False):
        shop.scan(card)
        shop.grant(1, shop.till.state.basket.ticket, POINTS, 100)
        shop.till.put_amount("2000")
        shop.till.redeem("five", 1)
        shop.till.record()
        if not stands:
            shop.till.undo()
            assert shop.code == "undone"
        seen = own_seen(shop.store.reader(), "Till 2", first, date(2026, 11, 20), shop.clock.wall_ms())
        assert offers_of(seen.sold(), first) == (Offers("Till 2", "five", first, 1, 1),)
        assert offered(shop.store.reader(), first) == (Offered("five", 1, 1),)


def test_an_undo_after_midnight_is_counted_on_the_day_of_the_ticket(shop: Shop) -> None:
    """The business day that the ticket was recorded on: no figure of the next one goes below nothing."""
    shop.clock.pass_ms(13 * 3_600_000 + 59 * 60_000 + 55_000)  # 23:59:55 in the store
    shop.scan(shop.with_points(1, 300))
    shop.till.put_amount("2000")
    shop.grant(1, shop.till.state.basket.ticket, POINTS, 100)
    shop.till.record()
    assert offered(shop.store.reader(), date(2026, 11, 20)) == (Offered("five", 1, 0),)
    shop.clock.pass_ms(10_000)
    shop.till.undo()
    assert shop.code == "undone"
    assert offered(shop.store.reader(), date(2026, 11, 20)) == ()


def test_the_members_are_counted_by_level_and_by_how_long_they_stay_away(shop: Shop) -> None:
    """Who moved today, who is dormant, who has a red alert, whom the store knows only because it asked."""
    shop.publish("programme", TIERED)
    day = shop_of(shop.till.parts).now.day
    shop.with_points(1, 300, tier="gold", tier_since=day, last_visit=day)
    shop.with_points(2, 50, tier="base", tier_since=date(2025, 1, 1), last_visit=date(2026, 1, 1))
    shop.member(3, state={"incidents": {"seen": [[day.isoformat(), "rude"]]}})
    shop.answer_account(9, Account(member=9, since=day))
    found = crowd_of(shop_of(shop.till.parts))
    assert (found.members, found.points, found.never, found.dormant) == (3, 350, 1, 1)
    assert [(one.tier, one.members, one.today) for one in found.levels] == [
        ("gold", 1, 1),
        ("base", 1, 0),
        ("", 1, 0),
    ]
    assert found.alerts == (3,)
