"""Who a till is: the answer to its pairing, kept with its keys in the store (ledger-and-sync.md 2.1, 5.1).

The private key lies in the store's file: the folder is 0700, and nothing here is ever logged.
"""

from collections.abc import Callable

import msgspec

from sync import chain
from sync.papers import papers_in
from sync.sqlite_driver import Connection
from sync.till import cursors, numbers_store
from sync.wire import PairAnswer

KEY_BYTES = 32
# An unpaired till writes incarnation 0 of device 0, so that its entries never collide with those after pairing.
STANDALONE = 0


class Identity(msgspec.Struct, frozen=True):
    """What a till is and the keys it holds. `private_key` is its Ed25519 seed, `paired` false without a ledger."""

    dev: int
    inc: int
    store: str
    store_name: str
    till: str
    timezone: str
    genesis: bytes
    server_key: bytes
    lookup_key: bytes
    scope_key: bytes
    sealing_key: bytes
    permutation_key: bytes
    private_key: bytes
    card_prefix: str
    ledger_epoch: int
    paired: bool
    ledger_url: str

    def __repr__(self) -> str:
        """Device and incarnation only: keys never reach a log or a traceback."""
        return f"Identity(dev={self.dev}, inc={self.inc}, store={self.store!r}, till={self.till!r})"


_COLUMNS = Identity.__struct_fields__
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM identity"  # noqa: S608 - our own column names
_INSERT = (
    f"INSERT OR REPLACE INTO identity(one, {', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES (1{', ?' * len(_COLUMNS)})"
)


def identity(connection: Connection) -> Identity | None:
    """The till's identity, or None before the first pairing."""
    row = connection.execute(_SELECT).fetchone()
    return (
        None
        if row is None
        else msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), Identity, strict=False)
    )


def save_pairing(connection: Connection, answer: PairAnswer, private_key: bytes, ledger_url: str) -> Identity:
    """Become what the ledger's answer says, as a new incarnation with an empty chain. `private_key` is the seed."""
    who = Identity(
        dev=answer.dev,
        inc=answer.inc,
        store=answer.store,
        store_name=answer.store_name,
        till=answer.till,
        timezone=answer.timezone,
        genesis=answer.genesis,
        server_key=answer.server_key,
        lookup_key=answer.lookup_key,
        scope_key=answer.scope_key,
        sealing_key=answer.sealing_key,
        permutation_key=answer.permutation_key,
        private_key=private_key,
        card_prefix=answer.card_prefix,
        ledger_epoch=answer.ledger_epoch,
        paired=True,
        ledger_url=ledger_url,
    )
    save_identity(connection, who)
    state = cursors.SyncState(
        ratchet=answer.ratchet, epoch=answer.ledger_epoch, papers=papers_in(answer.paper)
    )
    cursors.begin_incarnation(connection, state)
    numbers_store.add_blocks(connection, answer.blocks)
    return who


def save_identity(connection: Connection, who: Identity) -> None:
    """Store `who` as the till's identity and remember the public key of its incarnation."""
    connection.execute(_INSERT, msgspec.structs.astuple(who))
    connection.execute(
        "INSERT OR REPLACE INTO incarnation VALUES (?, ?, ?, ?)",
        (who.inc, who.dev, who.genesis, chain.public_key_of(who.private_key)),
    )


def standalone_identity(random: Callable[[int], bytes], store: str, till: str, timezone: str) -> Identity:
    """A till that works without a ledger: device 0, incarnation 0, keys of its own; not stored yet."""
    private_key = random(KEY_BYTES)
    return Identity(
        dev=STANDALONE,
        inc=STANDALONE,
        store=store,
        store_name=store,
        till=till,
        timezone=timezone,
        genesis=chain.genesis_hash(chain.public_key_of(private_key)),
        server_key=b"",
        lookup_key=random(KEY_BYTES),
        scope_key=random(KEY_BYTES),
        sealing_key=b"",
        permutation_key=random(KEY_BYTES),
        private_key=private_key,
        card_prefix="29",
        ledger_epoch=0,
        paired=False,
        ledger_url="",
    )
