"""What was found as a block for a bug report: in English, whatever the till speaks, and without anything personal."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from pos_app.config import ConfigError, TillConfig, load_config, toml
from pos_app.doctor.finding import Finding
from pos_app.languages.words import Words
from rules.sentences import Said

# Addresses and paths may name people or machines: only that they are set is told, as is of what a shop is called.
_HIDDEN: Final = frozenset({"ledger", "ca", "door", "neighbours", "receipt", "inbox", "register"})
_NAMES: Final = frozenset({"url", "folder", "path", "file", "store", "till", "address", "told"})
_LOCAL: Final = ("/dev/", "usb:", "COM")
"""How the names of this machine's own ports begin; any other port may be a machine in the network, or a path."""


def block(found: Iterable[Finding], folder: Path, now: datetime) -> Iterator[str]:
    """Line by line and fenced: what was found, and the keys of till.toml that are not as by default."""
    words = Words("en")
    yield "```text"
    yield f"assidu doctor, {now:%Y-%m-%d %H:%M} UTC"
    for one in found:
        yield f"{one.level.value:<5}  {words(one.what)}: {words(_bare(one.text))}"
    yield from _settings(folder)
    yield "```"


def _bare(text: Said) -> Said:
    """`text` without what may name somebody or some place."""
    shown = {name: f"({name})" if name in _NAMES else value for name, value in text.values.items()}
    if "port" in shown:
        shown["port"] = _port(str(shown["port"]))
    return Said(text, text.template, shown)


def _port(name: str) -> str:
    return name if name.startswith(_LOCAL) or not name else "(port)"


def _settings(folder: Path) -> list[str]:
    try:
        config = load_config(folder)
    except ConfigError:
        return []
    usual = TillConfig()
    return [
        f"till.toml: {name} = {'(set)' if name in _HIDDEN else toml(_told(name, value))}"
        for name in TillConfig.__struct_fields__
        if (value := getattr(config, name)) != getattr(usual, name)
    ]


def _told(name: str, value: Any) -> Any:
    """A setting as it may be told: ports outside this machine without their names."""
    if name in ("printer", "display"):
        return _port(value)
    if name == "scanners":
        return tuple(msgspec.structs.replace(one, port=_port(one.port)) for one in value)
    return value
