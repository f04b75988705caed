"""All operations by their names."""

from typing import Any

from sync.ledger.codes import NewTill
from sync.ledger.operation import Operation
from sync.ledger.programmes import PublishedProgrammes, PublishProgramme, WithdrawProgramme

KINDS: tuple[type[Operation[Any]], ...] = (
    NewTill,
    PublishProgramme,
    PublishedProgrammes,
    WithdrawProgramme,
)
OPERATIONS: dict[str, type[Operation[Any]]] = {kind.name: kind for kind in KINDS}
