"""The till's configuration file: what it takes, what it refuses, and that what is printed can be read back."""

from pathlib import Path
from typing import get_args

import pytest

from pos_app.config import (
    FILE_NAME,
    ConfigError,
    Preset,
    ScannerConfig,
    TillConfig,
    load_config,
    render_config,
)
from pos_app.devices.serial_port import PRESETS
from pos_app.languages.words import Words


def test_what_is_printed_can_be_saved_and_read_back(tmp_path: Path) -> None:
    """`assidu config show > till.toml` is how a shop begins its own file."""
    config = TillConfig(scanners=(ScannerConfig("usb:0c2e:0b61", good="06"),), wedge="start", theme="light")
    (tmp_path / FILE_NAME).write_text(render_config(config, Words("fr")), "utf-8")
    assert load_config(tmp_path) == config


def test_every_line_setting_of_the_ports_can_be_configured() -> None:
    """The two lists say the same."""
    assert set(get_args(Preset)) == set(PRESETS)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('wedge = "magic"', "wedge"),
        ('language = "de"', "language"),
        ('theme = "blue"', "theme"),
        ('printer_preset = "9600"', "printer_preset"),
        ('scanners = [{ port = "x", preset = "1200 8N1" }]', "preset"),
        ('scanners = [{ port = "x", good = "6" }]', "good"),
        ("lock_after_s = 1", "lock_after_s"),
        ('printers = "x"', "printers"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, key: str) -> None:
    """The till does not start on half a configuration, and says which key to correct."""
    (tmp_path / FILE_NAME).write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=key):
        load_config(tmp_path)
