"""The last receipt on the screen: part by part as it looks on paper, and printed again from there."""

import msgspec

from pos_app.printing.rows import as_text
from pos_app.printing.viewer import viewed
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.slip import printed
from pos_app.till.view import Stage
from sync.till import spool
from tests.unit.till_kit import Shop


def test_all_of_the_paper_in_parts(shop: Shop) -> None:
    """Enter goes on to the end, Esc comes back; together the parts are the paper, and 1 prints it once more."""
    shop.options = msgspec.structs.replace(shop.options, prints=True)
    shop.restart()
    shop.sign_in()
    shop.till.errand("receipt")
    assert (shop.code, shop.view.stage) == ("nothing_to_print", Stage.IDLE)
    shop.sale(shop.member(1), "4590")
    (job,) = spool.pending_jobs(shop.store.reader())
    paper = as_text(viewed(printed(shop.till.parts, job.data)).rows).split("\n")
    shop.till.errand("receipt")
    seen: list[str] = []
    while shop.view.stage is Stage.ERRAND:
        assert shop.view.errand is not None
        seen += [line.text.replace("\xa0", " ") for line in shop.view.errand.lines]
        press(shop.till, Desk(), "enter", None)
    assert seen == paper[: len(seen)]
    assert seen[-1].strip() == "[QR]"
    assert any("2-1-1" in text for text in seen[-3:])
    assert shop.view.stage is Stage.DONE
    shop.till.errand("receipt")
    press(shop.till, Desk(), "enter", None)
    press(shop.till, Desk(), "escape", None)
    assert shop.view.errand is not None
    assert "Halles" in shop.view.errand.lines[0].text
    press(shop.till, Desk(), "1", "1")
    assert shop.code == "reprinted"
    assert len(spool.pending_jobs(shop.store.reader())) == 1, (
        "the copy takes the place of the one that waited"
    )
