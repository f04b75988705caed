"""`assidu programme transition`: what a move to a new programme comes to."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.unit.tools_kit import BASE, COFFEE, FIVE, history_file, programme_file, run, sold

MOVE = (
    '[transition]\nfrom = "t"\nnotice = "60d"\nnotify = ["60d", "14d"]\nvouchers = ["m5", "m10"]\n'
    'point_value = 0.05\nstamps = { coffee = 10 }\nafter = "forfeit"\n'
)
VOUCHERS = "".join(
    f'[[rule]]\nid = "m{value}"\nkind = "voucher"\nvalue = {value}.00\nlife = "180d"\n' for value in (5, 10)
)
TOLD = "2026-03-01"


class Shop:
    """An old programme, a new one that begins on 15 June 2026, and a history."""

    def __init__(self, folder: Path, *more: str, history: list[dict[str, Any]] | None = None) -> None:
        self.old = programme_file(folder, "old.toml", BASE, FIVE, COFFEE)
        self.new = programme_file(folder, "new.toml", BASE, FIVE, MOVE, *more, VOUCHERS)
        text = self.new.read_text().replace('id = "t"', 'id = "new"').replace("2030-01-01", "2026-06-15")
        self.new.write_text(text)
        tickets = history or [
            sold(0, "a", 7000),
            *[sold(day, "b", 300, category="coffee", store="s2") for day in (1, 2, 3)],
            sold(150, "c", 21000),
        ]
        self.history = history_file(folder, tickets)

    def ask(self, *more: object) -> Result:
        """The command on all this; members are told on 1 March unless said otherwise."""
        told = () if "--on" in more else ("--on", TOLD)
        return run("transition", self.old, self.new, "--tickets", self.history, *told, *more)

    def found(self, *more: object) -> dict[str, Any]:
        """What the command found."""
        result = self.ask("--json", *more)
        assert result.exit_code == 0, result.output
        data: dict[str, Any] = json.loads(result.stdout)
        return data


def test_every_balance_becomes_vouchers_of_at_least_its_value(tmp_path: Path) -> None:
    """70, 39 (nine points and three stamps at ten) and 210 points at 5 cents: 5 €, 5 € and 15 € in vouchers."""
    found = Shop(tmp_path).found()
    total = found["total"]
    assert (total["converted"], total["voucher_value"], total["short"]) == (350 + 195 + 1050, 2500, 0)
    assert found["vouchers"] == {"m10": 1, "m5": 3}
    assert (total["lapsed"], total["kept"]) == (0, 0)
    by_store = {each["name"]: each["voucher_value"] for each in found["groups"] if each["by"] == "store"}
    assert by_store == {"s1": 2000, "s2": 500}


def test_the_provision_is_opened_used_and_closed(tmp_path: Path) -> None:
    """What was owed on the day of the notice, plus what came, is all used by the conversion."""
    provision = Shop(tmp_path).found()["provision"]
    assert provision["opened"] == 350 + 195
    assert provision["added"] == 1050
    assert provision["converted"] == 350 + 195 + 1050
    assert provision["used"] == provision["released"] == provision["lapsed"] == provision["kept"] == 0


@pytest.mark.parametrize("per_points", [1, 7])
def test_redemptions_and_lapses_before_the_move_use_and_release_it(tmp_path: Path, per_points: int) -> None:
    """A reward taken after the notice uses the provision; points that lapse before the move release it."""
    shop = Shop(tmp_path, history=[sold(0, "a", 3000), sold(60, "a", 12000), sold(70, "a", 6000)])
    shop.old.write_text(shop.old.read_text() + '[expiry]\nlot_life = "100d"\n')
    shop.new.write_text(shop.new.read_text().replace("= 0.05", f"= 0.05\nper_points = {per_points}"))
    provision = shop.found()["provision"]
    assert provision["used"] == 500 // per_points
    assert provision["released"] > 0
    money_in = provision["opened"] + provision["added"]
    out = ("used", "released", "taken_back", "converted", "lapsed", "kept")
    assert money_in == sum(provision[name] for name in out)


def test_a_rate_turns_points_into_points(tmp_path: Path) -> None:
    """At 1 = 2 the balances double; stamps that nothing converts lapse, and no voucher is given."""
    shop = Shop(tmp_path)
    text = shop.new.read_text().replace(MOVE, '[transition]\nfrom = "t"\nrate = "1 = 2"\nafter = "forfeit"\n')
    shop.new.write_text(text)
    found = shop.found()
    total = found["total"]
    assert (total["new_points"], total["vouchers"], found["vouchers"]) == (2 * (70 + 9 + 210), 0, {})
    assert total["points_value"] == 2 * 5 * (70 + 9 + 210)
    assert total["converted"] == 5 * (70 + 9 + 210)
    assert total["lapsed"] == 3 * 45


def test_a_sale_on_the_day_of_the_notice_adds_to_the_provision(tmp_path: Path) -> None:
    """What is sold on that day was not there when the provision was opened; a balance of 5 € is a voucher of 5 €."""
    shop = Shop(tmp_path, history=[sold(0, "a", 4000), sold(55, "a", 6000)])
    found = shop.found()
    assert (found["provision"]["opened"], found["provision"]["added"]) == (200, 300)
    assert (found["total"]["voucher_value"], found["total"]["short"]) == (500, 0)


def test_without_a_deadline_who_never_answers_waits(tmp_path: Path) -> None:
    """Nothing is converted and nothing lapses before there is an answer."""
    shop = Shop(tmp_path)
    shop.new.write_text(shop.new.read_text().replace(MOVE, MOVE + "accept = true\n"))
    _, silent = shop.found()["answers"]
    assert (silent["converted"], silent["lapsed"], silent["kept"]) == (0, 0, silent["held"])


def test_too_short_a_notice_is_refused(tmp_path: Path) -> None:
    """60 days before 15 June is 16 April: told a day later, nothing is worked out, and a day is proposed."""
    shop = Shop(tmp_path)
    late = shop.ask("--on", "2026-04-17")
    assert late.exit_code == 2
    assert "by 2026-04-16" in late.stderr
    assert "2026-06-16 at the earliest" in late.stderr
    assert late.stdout == ""
    assert shop.ask("--on", "2026-04-16").exit_code == 0


def test_who_is_told_and_at_what_cost(tmp_path: Path) -> None:
    """One by e-mail as the file says, the one seen lately at the till, the other by letter; each as often as asked."""
    shop = Shop(tmp_path)
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("member,channel\na,email\n", "utf-8")
    found = shop.found("--contacts", contacts, "--cost", "letter=1.20", "--cost", "email=0.004")
    assert found["told"] == ["2026-03-01", "2026-04-16", "2026-06-01"]
    told = {each["channel"]: (each["members"], each["messages"], each["cost"]) for each in found["messages"]}
    assert told == {"email": (1, 3, 2), "letter": (1, 3, 360), "till": (1, 3, 0)}


def test_terms_that_must_be_accepted_give_three_answers(tmp_path: Path) -> None:
    """Who refuses keeps the balance, who never answers loses it: both are shown beside the bill."""
    shop = Shop(tmp_path)
    text = shop.new.read_text().replace(
        MOVE, MOVE + 'accept = true\ndeadline = 2026-12-31\nrefused = "keep"\n'
    )
    shop.new.write_text(text)
    found = shop.found()
    refused, silent = found["answers"]
    assert (refused["converted"], refused["kept"]) == (0, found["total"]["held"])
    assert (silent["converted"], silent["lapsed"]) == (0, found["total"]["held"])


def test_the_report_is_printed_in_french(tmp_path: Path) -> None:
    """The tables for a manager."""
    result = Shop(tmp_path).ask("--lang", "fr")
    assert result.exit_code == 0
    assert "Passage le 15/06/2026" in result.stdout
    assert "Par magasin" in result.stdout
    assert "Par palier" not in result.stdout
    assert "utilisée par la conversion" in result.stdout


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--on", "soon"), "write it like 2026-09-01"),
        (("--cost", "sms"), "like sms=0.07"),
        (("--cost", "sms=0.00001"), "like sms=0.07"),
        (("--contacts", "nowhere.csv"), "check the name"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: tuple[str, str], advice: str) -> None:
    """One sentence that says what to write."""
    result = Shop(tmp_path).ask(*options)
    assert result.exit_code == 2
    assert advice in result.stderr


def test_a_programme_that_members_do_not_come_to_is_refused(tmp_path: Path) -> None:
    """Without a [transition], and with one from another programme, the command says what to do."""
    shop = Shop(tmp_path)
    none = run("transition", shop.old, shop.old, "--tickets", shop.history, "--on", TOLD)
    assert "no [transition]" in none.stderr
    shop.new.write_text(shop.new.read_text().replace('from = "t"', 'from = "other"'))
    assert "not from t" in shop.ask().stderr
