"""`assidu staff add`, `list`, `revoke`: who may sign in where, what is refused, what a shop folder leaves alone."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from nacl.pwhash import argon2id

from pos_app.cli.main import main
from sync.ledger.open import open_ledger
from sync.ledger.staff import take_shop_staff
from sync.ledger.work import Work
from sync.lists import StaffMember
from sync.publication import ConfigItem, Revocation
from sync.tokens import card_token
from tests.unit.ledger_kit import FakeClock, Shop

PIN = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"


class Owner:
    """Someone at the command line of a ledger with two stores and a till in each."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "chain.db"
        self.shop: Shop | None = None
        asyncio.run(self._begin())

    async def _begin(self) -> None:
        ledger = await open_ledger(self.database, FakeClock())
        for store in ("halles", "gare"):
            await ledger.add_store(store, store.title(), "Europe/Paris")
        self.shop = Shop(ledger, FakeClock(), "")
        for store in ("halles", "gare"):
            await self.shop.till(store)
        self.key = await ledger.lookup_key()
        await ledger.close()

    def does(self, *command: str, pin: str = "2468\n") -> Result:
        args = ["staff", *command, "--db", str(self.database)]
        if command[0] != "list" or "--json" not in command:
            args += ["--lang", "en"]
        return CliRunner().invoke(main, args, input=pin)

    def adds(self, person: str, *options: str, badge: str = "", pin: str = "2468\n") -> Result:
        badge = badge or f"BDG-{person}"
        return self.does("add", person, "--name", person.title(), "--badge", badge, *options, pin=pin)

    def tills(self) -> tuple[list[StaffMember], list[StaffMember], list[Revocation]]:
        """The newest list of each store's till, and who is on the hotlist."""
        return asyncio.run(self._tills())

    async def _tills(self) -> tuple[list[StaffMember], list[StaffMember], list[Revocation]]:
        ledger = await open_ledger(self.database, FakeClock())
        lists = []
        assert self.shop is not None
        self.shop.ledger = ledger
        for till in self.shop.tills:
            items: list[ConfigItem] = [one for one in (await till.pull()).config if one.what == "staff"]
            data = await ledger.blob(max(items, key=lambda one: one.number).sha256)
            lists.append(msgspec.msgpack.decode(data or b"", type=list[StaffMember]))
        from sync.wire import Cursor

        hotlist = (await self.shop.tills[0].pull(Cursor("hotlist", 1, 0))).hotlist
        await ledger.close()
        return lists[0], lists[1], list(hotlist)

    def folder_names(self, *people: StaffMember) -> None:
        """What a shop folder does at the start of the ledger."""

        async def take() -> None:
            ledger = await open_ledger(self.database, FakeClock())

            async def job(work: Work) -> None:
                await take_shop_staff(work, people)

            await ledger.write(job)
            await ledger.close()

        asyncio.run(take())


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def names(people: list[StaffMember]) -> list[str]:
    return [one.id for one in people]


def test_people_are_told_where_they_work(owner: Owner) -> None:
    """The tills get a keyed hash of the badge and an argon2id hash of the PIN, of those of their store alone."""
    assert owner.adds("anna").stdout == "Anna may sign in now: tills know it at their next contact.\n"
    owner.adds("bo", "--stores", "gare", "--role", "manager")
    here, there, _ = owner.tills()
    assert (names(here), names(there)) == (["anna"], ["anna", "bo"])
    assert here[0].badge == card_token(owner.key, "BDG-anna")
    assert argon2id.verify(here[0].pin.encode(), b"2468")
    assert there[1].role == "manager"
    assert owner.adds("bo", "--stores", "halles", pin="1357\n").stdout == "What is known of Bo has changed.\n"
    here, there, _ = owner.tills()
    assert (names(here), names(there), here[1].role) == (["anna", "bo"], ["anna"], "cashier")
    owner.adds("bo")
    here, there, _ = owner.tills()
    assert (names(here), names(there)) == (["anna", "bo"], ["anna", "bo"])


def test_the_list_shows_no_secret(owner: Owner) -> None:
    """Names, roles, stores; neither badge nor PIN."""
    owner.adds("anna", "--stores", "gare")
    owner.does("revoke", "anna")
    text = owner.does("list").stdout
    assert [word in text for word in ("anna", "cashier", "gare", "revoked")] == [True] * 4
    [person] = json.loads(owner.does("list", "--json").stdout)["people"]
    assert person == {
        "id": "anna", "name": "Anna", "role": "cashier", "stores": ["gare"], "source": "owner", "revoked": True,
    }  # fmt: skip
    assert "argon2id" not in text


def test_a_revocation_is_on_the_hotlist_until_they_are_added_again(owner: Owner) -> None:
    """Its number is above that of every list that named them; a list that names them again has a higher one."""
    owner.adds("anna")
    owner.adds("bo")
    said = owner.does("revoke", "anna")
    assert said.stdout == "anna may no longer sign in: tills know it at their next contact.\n"
    here, _, hotlist = owner.tills()
    assert (names(here), [one.staff for one in hotlist]) == (["bo"], ["anna"])
    assert owner.does("revoke", "anna").stdout == "anna was revoked before: nothing has changed.\n"
    owner.adds("anna")
    here, _, hotlist = owner.tills()
    assert (names(here), hotlist) == (["anna", "bo"], [])


WRONG = {
    "a badge of somebody else": (("cy", "--badge", "BDG-anna"), "2468\n", "This badge is somebody else's"),
    "a store that is not there": (("cy", "--stores", "nowhere"), "2468\n", "There is no store nowhere"),
    "an id with a blank": (("c y",), "2468\n", "An id has letters"),
    "a badge with a blank": (("cy", "--badge", "B 1"), "2468\n", "A badge's code has digits"),
    "a name that cannot be printed": (("cy", "--name", "x\x1b[2J"), "2468\n", "A name has 1 to 60"),
    "a short PIN": (("cy",), "123\n", "a PIN has 4 to 12 digits"),
    "no PIN": (("cy",), "", "a PIN has 4 to 12 digits"),
    "letters as a PIN": (("cy",), "abcd\n", "a PIN has 4 to 12 digits"),
}


@pytest.mark.parametrize(("command", "pin", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_changes_nothing(owner: Owner, command: tuple[str, ...], pin: str, said: str) -> None:
    """One sentence, exit status 2, and the tills' list is as it was."""
    owner.adds("anna")
    before = owner.tills()
    refused = owner.adds(*command, pin=pin) if "--name" not in command else owner.does(
        "add", command[0], *command[1:], "--badge", "B1", pin=pin
    )  # fmt: skip
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"assidu: {said}")
    assert owner.tills() == before
    unknown = owner.does("revoke", "nobody")
    assert (unknown.exit_code, unknown.stderr.startswith("assidu: Nobody has this id")) == (2, True)


def test_a_shop_folder_names_its_own_people_only(owner: Owner) -> None:
    """It adds and drops its own; whom the owner added stays, whom the owner revoked stays out."""
    owner.adds("anna")
    mia, max_ = (StaffMember(one, one, "cashier", one.encode(), PIN) for one in ("mia", "max"))
    owner.folder_names(mia, max_)
    assert names(owner.tills()[0]) == ["anna", "max", "mia"]
    owner.folder_names(mia)
    assert names(owner.tills()[0]) == ["anna", "mia"]
    owner.does("revoke", "mia")
    owner.folder_names(mia, max_)
    here, _, hotlist = owner.tills()
    assert (names(here), [one.staff for one in hotlist]) == (["anna", "max"], ["mia"])
