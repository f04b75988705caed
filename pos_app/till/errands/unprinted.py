"""Papers that were recorded and not printed, after a restart or while the printer was away: each by a digit."""

from typing import Final

from pos_app.printing.receipt import ReceiptKind
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.reprint import again
from pos_app.till.slip import record_of
from pos_app.till.state import State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from sync.till import spool
from sync.till.database import Connection, StoreError
from sync.till.spool import Job
from sync.till.writer import Priority

MOST: Final = 9
NONE_WANTED: Final = 0


class UnprintedPage(Errand, frozen=True):
    """The last papers that wait, newest first."""

    jobs: tuple[Job, ...]

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        choices = [
            ErrandChoice(digit, *_named(one, state.language)) for digit, one in enumerate(self.jobs, start=1)
        ]
        choices.append(ErrandChoice(NONE_WANTED, words("None of them is wanted any more")))
        hint = words("Each is printed as a duplicate: it may be on paper already.")
        lines = (ErrandLine(hint, Tone.SOFT),)
        return ErrandView(words("NOT PRINTED"), lines, tuple(choices), keys={"Enter": words("Back")})

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        if digit == NONE_WANTED:
            return _waived(parts, state)
        one = self.jobs[digit - 1]
        after = again(parts, state, one.ticket, one.data)
        left = tuple(other for other in self.jobs if other.id != one.id)
        if not left or after.notice is None or after.notice.code != "reprinted":
            return closed(after, notice=after.notice)
        return opened(after, UnprintedPage(left), notice=after.notice)

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def open_page(parts: Parts, state: State) -> State:
    """The page, where there is a printer and something that it has not printed."""
    words, left = words_of(state.language), spool.unprinted(parts.reader, MOST)
    if not parts.options.prints:
        return change(state, notice=tell(words, "no_printer"))
    return opened(state, UnprintedPage(left)) if left else change(state, notice=tell(words, "all_printed"))


def _named(job: Job, language: str) -> tuple[str, str]:
    """What a paper is of, and the amount on it."""
    record, words = record_of(job.data), words_of(language)
    if record is None:
        return words("Voucher"), ""
    words = words.paying(record.currency)
    texts = {
        ReceiptKind.SALE: words("Ticket {number}", number=record.reference),
        ReceiptKind.REFUND: words("Return {number}", number=record.reference),
        ReceiptKind.UNDO: words("Undo {number}", number=record.reference),
    }
    return f"{texts[record.kind]}  {words.time(record.at)}", words.money(record.total)


def _waived(parts: Parts, state: State) -> State:
    words, wall_ms = words_of(state.language), parts.clock.wall_ms()

    def job(conn: Connection) -> None:
        for one in spool.unprinted(conn, spool.KEPT):
            spool.mark_printed(conn, one.id, wall_ms)

    try:
        parts.writer.run(job, Priority.SCAN)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    return closed(state, notice=tell(words, "not_wanted"))
