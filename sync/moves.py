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


class MoveRequest(msgspec.Struct, frozen=True, array_like=True):
    """A till asks for slices of `member`'s leases that can be used on `day`.

    `ask` names the question: asked again, it is answered with what was given for it and nothing more. Without `wants`
    it only asks who is there.
    """

    ask: str
    member: int
    wants: tuple[Want, ...]
    day: date
    tills: StoreTills


class MoveAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What the giver gave the asking till of this member's, for this question and lately for others.

    Each of `moves` proves one grant, its last entry is the giver's own. `code` is given, wait (ask again in `wait_ms`)
    or none.
    """

    code: str
    moves: tuple[tuple[Proof, ...], ...]
    wait_ms: int
    tills: StoreTills
