"""The ledger of a replay as CSV: every movement, who and what caused it, and the balance after it."""

import csv
from datetime import UTC, datetime, time
from typing import TextIO
from zoneinfo import ZoneInfo

from rules.account import POINTS
from rules.history.book import Posting
from rules.history.record import Record

COLUMNS = ("member", "ticket", "at", "bdate", "kind", "rule", "points", "cents", "lot", "balance_after")


class PostingFile:
    """Writes postings as rows. What happens without a ticket is dated at the beginning of its day in `timezone`."""

    def __init__(self, file: TextIO, timezone: str, day_begins: time) -> None:
        self._write = csv.writer(file, lineterminator="\n").writerow
        self._zone = ZoneInfo(timezone)
        self._begins = day_begins
        self._write(COLUMNS)

    def __call__(self, record: Record | None, member: str, posting: Posting) -> None:
        """Write one posting that `record` caused."""
        why = posting.why
        dated = why.cause == "EXPIRE" or record is None
        moment = datetime.combine(why.day, self._begins, self._zone) if dated or record is None else record.at
        row = (
            member,
            why.ticket,
            f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            why.day.isoformat(),
            why.cause,
            why.rule if posting.asset in (POINTS, "") else posting.asset,
            posting.quantity,
            why.cents,
            posting.lot,
            posting.balance,
        )
        self._write(row)
