"""What the store's other tills say of cards that the ledger has not told this till yet: blocked, or found again.

Each till shows what it wrote and the ledger has not taken (`sync/moves.py`). A word holds here until its till shows it
no more, which is when the ledger has it, and a pull after that was read whole. Of several words the latest in order of
sale counts, and each counts over what the ledger's rows say, which are older.
"""

from collections.abc import Iterable
from datetime import date

from sync.card_marks import Blocked, BlockReason
from sync.entry import CardBlockBody, EntryKind, body_of, decode
from sync.moves import MOST_WORD_CARDS, CardWord
from sync.sqlite_driver import Connection
from sync.till.cursors import sync_state
from sync.till.identity import Identity
from sync.tills import StoreTill
from sync.tokens import TOKEN_BYTES

TABLES = """
CREATE TABLE card_word(
  dev INTEGER NOT NULL, inc INTEGER NOT NULL, seq INTEGER NOT NULL, card BLOB NOT NULL, why TEXT NOT NULL,
  day TEXT NOT NULL, at_ms INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY(dev, inc, seq, card))
  STRICT, WITHOUT ROWID;
CREATE INDEX card_word_card ON card_word(card);
"""
_OVERRULED = ""  # a later word of this till counts: kept, so that the same word is not taken for a new one
_READ_TWICE = 2  # an answer of the ledger may have been under way while the word went
_REASONS = frozenset(reason.value for reason in BlockReason)


def told(connection: Connection, card: bytes) -> Blocked | None:
    """The last word of another till about a card; None where there is none. FOUND takes it again."""
    row = connection.execute(
        "SELECT why, day FROM card_word WHERE card = ? AND why <> ? ORDER BY at_ms DESC LIMIT 1",
        (card, _OVERRULED),
    ).fetchone()
    return None if row is None else Blocked(card, row[0], date.fromisoformat(row[1]))


def own(connection: Connection, who: Identity) -> tuple[CardWord, ...]:
    """What this till has written about cards and the ledger has not taken yet, the latest first."""
    rows = connection.execute(
        "SELECT seq, wall_ms, bytes FROM journal WHERE inc = ? AND seq > ? AND kind = ? ORDER BY seq DESC",
        (who.inc, sync_state(connection).accepted_seq, EntryKind.CARD_BLOCK),
    )
    found: list[CardWord] = []
    room = MOST_WORD_CARDS
    for seq, wall_ms, data in rows:
        entry = decode(data)
        body = body_of(entry)
        assert isinstance(body, CardBlockBody)
        room -= len(body.cards)
        if room < 0:
            break
        found.append(CardWord(seq, body.cards, body.why, entry.bdate, wall_ms))
    return tuple(found)


def is_news(connection: Connection, teller: StoreTill, words: Iterable[CardWord]) -> bool:
    """Whether `learn` would write something."""
    rows = connection.execute(
        "SELECT DISTINCT inc, seq FROM card_word WHERE dev = ? AND gone = 0", (teller.dev,)
    )
    return {(inc, seq) for inc, seq in rows} != {(teller.inc, word.seq) for word in words}


def learn(connection: Connection, who: Identity, teller: StoreTill, words: tuple[CardWord, ...]) -> None:
    """Go by all that `teller` shows; what it shows no more the ledger has. Nothing else is believed of a message."""
    if sum(len(word.cards) for word in words) > MOST_WORD_CARDS:
        return
    good = [word for word in words if word.why in _REASONS and word.seq > 0 and _are_cards(word)]
    connection.execute("UPDATE card_word SET gone = 1 WHERE dev = ? AND gone = 0", (teller.dev,))
    mine = own(connection, who)
    for word in good:
        for card in word.cards:
            later = any(card in one.cards and one.at_ms > word.at_ms for one in mine)
            why = _OVERRULED if later else word.why
            connection.execute(
                "INSERT INTO card_word VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET gone = 0",
                (teller.dev, teller.inc, word.seq, card, why, word.day.isoformat(), word.at_ms),
            )


def overrule(connection: Connection, cards: Iterable[bytes]) -> None:
    """This till itself says something of `cards` now, in the same job: what others said before counts no more."""
    for card in cards:
        connection.execute("UPDATE card_word SET why = ? WHERE card = ?", (_OVERRULED, card))


def pulled(connection: Connection) -> None:
    """A pull was read whole: words that their tills show no more are in the ledger's rows by the second one.

    What was said of those cards before, be it by a till that shows it for ever, counts no more either.
    """
    connection.execute(
        "UPDATE card_word SET why = ? WHERE EXISTS (SELECT 1 FROM card_word later"
        " WHERE later.card = card_word.card AND later.gone >= ? AND later.at_ms > card_word.at_ms)",
        (_OVERRULED, _READ_TWICE),
    )
    connection.execute("DELETE FROM card_word WHERE gone >= ?", (_READ_TWICE,))
    connection.execute("UPDATE card_word SET gone = gone + 1 WHERE gone > 0")


def _are_cards(word: CardWord) -> bool:
    return bool(word.cards) and all(len(card) == TOKEN_BYTES for card in word.cards)
