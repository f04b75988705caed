"""Who asks the ledger, and what it says to whom it does not serve."""

import msgspec


class DeviceId(msgspec.Struct, frozen=True):
    """A till and its incarnation, as proved by a signature with `key`, which must be compared where it was `kept`."""

    dev: int
    inc: int
    key: bytes = b""
    kept: bool = False


class LedgerRefusal(Exception):
    """A request the ledger does not carry out. `code` is for machines, the text one sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
