"""The keys that this till believes signed cards by, as its ledger publishes them."""

from sync.card_code import CARD_KEYS, CardKey, read_keys
from sync.sqlite_driver import Connection
from sync.till import config


def keys(connection: Connection) -> dict[int, CardKey]:
    """The published keys by their numbers; none where no card was signed yet."""
    data = config.newest(connection, CARD_KEYS)
    return {one.kid: one for one in read_keys(data)} if data is not None else {}
