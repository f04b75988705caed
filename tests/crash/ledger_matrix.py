"""Crashes of a ledger: one till goes on beside it, and its owner's commands are given again after the next start."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sync.ledger.backup import heads_in, restore
from sync.ledger.catalogue import ImportProducts, PublishProducts
from sync.ledger.day import do_batch
from sync.ledger.import_members import ImportedMember, ImportMembers
from sync.ledger.service import Ledger
from sync.ledger.snapshots import MakeSnapshot
from sync.ledger.sources import tell_all
from sync.ledger.staff import AddStaff, RevokeStaff
from tests.crash import ledger_life as ledger
from tests.crash.acts import ACTS
from tests.crash.acts_line import ChangeKey, Hold, PairAgain, PairFirst, Push
from tests.crash.chain import Chain
from tests.crash.ledger_life import owner_life
from tests.crash.process import Ended, Fault, Process

BY_TILL = (Push.name, Hold.name, PairFirst.name, PairAgain.name, ChangeKey.name)
"""What a till asks of the ledger."""
ORDER_POINTS = 12
DAY_MS = 86_400_000
Command = Callable[[Ledger, int], Awaitable[Any]]


async def publish(at: Ledger, number: int) -> int:
    """A price from the shop's folder."""
    await ledger.new_price(at, number)
    return 1


async def import_products(at: Ledger, number: int) -> int:
    """A product more, for the tills at once."""
    await ImportProducts((ledger.product(number),)).run(at)
    return (await PublishProducts().run(at)).products


async def staff(at: Ledger, number: int) -> int:
    """Somebody comes and goes."""
    pin = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
    name = f"p{number}"
    await AddStaff(name, "Somebody", "cashier", f"BDG{number}", pin).run(at)
    await RevokeStaff(name).run(at)
    return 1


async def import_members(at: Ledger, number: int) -> int:
    """Two members of an older programme; how many are here afterwards."""
    since = datetime.date(2020, 1, 1)
    rows = tuple(
        ImportedMember(line, f"old{number}-{line}", (ledger.card(number + line),), ledger.STORE, since)
        for line in (1, 2)
    )
    taken = await ImportMembers(rows).run(at)
    return len(taken.new) + taken.same


async def web_order(at: Ledger, number: int) -> str:
    """An order of a member, told by a source."""
    line = f'{{"id": "o{number}", "member": 1000, "lines": [{{"cents": {ORDER_POINTS}00}}]}}'
    [answer] = (await tell_all(at, "web", line.encode())).lines
    return answer.state


async def day(at: Ledger, _number: int) -> int:
    """The business day of every store, two members at a time; how often something was left to do after it."""
    while await do_batch(at, size=2) is not None:
        pass
    return 1


async def leases(at: Ledger, _number: int) -> int:
    """What the store may need without a line."""
    await at.review_leases(50)
    return 1


async def snapshot(at: Ledger, _number: int) -> int:
    """A list of all members."""
    return int((await MakeSnapshot().run(at)).members > 0)


COMMANDS: dict[str, Command] = {
    "publish": publish,
    "import products": import_products,
    "staff": staff,
    "import members": import_members,
    "web order": web_order,
    "day job": day,
    "leases": leases,
    "snapshot": snapshot,
}
BACKUP, RESTORE = "backup", "restore"
COPIES = (BACKUP, RESTORE)
LEDGER_ACTS = (*BY_TILL, *COMMANDS, *COPIES)


class LedgerChain(Chain):
    """A till that stays, and a ledger that is started again and again."""

    def __init__(self, folder: Path, dsn: str = "") -> None:
        self._till: Any = None
        self._epoch = 1
        super().__init__(folder, dsn=dsn)

    def renew(self) -> None:
        """Another till, which stays in the place of the one before."""
        super().renew()
        if self._till is not None:
            self._till.end()
        self._till = self.start_till()

    def close(self) -> None:
        """End both."""
        self._till.end()
        super().close()

    def survey(self, name: str) -> tuple[str, ...]:
        """The points of an act at the ledger."""
        if name in COPIES:
            return self._survey_copy(name)
        begun = self._begin(name)
        self.asked("arm", None)
        self._do(name, begun)
        found: tuple[str, ...] = self.asked("disarm")
        problems = self._after(name, begun)
        assert not problems, f"{name} without a crash: {problems}"
        return found

    def crash(self, name: str, fault: Fault) -> list[str] | None:
        """The act with a crash of the ledger, its next start, the act again, and everything that is wrong after it.

        None where this run did not come to the point: a ledger does some things at times only.
        """
        try:
            problems = self._crash(name, fault)
        except (AssertionError, Ended) as error:
            problems = [f"{type(error).__name__}: {error}"]
        if problems:
            self.start_ledger()
            self.renew()
        return problems

    def _crash(self, name: str, fault: Fault) -> list[str] | None:
        if name in COPIES:
            return self._crash_copy(name, fault)
        self.start_ledger(watched=fault.kind != "kill")
        begun = self._begin(name)
        self.asked("arm", self.to_cut(fault))
        died = not self._do(name, begun)
        try:
            self.asked("disarm")
        except (Ended, BrokenPipeError):
            died = True
        if not died:
            return None if not self._after(name, begun) else ["wrong without a crash"]
        self.stop_ledger()
        if fault.kind != "kill":
            self.take_cut(self.ledger_folder)
        self.start_ledger()
        return self._after(name, begun)

    # --- copies of the ledger's file

    def _survey_copy(self, name: str) -> tuple[str, ...]:
        owner = self._owner(name)
        found: tuple[str, ...] = owner.ask("do", None)
        owner.end()
        problems = self._after_copy(name, done=True)
        assert not problems, f"{name} without a crash: {problems}"
        return found

    def _crash_copy(self, name: str, fault: Fault) -> list[str]:
        owner = self._owner(name, watched=fault.kind != "kill")
        try:
            owner.ask("do", self.to_cut(fault))
        except Ended:
            pass
        else:
            return [f"point {fault.at} was not met"]
        finally:
            owner.end()
        if fault.kind != "kill":
            self.take_cut(self.ledger_folder)
        return self._after_copy(name, done=False)

    def _owner(self, name: str, *, watched: bool = False) -> Process:
        """Backs up a ledger at work, or restores one that was killed after a copy was made and more was sold."""
        if name == RESTORE:
            self._copy()
        sold = self._till.ask(Push.name, "prepare", 0)
        self._till.ask(Push.name, "act", sold, None)
        if name == RESTORE or watched:  # a copy of files that are being written is no power cut
            self.stop_ledger(hard=True)
        watch = self.ledger_folder if watched else None
        return Process(owner_life, watch, name, self.ledger_folder / "ledger.db", self._place())

    def _after_copy(self, name: str, *, done: bool) -> list[str]:
        """The command is given again unless it was done; the restored ledger or the copy has what it must have."""
        if not done:
            if not (self.ledger_folder / "ledger.db").exists() and self._starts():
                return ["a ledger starts with nothing in the middle of a restore"]
            owner = Process(owner_life, None, name, self.ledger_folder / "ledger.db", self._place())
            owner.ask("do", None)
            owner.end()
        if name == BACKUP:
            self.stop_ledger()
            heads_in(self._place())
            asyncio.run(restore(self._place(), self.ledger_folder / "ledger.db", 1, replace=True))
        self.start_ledger()
        before, self._epoch = self._epoch, self.asked(ledger.epoch)
        problems = [] if self._epoch > before else ["the ledger goes on as if it had not been restored"]
        return problems + self.compare(self._till)

    def _starts(self) -> bool:
        try:
            self.start_ledger()
        except AssertionError:
            self.stop_ledger()
            return False
        return True

    def _copy(self) -> None:
        owner = Process(owner_life, None, BACKUP, self.ledger_folder / "ledger.db", self._place())
        owner.ask("do", None)
        owner.end()

    def _place(self) -> Path:
        return self.ledger_folder / "copy.db"

    def _begin(self, name: str) -> Any:
        """Everything before the act."""
        number = self.number()
        if name == PairFirst.name:
            return number
        if name in BY_TILL:
            return self._till.ask(name, "prepare", self.given(name))
        if name == "day job":
            self.pass_days(1)
        if name in ("leases", "snapshot"):
            push = self._till.ask(Push.name, "prepare", 0)
            self._till.ask(Push.name, "act", push, None)
        if name == "web order":
            self.openings[1000] += ORDER_POINTS
        return number

    def _do(self, name: str, begun: Any) -> bool:
        """The act; whether there was an answer."""
        try:
            if name in COMMANDS:
                self.asked(COMMANDS[name], begun)
            elif name == PairFirst.name:
                self._pair_another()
            else:
                self._till.ask(name, "act", begun, None)
        except (Ended, AssertionError):
            return False
        return True

    def _pair_another(self) -> None:
        """A till that is not seen again."""
        other = self.start_till(self.folder / f"other-{self.number()}")
        try:
            codes = self.given(PairFirst.name)
            other.ask(PairFirst.name, "act", codes, None)
            assert other.ask(PairFirst.name, "there", codes)
        finally:
            other.end()

    def _after(self, name: str, begun: Any) -> list[str]:
        problems = []
        if name in COMMANDS:
            again = self.asked(COMMANDS[name], begun)
            right = {"web order": "booked", "import members": 2}
            if again != right.get(name, again) or not again:
                problems.append(f"done again it is {again}")
        elif name == PairFirst.name:
            self._pair_another()
        else:
            assert ACTS[name]
            if not self._till.ask(name, "again", begun):
                problems.append("done again it is not there")
        return problems + self.compare(self._till)
