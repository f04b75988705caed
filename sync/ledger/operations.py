"""All operations by their names."""

from typing import Any

from sync.ledger.codes import NewTill
from sync.ledger.operation import Operation

OPERATIONS: dict[str, type[Operation[Any]]] = {kind.name: kind for kind in (NewTill,)}
