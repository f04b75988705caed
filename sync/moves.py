"""What tills of one store ask each other while the ledger cannot be reached (ledger-and-sync.md 4.7).

`POST /move` at a neighbour's door, msgpack, signed by the asking till; the answer is signed by the one that gives. Both
sides bring the list of the store's tills that they know, and keep the newer one.
"""

from datetime import date

import msgspec

from sync.granted import Proof
from sync.tills import StoreTills
from sync.wire import Want

PATH = "/move"
MOST_PROOFS = 8  # so often a grant moves on before the ledger has heard of it
GIVEN, WAIT, NONE = "given", "wait", "none"


MOST_WORD_CARDS = 512  # cards that a message tells of, the latest: 8 KiB of the 64


class CardWord(msgspec.Struct, frozen=True, array_like=True):
    """A CARD_BLOCK entry that the ledger has not taken yet: `cards` (keyed hashes) are blocked or found, by `why`.

    `day` is its business date, `at_ms` when it was written (ms UTC), `seq` its place in the teller's journal.
    """

    seq: int
    cards: tuple[bytes, ...]
    why: str
    day: date
    at_ms: int


class MoveRequest(msgspec.Struct, frozen=True, array_like=True):
    """A till asks for slices of `member`'s leases that can be used on `day`.

    `ask` names the question: asked again, it is answered with what was given for it and nothing more. Without `wants`
    it only asks who is there. `words` is all that the asking till has to say of cards.
    """

    ask: str
    member: int
    wants: tuple[Want, ...]
    day: date
    tills: StoreTills
    words: tuple[CardWord, ...] = ()


class MoveAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What the giver gave the asking till of this member's, for this question and lately for others.

    Each of `moves` proves one grant, its last entry is the giver's own. `code` is given, wait (ask again in `wait_ms`)
    or none. `words` is all that the answering till has to say of cards.
    """

    code: str
    moves: tuple[tuple[Proof, ...], ...]
    wait_ms: int
    tills: StoreTills
    words: tuple[CardWord, ...] = ()
