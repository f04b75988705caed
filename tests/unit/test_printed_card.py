"""The slip with a new member's number: what a scanner reads of it, and that the number does not stay behind."""

import io
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import zxingcpp
from PIL import Image

from pos_app.cards.catima import catima_link
from pos_app.printing.picture import png
from pos_app.printing.profile import Profile, standard_layout
from pos_app.printing.viewer import viewed
from pos_app.till.slip import bytes_of
from sync.till import spool
from sync.till.spool import Job
from tests.unit.till_kit import Shop

CATIMA = Profile(layout=msgspec.structs.replace(standard_layout(), catima=True))


def enrolled(shop: Shop, card: str = "", *, prints: bool = True) -> tuple[Job, ...]:
    """What is to be printed after a new member came in with `card`, "" for a number of this till."""
    shop.options = msgspec.structs.replace(shop.options, prints=prints)
    shop.restart()
    shop.sign_in()
    shop.till.open_enrol()
    if card:
        shop.scan(card)
    shop.till.enrol_confirm()
    return spool.pending_jobs(shop.store.reader())


def read(data: bytes) -> list[str]:
    """The QR codes on the paper, from the top."""
    with Image.open(io.BytesIO(png(viewed(data), 42))) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    return [one.text for one in sorted(found, key=lambda one: one.position.top_left.y)]


def test_the_number_and_a_link_for_the_phone(shop: Shop) -> None:
    """The first code is the member's card at this till; the second is the link as the app takes it apart."""
    (job,) = enrolled(shop)
    parts = shop.till.parts
    number, link = read(bytes_of(job.data, parts.identity, parts.reader, CATIMA))
    assert read(bytes_of(job.data, parts.identity, parts.reader, Profile())) == [number]
    assert shop.view.member is not None
    assert shop.view.member.card == number
    shop.till.escape()
    shop.scan(number)
    assert shop.view.member.known == "full"
    address = urlsplit(link)
    assert (address.netloc, address.path, address.query) == ("catima.app", "/share", "")
    fields = parse_qs(unquote(address.fragment), keep_blank_values=True)
    assert fields == {"store": ["Bakery card"], "note": [""], "cardid": [number], "barcodetype": ["QR_CODE"]}


def test_a_name_cannot_change_the_link() -> None:
    """Signs that part a link are part of the name."""
    link = catima_link("A&B = 1+1 é", "29")
    fields = parse_qs(unquote(urlsplit(link).fragment), keep_blank_values=True)
    assert (fields["store"], fields["cardid"]) == (["A&B = 1+1 é"], ["29"])


def test_the_number_leaves_the_till_with_the_paper(shop: Shop) -> None:
    """Printed, it is gone; not printed, it is gone with the next start; and a receipt stays the last receipt."""
    (job,) = enrolled(shop)
    shop.write(lambda conn: spool.mark_printed(conn, job.id, 1))
    assert shop.store.reader().execute("SELECT count(*) FROM job").fetchone() == (0,)
    (job,) = enrolled(shop)
    assert spool.last_job(shop.store.reader()) is None
    shop.restart()
    assert spool.pending_jobs(shop.store.reader()) == ()


def test_who_brings_a_card_or_meets_no_printer_gets_no_slip(shop: Shop) -> None:
    """Then there is nothing to print, and no number lies in the till for nothing."""
    assert enrolled(shop, "LIBRARY-4711") == ()
    assert enrolled(shop, prints=False) == ()
