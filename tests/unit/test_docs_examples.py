"""What docs/programme.md and docs/protocol.md show is so: every example loads, every vector comes out of the code."""

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from pos_app.languages.words import DOMAIN, FOLDER
from rules.kinds.all import __all__ as every_kind
from rules.programme.load import check_programme, load_programme
from sync.chain import (
    Head,
    commit_message,
    entry_hash,
    genesis_hash,
    public_key_of,
    sign_commit,
    tail,
    verify_commit,
)
from sync.entry import BODIES, body_of, decode, encode, encode_body, reference
from sync.numbers import member_number, serial_of
from sync.pairing_code import make_code, read_code
from sync.tokens import card_token

DOCS = Path(__file__).parents[2] / "docs"


def blocks(name: str, what: str) -> list[str]:
    """The fenced blocks of a page that are marked "toml" and `what`."""
    text = (DOCS / name).read_text("utf-8")
    return re.findall(rf"^```toml {what}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


WHOLE = blocks("programme.md", "programme")
RULES = blocks("programme.md", "rule")
HEADER = re.sub(r"^\[expiry\].*", "", WHOLE[0], flags=re.DOTALL | re.MULTILINE)


def test_the_page_shows_every_kind() -> None:
    """A new kind comes with an example."""
    shown = "\n".join((*WHOLE, *RULES))
    kinds = {importlib.import_module(f"rules.kinds.{name}").KIND.name for name in every_kind}
    assert len(kinds) >= 10
    assert {name for name in kinds if f'kind = "{name}"' not in shown and f"[{name}]" not in shown} == set()


@pytest.mark.parametrize("text", WHOLE)
def test_whole_programmes_load(text: str) -> None:
    """The programme at the top of the page can be published as it is."""
    assert load_programme(text.encode()).rules


@pytest.mark.parametrize("text", RULES)
def test_each_example_loads_in_a_programme(text: str) -> None:
    """A shop can paste the example into its file: no error and no warning."""
    assert check_programme(f"{HEADER}\n{text}".encode()) == ()


def test_all_examples_load_together() -> None:
    """None of them stands in the way of another."""
    declared = [text for text in RULES if "[fields]" in text]
    others = [text for text in RULES if "[fields]" not in text]
    assert check_programme("\n".join((HEADER, *declared, *others)).encode()) == ()


@pytest.fixture(name="vectors")
def read_vectors() -> dict[str, Any]:
    """The vectors of the protocol page."""
    (text,) = blocks("protocol.md", "vectors")
    return tomllib.loads(text)


def test_the_entry_has_this_hash(vectors: dict[str, Any]) -> None:
    """Written again it is the same text; its hash and what the receipt prints follow from the bytes."""
    data = vectors["entry"]["entry"].encode()
    genesis = genesis_hash(vectors["genesis"]["record"].encode())
    entry = decode(data)
    assert genesis.hex() == vectors["genesis"]["hash"]
    assert entry.prev == genesis
    assert encode(entry) == data
    assert encode_body(body_of(entry)) == entry.body
    digest = entry_hash(genesis, data)
    assert digest.hex() == vectors["entry"]["hash"]
    assert f"{reference(entry.dev, entry.inc, entry.seq)} {tail(digest)}" == vectors["entry"]["printed"]


def test_the_commit_has_this_signature(vectors: dict[str, Any]) -> None:
    """Ed25519 is deterministic: one key and one head give one signature."""
    known = vectors["commit"]
    entry = decode(vectors["entry"]["entry"].encode())
    head = Head(entry.dev, entry.inc, entry.seq, bytes.fromhex(vectors["entry"]["hash"]))
    seed, key = bytes.fromhex(known["seed"]), bytes.fromhex(known["public_key"])
    assert public_key_of(seed) == key
    assert commit_message(head, entry.ticket).hex() == known["message"]
    assert sign_commit(seed, head, entry.ticket).hex() == known["signature"]
    assert verify_commit(key, head, entry.ticket, bytes.fromhex(known["signature"]))


def test_serials_give_these_numbers(vectors: dict[str, Any]) -> None:
    """And back."""
    table = dict(vectors["numbers"])
    key, prefix = bytes.fromhex(table.pop("key")), table.pop("prefix")
    assert table
    for serial, number in table.items():
        assert member_number(int(serial), key, prefix) == number
        assert serial_of(number, key, prefix) == int(serial)


def test_the_card_and_the_pairing_code(vectors: dict[str, Any]) -> None:
    """The keyed hash of a card, and the code a till is paired with."""
    card, pairing = vectors["card"], vectors["pairing"]
    assert card_token(bytes.fromhex(card["key"]), card["code"]).hex() == card["token"]
    key = bytes.fromhex(vectors["commit"]["public_key"])
    assert make_code(key, bytes.fromhex(pairing["secret"])) == pairing["code"]
    assert read_code(pairing["code"])[1] == pairing["code"][16:]


def test_the_page_names_every_kind_of_entry_with_its_fields() -> None:
    """The table of kinds lists what the structs have, in their order."""
    text = (DOCS / "protocol.md").read_text("utf-8")
    for kind, body in BODIES.items():
        assert f"| `{kind}` | {', '.join(body.__struct_fields__)} |" in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_guide_quotes_sentences_that_the_till_says(language: str) -> None:
    """What stands in bold in the table of sentences is in the catalogue."""
    text = (DOCS / f"guide.{language}.md").read_text("utf-8").split("## 12.")[1].split("## 13.")[0]
    quoted = [
        part for cell in re.findall(r"^\| \*\*(.+?)\*\*", text, re.MULTILINE) for part in cell.split(" / ")
    ]
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        said = [re.sub(r"[\u00a0\u202f]", " ", str(message.string)) for message in read_po(file)]
    assert len(quoted) > 30
    for sentence in quoted:
        pattern = ".*".join(re.escape(part.strip(" :")) for part in sentence.split("…"))
        assert any(re.search(pattern, one, re.DOTALL) for one in said), sentence


def test_the_guides_have_one_structure() -> None:
    """Both languages have the same chapters, tables and commands."""
    shapes = []
    for language in ("en", "fr"):
        text = (DOCS / f"guide.{language}.md").read_text("utf-8")
        shapes.append(
            [
                len(re.findall(pattern, text, re.MULTILINE))
                for pattern in (r"^## \d+\.", r"^\| ", r"^```", r"^- ", r"^\d\. ", r"^\| `")
            ]
        )
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page: Path) -> None:
    """Whatever a page links to inside the repository is there."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
