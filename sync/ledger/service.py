"""The central ledger as its callers see it: tills through HTTP, the shop's files at start, reports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.clock import Clock
from sync.wire import (
    AccountAnswer,
    Cursor,
    HoldAnswer,
    HoldRequest,
    PairAnswer,
    PairRequest,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
)


class DeviceId(msgspec.Struct, frozen=True):
    """A till and its incarnation, as the request's signature proved them."""

    dev: int
    inc: int


class LedgerRefusal(Exception):
    """A request the ledger does not carry out. `code` is for machines, the text one sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class NewMember(msgspec.Struct, frozen=True):
    """A member brought in by the shop's own list: keyed hashes of the cards, the name in clear to be sealed.

    `opening` is a starting balance per asset, booked as an opening lot.
    """

    member: int
    cards: tuple[bytes, ...]
    store: str
    since: date
    display: str = ""
    birthday: tuple[int, int] | None = None
    contacts: tuple[bytes, ...] = ()
    opening: Mapping[str, int] = {}


class Ledger:
    """All that the ledger does; one instance per database, used from one event loop."""

    def __init__(
        self,
        storage: object,
        clock: Clock,
        random: Callable[[int], bytes],
        server_key: Ed25519PrivateKey,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._server_key = server_key

    async def open(self) -> None:
        """Open the storage, bring its schema up to date and make the keys of a new ledger."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give the storage back."""
        raise NotImplementedError

    @property
    def server_public_key(self) -> bytes:
        """The raw Ed25519 public key that every till pins."""
        return self._server_key.public_key().public_bytes_raw()

    @property
    def epoch(self) -> int:
        """The ledger's epoch: it rises when an older copy was restored."""
        raise NotImplementedError

    def now_ms(self) -> int:
        """The ledger's time in ms since 1970 UTC."""
        return self._clock.wall_ms()

    async def lookup_key(self) -> bytes:
        """The key of the keyed hashes of cards (needed to read a shop's member list)."""
        raise NotImplementedError

    async def push(self, device: DeviceId, request: PushRequest) -> PushAnswer:
        """Accept, apply and settle a batch. Raises LedgerRefusal for a bad chain, signature or size."""
        raise NotImplementedError

    async def account(self, device: DeviceId, token: bytes) -> AccountAnswer:
        """The member behind a card token, or none."""
        raise NotImplementedError

    async def hold(self, device: DeviceId, request: HoldRequest) -> HoldAnswer:
        """Move what the till asks for from available to a grant of that till, as far as it goes."""
        raise NotImplementedError

    async def pull(self, device: DeviceId, request: PullRequest) -> PullAnswer:
        """Changes after the till's cursors, from one consistent read."""
        raise NotImplementedError

    async def blob(self, sha256: bytes) -> bytes | None:
        """A published blob by its hash."""
        raise NotImplementedError

    async def positions(self, device: DeviceId) -> dict[str, int]:
        """The last position of each bucket the till reads."""
        raise NotImplementedError

    async def wait_change(
        self, device: DeviceId, cursors: Sequence[Cursor], timeout_s: float
    ) -> dict[str, int]:
        """Wait until a bucket of the till is ahead of its cursor; the positions, or {} after `timeout_s`."""
        raise NotImplementedError

    async def device_key(self, dev: int, inc: int) -> bytes | None:
        """The Ed25519 public key of an incarnation; None when it is unknown or revoked."""
        raise NotImplementedError

    async def make_pairing_code(self, store: str, till_name: str) -> str:
        """A one-time code of 32 typed characters for a new till of `store`."""
        raise NotImplementedError

    async def pair(self, request: PairRequest) -> PairAnswer:
        """Make the till that knows an open code a device. Raises LedgerRefusal."""
        raise NotImplementedError

    async def add_store(self, store: str, name: str, timezone: str) -> None:
        """Make or rename a store."""
        raise NotImplementedError

    async def publish(self, what: str, name: str, data: bytes, effective_from: date | None = None) -> bytes:
        """Publish a programme, catalogue or staff list by content; returns its SHA-256. Idempotent."""
        raise NotImplementedError

    async def add_members(self, rows: Sequence[NewMember]) -> int:
        """Add members that are not known yet; returns how many were new."""
        raise NotImplementedError
