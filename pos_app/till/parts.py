"""What a till is made of: everything a use case may reach, passed in once."""

import datetime
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from pos_app.devices.duplicates import Window
from pos_app.devices.grammar import CodeConfig
from pos_app.languages.words import Words
from pos_app.printing.profile import STANDARD, Profile
from rules.errors import ProgrammeError
from rules.programme.load import load_programme
from rules.programme.model import Programme
from sync.clock import Clock
from sync.crash import Crash, no_crash
from sync.till import config
from sync.till.database import Connection, Store
from sync.till.identity import Identity
from sync.till.network import Network
from sync.till.writer import Writer

EUR = "EUR"


class Options(msgspec.Struct, frozen=True):
    """What a shop sets. Amounts in cents, times in seconds (ledger-and-sync.md 3 for the undo time).

    `stations` names the zone of every scanner port at which members scan their card by themselves. In `training` the
    members are made up and nothing is recorded outside the training folder. `printer` is how receipts are set, `prints`
    whether there is one. `find_names` lets members be found by name. With `implied_cents` "4590" is typed for 45.90.
    """

    language: str = "fr"
    ceiling_cents: int = 50_000
    lock_after_s: int = 300
    undo_s: int = 60
    codes: CodeConfig = CodeConfig()
    window: Window = Window()
    stations: Mapping[str, str] = {}
    printer: Profile = STANDARD
    prints: bool = False
    training: bool = False
    find_names: bool = False
    implied_cents: bool = True


class Parts(msgspec.Struct, frozen=True):
    """The till's surroundings. `network` is None for a till that works alone; `crash` is called at named points."""

    store: Store
    writer: Writer
    clock: Clock
    random: Callable[[int], bytes]
    identity: Identity
    network: Network | None = None
    options: Options = Options()
    crash: Crash = no_crash

    @property
    def reader(self) -> Connection:
        """The connection of this thread for reading."""
        return self.store.reader()

    @property
    def online(self) -> bool:
        """True while the ledger answers."""
        return self.network is not None and self.network.online

    @property
    def near(self) -> bool:
        """True while another till of the store answers."""
        return self.network is not None and self.network.near

    def programme(self, day: datetime.date) -> Programme | None:
        """The programme of a business date, or None while none is here.

        One that this release cannot read is passed over: the one before it goes on.
        """
        before = 0
        while (data := config.programme_for(self.reader, day, before)) is not None:
            programme = _loaded(data)
            if programme is not None:
                return programme
            before += 1
        return None

    def passed_over(self, day: datetime.date) -> bool:
        """Whether the programme published for `day` cannot be read by this release."""
        data = config.programme_for(self.reader, day)
        return data is not None and _loaded(data) is None

    def programme_of(self, sha256: str) -> Programme | None:
        """The programme with this hash in hex, or None."""
        return programme_of(self.reader, sha256)


def programme_of(connection: Connection, sha256: str) -> Programme | None:
    """The programme with this hash in hex that a till has, or None."""
    data = config.programme_by_hash(connection, bytes.fromhex(sha256)) if sha256 else None
    return _loaded(data) if data is not None else None


@lru_cache(maxsize=8)
def _loaded(data: bytes) -> Programme | None:
    try:
        return load_programme(data)
    except ProgrammeError:
        return None


def currency_of(programme: Programme | None) -> str:
    """The currency of what is sold under `programme`."""
    return programme.header.currency if programme is not None else EUR


@lru_cache(maxsize=8)
def words_of(language: str, currency: str = EUR) -> Words:
    """The words of a language, with amounts in `currency`."""
    return Words(language, currency)
