"""`assidu programme new`: a programme of one's own, started from a finished one."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import assets
from pos_app.cli.main import main
from pos_app.cli.programme import new
from rules.errors import ProgrammeError
from rules.programme.load import check_programme, load_programme
from rules.tools.start import Own, id_of, started

DEMO = Path(assets.__file__).parent / "demo" / "programme.toml"
OWN = Own("Chez Zoé & fils", date(2027, 3, 1), "Europe/Brussels")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programmes to start from with one in it, and the place of a shop."""
    templates = tmp_path / "programmes"
    templates.mkdir()
    (templates / "bakery.toml").write_bytes(DEMO.read_bytes())
    monkeypatch.setattr(new, "FOLDER", templates)
    return tmp_path / "shop"


def test_header_becomes_ones_own_and_rules_stay() -> None:
    """Id, name, version, dates and time zone are new; rules and comments are those of the template."""
    template = DEMO.read_bytes()
    data = started(template.replace(b"version = 1", b"version = 4\nsupersedes = 3"), OWN)
    programme = load_programme(data)
    header = programme.header
    assert (header.id, header.name[""], header.version) == ("chez-zoe-fils", "Chez Zoé & fils", 1)
    assert (header.effective_from, header.effective_to) == (date(2027, 3, 1), date(2037, 3, 1))
    assert (header.timezone, header.supersedes) == ("Europe/Brussels", None)
    assert [rule.id for rule in programme.rules] == [rule.id for rule in load_programme(template).rules]
    assert b"# Three rules a child can repeat" in data


def test_campaigns_move_with_the_first_day() -> None:
    """A window of March 2025 in a template of 2025 is one of March 2027; the 29 February becomes the 28th."""
    window = b'group = "base"\nvalid = { from = 2025-03-01, to = 2028-02-29 }'
    notes = b"# since 2025-01-01\n  # and 2025-01-02\n"
    template = notes + DEMO.read_bytes().replace(b'group = "base"', window, 1)
    data = started(template + b'label = "No 2025-99-01"\n', OWN)
    assert data.startswith(notes)
    assert b'"No 2025-99-01"' in data
    assert b"valid = { from = 2027-03-01, to = 2030-02-28 }" in data


def test_a_name_that_makes_no_programme_is_refused() -> None:
    """A name with line ends or beyond 80 characters is an error of the file it would make."""
    with pytest.raises(ProgrammeError):
        started(DEMO.read_bytes(), Own("x" * 200, OWN.starts, OWN.timezone))


@pytest.mark.parametrize(
    ("name", "wanted"), [("Été 2027 !", "ete-2027"), ("***", "programme"), ("A" * 60, "a" * 40)]
)
def test_ids_of_names(name: str, wanted: str) -> None:
    """Accents fall away, everything else that is no letter or digit is a hyphen."""
    assert id_of(name) == wanted


def test_three_questions_make_a_programme_that_passes(folder: Path) -> None:
    """Kind of shop, name and first day are asked for; the file passes check."""
    asked = CliRunner().invoke(
        main, ["programme", "new", str(folder), "--lang", "fr"], input="bakery\nMon pain\n2027-03-01\n"
    )
    assert asked.exit_code == 0, asked.output
    assert "Quel genre de magasin est-ce ?" in asked.output
    made = folder / "programme.toml"
    assert load_programme(made.read_bytes()).header.name[""] == "Mon pain"
    checked = CliRunner().invoke(main, ["programme", "check", str(made)])
    assert checked.exit_code == 0, checked.output


def answered(folder: Path, *more: str) -> list[str]:
    """The command with all answers as options."""
    options = {"--shop": "bakery", "--name": "Bread", "--starts": "2027-03-01", "--timezone": "Europe/Paris"}
    options |= dict(zip(more[::2], more[1::2], strict=True))
    return ["programme", "new", str(folder), *[part for pair in options.items() for part in pair]]


def test_nothing_is_overwritten(folder: Path) -> None:
    """A second run changes nothing and says so."""
    assert CliRunner().invoke(main, answered(folder)).exit_code == 0
    before = (folder / "programme.toml").read_bytes()
    again = CliRunner().invoke(main, answered(folder, "--name", "Other"))
    assert again.exit_code == 2
    assert "nothing is overwritten" in again.stderr
    assert (folder / "programme.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value", "advice"),
    [
        ("--shop", "casino", "choose one of bakery"),
        ("--starts", "soon", "write it like 2026-09-01"),
        ("--timezone", "Mars/Base", "there is no time zone"),
    ],
)
def test_wrong_answers_are_named(folder: Path, option: str, value: str, advice: str) -> None:
    """A kind of shop, day or zone that there is not leaves no file behind."""
    result = CliRunner().invoke(main, answered(folder, option, value))
    assert result.exit_code == 2
    assert advice in result.stderr
    assert not folder.exists()


def test_every_programme_of_the_house_can_be_started_from(tmp_path: Path) -> None:
    """Whatever lies in assets/programmes makes a programme without errors and simple enough."""
    for shop, path in new.shops().items():
        data = started(path.read_bytes(), OWN)
        assert not [each for each in check_programme(data) if not each.warning], shop
        (tmp_path / shop).mkdir()
        (tmp_path / shop / "programme.toml").write_bytes(data)
        result = CliRunner().invoke(main, ["programme", "check", str(tmp_path / shop / "programme.toml")])
        assert result.exit_code == 0, result.output
