"""A new key for one of the ledger's roles on request (sync/delegation.py)."""

from typing import ClassVar

import msgspec

from rules.sentences import said
from sync.delegation import ROLES
from sync.ledger.caller import LedgerRefusal
from sync.ledger.keys import replace_role
from sync.ledger.operation import Operation
from sync.ledger.service import Ledger


class RoleKey(msgspec.Struct, frozen=True):
    """The number of the key that a role has now."""

    number: int


class NewRoleKey(Operation[RoleKey], frozen=True):
    """A role whose key is replaced: what is signed from now on is signed with another one."""

    role: str

    name: ClassVar[str] = "new-key"
    answer: ClassVar[type[msgspec.Struct]] = RoleKey

    async def run(self, ledger: Ledger) -> RoleKey:
        """Its number. Raises LedgerRefusal for an unknown role."""
        if self.role not in ROLES:
            raise LedgerRefusal(
                "unknown_role",
                said("There is no role {role}: name one of {roles}.", role=self.role, roles=", ".join(ROLES)),
            )
        number = await ledger.write(lambda work: replace_role(work.tx, self.role, work.random))
        await ledger.read_keys()
        return RoleKey(number)
