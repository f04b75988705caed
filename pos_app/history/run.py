"""A replay from file to figures: read, keep the order, count, and name what cannot be counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from pos_app.history.order import by_time, in_order
from pos_app.history.reader import Complain, Entry, Reader
from rules.history.record import RecordError
from rules.history.replay import Post, Replay
from rules.programme.model import Programme
from rules.sentences import sentence_of

_TELL_EVERY = 512


def run_replay(
    reader: Reader,
    programmes: Sequence[Programme],
    complain: Complain,
    *,
    redeem: bool = False,
    until: date | None = None,
    sort: bool = False,
    post: Post | None = None,
    tell: Callable[[float], None] | None = None,
) -> Replay:
    """Everything in `reader` under `programmes`, up to the business date `until`, which is left out.

    Lines that cannot be counted go to `complain`. `tell` is told how much of the file was read, from 0 to 1. Raises
    HistoryError for a file that cannot be read or goes back in time, ProgrammeError for versions that overlap.
    """
    replay = Replay(programmes, redeem=redeem, until=until, returning=reader.returning(), post=post)
    found: Iterable[Entry] = reader.entries(complain)
    if tell is not None:
        found = _told(found, reader, tell)
    for number, record in in_order(by_time(found) if sort else found, complain, joined=replay.joined):
        try:
            replay.take(record)
        except RecordError as error:
            complain(number, sentence_of(error))
    return replay


def _told(entries: Iterable[Entry], reader: Reader, tell: Callable[[float], None]) -> Iterator[Entry]:
    for count, entry in enumerate(entries):
        if count % _TELL_EVERY == 0:
            tell(reader.fraction())
        yield entry
    tell(1.0)
