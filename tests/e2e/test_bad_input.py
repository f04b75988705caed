"""What scanner, hand, clock or ledger do wrong at a real till: one sentence, nothing lost, the till goes on."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.e2e.chain import ENVIRONMENT, Chain, TillProcess
from tests.e2e.counter import (
    back_to_idle,
    reads,
    scans_in,
    sell_without_card,
    slowly,
    tickets_in,
    undecided_in,
)
from tests.e2e.line import server

TODAY = datetime(2026, 5, 11, 10, 0)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """One ledger for all."""
    with Chain(tmp_path_factory.mktemp("chain"), TODAY) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(chain: Chain) -> TillProcess:
    """One till in a terminal, signed in."""
    url, codes = chain.start_ledger("1")
    return chain.pair_till("1", (url, codes[0]))


@pytest.fixture
def till(shared: TillProcess) -> TillProcess:
    """The till with nothing begun."""
    back_to_idle(shared.terminal)
    return shared


def card(chain: Chain, place: int) -> bytes:
    return b"]E0" + chain.members[place].number.encode()


def wrong_digit(chain: Chain) -> bytes:
    code = card(chain, 0)
    return code[:-1] + b"%d" % ((int(code[-1:]) + 1) % 10)


SCANS: dict[str, tuple[Callable[[Chain], bytes], str]] = {
    "wrong check digit": (wrong_digit, "The last digit does not fit: scan again"),
    "half a frame": (lambda chain: card(chain, 0)[:7], "Only part of a code was read: scan again."),
    "binary noise": (lambda _: bytes(range(128, 256)), "The scanner sent noise: scan again"),
    "10 kB": (lambda _: b"4" * 10_240, "far too much for one code: scan again"),
    "two cards at once": (lambda chain: card(chain, 0) + card(chain, 1), "Two codes came at once: scan them"),
    "control characters": (
        lambda _: b"]C0\x1b]0;pwned\x07\x1b[2J\x9b31mCARD",
        "The scanner sent noise: scan again",
    ),
    "an escape sequence": (lambda _: b"]C0\x1b]0;pwned\x07\x1b[2JCARD", "holds characters that no card has"),
}


@pytest.mark.parametrize("what", SCANS)
def test_a_bad_scan_is_a_sentence(chain: Chain, till: TillProcess, what: str) -> None:
    """It is no scan: nothing is stored, nothing reaches the terminal as it came, and the next sale is recorded."""
    make, sentence = SCANS[what]
    stored = scans_in(till.folder)
    till.scanner.send(make(chain) + b"\r")
    reads(till.terminal, sentence)
    assert scans_in(till.folder) == stored
    assert b"pwned" not in till.terminal.raw
    sell_without_card(till)


def test_an_unknown_card_can_be_enrolled_or_left(till: TillProcess) -> None:
    """The sentence names both keys; the scan was kept until that was decided."""
    stored = scans_in(till.folder)
    till.scanner.send(b"]C0LIBRARY-1234\r")
    till.terminal.wait_for("Card not known. Enrol it? F3 / Esc")
    till.terminal.wait_until(lambda _: scans_in(till.folder) == stored + 1, what="the scan on the disk")
    sell_without_card(till)
    till.terminal.wait_until(lambda _: undecided_in(till.folder) == 0, what="every scan to be decided")


def test_a_second_card_on_a_begun_ticket_is_a_question(chain: Chain, till: TillProcess) -> None:
    """Two cards one after the other: Esc keeps the first, and the ticket with what stands on it."""
    first, second = chain.members[0], chain.members[1]
    till.scan(first.number)
    till.terminal.wait_for(first.first_name)
    till.scan("2000000001005")
    till.terminal.wait_for("Espresso")
    till.scan(second.number)
    till.terminal.wait_for("Another card: Enter replaces the member, Esc keeps the first.")
    till.terminal.press("escape")
    till.terminal.wait_gone("Another card")
    rows = till.terminal.wait_for(first.first_name)
    assert any("Espresso" in row for row in rows)
    back_to_idle(till.terminal)
    sell_without_card(till)


def test_a_product_that_is_not_in_the_catalogue(till: TillProcess) -> None:
    """The ticket keeps what it has; the amount can be typed instead."""
    till.scan("2000000001005")
    till.terminal.wait_for("Espresso")
    till.scan("4006381333931")
    rows = reads(till.terminal, "Product 4006381333931 is not in the catalogue: type its amount instead.")
    assert any("Espresso" in row for row in rows)
    back_to_idle(till.terminal)
    sell_without_card(till)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("12a4", "This is no amount: type digits only, 4590 is 45.90."),
        ("60000", "above this shop's limit: Enter once more if it is right."),
        ("0", "Type an amount above zero."),
    ],
)
def test_a_bad_amount_is_a_sentence(till: TillProcess, typed: str, sentence: str) -> None:
    """Letters, nothing, or more than the ceiling: nothing is recorded before it is right."""
    before = tickets_in(till.folder)
    slowly(till.terminal, typed)
    till.terminal.press("enter")
    reads(till.terminal, sentence)
    assert tickets_in(till.folder) == before
    till.terminal.press("escape")
    till.terminal.wait_gone("above this shop" if typed == "60000" else f"> {typed}")
    sell_without_card(till)


def test_a_terminal_made_too_small_loses_nothing(chain: Chain, till: TillProcess) -> None:
    """At 60 columns a sentence; the begun ticket is there again at 80."""
    till.scan(chain.members[2].number)
    till.terminal.wait_for(chain.members[2].first_name)
    till.terminal.resize(60, 24)
    till.terminal.wait_for("This terminal has 60 x 24 cells")
    till.terminal.resize(80, 24)
    till.terminal.wait_for(chain.members[2].first_name)
    sell_without_card(till)


def test_a_scanner_taken_away_and_put_back(till: TillProcess) -> None:
    """The sentence says that plugging it in is all; the first scan afterwards counts."""
    till.scanner.unplug()
    reads(till.terminal, "is not there: plug it in")
    sell_without_card(till)
    till.scanner.replug()
    till.terminal.wait_gone("SCANNER")
    till.scan("2000000001005")
    till.terminal.wait_for("Espresso")
    sell_without_card(till)


# --- the ledger: it is stopped here, and something else takes its port


def rubbish(plug: socket.socket, _: threading.Event) -> None:
    plug.sendall(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 30\r\n\r\n"
        b"<html>\x1b]0;pwned\x07sign in</html>\r\n\r\n"
    )


def silence(_plug: socket.socket, over: threading.Event) -> None:
    over.wait(20)


def test_no_ledger(chain: Chain, till: TillProcess) -> None:
    """The idle screen says what to check; sales go on and wait to be sent."""
    chain.stop_ledger()
    sell_without_card(till)
    reads(till.terminal, "The ledger cannot be reached: check the network cable")
    till.terminal.wait_for("1 to send")


def test_a_ledger_that_answers_rubbish(chain: Chain, till: TillProcess) -> None:
    """A sign-in page of some network: not signed, so not believed; nothing of it is drawn."""
    chain.stop_ledger()
    with server(rubbish, chain.port):
        sell_without_card(till)
        reads(till.terminal, "The answer is not signed, something on the way replaces it")
    assert b"pwned" not in till.terminal.raw


def test_a_ledger_that_is_slow(chain: Chain, till: TillProcess) -> None:
    """A connection that is taken and never answered holds up no sale."""
    chain.stop_ledger()
    with server(silence, chain.port):
        sell_without_card(till)
        sell_without_card(till)


def test_another_ledger_at_the_address(chain: Chain, till: TillProcess, tmp_path: Path) -> None:
    """Its signature is not the pinned one: the till believes nothing and says so."""
    chain.stop_ledger()
    command = [sys.executable, "-m", "tests.e2e.launch_ledger", str(tmp_path / "other.db"), str(chain.port)]
    other = subprocess.Popen(
        [*command, str(chain.folder / "shop"), str(chain.folder / "clock")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ENVIRONMENT},
    )
    with other:
        try:
            assert other.stdout is not None
            other.stdout.readline()
            sell_without_card(till)
            reads(till.terminal, "The answer is signed by another ledger: check the address")
        finally:
            other.terminate()


def test_a_wrong_clock_and_at_the_end_the_ledger_has_every_ticket(chain: Chain, till: TillProcess) -> None:
    """Started without a ledger by a machine that believes in 2019: in doubt, and sales are recorded.

    Back on line, everything that waited is sent, and nothing is left behind.
    """
    chain.stop_ledger()
    chain.clock.start_at(1_550_000_000_000)
    till.start_again()
    till.sign_in()
    reads(till.terminal, "The clock is in doubt: earning goes on; correct the date of this machine.")
    sell_without_card(till)
    back_to_idle(till.terminal)
    chain.move_to(TODAY.replace(hour=11))
    chain.start_ledger()
    till.terminal.wait_for("ONLINE", 30)
    till.sign_in()  # seven years later by its clock, it had locked itself
    sell_without_card(till)
    till.terminal.wait_for(" 0 to send", 30)
    assert undecided_in(till.folder) == 0
