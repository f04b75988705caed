"""The code at the end of a receipt: the counter reads it off the paper instead of typing the ticket's number."""

import io

import pytest
import zxingcpp
from PIL import Image

from pos_app.printing.picture import png
from pos_app.printing.viewer import viewed
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.slip import printed
from pos_app.till.view import Stage
from sync.till import spool
from tests.unit.till_kit import Shop


def codes_on_paper(shop: Shop) -> list[str]:
    """What a scanner reads on the paper that was printed last."""
    job = spool.last_job(shop.store.reader())
    assert job is not None
    with Image.open(io.BytesIO(png(viewed(printed(shop.till.parts, job.data)), 42))) as image:
        return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


def test_the_code_opens_the_return_of_its_ticket(shop: Shop) -> None:
    """Scanned as the scanner tells it, on any screen, the lines of that very ticket are there."""
    shop.sale(shop.member(1), "4590")
    (code,) = codes_on_paper(shop)
    shop.sale(shop.member(2), "1000")
    shop.scan(code)
    assert shop.view.stage is Stage.RETURN
    assert shop.view.returning is not None
    assert (shop.view.returning.reference, [one.cents for one in shop.view.returning.lines]) == (
        "2-1-1",
        [4590],
    )


@pytest.mark.parametrize("kind", ["undone", "returned"])
def test_what_cannot_come_back_has_no_code(shop: Shop, kind: str) -> None:
    """The paper of a return, or of a ticket that was undone, opens nothing."""
    shop.sale(shop.member(1), "4590")
    if kind == "undone":
        shop.till.undo()
    else:
        shop.scan(codes_on_paper(shop)[0])
        press(shop.till, Desk(), "enter", None)
    assert codes_on_paper(shop) == []
