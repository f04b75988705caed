"""Receipts: what they say, and the bytes decoded back as a printer would."""

import datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pos_app.cli.main import main
from pos_app.languages.words import Words
from pos_app.printing import escpos
from pos_app.printing.profile import STANDARD
from pos_app.printing.receipt import Issued, ReceiptFacts, ReceiptKind, ReceiptLine, layout
from pos_app.printing.rows import Row, as_bytes, as_text
from pos_app.printing.viewer import Unreadable, viewed
from pos_app.till.slip import printed
from tests.unit.till_kit import BREAD, COFFEE, Shop


def paper(data: bytes) -> list[str]:
    """What a printer would print, line by line; fails on any byte that is no command of a receipt."""
    assert data.startswith(b"\x1b@\x1bt\x13")
    found = viewed(data)
    assert found.cut
    return [row.text for row in found.rows[:-4] if isinstance(row, Row)]


FACTS = ReceiptFacts(
    kind=ReceiptKind.SALE,
    shop="Le Fournil, Halles",
    till="Caisse 2",
    programme="Carte du fournil",
    at=datetime.datetime(2026, 11, 22, 14, 31),
    reference="2-1-1843",
    tail="a1b2c3",
    paid=4090,
    card="···· 8890",
    lines=(ReceiptLine("Gâteau au chœur d’œuf", "2", 4590),),
    total=4590,
    rewards=(ReceiptLine("5 € de remise", "1", 500),),
    issued=(Issued("1 point par euro", "+ 40 points"),),
    used=(Issued("5 € de remise", "- 100 points"),),
    balance="Solde 833 points",
    next_reward="Encore 167 points.",
    later=("Carte café : carte pleine – offert une fois confirmé.",),
)


def test_french_receipt_on_paper() -> None:
    """Everything that was given and used is on it, in letters the printer has."""
    lines = paper(as_bytes(layout(FACTS, Words("fr"))))
    text = "\n".join(lines)
    assert all(len(line) <= STANDARD.columns for line in lines)
    for part in (
        "Gâteau au choeur d'oeuf",
        "45,90 €",
        "40,90 €",
        "+ 40 points",
        "- 100 points",
        "2-1-1843 a1b2c3",
    ):
        assert part in text
    for part in ("Solde 833 points", "Encore 167 points.", "carte pleine - offert"):
        assert part in " ".join(text.split())


def test_english_receipt_says_duplicate() -> None:
    """A reprint says that it is one."""
    assert "DUPLICATE" not in as_text(layout(FACTS, Words("en")))
    assert "*** DUPLICATE ***" in as_text(layout(FACTS, Words("en"), duplicate=True))


@given(st.text(max_size=200))
def test_nothing_injects_into_a_receipt(text: str) -> None:
    """Whatever a name holds, no control byte but our own commands reaches the printer, and no line is too wide."""
    facts = ReceiptFacts(
        kind=ReceiptKind.SALE,
        shop=text,
        till=text,
        programme=text,
        at=FACTS.at,
        reference="1-1-1",
        tail="abcdef",
        paid=1,
        card=text,
        lines=(ReceiptLine(text, text, 5),),
        balance=text,
        later=(text,),
    )
    assert all(len(line) <= STANDARD.columns for line in paper(as_bytes(layout(facts, Words("fr")))))


@pytest.mark.parametrize("text", ["\x1b@", "a\nb", "a\x00", "a\u200bb", "\x9b1m"])
def test_control_characters_are_refused(text: str) -> None:
    """The writer itself takes no control character for text."""
    with pytest.raises(escpos.ControlCharacter):
        escpos.text(text)


@given(st.text(max_size=60))
def test_plain_fits_the_code_page(text: str) -> None:
    """Transliteration always ends in the code page, and twice is the same as once."""
    once = escpos.plain(text)
    once.encode("cp858")
    assert escpos.plain(once) == once


def test_receipt_of_a_sale(shop: Shop) -> None:
    """The spooled bytes of a real sale carry reference, hash characters, points, stamps and balance."""
    from sync.till import spool

    shop.scan(shop.member(1, name="Martin"))
    shop.scan(BREAD)
    shop.scan(COFFEE)
    shop.till.enter()
    (job,) = spool.pending_jobs(shop.store.reader())
    text = "\n".join(paper(printed(shop.till.parts, job.data)))
    entry_hash = shop.store.reader().execute("SELECT hash FROM journal").fetchone()[0].hex()
    assert f"2-1-1 {entry_hash[:6]}" in text
    for part in ("Bakery card", "Espresso", "Bread", "€5.10", "+ 5 points", "+ 1 stamp", "Balance 5 points"):
        assert part in text
    assert "Martin" not in text


def test_offline_receipt_tells_the_age(shop: Shop) -> None:
    """The balance says when the ledger knew it."""
    from sync.till import spool

    shop.go_offline()
    shop.sale(shop.member(1), "1000")
    (job,) = spool.pending_jobs(shop.store.reader())
    text = " ".join("\n".join(paper(printed(shop.till.parts, job.data))).split())
    assert "as the ledger knew it on 20/11/2026 10:00" in text


def test_paper_keeps_its_language(shop: Shop) -> None:
    """What waits is printed as it was recorded, after the till's language changed and after a restart."""
    from sync.till import spool

    shop.sale(shop.member(1), "1000")
    (job,) = spool.pending_jobs(shop.store.reader())
    before = printed(shop.till.parts, job.data)
    shop.till.set_language("fr")
    shop.restart()
    (job,) = spool.pending_jobs(shop.store.reader())
    assert printed(shop.till.parts, job.data) == before
    assert "LOYALTY RECEIPT" in "\n".join(paper(before))
    shop.options = msgspec.structs.replace(shop.options, prints=True)
    shop.restart()
    shop.sign_in()
    shop.till.reprint()
    (job,) = spool.pending_jobs(shop.store.reader())
    assert "*** DUPLICATE ***" in "\n".join(paper(printed(shop.till.parts, job.data)))


def test_a_long_label_goes_on_in_a_second_row() -> None:
    """Nothing of a name is cut: its amount stands at the end of its last row."""
    name = "Stationery and coffee at half price on Sundays"
    facts = msgspec.structs.replace(FACTS, rewards=(ReceiptLine(name, "1", 345),))
    text = as_text(layout(facts, Words("en")))
    assert "Stationery and coffee at half price on\nSundays" + "-€3.45".rjust(35) in text.replace("\xa0", " ")


def test_a_word_wider_than_the_paper_is_broken_and_a_figure_is_not() -> None:
    """All of a long word is printed; what a no-break space holds together stands in one row."""
    word = "Donaudampfschifffahrtsgesellschaftskapitänsmütze"
    facts = msgspec.structs.replace(FACTS, notes=(word, f"{'x ' * 19}12\u00a0345,67\u00a0€"))
    text = as_text(layout(facts, Words("fr")))
    assert word in text.replace("\n", "")
    assert "\n12 345,67 €\n" in text


def test_a_return_of_another_tills_ticket_promises_no_figures() -> None:
    """This till does not know the sale: the paper says who sets the points right, not that there were none."""
    facts = msgspec.structs.replace(
        FACTS, kind=ReceiptKind.REFUND, card="", programme="", lines=(), rewards=()
    )
    text = " ".join(as_text(layout(facts, Words("en"))).split())
    assert "points and rewards are set right by the ledger" in text
    assert "no points were counted" not in text


def test_what_is_sent_is_what_is_seen() -> None:
    """The bytes of a receipt read back are its rows, with weight and place, then the paper behind it, cut."""
    rows = layout(FACTS, Words("fr"))
    seen = viewed(as_bytes(rows))
    assert seen.rows[:-7] == rows[:-1]
    assert (seen.rows[-6], *(seen.rows[n] for n in (-7, -5))) == (rows[-1], Row(""), Row("")), (
        "a code has room"
    )
    assert seen.rows[-4:] == (Row(""),) * 4
    assert seen.cut


@pytest.mark.parametrize("data", [b"\x1bp\x00\x19\xfa", b"\x1bt\x07", b"\x07", b"\x1b"])
def test_other_commands_are_not_shown(data: bytes) -> None:
    """A drawer, another code page, a bell, half a command: the preview says so instead of guessing."""
    with pytest.raises(Unreadable):
        viewed(data)


def test_the_last_receipt_on_the_screen_and_as_a_picture(shop: Shop, tmp_path: Path) -> None:
    """Beside the running till: the text, a picture with something on it; without a sale a sentence."""
    data = str(shop.folder)
    bare = CliRunner().invoke(main, ["receipt", "preview", "--data", data, "--lang", "en"])
    assert (bare.exit_code, bare.stderr) == (
        2,
        "assidu: this till has no receipt yet: record a sale first.\n",
    )
    shop.sale(shop.member(1), "1000")
    shown = CliRunner().invoke(main, ["receipt", "preview", "--data", data])
    assert shown.exit_code == 0
    assert "2-1-1 " in shown.stdout
    assert "+ 10 points" in shown.stdout
    file = tmp_path / "receipt.png"
    assert CliRunner().invoke(main, ["receipt", "preview", "--data", data, "--png", str(file)]).exit_code == 0
    with Image.open(file) as image:
        assert image.width == 42 * 12 + 72
        black, white = image.convert("L").histogram()[0], image.convert("L").histogram()[255]
        assert 0.005 < black / (black + white) < 0.2
