"""Every state of the till, drawn at both sizes in both languages, against the texts in tests/snapshots.

Write them anew after a wanted change with ASSIDU_SNAPSHOTS=write, then read the difference before committing it.
"""

import os
import re
from pathlib import Path

import msgspec
import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.desk import Desk
from pos_app.screens.help import help_frame, help_lines
from pos_app.screens.menu import menu_page
from pos_app.screens.render import screen, starting
from pos_app.screens.why import detail_page, list_page
from pos_app.till import view as v
from pos_app.widgets.rows import Block, plain, width_of
from tests.unit.till_texts import Texts
from tests.unit.till_views import views

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
SIZES = ((80, 24), (120, 36))
STATES = tuple(views("en"))
LONG = 9  # lines of a ticket that scroll
PAGES = ("help", "menu", "starting", "why_list", "why_detail", "tickets")

# Latin letters and signs, box lines and the few shapes that every Latin console font has.
GLYPHS = re.compile(r"[ -~\u00a0-\u00ff€œŒ│─┌┬┐└┴┘├┤┼█░▒●■▲▼→•≥≤]*")


def drawn(state: str, language: str, size: tuple[int, int]) -> Block:
    """The rows of a prepared state."""
    view, text, row = views(language)[state]
    return screen(view, Desk(text, row), Words(language), *size)


def pages(language: str, size: tuple[int, int]) -> dict[str, Block]:
    """Help and menu over a prepared ticket."""
    words, t = Words(language), Texts(language)
    view = views(language)["ticket_offline"][0]
    why = (
        f"{t('1 pt per euro')}: + 45 {t('pts')}",
        f"{t('Free coffee')}: {t('not enough points: 254 left')}",
    )
    labels = [t("Alert"), t("Birthday this week: offer the gift (F4).")]
    return {
        "help": help_frame(help_lines(view, why, words, size[0])[0], words, size, 0, {})[0],
        "menu": menu_page(words("MENU"), labels, [t("Free coffee")], words, size),
        "starting": starting(words, *size),
        **why_pages(words, t, why, size),
    }


def why_pages(words: Words, t: Texts, why: tuple[str, ...], size: tuple[int, int]) -> dict[str, Block]:
    """What F1 opens: an old ticket with more sentences than rows, one sentence with its detail, the old tickets."""
    french = t.language == "fr"
    head = (
        "Carte du fournil, version 3, 9f86d081884c" if french else "Bakery card, version 3, 9f86d081884c",
    )
    detail = (
        "45,90 arrondi vers le bas à 45" if french else "45.90 rounded down to 45",
        "ligne 1, Pain de campagne au levain naturel, tranché et emballé : 45 points du total"
        if french
        else "line 1, Country bread with natural leaven, sliced and wrapped: 45 points of it",
        "Lot 2-1-41-0",
    )
    past = tuple(f"20/11/2026 14:{n:02d} · 2-1-{n} · ···· 4711" for n in range(12))
    return {
        "why_list": list_page(words("WHY"), head, why * 14, 27, words=words, size=size),
        "why_detail": detail_page(why[0], detail, head, 0, words=words, size=size)[0],
        "tickets": list_page(words("TICKETS"), (), past, 2, words=words, size=size),
    }


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [*STATES, *PAGES])
def test_screen_looks_as_it_was_agreed(state: str, language: str, size: tuple[int, int]) -> None:
    """A change of any screen shows as a difference of text."""
    rows = pages(language, size)[state] if state not in STATES else drawn(state, language, size)
    text = "\n".join(plain(rows)) + "\n"
    path = SNAPSHOTS / f"{state}-{language}-{size[0]}x{size[1]}.txt"
    if os.environ.get("ASSIDU_SNAPSHOTS") == "write":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize(
    "size", [*SIZES, (100, 30), (80, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}"
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_screen_fills_the_terminal_exactly(state: str, language: str, size: tuple[int, int]) -> None:
    """No row is too long or missing, and every glyph is one that the Linux console has."""
    rows = drawn(state, language, size)
    assert len(rows) == size[1]
    assert {width_of(row) for row in rows} == {size[0]}
    for line in plain(rows):
        assert GLYPHS.fullmatch(line), line


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_fills_the_terminal_exactly(page: str, language: str, size: tuple[int, int]) -> None:
    """Pages too: no row too long or missing, every glyph on the console."""
    rows = pages(language, size)[page]
    assert len(rows) == size[1]
    assert {width_of(row) for row in rows} == {size[0]}
    for line in plain(rows):
        assert GLYPHS.fullmatch(line), line


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, tuple):
        return [text for item in value for text in _strings(item)]
    if isinstance(value, msgspec.Struct):
        return [text for name in value.__struct_fields__ for text in _strings(getattr(value, name))]
    return []


def _short(lines: tuple[v.LineView, ...]) -> tuple[v.LineView, ...]:
    """All lines of a short ticket; of a long one only those round the cursor are seen."""
    return lines if len(lines) < LONG else ()


def _wanted(view: v.View) -> list[str]:
    """Every text of the view that its stage must show."""
    status = view.status
    found = [status.store, status.till, status.cashier, status.time, status.since, *view.keys.values()]
    found += [view.alert, view.prompt, view.notice.text if view.notice else ""]
    if view.stage is v.Stage.IDLE:
        found += _strings(tuple(msgspec.structs.replace(one, currency="") for one in view.recent))
    if view.stage is v.Stage.TICKET and view.ticket:
        found += _strings(view.member) + _strings(view.ticket.earn) + [view.ticket.number]
        found += [text for line in _short(view.ticket.lines) for text in (line.name, line.qty)]
        if not view.ticket.lines:
            found += [
                text for offer in view.ticket.rewards if offer.possible for text in (offer.label, offer.price)
            ]
            found.append(view.ticket.next_gap)
    if view.stage is v.Stage.REWARD and view.ticket:
        for offer in view.ticket.rewards:
            found += [offer.label, offer.price, offer.after, offer.reason]
    found += _strings(view.done) + _strings(view.enrol)
    if view.returning:
        found += [view.returning.reference, view.returning.summary, *view.returning.effects]
        found += [text for line in _short(view.returning.lines) for text in (line.name, line.qty)]
    if view.sign_in:
        found.append(view.sign_in.name)
    return [text for text in found if text]


def _readable(lines: list[str]) -> str:
    """The screen as read row by row and, inside frames, column by column; spaces count as one."""
    columns: dict[int, list[str]] = {}
    for line in lines:
        for i, part in enumerate(line.strip("│").split("│")):
            columns.setdefault(i, []).append(part)
    parts = [*lines, *(line for column in columns.values() for line in column)]
    return " ".join(" ".join(parts).split())


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_no_text_is_clipped(state: str, language: str, size: tuple[int, int]) -> None:
    """What the till says appears whole, on one row or on several."""
    view = views(language)[state][0]
    text = _readable(plain(drawn(state, language, size)))
    missing = [wanted for wanted in _wanted(view) if " ".join(wanted.split()) not in text]
    assert missing == []


def _amounts(view: v.View, words: Words) -> list[str]:
    """Every amount that the stage must show."""
    found = [one.cents for one in view.recent if view.stage is v.Stage.IDLE]
    if view.ticket and view.stage in (v.Stage.TICKET, v.Stage.REWARD):
        found.append(view.ticket.total)
    if view.ticket and view.stage is v.Stage.TICKET and len(view.ticket.lines) < LONG:
        found += [line.cents for line in view.ticket.lines]
        found += [-view.ticket.reward, view.ticket.due] if view.ticket.reward else []
    if view.done:
        found += [view.done.paid, *([-view.done.reward] if view.done.reward else [])]
    if view.returning:
        found += [line.cents for line in _short(view.returning.lines)]
        found += [view.returning.cents] if view.returning.cents else []
    return [words.money(cents) for cents in found]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("language", "currency"), [("fr", "USD"), ("en", "USD"), ("en", "CHF")])
@pytest.mark.parametrize("state", STATES)
def test_wider_currencies_have_room(state: str, language: str, currency: str, size: tuple[int, int]) -> None:
    """ "$US" and "CHF" push nothing off the screen: the amounts are whole, and so is every text beside them."""
    view, text, row = views(language)[state]
    recent = tuple(msgspec.structs.replace(one, currency=currency) for one in view.recent)
    view = msgspec.structs.replace(view, currency=currency, recent=recent)
    words = Words(language, currency)
    rows = screen(view, Desk(text, row), words, *size)
    assert {width_of(one) for one in rows} == {size[0]}
    seen = _readable(plain(rows))
    wanted = [*_wanted(view), *_amounts(view, words)]
    assert [one for one in wanted if " ".join(one.split()) not in seen] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_terminal_too_small_says_so_in_one_sentence(language: str) -> None:
    """Fewer than 80 columns or 24 rows: a sentence with the size, whatever the state."""
    for size in ((60, 20), (79, 24), (80, 23), (20, 5), (1, 1)):
        rows = drawn("ticket", language, size)
        assert len(rows) == size[1]
        assert max(width_of(row) for row in rows) <= max(size[0], 1)
        if size[0] >= 20:
            assert "80 x 24" in " ".join(" ".join(plain(rows)).split())


def test_offline_line_tells_age_and_count() -> None:
    """A cut-off till says since when, how many wait, how old the oldest is and how old its knowledge."""
    text = "\n".join(plain(drawn("ticket_offline", "en", (80, 24))))
    assert "OFFLINE since 14:05 · 12 sent · 7 to send" in text
    assert "oldest to send 27 min · balances as of 14:04" in text


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_long_return_shows_its_cursor(size: tuple[int, int]) -> None:
    """Wherever the cursor stands among thirty lines, it is seen, with how many lie above and below."""
    view = views("en")["return_long"][0]
    for at in range(30):
        lines = plain(screen(view, Desk(row=at), Words("en"), *size))
        numbers = [int(found[1]) for line in lines if (found := re.match(r"│ [> ] [■·] +(\d+) ", line))]
        [marked] = [line for line in lines if line.startswith("│ > ")]
        assert int(marked.split()[3]) == at + 1
        text = "\n".join(lines)
        assert (f"{numbers[0] - 1} more above" in text) == (numbers[0] > 1)
        assert (f"{30 - numbers[-1]} more below" in text) == (numbers[-1] < 30)


def test_control_characters_never_reach_the_screen() -> None:
    """A name that tries to steer the terminal is drawn without its control characters."""
    view, _, _ = views("en")["ticket"]
    assert view.member is not None
    bad = msgspec.structs.replace(view.member, name="Eve\x1b]0;owned\x07\x9b2J\u202e\r\nX")
    rows = screen(msgspec.structs.replace(view, member=bad), Desk("\x1b[2J"), Words("en"), 80, 24)
    text = "".join(plain(rows))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "Eve]0;owned2J" in text


def test_long_entries_leave_the_form_as_it_is() -> None:
    """A card code or an address longer than its field shows its end: no row more, and the hints stay beside."""
    view, text, _ = views("en")["enrol"]
    assert view.enrol is not None
    short = msgspec.structs.replace(view.enrol, card="2900000000018", contact="+33612345678")
    long = msgspec.structs.replace(short, card="WIFI:" + "x" * 200 + "18", contact="a" * 60 + "@example.com")
    one, other = (
        plain(screen(msgspec.structs.replace(view, enrol=form), Desk(text, 3), Words("en"), 80, 24))
        for form in (short, long)
    )
    assert [line.rpartition("]")[2] for line in one] == [line.rpartition("]")[2] for line in other]
    assert "[ " + "x" * 24 + "18 ]" in other[4]
    assert "aa@example.com ]" in other[7]


def test_pin_is_never_drawn() -> None:
    """Dots stand for the digits typed."""
    text = "\n".join(plain(drawn("pin", "en", (80, 24))))
    assert "●●_" in text
    assert "12" not in text.replace("14:32", "").replace("12 sent", "")


def test_help_scrolls_to_its_end() -> None:
    """At 80x24 the page is longer than the screen; scrolled down it shows its last line and goes no further."""
    view = views("en")["ticket_offline"][0]
    words = Words("en")
    lines, _ = help_lines(view, ("why",), words, 80)
    page, last = help_frame(lines, words, (80, 24), 999, {})
    assert last > 0
    text = "\n".join(plain(page))
    assert "Printer" in text
    assert "WHY" not in text
