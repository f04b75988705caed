"""`assidu catalogue import`: what is taken, what is named and left out, and that a second run changes nothing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from sync.ledger.given_rows import CATALOGUE
from sync.ledger.open import open_ledger
from sync.lists import Product

HEAD = "code,sku,name_fr,name_en,category,subcategory,cents\n"
TWO = "2000000001005,F001,Expresso,Espresso,coffee,espresso,160\nBRD1,P001,,Bread,bread,,350\n"


class Owner:
    """Someone at the command line of a new ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, folder / "chain.db"
        asyncio.run(self._begin())

    async def _begin(self) -> None:
        await (await open_ledger(self.database)).close()

    def card_prefix(self, prefix: str) -> None:
        async def set_it() -> None:
            ledger = await open_ledger(self.database)
            await ledger.set_card_prefix(prefix)
            await ledger.close()

        asyncio.run(set_it())

    def imports(self, text: str | bytes, *options: str, name: str = "p.csv") -> Result:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        command = ["catalogue", "import", str(path), "--db", str(self.database), "--lang", "en", *options]
        return CliRunner().invoke(main, command)

    def counts(self, text: str, *options: str, name: str = "p.csv") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.imports(text, "--json", *options, name=name).stdout)
        return found

    def published(self) -> tuple[int, list[Product]]:
        """How many catalogues were ever given a number, and the products of the newest."""

        async def look() -> tuple[int, list[Product]]:
            ledger = await open_ledger(self.database)
            rows = [
                row for row in await ledger.read(lambda work: work.tx.published()) if row.what == CATALOGUE
            ]
            data = await ledger.blob(rows[-1].sha256) if rows else b"\x90"
            count = await ledger.read(lambda work: work.tx.counter("publication"))
            await ledger.close()
            return count, msgspec.msgpack.decode(data or b"", type=list[Product])

        return asyncio.run(look())


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def test_products_are_added_changed_and_left(owner: Owner) -> None:
    """By their code; what the file does not name stays, and the same file again changes nothing."""
    assert owner.imports(HEAD + TWO).stdout == "2 new, 0 changed, 0 there already.\n"
    assert owner.imports(HEAD + TWO).stdout == "0 new, 0 changed, 2 there already.\n"
    assert owner.published()[0] == 1
    third = "BRD1,P001,Pain,Bread,bread,,380\nBRD2,P002,,,bread,,90\n"
    assert owner.counts(HEAD + third) == {"new": 1, "changed": 1, "same": 0, "refused": [], "dry_run": False}
    count, products = owner.published()
    assert [(one.code, one.cents) for one in products] == [
        ("2000000001005", 160),
        ("BRD1", 380),
        ("BRD2", 90),
    ]
    assert products[1].name == {"fr": "Pain", "en": "Bread"}
    assert count == 2


def test_a_dry_run_changes_nothing(owner: Owner) -> None:
    """It says what would happen."""
    said = owner.imports(HEAD + TWO, "--dry-run")
    assert said.stdout == "Dry run: 2 would be new, 0 changed, 0 are there already.\n"
    assert owner.published() == (0, [])


def test_json_lines_say_the_same(owner: Owner) -> None:
    """Whole numbers and texts alike; empty lines are passed over."""
    owner.imports(HEAD + TWO)
    rows = [dict(zip(HEAD.strip().split(","), line.split(","), strict=True)) for line in TWO.splitlines()]
    rows[1]["cents"] = 350  # type: ignore[assignment]
    lines = "\n\n".join(json.dumps(row) for row in rows)
    assert owner.counts(lines, name="p.ndjson")["same"] == 2


def test_every_bad_line_is_named_the_others_are_taken(owner: Owner) -> None:
    """Number and reason, one a line, exit status 2."""
    bad = [
        "2000000001006,F1,x,x,x,x,1",
        "BRD1,P1,x,x,x,x,1.50",
        ",P1,x,x,x,x,1",
        "BRD4,,x,x,x,x,1",
        "BRD5,P5,x,x,x",
        'BRD6,P6,"x"y,x,x,x,1',
        "BRD7,P7,x\x1b[2J,x,x,x,1",
    ]
    done = owner.imports(HEAD + "\n".join([*bad, TWO.strip(), TWO.splitlines()[1]]))
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "line 2: the check digit of code 2000000001006 is wrong.",
        'line 3: "cents" must be a whole number, not "1.50".',
        'line 4: code "" must be digits or plain letters.',
        "line 5: the sku is empty.",
        "line 6: 5 cells where the title line has 7.",
        "line 7: not valid CSV (',' expected after '\"'): correct the quotes.",
        "line 8: a cell holds a control character: remove it.",
        "line 11: code BRD1 is there twice.",
        "assidu: 8 line(s) refused, the others are imported: correct the lines named above, then import again.",
    ]
    assert done.stdout == "2 new, 0 changed, 0 there already.\n"
    assert len(owner.published()[1]) == 2


@pytest.mark.parametrize("prefix", ["29", "23"])
def test_a_code_that_tills_take_for_a_card_is_no_product(owner: Owner, prefix: str) -> None:
    """The chain's own card numbers and a GSRN are named with their line; the other shops' prefix is a product."""
    owner.card_prefix(prefix)
    theirs = {"29": "2900000000018", "23": "2300000000016"}
    rows = [f"{code},P{n},x,x,x,x,1" for n, code in enumerate([*theirs.values(), "376012345678901237"])]
    done = owner.imports(HEAD + "\n".join(rows))
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[:2]] == [
        "line 2" if prefix == "29" else "line 3",
        "line 4",
    ]
    assert f"code {theirs[prefix]} has the form of a member's card" in done.stderr
    assert "give the product another code" in done.stderr
    assert {one.code for one in owner.published()[1]} == {*theirs.values()} - {theirs[prefix]}


def test_bad_json_lines_are_named(owner: Owner) -> None:
    """No object, a key too much or too few, a value that is none: each with its line."""
    good = dict(zip(HEAD.strip().split(","), TWO.splitlines()[1].split(","), strict=True))
    lines = [
        "[1]", "{", json.dumps(good | {"colour": "x"}), json.dumps({k: v for k, v in good.items() if k != "sku"}),
        json.dumps(good | {"cents": 1.5}), "[" * 5000, json.dumps(good),
    ]  # fmt: skip
    done = owner.imports("\n".join(lines), "--json", name="p.jsonl")
    assert done.exit_code == 2
    said = json.loads(done.stdout)
    reasons = {one["line"]: one["reason"] for one in said["refused"]}
    plain = "no JSON object: write one a line, without a line break in it."
    number = '"cents" must be a text, a whole number or a list of them.'
    assert reasons == {
        1: plain, 2: plain, 3: 'the key "colour" is unknown.', 4: 'the key "sku" is missing.', 5: number, 6: plain,
    }  # fmt: skip
    assert said["new"] == 1


WRONG = {
    "a column is missing": (b"code,sku\n", 'line 1: the column "name_fr" is missing'),
    "an unknown column": (HEAD.replace("cents", "cents,colour").encode(), 'the column "colour" is unknown'),
    "no UTF-8": (b"code\xff\n", "line 1: not UTF-8 text"),
}


@pytest.mark.parametrize(("data", "said"), WRONG.values(), ids=WRONG)
def test_a_file_that_is_no_such_list_changes_nothing(owner: Owner, data: bytes, said: str) -> None:
    """One sentence, exit status 2."""
    done = owner.imports(data)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    missing = CliRunner().invoke(main, ["catalogue", "import", "nowhere.csv", "--db", str(owner.database)])
    assert missing.stderr.startswith("assidu: nowhere.csv: cannot be read")


def test_a_large_list_travels_in_parts(owner: Owner) -> None:
    """More than one request holds, and one publication for all of it."""
    rows = "".join(f"P{n:05d},S{n},{'n' * 200},{'e' * 200},c,s,{n}\n" for n in range(4000))
    assert owner.counts(HEAD + rows)["new"] == 4000
    count, products = owner.published()
    assert (count, len(products)) == (1, 4000)
