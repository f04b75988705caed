"""The manager's screens: whole at both sizes in both languages, for managers alone, files for nobody else."""

import json
import re
import stat
from datetime import date

import msgspec
import pytest
from msgspec import Raw, structs
from textual.pilot import Pilot

from pos_app.app import TillApp
from pos_app.languages.words import LANGUAGES, Words
from pos_app.manager.dashboard import Dashboard, dashboard_of
from pos_app.manager.shop import shop_of
from pos_app.screens.manager import dashboard
from pos_app.screens.manager_pages import campaigns_page, days_page, members_page, patterns_page, sync_page
from pos_app.screens.manager_screen import Counted, ManagerScreen
from pos_app.till.view import Stage
from pos_app.widgets.rows import plain, width_of
from rules.ticket import Line
from sync.entry import SupervisorBody, TicketBody, body_of, encode, encode_body
from sync.figures import Cohort, Provision, Row, RuleCost, StoreFigures
from sync.history import HistoryAnswer, HistoryLine
from sync.patterns import OWN_CARD, TYPED, Pattern
from sync.till.sync_log import note_dispositions, note_sent
from sync.till.told_figures import keep_figures
from sync.wire import Disposition
from tests.unit.test_manager_board import TIERED
from tests.unit.test_terminal_app import run, shown, until
from tests.unit.till_kit import BADGE, OTHER_BADGE, OTHER_PIN, PIN, Shop, card_number

PAGES = (dashboard, days_page, members_page, campaigns_page, sync_page)
# What the screens have, and the marks of a plot: box lines, which are in every font of the console.
GLYPHS = re.compile(r"[ -~\u00a0-\u00ff€œŒ│─┌┬┐└┴┘┤█░▒●■→•≥≤]*")


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A shop in the afternoon: sales here, figures of two more tills, things to look at, an entry put aside."""
    shop.publish("programme", TIERED)
    shop.clock.pass_ms(6 * 3_600_000)
    for n in (1, 2, 3):
        shop.sale(shop.with_points(n, 50_000, tier="gold", tier_since=date(2026, 11, 20)), "12345")
    day = shop_of(shop.till.parts).now.day
    rows = [
        Row(span, day, till, 9_912, 12_188, 9_960, 9_842_105, 7_842_105, given=985_031, redeemed=515_000)
        for span in ("day", "day so far", "week", "week so far")
        for till in ("Till 1", "Till 3")
    ]
    before = [msgspec.structs.replace(row, first=date(2026, 11, 13)) for row in rows]
    week = [msgspec.structs.replace(row, first=date(2026, 11, 16)) for row in rows]
    kinds = [
        Pattern(kind, day, 1_790_000_000_000, 12, "Till 3", "c1", 140_750_000_000_000 + n, 44, 9_999)
        for n, kind in enumerate((OWN_CARD, TYPED, OWN_CARD, OWN_CARD, OWN_CARD))
    ]
    told = StoreFigures(
        shop.clock.wall_ms(),
        (*rows, *before, *week),
        tuple(kinds),
        (
            Provision(
                date(2026, 11, 1), "points", 4_123_000, 512_345, 412_345, 9_000, 1_000, 4_213_000, 21_065_000
            ),
        ),
        (RuleCost("base", "points", 512_345, 0, date(2026, 11, 1)),),
        tuple(Cohort(date(2026 - n // 12, 12 - n % 12, 1), 1_204, (903, 602, 301)) for n in range(24)),
    )

    def job(conn: object) -> None:
        keep_figures(conn, told)  # type: ignore[arg-type]
        note_sent(conn, 12, shop.clock.wall_ms())  # type: ignore[arg-type]
        note_dispositions(conn, [Disposition(2, "quarantined", "programme")], 1_790_000_000_000)  # type: ignore[arg-type]

    shop.write(job)
    return shop


def found(shop: Shop) -> Dashboard:
    return dashboard_of(shop_of(shop.till.parts))


@pytest.mark.parametrize(("width", "height"), [(78, 20), (118, 32)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_room(busy: Shop, language: str, width: int, height: int) -> None:
    """No row is wider than the screen, none is lost, and every glyph is one that the Linux console has."""
    figures, words = found(busy), Words(language)
    drawn = {page.__name__: page(figures, words, width, height) for page in PAGES}
    drawn["patterns_page"], _ = patterns_page(figures, words, width)
    for name, rows in drawn.items():
        for line in rows:
            assert width_of(line) <= width, (name, plain([line]))
        assert all(GLYPHS.fullmatch(text) for text in plain(rows)), name
    assert all(len(drawn[page.__name__]) <= height for page in (dashboard, days_page))
    for short in range(19, height):
        assert (
            words("SYNC") in plain(dashboard(figures, words, width, short))[-1]
        )  # patterns give way, not this


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_points_are_worth_is_whole_before_the_ledger_has_told_it(shop: Shop, language: str) -> None:
    """It says then that it is the store's: where that has no room beside the new members it stands below them."""
    shop.publish("programme", TIERED)
    for n in range(1, 9):
        shop.with_points(n, 50_000_000)
    words = Words(language)
    rows = dashboard(found(shop), words, 78, 20)
    assert all(width_of(line) <= 78 for line in rows)
    [worth] = [text for text in plain(rows) if words("LIABILITY") in text]
    assert worth.rstrip().endswith(words("{amount} (store)", amount="").strip())


def test_what_lapsed_is_told_apart_from_what_was_taken_back(busy: Shop) -> None:
    """The provision adds up on the screen as the ledger counted it: six figures, each of them by itself."""
    rows = plain(members_page(found(busy), Words("en"), 78, 20))
    assert rows[0].split() == ["PROVISION", "opened", "issued", "used", "lapsed", "taken", "back", "closed"]
    figures = [int(cell.replace(",", "")) for cell in rows[1].split()[1:]]
    assert figures == [4_123_000, 512_345, 412_345, 9_000, 1_000, 4_213_000]


def test_all_of_a_long_page_can_be_reached(busy: Shop) -> None:
    """Who still comes after twelve months stands below the first rows of a small screen: the arrows lead there."""
    busy.till.lock()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        manager_at(busy, app)
        await pilot.press("f9", "7")
        await until(pilot, lambda: "LIABILITY" in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: "Scroll" in shown(app))
        assert "01/2025" not in shown(app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        await until(pilot, lambda: "01/2025" in shown(app))
        await pilot.press("f5")
        await until(pilot, lambda: "DAYS" in shown(app))
        assert "Scroll" not in shown(app)

    run(lambda: busy.till, steps)


def test_what_wants_looking_at_leads_to_the_member(busy: Shop) -> None:
    """F8, a line, Enter: the member is at the till, whoever has the number; the journal says which manager looked."""
    day = shop_of(busy.till.parts).now.day
    own = Pattern(OWN_CARD, day, 1_790_000_000_001, 12, "Till 3", "c1", member=2, points=40)
    typed = Pattern(TYPED, day, 1_790_000_000_000, 12, "Till 3", "c1", percent=44)
    busy.write(lambda conn: keep_figures(conn, StoreFigures(busy.clock.wall_ms(), patterns=(own, typed))))
    busy.till.lock()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        manager_at(busy, app)
        await pilot.press("f9", "7")
        await until(pilot, lambda: "LIABILITY" in shown(app))
        await pilot.press("f8")
        await until(pilot, lambda: "→" in shown(app))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "about no member" in shown(app))
        await pilot.press("up", "enter")
        await until(pilot, lambda: app.view is not None and app.view.stage is Stage.TICKET)
        basket = busy.till.state.basket
        assert basket is not None
        assert basket.who is not None
        assert basket.who.member == 2

    run(lambda: busy.till, steps)
    assert [(one.member, body_of(one)) for one in busy.entries() if one.kind == "SUPERVISOR"] == [
        (2, SupervisorBody("m1", "member_viewed", "manager"))
    ]


def manager_at(shop: Shop, app: TillApp) -> None:
    """A manager signs in."""
    assert app.till is not None
    shop.clock.pass_ms(4_000)
    app.till.scan_text(OTHER_BADGE, "test")
    app.till.pin(OTHER_PIN)
    app.refresh_view()


def test_the_dashboard_says_what_a_manager_looks_for(busy: Shop) -> None:
    """Tills, the store, the change since last week, new members, liability, levels, what to look at, what waits."""
    text = "\n".join(plain(dashboard(found(busy), Words("en"), 78, 20)))
    for wanted in (
        "Till 1",
        "Till 2",
        "Till 3",
        "vs Fri before",
        "+0 %",
        "4,213,000 points = €210,650.00",
        "gold",
        "TO LOOK AT",
        "Camille",
        "1 put aside",
    ):
        assert wanted in text, text
    assert "█" in text
    wide = "\n".join(plain(dashboard(found(busy), Words("en"), 118, 32)))
    assert "Tickets with a card 19,923, average" in wide
    assert "Rewards this month: possible" in wide


def test_a_cashier_is_told_to_fetch_a_manager(busy: Shop) -> None:
    """The menu's line does nothing for a cashier; a manager's badge opens it, Esc leads back to the till."""
    busy.till.lock()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        assert app.till is not None
        for badge, pin, told in ((BADGE, PIN, "This is for managers"), (OTHER_BADGE, OTHER_PIN, "LIABILITY")):
            busy.clock.pass_ms(4_000)
            app.till.scan_text(badge, "test")
            app.till.pin(pin)
            app.refresh_view()
            await pilot.press("f9", "7")
            await until(pilot, lambda told=told: told in shown(app))  # type: ignore[misc]
        await pilot.press("f5")
        await until(pilot, lambda: "DAYS" in shown(app))
        await pilot.press("f7")
        await until(pilot, lambda: "head office" in shown(app))
        await pilot.press("f6")
        await until(pilot, lambda: "Written: 7 files" in shown(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))

    run(lambda: busy.till, steps)
    files = sorted((busy.folder / "reports").iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 7
    told = json.loads(next(file for file in files if file.suffix == ".json").read_text("utf-8"))
    assert told["board"]["today"]["whole"]["tickets"] == 2 * 12_188 + 3
    assert card_number(1) not in json.dumps(told)
    tables = {file.stem[11:]: file.read_text("utf-8").splitlines() for file in files if file.suffix == ".csv"}
    assert {name: rows[1][:25] for name, rows in tables.items() if name not in ("day", "week")} == {
        "campaigns": "base,earn.amount,,,512345",
        "cohorts": "2026-12-01,1204,903,602,3",
        "patterns": "own card,2026-11-20,17900",
        "provision": "2026-11-01,points,4123000",
    }
    assert sum(row.startswith("day so far") for row in tables["day"]) == 1


def test_figures_counted_in_training_are_never_shown_at_work(busy: Shop) -> None:
    """What a thread counted of the till that was practised on comes after the end, when its files are gone."""
    busy.till.lock()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        busy.clock.pass_ms(4_000)
        assert app.till is not None
        app.till.scan_text(OTHER_BADGE, "test")
        app.till.pin(OTHER_PIN)
        app.train(coming=False)
        practised = app.till
        await pilot.press("f9", "7")
        await until(pilot, lambda: "LIABILITY" in shown(app))
        screen = app.screen
        assert isinstance(screen, ManagerScreen)
        late = Counted(practised, dashboard_of(shop_of(practised.parts)))
        await pilot.press("escape")
        await until(pilot, lambda: "SCAN" in shown(app) and "LIABILITY" not in shown(app))
        await pilot.press("f12")
        assert app.till is busy.till
        screen._count(practised)
        await pilot.press("f9", "7")
        await until(pilot, lambda: "4,213,000" in shown(app))
        screen.on_counted(late)
        assert "4,213,000" in shown(app)

    run(lambda: busy.till, steps)


def test_the_member_on_the_ticket_is_told_with_what_led_to_it(busy: Shop) -> None:
    """F2: this till's tickets until the ledger answers, then its lines; Enter explains one, other tills' too."""
    busy.till.lock()
    day = date(2026, 11, 20)
    [ours, *_] = [entry for entry in busy.entries() if entry.kind == "TICKET" and entry.member == 1]
    body = body_of(ours)
    assert isinstance(body, TicketBody)
    promised = tuple(structs.replace(one, quantity=12, allocation=(12,)) for one in body.promised[:1])
    body = structs.replace(body, lines=(Line(1234),), promised=promised)
    elsewhere = encode(structs.replace(ours, dev=9, inc=1, seq=3, body=Raw(encode_body(body))))
    lines = (
        HistoryLine(day, -100, "points", "BURN", "five", "9-1-4", "gare", "Till 7"),
        HistoryLine(day, 12, "points", "ACCRUE", "base", "9-1-3", "gare", "Till 7"),
        HistoryLine(day, 123, "points", "ACCRUE", "base", "2-1-1", "halles", "Till 2"),
    )

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        assert app.till is not None
        app.till.scan_text(OTHER_BADGE, "test")
        app.till.pin(OTHER_PIN)
        app.refresh_view()
        await pilot.press("f9", "7", "f2")
        await until(pilot, lambda: "No member: scan the card" in shown(app))
        await pilot.press("escape")
        busy.clock.pass_ms(4_000)
        app.till.scan_text(card_number(1), "test")
        app.refresh_view()
        await pilot.press("f9", "7", "f2")
        await until(pilot, lambda: "this till alone" in shown(app))
        assert busy.ledger.histories == [1]
        assert "2-1-1" in shown(app)
        busy.ledger.told_history = HistoryAnswer(1, busy.clock.wall_ms(), lines, {"9-1-3": elsewhere})
        await pilot.press("end", *["down"] * 30)
        await until(pilot, lambda: "- 100 points" in shown(app))
        assert "gare Till 7" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: "123.45 rounded down" in shown(app) or "+ 123 points" in shown(app))
        await pilot.press("escape", "up", "enter")
        await until(pilot, lambda: "12.34 rounded down" in shown(app) or "12 points" in shown(app))
        await pilot.press("escape", "up", "enter")
        await until(pilot, lambda: "Its rules are not at this till" in shown(app))

    run(lambda: busy.till, steps)
    looked = SupervisorBody("m1", "member_viewed", "manager")  # who looked at whom stays in the journal
    assert [(entry.member, body_of(entry)) for entry in busy.entries() if entry.kind == "SUPERVISOR"] == [
        (1, looked)
    ]
