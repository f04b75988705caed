"""The numbered SQL migrations of the ledger, one series for each engine with the same numbers."""

import re
from functools import cache
from importlib.resources import files

MIGRATION = re.compile(r"(\d{3})_\w+\.sql")


@cache
def migrations(engine: str) -> dict[int, str]:
    """The migrations of `engine` ("sqlite" or "postgres") by number, in order."""
    folder = files("sync.ledger.migrations").joinpath(engine)
    found = {item.name: item for item in folder.iterdir() if MIGRATION.fullmatch(item.name)}
    return {int(name[:3]): item.read_text("utf-8") for name, item in sorted(found.items())}
