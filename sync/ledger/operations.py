"""All operations by their names."""

from typing import Any

from sync.ledger.aside import ListAside, ReplayAside
from sync.ledger.blank_cards import TakeNumbers
from sync.ledger.cards import ChangeCardKeys, ShownTwice, SignCards
from sync.ledger.catalogue import ImportProducts, PublishProducts
from sync.ledger.codes import NewTill
from sync.ledger.day import RunDay
from sync.ledger.devices import ListDevices, RevokeDevice, WriteOffDevice
from sync.ledger.durable import SetDurable
from sync.ledger.export import ReadHistory
from sync.ledger.figures import ReadProvision
from sync.ledger.floors import SetFloors
from sync.ledger.import_members import ImportMembers, PrepareImport
from sync.ledger.new_key import NewRoleKey
from sync.ledger.operation import Operation
from sync.ledger.outage import ReadConflicts, ReadOffline
from sync.ledger.programmes import PublishedProgrammes, PublishProgramme, WithdrawProgramme
from sync.ledger.recovery_state import EndRecovery, RecoveryState
from sync.ledger.snapshots import MakeSnapshot
from sync.ledger.sources import AddSource, ListSources, PostEvents, ReadEffects, RevokeSource
from sync.ledger.staff import AddStaff, ListStaff, RevokeStaff
from sync.ledger.stock import CountGift
from sync.ledger.verify import CheckBooks, CheckJournals

KINDS: tuple[type[Operation[Any]], ...] = (
    NewTill,
    NewRoleKey,
    PublishProgramme,
    PublishedProgrammes,
    WithdrawProgramme,
    AddStaff,
    ListStaff,
    RevokeStaff,
    AddSource,
    ListSources,
    RevokeSource,
    PostEvents,
    ReadEffects,
    RunDay,
    MakeSnapshot,
    ImportProducts,
    PublishProducts,
    PrepareImport,
    ImportMembers,
    ListDevices,
    RevokeDevice,
    WriteOffDevice,
    CheckJournals,
    CheckBooks,
    ListAside,
    ReplayAside,
    SetDurable,
    RecoveryState,
    EndRecovery,
    ReadOffline,
    ReadConflicts,
    ReadHistory,
    CountGift,
    SetFloors,
    SignCards,
    ShownTwice,
    ChangeCardKeys,
    TakeNumbers,
    ReadProvision,
)
OPERATIONS: dict[str, type[Operation[Any]]] = {kind.name: kind for kind in KINDS}
