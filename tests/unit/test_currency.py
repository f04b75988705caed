"""Money at the till in the currency of the programme: on the screen, on paper, in the words for a register."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pos_app.headless.console import Console
from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.desk import Desk
from pos_app.screens.render import screen
from pos_app.till.slip import printed
from pos_app.till.view import Stage
from pos_app.widgets.rows import plain
from sync.till import spool
from tests.unit.till_kit import DAY_MS, PROGRAMME, Shop


def programme(currency: str, since: str = "2025-01-01", version: int = 1) -> bytes:
    """The programme of the kit in another currency."""
    text = PROGRAMME.replace(b'"EUR"', f'"{currency}"'.encode())
    text = text.replace(b"version = 1", f"version = {version}".encode())
    return text.replace(b"effective_from = 2025-01-01", f"effective_from = {since}".encode())


def opened(folder: Path, currency: str, language: str = "en") -> Shop:
    """A shop that sells in `currency`, signed in."""
    shop = Shop(folder, programme=programme(currency))
    shop.till.set_language(language)
    shop.sign_in()
    return shop


def notice(shop: Shop) -> str:
    assert shop.view.notice is not None
    return shop.view.notice.text.replace("\u00a0", " ")


def seen(shop: Shop) -> str:
    """The screen at 80x24 as the application draws it, spaces as one."""
    words = Words(shop.view.language).paying(shop.view.currency)
    return " ".join(" ".join(plain(screen(shop.view, Desk(), words, 80, 24))).split())


def paper(shop: Shop) -> str:
    """The last receipt as the printer has it."""
    (*_, job) = spool.pending_jobs(shop.store.reader())
    return printed(shop.till.parts, job.data).decode("cp858", "replace")


@pytest.mark.parametrize(
    ("currency", "language", "amount"),
    [
        ("USD", "en", "US$20.00"),
        ("USD", "fr", "20,00 $US"),
        ("CHF", "en", "CHF 20.00"),
        ("CHF", "fr", "20,00 CHF"),
    ],
)
def test_a_sale_speaks_of_the_shops_money(currency: str, language: str, amount: str, tmp_path: Path) -> None:
    """Waiting, recorded, listed, printed, given back: nowhere a euro."""
    shop = opened(tmp_path, currency, language)
    assert shop.view.currency == currency
    shop.key_in("2000")
    assert amount in notice(shop)
    assert amount in seen(shop)
    shop.scan(shop.member(1))
    shop.till.record()
    assert amount in notice(shop)
    assert amount in seen(shop)
    assert amount in paper(shop)
    reference = shop.view.done.reference.split()[0] if shop.view.done else ""
    assert amount in shop.till.past()[0].text.replace("\u00a0", " ")
    shop.till.escape()
    assert amount in seen(shop)
    shop.till.open_return()
    shop.till.return_reference(reference)
    assert amount in seen(shop)
    shop.till.return_confirm()
    assert amount in notice(shop)
    assert amount in paper(shop)
    shop.till.escape()
    shop.till.close_day()
    assert amount in notice(shop)
    for job in spool.pending_jobs(shop.store.reader()):
        assert "€" not in printed(shop.till.parts, job.data).decode("cp858")
    shop.close()


def test_the_field_for_an_amount_names_the_currency(tmp_path: Path) -> None:
    """On a ticket, and where a ticket of another till is given back."""
    shop = opened(tmp_path, "CHF")
    shop.scan(shop.member(1))
    assert "CHF" in seen(shop)
    assert "€" not in seen(shop).replace("1 point per euro", "")
    shop.till.escape()
    shop.till.open_return()
    shop.till.return_reference("9-1-7")
    assert "CHF" in seen(shop)
    shop.till.return_amount(500)
    shop.till.return_confirm()
    assert "CHF 5.00" in notice(shop)
    assert "CHF 5.00" in paper(shop)
    shop.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sign_the_printer_lacks_becomes_the_code(language: str, tmp_path: Path) -> None:
    """Rupees have a sign on the screen and a code on paper; no amount is printed with a question mark."""
    shop = opened(tmp_path, "INR", language)
    shop.sale(shop.member(1), "2000")
    assert "₹" in seen(shop)
    assert ("INR 20.00" if language == "en" else "20,00 INR") in paper(shop)
    assert "?" not in paper(shop)
    shop.close()


def test_every_currency_of_a_programme_can_be_printed() -> None:
    """In both languages, with thousands and a minus, in characters of the printer."""
    from pos_app.printing.rows import clean, on_paper
    from rules.programme.currencies import TWO_DECIMALS

    for currency in TWO_DECIMALS:
        for language in LANGUAGES:
            text = clean(on_paper(Words(language, currency)).money(-123456))
            assert "?" not in text, currency
            assert len(text) > len("-1,234.56"), currency


def test_receipts_of_before_are_printed_in_euros(shop: Shop) -> None:
    """A job of the first release, whose record names no currency, still goes to the printer."""
    shop.sale(shop.member(1), "2000")
    (job,) = spool.pending_jobs(shop.store.reader())
    old = json.loads(job.data)
    del old["record"]["currency"]
    sheet = printed(shop.till.parts, json.dumps(old).encode())
    assert sheet == printed(shop.till.parts, job.data)
    assert "€20.00" in sheet.decode("cp858")


def test_a_shop_that_changes_its_money(shop: Shop) -> None:
    """From its day on the new one; a ticket begun before goes on in the old, and what is recorded stays what it was."""
    shop.publish("programme", programme("CHF", "2026-11-21", 2), date(2026, 11, 21))
    card = shop.member(1)
    shop.sale(card, "2000")
    shop.till.escape()
    shop.key_in("1000")
    assert "€10.00" in notice(shop)
    shop.clock.pass_ms(DAY_MS)
    shop.sign_in()
    shop.till.tick()
    assert shop.view.currency == "EUR"
    shop.till.record()
    assert "€10.00" in notice(shop)
    shop.till.escape()
    shop.till.tick()
    assert shop.view.currency == "CHF"
    shop.key_in("3000")
    assert "CHF 30.00" in notice(shop)
    shop.till.record()
    shop.till.escape()
    assert [one.currency for one in shop.view.recent] == ["CHF", "EUR", "EUR"]
    assert "€20.00" in seen(shop)
    assert "CHF 30.00" in seen(shop)
    shop.till.open_return()
    shop.till.return_reference(shop.view.recent[-1].number)
    assert shop.view.stage is Stage.RETURN
    assert shop.view.currency == "EUR"
    shop.till.return_amount(9_999)
    assert "€20.00" in notice(shop)


def test_a_begun_ticket_is_in_its_money_after_a_restart(tmp_path: Path) -> None:
    """The till knows the currency before anything is typed."""
    shop = opened(tmp_path, "USD")
    shop.key_in("1000")
    assert shop.restart().view().currency == "USD"
    shop.sign_in()
    assert "US$10.00" in seen(shop)
    shop.close()


def test_a_register_reads_the_shops_money(tmp_path: Path) -> None:
    """The sentences of the headless till have the currency, its numbers are cents as ever."""
    shop = opened(tmp_path, "USD")
    console = Console(shop.till)

    def ask(**command: object) -> Any:
        return json.loads(console.answer(json.dumps(command).encode()))

    assert ask(do="amount", cents=99_900)["sentence"].startswith("US$999.00")
    assert ask(do="amount", cents=2000)["notice"]["text"].startswith("US$20.00")
    assert ask(do="close")["recorded"]["paid"] == 2000
    assert ask(do="state")["view"]["currency"] == "USD"
    assert "US$20.00" in ask(do="close_day")["notice"]["text"]
    shop.close()


def test_a_coded_currency_keeps_its_code() -> None:
    """Going to another currency and back to paper changes the code, not the way of writing."""
    words = Words("en", "INR").coded()
    assert words.money(100) == "INR\u00a01.00"
    assert words.paying("INR") is words
    assert words.paying("USD").money(-100) == "-USD\u00a01.00"
