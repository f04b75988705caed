"""Pairing codes on request (ledger-and-sync.md section 5.3)."""

from typing import ClassVar

import msgspec

from sync.ledger.operation import Operation
from sync.ledger.service import Ledger


class NewCode(msgspec.Struct, frozen=True):
    """A pairing code."""

    code: str


class NewTill(Operation[NewCode], frozen=True):
    """A till to be paired: a store's id, and the name the till will have."""

    store: str
    till: str

    name: ClassVar[str] = "pair"
    answer: ClassVar[type[msgspec.Struct]] = NewCode

    async def run(self, ledger: Ledger) -> NewCode:
        """Its code. Raises LedgerRefusal for an unknown store."""
        return NewCode(await ledger.make_pairing_code(self.store, self.till))
