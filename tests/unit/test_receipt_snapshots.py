"""A whole receipt as it is agreed, against the texts in tests/snapshots, in both languages on three widths of paper.

Write them anew after a wanted change with ASSIDU_SNAPSHOTS=write, then read the difference before committing it.
"""

import datetime
import os
from pathlib import Path

import msgspec
import pytest

from pos_app.printing.profile import Profile, standard_layout
from pos_app.printing.rows import as_text
from pos_app.printing.viewer import viewed
from pos_app.till.slip import bytes_of, slip
from rules.account import POINTS, Holding
from sync.entry import Slice
from sync.till import slices
from tests.unit.rule_texts import POINT_A_EURO
from tests.unit.test_till_vouchers import GROCER
from tests.unit.till_kit import BREAD, COFFEE, Shop

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
PROGRAMME = GROCER.replace(
    POINT_A_EURO.encode(),
    POINT_A_EURO.encode()
    + b"""label = { fr = "1 point par euro", en = "1 point per euro" }
[[rule]]
id = "coffee"
kind = "earn.unit"
label = { fr = "20 points pour le caf\xc3\xa9", en = "20 points for coffee" }
lines = ".category == 'coffee'"
points = 20

[expiry]
lot_life = "12m"
""",
)
OWN = {
    "contact": {
        "fr": "Le Fournil, 3 rue aux Œufs – 01\u00a023\u00a045\u00a067\u00a089",
        "en": "Le Fournil, 3 rue aux Œufs, 01\u00a023\u00a045\u00a067\u00a089",
    },
    "news": {
        "fr": "Galette des rois dès le 2 janvier : commandez !",
        "en": "King cake from 2 January: order now!",
    },
}


@pytest.fixture
def sold(shop: Shop) -> bytes:
    """Off line, a member gives 10 of 40 points away, and earns enough for a voucher."""
    shop.publish("programme", PROGRAMME)
    day, last = datetime.date(2025, 12, 24), datetime.date(2026, 12, 24)
    card = shop.member(1, balance={POINTS: 40}, holdings=(Holding(POINTS, "c-1", 40, day, day, last),))
    shop.write(lambda conn: slices.lend(conn, 1, "l-1", [Slice(POINTS, "c-1", 40, last)]))
    shop.go_offline()
    shop.scan(card)
    for code in (BREAD, BREAD, COFFEE):
        shop.scan(code)
    shop.till.put_amount("2000")
    shop.till.redeem("give", 1)
    shop.till.enter()
    assert shop.till.state.done is not None
    return shop.till.state.done.result


@pytest.mark.parametrize("language", ["fr", "en"])
def test_receipt_looks_as_it_was_agreed(shop: Shop, sold: bytes, language: str) -> None:
    """Through the bytes of the printer and back: a change of any word or place shows as a difference of text."""
    parts = shop.till.parts
    for columns in (32, 42, 48):
        profile = Profile(columns, layout=msgspec.structs.replace(standard_layout(), **OWN))
        paper = viewed(bytes_of(slip(sold, language), parts.identity, parts.reader, profile))
        text = as_text(paper.rows, columns)
        assert max(map(len, text.splitlines())) <= columns
        path = SNAPSHOTS / f"receipt-{language}-{columns}.txt"
        if os.environ.get("ASSIDU_SNAPSHOTS") == "write":
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")
