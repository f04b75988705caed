"""A key of till.toml is changed where it stands; nothing else in the file is."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.config import ConfigError, ScannerConfig, load_config
from pos_app.config_file import keep, rewritten

FILE = """# our till, by the door
theme = "dark"   # the lamp
scanners = [
  { port = "/dev/ttyUSB0" },  # the old one
]

wedge = "timing"
"""


def test_one_line_is_changed_and_the_comments_stay(tmp_path: Path) -> None:
    """A value, an array over several lines, a key that was not there; the file can be read by the till each time."""
    (tmp_path / "till.toml").write_text(FILE)
    (tmp_path / "till.toml").chmod(0o640)
    keep(tmp_path, "theme", "light")
    keep(tmp_path, "language", "en")
    assert (tmp_path / "till.toml").read_text() == FILE.replace(
        'theme = "dark"   # the lamp', 'theme = "light"  # the lamp'
    ) + 'language = "en"\n'
    keep(tmp_path, "scanners", (ScannerConfig("usb:0c2e:0b61", "115200 8N1"),))
    text = (tmp_path / "till.toml").read_text()
    assert text.startswith("# our till, by the door\n")
    config = load_config(tmp_path)
    assert (config.scanners[0].port, config.theme, config.language) == ("usb:0c2e:0b61", "light", "en")
    assert (tmp_path / "till.toml").stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["till.toml"]


def test_a_file_is_made_where_there_is_none_and_a_table_is_not_broken(tmp_path: Path) -> None:
    """The first key of a new till; a key goes before the tables; what cannot be changed is left alone and said."""
    keep(tmp_path / "new", "sound", False)
    assert (tmp_path / "new" / "till.toml").read_text() == "sound = false\n"
    tables = 'language = "fr"\n[[scanners]]\nport = "/dev/ttyUSB0"\n'
    (tmp_path / "till.toml").write_text(tables)
    keep(tmp_path, "theme", "light")
    assert load_config(tmp_path).theme == "light"
    before = (tmp_path / "till.toml").read_text()
    with pytest.raises(ConfigError, match="by hand"):
        keep(tmp_path, "scanners", (ScannerConfig("/dev/ttyUSB1"),))
    assert (tmp_path / "till.toml").read_text() == before


@given(
    st.dictionaries(st.sampled_from("abcd"), st.text() | st.integers() | st.lists(st.text()), max_size=4),
    st.sampled_from("abcd"),
    st.text(),
)
def test_any_value_finds_its_place(values: dict[str, object], key: str, value: str) -> None:
    """Signs, quotes and hashes in values do not end a line or begin a comment."""
    from pos_app.config import toml

    def spelled(one: object) -> str:
        return "[\n" + ",\n".join(map(toml, one)) + "]" if isinstance(one, list) else toml(one)

    text = "".join(f"{name} = {spelled(one)}  # of {name}\n" for name, one in values.items())
    after = tomllib.loads(rewritten(text, key, toml(value)))
    assert after == {**tomllib.loads(text), key: value}
