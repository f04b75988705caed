"""The configuration of a till: `till.toml` in its data folder."""

import re
import textwrap
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pos_app.languages.words import Words
from rules.sentences import mark, said

FILE_NAME = "till.toml"

Preset = Literal["9600 8N1", "115200 8N1", "9600 8E1", "9600 8O1", "9600 7E1", "9600 7S2"]
Url = Annotated[str, msgspec.Meta(pattern="^http://[^/]+/?$")]
Hex = Annotated[str, msgspec.Meta(pattern="^([0-9A-Fa-f]{2})*$")]

_PAGE = "^cp(858|1252)(:(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2}))?$"


class ConfigError(Exception):
    """The file cannot be used; the text says which key and what to write."""


class ScannerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scanner port. `good` and `bad` are acknowledging bytes in hex, empty for none.

    `station` is the zone of a scanner at which members scan their card by themselves, empty at the counter.
    """

    port: str
    preset: Preset = "9600 8N1"
    good: Hex = ""
    bad: Hex = ""
    strip_prefix: str = ""
    station: Annotated[str, msgspec.Meta(pattern="^([a-z0-9._-]{1,40})?$")] = ""


class TillConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shop may set at a till. Amounts are cents, times seconds."""

    ledger: str = ""
    ca: str = ""
    language: Annotated[str, msgspec.Meta(pattern="^(fr|en)$")] = "fr"
    theme: Annotated[str, msgspec.Meta(pattern="^(auto|dark|light|ansi|mono)$")] = "auto"
    sound: bool = True
    scanners: tuple[ScannerConfig, ...] = ()
    wedge: Literal["auto", "timing", "start"] = "auto"
    printer: str = ""
    printer_preset: Preset = "9600 8N1"
    printer_columns: Annotated[int, msgspec.Meta(ge=32, le=48)] = 42
    printer_page: Annotated[str, msgspec.Meta(pattern=_PAGE)] = "cp858"
    printer_qr: Literal["native", "raster", "none"] = "native"
    receipt: str = ""
    display: str = ""
    display_preset: Preset = "9600 8N1"
    display_dialect: Literal["cd5220", "escpos"] = "cd5220"
    ceiling_cents: Annotated[int, msgspec.Meta(gt=0)] = 50_000
    lock_after_s: Annotated[int, msgspec.Meta(ge=30)] = 300
    door: str = ""
    neighbours: tuple[Url, ...] = ()
    register: str = ""
    inbox: str = ""
    implied_cents: bool = True
    find_names: bool = False
    cache_scope: Literal["store", "region", "all"] = "all"

    @property
    def by_speed(self) -> bool:
        """Whether a burst of keys is taken for a scan: keys are then shown a moment later."""
        return self.wedge == "timing" or (self.wedge == "auto" and not self.scanners)


MEANING = {
    "ledger": mark("address of the ledger for --pair; a paired till keeps the one it was paired with"),
    "ca": mark(
        "PEM file of the chain's own certificate authority, for an https ledger; empty trusts the public ones"
    ),
    "language": mark("language at start: fr or en (the cashier can switch live)"),
    "theme": mark(
        "dark, light, ansi for 16 colours, mono for none, or auto: what the terminal can show; too few colours for "
        "dark and light make it ansi"
    ),
    "sound": mark("whether the terminal's bell is rung for a refusal: true or false"),
    "scanners": mark(
        "serial scanners: port (a device, usb:VID:PID[:SERIAL], or a URL of pyserial), preset (9600 8N1, 115200 8N1, "
        "9600 8E1, 9600 8O1, 9600 7E1 or 9600 7S2), good and bad (acknowledging bytes in hex), strip_prefix, station "
        "(the zone where members scan their card by themselves; empty at the counter)"
    ),
    "wedge": mark(
        "keyboard scanner: timing (known by its speed, or by the start key ~), start (by the start key only) or auto: "
        "timing where there is no serial scanner"
    ),
    "printer": mark(
        "receipt printer: a serial device, a URL of pyserial, or socket://HOST:9100 in the network; empty keeps "
        "receipts in the spool"
    ),
    "printer_preset": mark("speed and frame of the printer's port"),
    "printer_columns": mark("characters on a line of the printer: 32 to 48"),
    "printer_page": mark(
        "letters of the printer: cp858 or cp1252, with :NUMBER where the printer has it under a number of its own"
    ),
    "printer_qr": mark(
        "QR codes: native (the printer draws them), raster (sent as dots, for printers that draw none) or none"
    ),
    "receipt": mark(
        "file of the receipt's layout, in the till's folder; empty for the one that comes with it"
    ),
    "display": mark("customer's display of 2 x 20 characters: a device or a URL of pyserial; empty for none"),
    "display_preset": mark("speed and frame of the display's port"),
    "display_dialect": mark("what the display understands: cd5220 or escpos"),
    "ceiling_cents": mark("an amount above this many cents is asked for once more"),
    "lock_after_s": mark("seconds without a key or a scan until the till locks"),
    "door": mark(
        "where this till answers the store's other tills: HOST:PORT in the shop's own network; empty for nowhere"
    ),
    "neighbours": mark(
        "doors of the store's other tills (http://HOST:PORT), asked for rewards while the ledger cannot be"
    ),
    "register": mark(
        "where cash registers of this machine send commands over HTTP: 127.0.0.1:PORT; empty for nowhere"
    ),
    "implied_cents": mark(
        "whether amounts are typed in cents, 4590 for 45.90 (true), or as 45 for 45.00 (false)"
    ),
    "find_names": mark("whether members may be found by their name (F2): true or false"),
    "inbox": mark(
        "folder in which a cash register leaves finished tickets (.json, .csv, .xml); empty for none"
    ),
    "cache_scope": mark(
        "whose cards are known without the network: all (every member of the chain), region (who was "
        "seen in a store of this one's region) or store (who enrolled here or was here in the last months)"
    ),
}


def data_folder() -> Path:
    """Where a till keeps its files when nothing else is said."""
    import platformdirs

    return platformdirs.user_data_path("assidu") / "till"


def load_config(folder: Path) -> TillConfig:
    """The configuration in `folder`, or the defaults when there is no file. Raises ConfigError."""
    path = folder / FILE_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return TillConfig()
    except OSError as error:
        raise ConfigError(
            said(
                "{path} cannot be read ({reason}): check your rights on it.", path=path, reason=error.strerror
            )
        ) from error
    try:
        return msgspec.convert(tomllib.loads(data.decode()), TillConfig)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(said("{path}: {fault}", path=path, fault=_wrong(str(error)))) from error


def _wrong(error: str) -> str:
    """What to correct, from the place that msgspec names, as in "… - at `$.scanners[0].good`"."""
    place = re.search(r"at `\$\.((\w+)[^`]*)`$", error)
    if place is None or place[2] not in MEANING:
        return said("{error}: correct it, `assidu config show` prints every key.", error=error)
    return said("correct {key} ({meaning}).", key=place[1], meaning=said(MEANING[place[2]]))


def render_config(config: TillConfig, words: Words) -> str:
    """`config` as TOML, each key with its meaning."""
    parts = []
    for name in TillConfig.__struct_fields__:
        meaning = textwrap.fill(words(MEANING[name]), 110, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"{meaning}\n{name} = {toml(getattr(config, name))}\n")
    return "\n".join(parts)


def toml(value: object) -> str:
    """`value` of a key of `TillConfig` as TOML writes it; of a table what is not as it is by default."""
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, msgspec.Struct):
        fields = [(one.name, getattr(value, one.name), one.default) for one in msgspec.structs.fields(value)]
        pairs = [(name, toml(given)) for name, given, default in fields if given != default]
        return "{ " + ", ".join(f"{name} = {text}" for name, text in pairs) + " }"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
