"""`assidu member import`: what an older programme's members bring along, who is refused, and once only."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.field import decrypt_display
from sync.ledger.audit import check
from sync.ledger.books import Origin
from sync.ledger.erase import erase
from sync.ledger.open import open_ledger
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.seal import unseal
from sync.tokens import card_token, contact_key
from sync.wire import MemberRow
from tests.unit.ledger_kit import TIERED, FakeClock, Shop, looking

ADELE, BRUNO, THIRD = "2900000000018", "2900000000025", "2900000000032"
HEAD = "id,number,cards,first_name,last_name,birthday,since,store,phone,email,tier,points,stamp:coffee\n"
LINES = (
    f"A-1,{ADELE},{THIRD},Adèle,Alouette,02-29,2020-05-01,gare,06 12 34 56 78,Adele@Example.org,gold,"
    "120@2036-12-31 30,9\n"
    f"A-2,{BRUNO},,Bruno,,,,halles,,,,,\n"
    "A-3,,,Chloé,Cygne,,,halles,,,,5,\n"
)


class Owner:
    """Someone at the command line of a ledger with a programme and two stores."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, folder / "chain.db"
        self.on_ledger(self._begin)

    async def _begin(self, ledger: Ledger) -> None:
        for store in ("halles", "gare"):
            await ledger.add_store(store, store.title(), "Europe/Paris")
        await ledger.publish("programme", "bakery", TIERED, date(2025, 1, 1))

    def on_ledger(self, job: Callable[[Ledger], Awaitable[Any]]) -> Any:
        async def work() -> Any:
            ledger = await open_ledger(self.database)
            try:
                return await job(ledger)
            finally:
                assert await check(looking(ledger._storage)) == []
                await ledger.close()

        return asyncio.run(work())

    def imports(self, text: str, *options: str, name: str = "m.csv") -> Result:
        path = self.folder / name
        path.write_text(text, "utf-8")
        command = ["member", "import", str(path), "--db", str(self.database), "--lang", "en", *options]
        return CliRunner().invoke(main, command)

    def seen_at(self, store: str) -> dict[str, MemberRow]:
        """The members a new till of `store` gets, by the name it reads."""

        async def pull(ledger: Ledger) -> dict[str, MemberRow]:
            till = await Shop(ledger, FakeClock(), "").till(store)
            rows = (await till.pull()).members
            key = till.paired.scope_key
            return {decrypt_display(key, row.member, row.display): row for row in rows}

        found: dict[str, MemberRow] = self.on_ledger(pull)
        return found


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def test_a_member_brings_everything_along(owner: Owner) -> None:
    """Cards, name, birthday, contacts, points with and without a last day, stamps, the level."""
    done = owner.imports(HEAD + LINES)
    assert (done.exit_code, done.stdout) == (0, "3 new, 0 changed, 0 there already.\n"), done.stderr
    [(name, row)] = owner.seen_at("gare").items()
    key = owner.on_ledger(lambda ledger: ledger.lookup_key())
    assert name == "Adèle A."
    assert set(row.cards) == {card_token(key, ADELE), card_token(key, THIRD)}
    assert set(row.contacts) == {contact_key(key, "+33612345678"), contact_key(key, "adele@example.org")}
    account = row.account
    assert (account.birthday, account.since, account.tier) == ((2, 29), date(2020, 5, 1), "gold")
    assert row.available == {"points": 150, "stamp:coffee": 9}
    held = sorted((one.quantity, one.last_day) for one in account.holdings if one.asset == "points")
    assert held == [(30, date(9999, 12, 31)), (120, date(2036, 12, 31))]
    assert sorted(owner.seen_at("halles")) == ["Bruno", "Chloé C."]


def test_a_second_run_changes_nothing(owner: Owner) -> None:
    """By card, or by the older programme's id: the same file, with other figures in it, or as JSON lines."""
    owner.imports(HEAD + LINES)
    before = owner.seen_at("gare")
    again = owner.imports(HEAD + LINES.replace("120@2036-12-31 30", "999"))
    assert again.stdout == "0 new, 0 changed, 3 there already.\n"
    lines = [
        {"id": "A-3", "store": "halles"},
        {"number": THIRD, "store": "gare"},
        {"id": "A-4", "store": "gare"},
    ]
    said = owner.imports("\n".join(map(json.dumps, lines)), "--json", name="m.ndjson")
    assert json.loads(said.stdout) == {"new": 1, "changed": 0, "same": 2, "refused": [], "dry_run": False}
    after = owner.seen_at("gare")
    assert after["Adèle A."] == before["Adèle A."]


def test_a_dry_run_changes_nothing(owner: Owner) -> None:
    """It says who would be new and who would be refused."""
    said = owner.imports(HEAD + LINES.replace("gold", "platinum"), "--dry-run")
    assert said.exit_code == 2
    assert said.stdout == "Dry run: 2 would be new, 0 changed, 0 are there already.\n"
    assert said.stderr.startswith('line 2: the programme in force has no level "platinum".\n')
    assert owner.seen_at("halles") == {}


BAD = {
    "no number": (",,,X,,,,halles,,,,,", "neither a card number nor an id: give one, so that a second run"),
    "a card that is none": (",123,,X,,,,halles,,,,,", '"123" is no card number: 13 digits from 29'),
    "a card twice": (f"Z,{ADELE},,X,,,,halles,,,,,", f"card number {ADELE} is there twice."),
    "an id twice": ("A-1,,,X,,,,halles,,,,,", 'the id "A-1" is there twice.'),
    "no store of several": ("Z,,,X,,,,,,,,,", "the store is missing: the chain has several"),
    "an unknown store": ("Z,,,X,,,,nowhere,,,,,", 'store "nowhere" is not one of this chain.'),
    "a day that is none": ("Z,,,X,,,01/02/2020,halles,,,,,", '"since" is "01/02/2020" and must be a date'),
    "a birthday that is none": ("Z,,,X,,31-02,,halles,,,,,", 'birthday "31-02" must be month-day'),
    "a bad phone": ("Z,,,X,,,,halles,12,,,,", '"phone" is no phone number or e-mail address'),
    "a bad e-mail": ("Z,,,X,,,,halles,,nobody,,,", '"email" is no phone number or e-mail address'),
    "points that ended": ("Z,,,X,,,,halles,,,,7@2020-01-31,", '"points" ended on 2020-01-31: leave it out.'),
    "points that are none": ("Z,,,X,,,,halles,,,,seven,", '"points" must be a whole number, not "seven".'),
    "no day after the @": ("Z,,,X,,,,halles,,,,7@,", '"points" has an @ without a day'),
    "an unknown level": ("Z,,,X,,,,halles,,,top,,", 'the programme in force has no level "top".'),
    "a long name": (
        f"Z,,,{'x' * 41},,,,halles,,,,,",
        "the id has at most 64 characters, the first name at most 40.",
    ),
}


def test_every_bad_line_is_named_the_others_are_taken(owner: Owner) -> None:
    """In the order of the file, with the reason; no contact is repeated on the screen."""
    bad = [line.replace("Z,", f"Z-{number},", 1) for number, (line, _) in enumerate(BAD.values())]
    text = HEAD + LINES + "\n".join(bad)
    done = owner.imports(text)
    assert done.exit_code == 2
    named = done.stderr.splitlines()
    for number, (line, (_, said)) in enumerate(zip(named, BAD.values(), strict=False), 5):
        assert line.startswith(f"line {number}: {said}")
    assert named[-1].startswith(f"assidu: {len(BAD)} line(s) refused, the others are imported")
    assert done.stdout == "3 new, 0 changed, 0 there already.\n"


def test_an_unknown_stamp_rule_is_refused(owner: Owner) -> None:
    """The books take only what the programme in force can give back."""
    done = owner.imports("id,store,stamp:tea\nZ,halles,3\n")
    assert done.stderr.startswith('line 2: the programme in force has no rule for "stamp:tea".\n')


def test_a_card_and_an_id_of_two_members_is_refused(owner: Owner) -> None:
    """Nobody guesses which of them is meant."""
    owner.imports(HEAD + LINES)
    done = owner.imports(f"id,number,store\nA-3,{ADELE},gare\n")
    assert done.stderr.startswith("line 2: its cards and its id belong to different members here")


def test_what_a_card_earned_before_comes_along(owner: Owner) -> None:
    """A ticket on the card, sold before anybody knew whose it is, is the imported member's."""

    async def sell(ledger: Ledger) -> None:
        shop = Shop(
            ledger, FakeClock(), (await ledger.read(lambda work: work.tx.published()))[0].sha256.hex()
        )
        till = await shop.till()
        token = card_token(await ledger.lookup_key(), BRUNO)
        till.euros(token.hex(), 20)
        assert [one.state for one in (await till.push()).dispositions] == ["applied"]

    owner.on_ledger(sell)
    assert owner.imports(HEAD + LINES).stdout.startswith("3 new")
    bruno = owner.seen_at("halles")["Bruno"]
    assert bruno.account.balance == {"points": 20}
    assert bruno.member < 1 << 47  # no provisional account any more


def test_a_brought_level_counts_on(owner: Owner) -> None:
    """It multiplies the next ticket as if it had been reached here."""
    owner.imports(HEAD + LINES)

    async def sell(ledger: Ledger) -> dict[tuple[str, str], int]:
        shop = Shop(
            ledger, FakeClock(), (await ledger.read(lambda work: work.tx.published()))[0].sha256.hex()
        )
        shop.clock.ms = ledger.now_ms()
        till = await shop.till("gare")
        member = await ledger.read(lambda work: work.tx.member_of_card(card_token(work.keys.lookup, ADELE)))
        assert member is not None
        till.euros(member, 10)
        await till.push()
        return {(rule, asset): n for (_, rule, asset), n in (await shop.settled(member)).items()}

    assert owner.on_ledger(sell) == {("base", "points"): 10, ("tiers", "points"): 10}


def test_personal_data_is_sealed_as_at_an_enrolment(owner: Owner) -> None:
    """The ledger's key opens it; neither the database nor what is printed holds it in clear."""
    done = owner.imports(HEAD + LINES)

    async def opened(ledger: Ledger) -> dict[str, str]:
        rows = await ledger.read(lambda work: work.tx._all("SELECT sha256 FROM pii"))  # type: ignore[attr-defined]
        found = {}
        for (digest,) in rows:
            blob = await ledger.read(lambda work, digest=digest: work.tx.sealed(digest))
            assert blob is not None
            found[blob.what] = unseal(ledger.keys.sealing, blob).decode()
        return found

    told = owner.on_ledger(opened)
    assert (told["email"], told["phone"]) == ("adele@example.org", "+33612345678")
    assert told["birthday"] == "02-29"
    clear = [b"adele@example.org", b"Adele@Example.org", b"612345678", b"Alouette", "Chloé".encode(), b"A-1"]
    stored = b"".join(path.read_bytes() for path in owner.folder.glob("chain.db*"))
    assert [word for word in clear if word in stored] == []
    assert "example" not in done.stdout + done.stderr


def test_who_was_erased_does_not_come_again(owner: Owner) -> None:
    """The same file once more leaves them out, and what was sealed of them is in no byte of the database."""
    owner.imports(HEAD + LINES)

    async def sealed(ledger: Ledger) -> list[bytes]:
        rows = await ledger.read(lambda work: work.tx._all("SELECT sealed FROM blob_sealed"))  # type: ignore[attr-defined]
        return [bytes(one) for (one,) in rows]

    async def erase_all(ledger: Ledger) -> None:
        async def job(work: Work) -> None:
            for member in await work.tx.members():
                record = await work.tx.member(member)
                assert record is not None
                await erase(work, record, Origin(0, 0, 0, date(2026, 3, 2)), date(2026, 3, 2))

        await ledger.write(job)

    kept = owner.on_ledger(sealed)
    assert len(kept) > 5
    owner.on_ledger(erase_all)
    assert owner.on_ledger(sealed) == []
    stored = b"".join(path.read_bytes() for path in owner.folder.glob("chain.db*"))
    assert [one for one in kept if one in stored] == []
    assert json.loads(owner.imports(HEAD + LINES, "--json").stdout)["same"] == 3
