"""What a replay of case A wrote, in the words of its expected files, and the differences between the two."""

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

EXPECTED = Path(__file__).with_name("expected")
PROGRAMME = Path(__file__).with_name("programme-a.toml")
AS_OF = "2018-01-01"

# The lines of the expected ledger of the sample, which holds figures of single baskets and stays out of the
# repository: SHA-256 of its text.
LEDGER_SAMPLE = "855d158506278cd5b9af67035578272344473076c9aa3b42368c552cd1d1b327"

NAMES = {
    "household": "member",
    "baskets": "tickets",
    "qualifying": "qualifying",
    "visit_days": "visit_days",
    "net": "net_cents",
    "reward_value": "reward_cents",
    "paid": "paid_cents",
    "base": "earned:base",
    "campaign": "earned:campaign",
    "streak": "earned:streak",
    "earned": "earned",
    "burned": "burned",
    "expired": "expired",
    "balance": "balance",
    "rewards": "rewards",
    "cards": "cards:card",
    "stamps_left": "stamps:card",
    "streak_max": "longest:streak",
    "tier": "tier",
    "silver_on": "since:SILVER",
    "gold_on": "since:GOLD",
}
ABSENT = (
    "honoured",
    "converted",
    "clawed",
    "deficit",
    "vouchers_issued",
    "vouchers_used",
    "vouchers_expired",
)
SAMPLE = (7, 20)

Row = dict[str, str]


def expected_rows(sample: tuple[int, int] | None = None) -> dict[str, Row]:
    """The expected row of every household, or of those of a sample."""
    with gzip.open(EXPECTED / "expected-a.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = {row["household"]: row for row in csv.DictReader(file)}
    if sample is None:
        return rows
    left, of = sample
    return {household: row for household, row in rows.items() if int(household) % of == left}


def rows_of(out: Path) -> dict[str, Row]:
    """The rows of a replay by household, with the names of the expected file."""
    found: dict[str, Row] = {}
    for row in _read(out):
        assert not any(int(row[name]) for name in ABSENT), "case A has neither refunds nor vouchers"
        found[row["member"]] = {name: row[ours] for name, ours in NAMES.items()}
    return found


def totals_of(rows: Iterable[Row]) -> dict[str, object]:
    """The sums of rows, named as in the file of the expected totals."""
    rows = list(rows)
    names = [name for name in NAMES if name not in ("household", "tier", "silver_on", "gold_on")]
    sums: dict[str, object] = {name: sum(int(row[name]) for row in rows) for name in names}
    tiers: dict[str, int] = defaultdict(int)
    for row in rows:
        tiers[row["tier"]] += 1
    return sums | {"households": len(rows), "tiers": dict(sorted(tiers.items()))}


def expected_totals(which: str) -> dict[str, object]:
    """The expected totals of `full` or of the sample, those that `totals_of` gives."""
    totals = json.loads((EXPECTED / "expected-a-totals.json").read_text(encoding="utf-8"))[which]
    return {name: totals[name] for name in totals_of([])}


def months_of(ledger: Path) -> list[Row]:
    """Every month, summed from the ledger of a replay: points expire in the month in which their lot dies."""
    months: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in _read(ledger):
        month = months[row["bdate"][:7]]
        if row["rule"] == "reward:card":
            month["cards"] += int(row["points"]) if row["kind"] == "CONVERT" else 0
        elif not row["rule"].startswith("stamp:"):
            month[row["kind"]] += int(row["points"])
            month["rewards"] += row["kind"] == "BURN" and row["cents"] != "0"
    balance, found = 0, []
    for name in sorted(months):
        month = months[name]
        earned, burned, expired = month["ACCRUE"], -month["BURN"], -month["EXPIRE"]
        balance += earned - burned - expired
        figures = [earned, burned, expired, balance, month["rewards"], month["cards"]]
        found.append(dict(zip(MONTHS, [name, *map(str, figures)], strict=True)))
    return found


MONTHS = ("month", "earned", "burned", "expired", "balance_at_month_end", "rewards", "cards")


def expected_months() -> list[Row]:
    """The expected figures of every month."""
    return _read(EXPECTED / "expected-a-months.csv")


def ledger_text(history: Path, ledger: Path) -> str:
    """A line for every basket that counts, by household and time, in the form of the expected ledger of the sample.

    Net and date come from the history and the ledger; what expired is told on the first basket after it.
    """
    moves: dict[str, list[Row]] = defaultdict(list)
    for row in _read(ledger):
        if row["kind"] in ("ACCRUE", "BURN", "EXPIRE") and not row["rule"].startswith("stamp:"):
            moves[row["member"]].append(row)
    lines: list[str] = []
    for household, baskets in sorted(_nets(history).items(), key=lambda pair: int(pair[0])):
        lines += _lines_of(household, baskets, moves[household])
    header = "household,basket,local_date,net,expired_before,reward,paid,base,campaign,streak,balance_after"
    return "\n".join([header, *lines]) + "\n"


def _lines_of(household: str, baskets: list[tuple[str, str, int]], moves: list[Row]) -> Iterable[str]:
    expired = sorted((row["bdate"], -int(row["points"])) for row in moves if row["kind"] == "EXPIRE")
    by_basket: dict[str, list[Row]] = defaultdict(list)
    for row in moves:
        if row["kind"] != "EXPIRE":
            by_basket[row["ticket"]].append(row)
    balance = 0
    for basket, day, net in baskets:
        gone = sum(points for date, points in expired if date <= day)
        expired = [pair for pair in expired if pair[0] > day]
        own = by_basket[basket]
        reward = sum(int(row["cents"]) for row in own)
        earned = {
            rule: sum(int(row["points"]) for row in own if (row["kind"], row["rule"]) == ("ACCRUE", rule))
            for rule in ("base", "campaign", "streak")
        }
        balance += sum(int(row["points"]) for row in own) - gone
        figures = [net, gone, reward, net - reward, *earned.values(), balance]
        yield ",".join([household, basket, day, *map(str, figures)])


def _nets(history: Path) -> dict[str, list[tuple[str, str, int]]]:
    """Basket, local date and net of every basket that counts, by household."""
    zone, found = ZoneInfo("America/New_York"), defaultdict(list)
    with gzip.open(history, "rt", encoding="utf-8") as file:
        for line in file:
            ticket = json.loads(line)
            net = max(0, sum(each["cents"] for each in ticket["lines"]))
            if net:
                day = datetime.fromisoformat(ticket["at"]).astimezone(zone).date().isoformat()
                found[ticket["member"]].append((ticket["ticket"], day, net))
    return found


def hash_of(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
