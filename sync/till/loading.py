"""How far something big is that the till fetches."""

import msgspec


class Loading(msgspec.Struct, frozen=True):
    """Bytes of all bytes, and seconds that the rest may take, None when nobody can tell yet.

    Where the ledger has no such thing for this till, nothing is loaded and `refused` is its sentence.
    """

    done: int
    total: int
    rest_s: int | None
    refused: str = ""
