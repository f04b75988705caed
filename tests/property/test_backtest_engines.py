"""DuckDB and the engine of the replay: the same figures and the same bad lines, whatever programme and history."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pos_app.history.duck import database
from pos_app.tools.duck_load import load
from pos_app.tools.quick_trials import try_out_loaded
from pos_app.tools.tickets import read_tickets
from pos_app.tools.trials import try_out
from rules.programme.load import load_programme
from rules.tools.collapse import collapse_of
from tests.property.programme_kit import _FIXED, CATEGORIES, KINDS, SKUS, texts, written

_ADDED_UP = tuple(name for name in KINDS if name not in ("earn.event", "referral"))
_FILTERS = (
    "\".category == 'coffee'\"",
    "\".sku in ['wine', 'brie'] || .cents > 9.00\"",
    "\".promo && ticket.store == 's1'\"",
    '"!has(.sku) || .qty >= 2"',
)
_WHENS = (
    "\"count(lines, .category == 'coffee') >= 2\"",
    '"ticket.lines > 2 && sum(lines, .qty) >= 3"',
    '"all(lines, .cents > 1.00) || any(lines, .promo)"',
    "\"sum(lines, .sku == 'wine' ? .cents : 0.00) * 2 > ticket.total && member.points >= 0\"",
    '"any(lines, .cents > 5.00 && clock.hour >= 9)"',
)
_SLOW = [HealthCheck.too_slow]
_CENTS = (0, -250, 1, 99, 350, 800, 1999, 2500)
_ODD = (
    "",
    "{}",
    "no ticket",
    '{"ticket":"x","ticket":"y","member":"m0","at":"2026-05-02T08:00:00Z","lines":[{"cents":100}]}',
    '{"ticket":"x","member":"m0","at":"2026-05-02T08:00:00Z","lines":[{"cents":100,"cents":900}]}',
    '{"ticket":"x","member":"m0","at":"2026-05-02T08:00:00Z","lines":[{"sku":"zones"}]}',
    '{"ticket":7,"member":"m0","at":"2026-05-02T08:00:00Z","lines":[{"cents":100}]}',
    '{"ticket":"x","member":"m0","at":"2026-02-30T08:00:00Z","lines":[{"cents":100}]}',
    '{"ticket":"x","member":"m0","at":"2026-05-02T08:00:00Z","lines":[{"cents":12.5}]}',
    '{"ticket":"x","member":"m0","at":"2026-05-02T10:00:00+02:00","lines":[{"cents":100}]}',
    '{"ticket":"x\\u00e9","member":"m1","at":"2026-05-02T08:00:00.25Z","lines":[{"cents":4100,"sku":":w\\"ne"}]}',
    '{"ticket":"caf\u00e9","member":"m1","at":"2026-05-03T08:00:00.5Z","lines":[{"cents":4100,"qty":"2"}]}',
    '{"ticket":"c","member":"m1","at":"2026-05-03T08:00:00Z","event":{"name":"check_in"}}',
    '{"ticket":"e","member":"m2","at":"2026-05-01T00:00:00Z","event":{"name":"enrolment","fields":{"sponsor":"m1"}}}',
    '{"ticket":"n","member":null,"at":"2026-05-03T08:00:00Z","lines":[{"cents":4100}]}',
)


@st.composite
def _programmes(draw: st.DrawFn) -> bytes:
    """A programme whose lines can mostly be added up, with filters and figures over the lines."""
    tables = draw(texts(draw(st.sampled_from([_ADDED_UP, _ADDED_UP, tuple(KINDS)]))))
    tables.pop("transition", None)
    rules = []
    for rule in tables["rule"]:
        kind = rule["kind"].strip('"')
        more = {key: value for key, value in rule.items() if key != "budget"}
        if (
            kind
            in (
                "earn.amount",
                "earn.unit",
                "earn.multiply",
                "earn.visit",
                "burn.percent",
                "stamp",
                "voucher",
            )
            and draw(st.integers(0, 2)) == 0
        ):
            more.setdefault("lines", draw(st.sampled_from(_FILTERS)))
        if kind.startswith("earn.") and kind != "earn.event" and draw(st.integers(0, 3)) == 0:
            more["when"] = draw(st.sampled_from(_WHENS[: 4 + (draw(st.integers(0, 9)) == 0)]))
        rules.append(more)
    return written({**tables, "rule": rules})


_lines = st.fixed_dictionaries(
    {"cents": st.one_of(st.sampled_from(_CENTS), st.integers(100, 2500))},
    optional={
        "sku": st.sampled_from(["", *SKUS]),
        "category": st.sampled_from(["", *CATEGORIES]),
        "qty": st.sampled_from([1, 2, 3, 2, "4", 0.5, "1.250", -1]),
        "promo": st.booleans(),
    },
)


@st.composite
def _histories(draw: st.DrawFn) -> list[str]:
    """The lines of a history: sales, a few returns, and now and then a line that is odd."""
    found, sold = [], []
    for n in range(draw(st.integers(1, 25))):
        day, hour = draw(st.integers(1, 28)), draw(st.sampled_from(["00", "07", "12", "23"]))
        ticket: dict[str, Any] = {
            "ticket": f"t{n}",
            "member": draw(st.sampled_from(["m0", "m1", "m1", "m2", ""])),
            "store": draw(st.sampled_from(["s1", "s2"])),
            "at": f"2026-05-{day:02d}T{hour}:30:00Z",
            "lines": draw(st.lists(_lines, min_size=1, max_size=7)),
        }
        if sold and draw(st.integers(0, 19)) == 0:
            of = draw(st.sampled_from(sold))
            late = {"ticket": f"r{n}", "at": "2026-05-29T10:00:00Z", "refund_of": of["ticket"]}
            found.append(json.dumps({**of, **late}))
        sold.append(ticket)
        separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
        found.append(json.dumps(ticket, separators=separators))
        if draw(st.integers(0, 9)) == 0:
            found.append(draw(st.sampled_from([*_ODD, found[0]])))
    return found


def _compare(programmes: dict[str, bytes], history: list[str], *, redeem: bool = True) -> None:
    """Each programme by itself, over a history that is read and loaded once."""
    with tempfile.TemporaryDirectory() as folder, database() as link:
        paths = [Path(folder) / "history.ndjson"]
        paths[0].write_text("".join(f"{line}\n" for line in history), "utf-8")
        loaded = load(paths, link, lambda _part: None)
        for name, programme in programmes.items():
            read = read_tickets(paths, lambda _part: None)
            [one], faults = try_out([programme], read, redeem=redeem, jobs=1, tell=lambda _part: None)
            [quick], quick_faults = try_out_loaded(
                [programme], loaded, redeem=redeem, jobs=1, tell=lambda _part: None
            )
            assert quick.results == one.results, name
            assert (quick.months, quick.paid, quick.peaks) == (one.months, one.paid, one.peaks), name
            assert quick_faults == tuple(sorted((*read.faults, *faults))), name


@settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
@given(_programmes(), _histories(), st.booleans())
def test_the_same_figures_and_bad_lines(programme: bytes, history: list[str], redeem: bool) -> None:
    """Every result of every member, every month and every bad line, line filters and figures over lines included."""
    event("added up" if collapse_of(load_programme(programme)) is not None else "lines kept")
    _compare({"drawn": programme}, history, redeem=redeem)


_BASE = {"id": '"base"', "kind": '"earn.amount"', "points": "7", "per": "1.00"}
_CHEESE = {"lines": "\".category == 'cheese'\""}
_KEEPING: dict[str, list[dict[str, str]]] = {
    "a multiplier on some lines": [
        {"id": '"twice"', "kind": '"earn.multiply"', "factor": '"4/3"', **_CHEESE},
    ],
    "a stamp for each whole unit": [
        {"id": '"card"', "kind": '"stamp"', "need": "3", "reward": '{ lines = ".cents < 0.00" }'},
    ],
    "a free unit": [
        {"id": '"card"', "kind": '"stamp"', "need": "2", "per": '"ticket"', "reward": "{ max_value = 3.00 }"},
    ],
    "a product for points": [
        {"id": '"wine"', "kind": '"burn.product"', "points": "20", "gives": "{ sku = 'wine' }"},
    ],
    "a voucher for goods": [
        {"id": '"v"', "kind": '"voucher"', "product": "{ lines = \".category == 'bread'\" }"},
        {"id": '"visit"', "kind": '"earn.visit"', "voucher": '"v"'},
    ],
    "points on what is left to pay of some lines": [
        {"id": '"cheese"', "kind": '"earn.amount"', "points": "3", "per": "0.50", **_CHEESE},
        {"id": '"off"', "kind": '"burn.money"', "points": "20", "value": "1.00"},
    ],
}


@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], derandomize=True, suppress_health_check=_SLOW
)
@given(_histories())
def test_tickets_that_must_keep_their_lines(history: list[str]) -> None:
    """Where adding lines up would give something else, the lines themselves are counted."""
    header = {**_FIXED, "earn_on": '"net"'}
    programmes = {
        why: written({"programme": [header], "rule": [_BASE, *rules]}) for why, rules in _KEEPING.items()
    }
    assert [why for why, text in programmes.items() if collapse_of(load_programme(text)) is None] == []
    _compare(programmes, history)
