"""What fails on the command line is told in the language that was asked for, by every command."""

import ast
import asyncio
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_app.cli.main import main
from pos_app.languages.extract import ROOT
from pos_app.languages.words import Words
from rules.sentences import said
from sync.ledger.caller import LedgerRefusal
from sync.ledger.open import open_ledger
from sync.ledger.sources import AddSource
from sync.refusals import SaidRefusal, refusal_of
from sync.wire import Refusal, pack
from tests.unit.ledger_kit import FakeClock

ENGLISH = re.compile(
    r"\b(the|is|are|was|were|cannot|there|give|write|check|that|with|it|this|has|have|choose|must|no|of)\b",
    re.I,
)
SPOKEN = {
    "BadAddress",
    "BadAuthority",
    "BadLine",
    "CannotServe",
    "CannotStart",
    "ConfigError",
    "DemoFailed",
    "Failure",
    "HistoryError",
    "LedgerRefusal",
    "NoDemo",
    "NoMove",
    "NotDone",
    "PairingFailed",
    "RecordError",
    "ShopFault",
    "StorageFault",
    "TrialStopped",
}
SALE = (
    '{"ticket": "1", "member": "m1", "at": "2026-01-05T10:00:00Z", "lines": [{"sku": "a", "cents": 100}]}\n'
)

# Every command with something wrong, on a ledger with the store "halles" and the source "web"; words in capitals are
# files of the test.
WRONG = """
config show --data BAD_TILL
catalogue import EMPTY --db LEDGER
catalogue import LATIN --db LEDGER
member import LATIN --db LEDGER
event post EVENTS --source web --db LEDGER
event post EVENTS --source nobody --db LEDGER
event source add web --db LEDGER
event source add Web/Shop --db LEDGER
event source revoke nobody --db LEDGER
journal verify --data NOWHERE
member 2900000000012 --data NOWHERE
member export 2900000000012 --out OUT --data NOWHERE
journal salvage --data NOWHERE --out OUT
journal restore EMPTY --data NEW_TILL
ledger day --date tomorrow --db LEDGER
ledger day --date 2199-01-01 --db LEDGER
ledger devices list --db NOWHERE
ledger devices revoke 99 --db LEDGER
ledger devices write-off 99 --db LEDGER
ledger effects --db NOWHERE
ledger export NOWHERE/out.ndjson --db LEDGER
ledger backup COPY --db postgresql://localhost/x
ledger backup COPY --db NOWHERE
ledger durable --copy EMPTY --db LEDGER
ledger restore NOWHERE --db LEDGER
ledger restore COPY --db postgresql://localhost/x
ledger recovery begin --db LEDGER
ledger recovery lost NOWHERE --db LEDGER
ledger recovery status --db EMPTY_FOLDER
ledger stock --store halles --gift cup --db LEDGER
ledger stock --store gare --db LEDGER
ledger floors --ticket 10 --member 10 --till 10 --db LEDGER
programme check NOWHERE
programme publish NOWHERE --db LEDGER
programme publish PROGRAMME --from soon --db LEDGER
programme withdraw bakery 3 --db LEDGER
programme explain PROGRAMME --tickets NOWHERE
programme explain PROGRAMME --tickets HISTORY --ticket 99
programme explain PROGRAMME --tickets HISTORY --ticket 1 --member m9
programme backtest PROGRAMME --tickets NOTHING --engine replay
programme diff PROGRAMME NOWHERE
programme transition PROGRAMME PROGRAMME --tickets HISTORY
programme transition PROGRAMME PROGRAMME --tickets HISTORY --cost pigeon
programme transition PROGRAMME PROGRAMME --tickets HISTORY --contacts EMPTY
programme new TAKEN --shop bakery --name Pain --starts 2026-09-01
programme new NEW --shop bakery --name Pain --starts 2026-09-01 --timezone Paris
programme new NEW --shop forge --name Pain
replay --programme PROGRAMME --tickets NOWHERE --out OUT
replay --programme PROGRAMME --tickets NOTHING --out OUT
replay --programme PROGRAMME --tickets HISTORY --out HISTORY
replay --programme PROGRAMME --tickets HISTORY --out NOWHERE/out.csv
replay --programme PROGRAMME --tickets BACKWARDS --out OUT
replay --programme PROGRAMME --tickets ODD --out OUT
replay --programme PROGRAMME --tickets NO_TABLE --out OUT
report outage --since soon --db LEDGER
staff add c2 --name Camille --badge B2 --db LEDGER
staff revoke nobody --db LEDGER
"""
# Commands without --lang speak the language of the system.
WRONG_IN_THE_SYSTEM = """
demo scan 2965514286174
ledger pair --store gare --db LEDGER
ledger serve --listen here --db LEDGER
ledger serve --cert EMPTY --db LEDGER
ledger serve --listen 127.0.0.1:0 --cert EMPTY --cert-key EMPTY --db LEDGER
ledger serve --shop NOWHERE --db NEW_LEDGER
till --data NEW_TILL --pair CODE
till --data BAD_TILL
till --data NEW_TILL --headless
"""
# What click itself refuses, before a command begins.
UNREADABLE = """
ledger devices revoke x
ledger devices revoke
ledger nix
ledger floors --ticket -4
event post NOWHERE --source x
programme nix
replay --redeem x
staff add a --name b --badge c --role king
staff add a --nam b
staff revoke a b
"""


@pytest.fixture(autouse=True)
def _no_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that somebody runs on this machine is not found, and gets no scan."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The path of every file that the commands name in capitals."""
    folder = tmp_path_factory.mktemp("commands")
    later = SALE.replace('"1"', '"2"').replace("-05T", "-04T")
    programme = (ROOT / "assets" / "programmes" / "bakery.toml").read_text("utf-8")
    written = {
        "BAD_TILL/till.toml": 'language = "de"\n',
        "TAKEN/programme.toml": programme,
        "EMPTY_FOLDER/none": "",
        "EMPTY": "\n",
        "EVENTS": '{"id": "1", "member": 9, "event": {"name": "x"}}\n{"id": 3}\n{"id": "2"}\n',
        "PROGRAMME": programme,
        "HISTORY": SALE,
        "NOTHING": "",
        "BACKWARDS": SALE + later,
        "ODD": SALE + SALE.replace("100", "9999999999999").replace('"1"', '"2"'),
        "NO_TABLE": "ticket,cents\n1,5\n",
    }
    for name, text in written.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "LATIN").write_bytes("code,é\n".encode("latin-1"))

    async def begin() -> None:
        ledger = await open_ledger(folder / "LEDGER", FakeClock())
        await ledger.add_store("halles", "Halles", "Europe/Paris")
        await AddSource("web").run(ledger)
        await ledger.close()

    asyncio.run(begin())
    names = {
        word for word in re.findall(r"[A-Z]+(?:_[A-Z]+)*\b", WRONG + WRONG_IN_THE_SYSTEM) if len(word) > 2
    }
    return {name: str(folder / name) for name in names - {"CODE"}}


def fails(command: str, files: dict[str, str], *options: str) -> Result:
    """What the command of a line of `WRONG` comes to."""
    line = re.sub(r"[A-Z]+(?:_[A-Z]+)*\b", lambda word: files.get(word[0], word[0]), command)
    done = CliRunner().invoke(main, [*line.split(), *options], input="12\n")
    assert done.exit_code == 2, (done.output, done.exception)
    return done


def sentences(done: Result, files: dict[str, str]) -> str:
    """Its output without names of files, what is between backquotes, and reasons of the system in brackets."""
    text = done.output
    for path in sorted(files.values(), key=len, reverse=True):
        text = text.replace(path, "…")
    return re.sub(r"`[^`]*`|\([^()]*\)|assidu ledger serve|members? |--\w+", "…", text)


@pytest.mark.parametrize("command", WRONG.strip().splitlines())
def test_a_command_fails_in_the_language_asked_for(
    command: str, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --lang fr one French sentence, whatever language the system has; no English word is in it."""
    monkeypatch.setenv("LC_ALL", "en_IE.UTF-8")
    done = fails(command, files, "--lang", "fr")
    assert "assidu: " in done.output
    assert ENGLISH.findall(sentences(done, files)) == [], done.output


@pytest.mark.parametrize("command", WRONG_IN_THE_SYSTEM.strip().splitlines())
def test_a_command_without_the_option_fails_in_the_language_of_the_system(
    command: str, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a French system one French sentence."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    done = fails(command, files)
    assert "assidu: " in done.output
    assert ENGLISH.findall(sentences(done, files)) == [], done.output


@pytest.mark.parametrize("command", UNREADABLE.strip().splitlines())
def test_what_cannot_be_read_is_told_in_the_language_asked_for(command: str, files: dict[str, str]) -> None:
    """A word too many, a value that cannot be: French with --lang fr, English again with the next command."""
    assert "Erreur : " in fails(command, files, "--lang", "fr").output
    told = sentences(fails(command, files, "--lang=fr"), files)
    assert ENGLISH.findall(told.partition("Erreur")[2]) == [], told
    assert "Error: " in fails(command, files, "--lang", "en").output


def test_a_sentence_with_values_comes_back_from_a_running_ledger() -> None:
    """The message and its values travel beside the English; whoever reads only a refusal reads that."""
    refusal = LedgerRefusal("x", said("There is no till number {dev}: list them first.", dev=7))
    data = pack(refusal_of(refusal.code, refusal.sentence))
    told = msgspec.msgpack.decode(data, type=SaidRefusal).said()
    assert Words("fr")(told) == "Il n'y a pas de caisse numéro 7 : listez-les d'abord."
    assert msgspec.msgpack.decode(data, type=Refusal).sentence == str(told)
    assert msgspec.msgpack.decode(pack(Refusal("x", "a {b}")), type=SaidRefusal).said() == "a {b}"


def test_no_error_or_line_of_a_command_is_left_out_of_the_catalogues() -> None:
    """What is raised for people and what commands print is marked: no bare text, no f-string with words in it."""
    bare = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for package in ("pos_app", "rules", "sync")
        for path in (ROOT / package).rglob("*.py")
        for call in _calls(path)
        if any(map(_is_bare, _told(call, path)))
    ]
    assert bare == []


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def _told(call: ast.Call, path: Path) -> list[ast.expr]:
    """The texts for people in a call."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == "Failure":
        return [one for one in call.args if not isinstance(one, ast.Constant)]
    if name in SPOKEN or (name == "echo" and "cli" in path.parts):
        return call.args
    return []


def _is_bare(text: ast.expr) -> bool:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    words = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(re.search(r"[a-z]{2,} ?[a-z]", one) and " " in one.strip() for one in words)
