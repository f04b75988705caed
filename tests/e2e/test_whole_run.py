"""The main job with everything real: two tills, two scanners, one ledger, an outage, a kill, and one truth after it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.chain import Chain

ESPRESSO = "2000000001005"
FIRST_DAY = datetime(2026, 5, 11, 10, 0)  # noqa: DTZ001 - store time, put in its zone by the chain


@pytest.mark.timeout(240)
def test_an_outage_a_kill_and_one_truth_after_it(tmp_path: Path) -> None:
    """Blind tills go on earning, a kill loses nothing, and what both promised is kept, counted once and listed."""
    with Chain(tmp_path, FIRST_DAY) as chain:
        url, codes = chain.start_ledger("1", "2")
        one, two = (chain.pair_till(name, (url, code)) for name, code in zip("12", codes, strict=True))
        regular, coffee = chain.members[4], chain.members[0]

        for day in range(3):
            chain.move_to(FIRST_DAY + timedelta(days=day))
            assert any("4 points" in row for row in one.sell(regular, "450"))
            one.terminal.wait_for("0 to send")

        chain.move_to(FIRST_DAY + timedelta(days=3))
        two.scan(regular.number)
        two.terminal.wait_for("12 points")
        two.terminal.press("escape")
        chain.stop_ledger()
        for till in (one, two):
            till.terminal.wait_for("OFFLINE", timeout=40)

        for till in (one, two):
            assert any("30 points" in row for row in till.sell(regular, "450"))
        for till in (one, two):
            till.scan(coffee.number)
            till.terminal.wait_for(coffee.first_name)
            till.scan(ESPRESSO)
            till.terminal.wait_for("Espresso")
            till.terminal.press("enter")
            rows = till.terminal.wait_for("RECORDED")
            assert any("once confirmed" in row for row in rows), rows

        one.crash_at("before_print")
        one.scan(regular.number)
        one.terminal.wait_for(regular.first_name)
        one.terminal.type("600\r")
        assert one.terminal.wait_exit() == -9
        one.start_again()
        one.sign_in()
        one.terminal.wait_for("6.00")

        chain.start_ledger()
        for till in (one, two):
            till.terminal.wait_for("ONLINE", timeout=60)
            till.terminal.wait_for("0 to send", timeout=30)
        chain.move_to(FIRST_DAY + timedelta(days=3, minutes=5))
        for till in (one, two):
            till.scan(regular.number)
            till.terminal.wait_for("86 points", timeout=30)
            till.terminal.press("escape")

        one.scan(coffee.number)
        one.terminal.wait_for(coffee.first_name)
        one.scan(ESPRESSO)
        one.terminal.wait_for("Coffee card")
        one.terminal.press("*")
        one.terminal.wait_for("REWARD")
        one.terminal.press("1", "enter")
        one.terminal.wait_for("€0.00")
        one.terminal.press("enter")
        one.terminal.wait_for("RECORDED")
        one.terminal.wait_for("0 to send")
        two.scan(coffee.number)
        rows = two.terminal.wait_for(coffee.first_name)
        two.terminal.press("escape")
        chain.stop_ledger()

        tickets = chain.rows("SELECT count(*) FROM inbox WHERE kind = 'TICKET'")
        assert tickets == [(9,)]
