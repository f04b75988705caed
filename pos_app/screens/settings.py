"""The settings page: what can be changed at the till, and what a scanner sends, byte by byte. Pure rows."""

from typing import Final

import msgspec

from pos_app.config import TillConfig
from pos_app.devices.burst import Burst
from pos_app.devices.framing import Fault
from pos_app.devices.grammar import Code, CodeConfig, Kind
from pos_app.devices.messages import FAULT_SENTENCES, REASON_SENTENCES
from pos_app.languages.words import Words
from pos_app.screens.frame import key_bar
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, padded, rule, spread, wrapped
from rules.sentences import mark

MOST: Final = 32  # bytes of a scan that are spelled; the rest is counted
_KINDS: Final = {
    Kind.MEMBER: mark("a member's card"),
    Kind.PRODUCT: mark("a product"),
    Kind.BADGE: mark("a badge"),
    Kind.TICKET: mark("a receipt"),
    Kind.VOUCHER: mark("a paper voucher"),
    Kind.SIGNED_CARD: mark("a signed card"),
    Kind.FOREIGN: mark("a card of another issuer"),
}
_THEMES: Final = {
    "dark": mark("dark"),
    "light": mark("light"),
    "ansi": mark("16 colours"),
    "console": mark("16 colours of the Linux console"),
    "mono": mark("no colours"),
}


class Settings(msgspec.Struct, frozen=True):
    """What the page shows. `scanner` is a sentence on a port at fault, `said` tells what a key has just done."""

    config: TillConfig
    theme: str
    gap_ms: int
    start: str
    scanner: str = ""
    last: Burst | None = None
    said: str = ""
    codes: CodeConfig = CodeConfig()


def settings_page(now: Settings, words: Words, size: tuple[int, int]) -> Block:
    """The page as rows; digits change, scans are shown."""
    width, height = size
    room = width - 4
    lines: Block = []
    for digit, (what, value) in enumerate(_choices(now, words), start=1):
        lines += spread(room, [(f" {digit} ", Role.KEY), "  ", what], [(value, Role.STRONG)])
    for scanner in now.config.scanners:
        lines += spread(
            room, [("     " + words("Serial scanner"), Role.SOFT)], f"{scanner.port}  {scanner.preset}"
        )
    lines += wrapped(room, (now.scanner, Role.WARNING)) if now.scanner else []
    lines += wrapped(room, (now.said, Role.STRONG)) if now.said else []
    lines += [
        rule(room),
        *wrapped(
            room, (words("SCAN ANYTHING: it is shown here, and nothing else is done with it."), Role.TITLE)
        ),
    ]
    lines += [BLANK, *_scan(now.last, now, words, room)] if now.last is not None else []
    body = fitted(lines, height - 3, words("more: F1"))
    box = boxed([(width - 2, body)], height - 1, [words("SETTINGS, SCANNER TEST")])
    return [padded(line, width) for line in (*box, *key_bar({"Esc": words("Close")}, words, width))]


def _choices(now: Settings, words: Words) -> list[tuple[str, str]]:
    """What each digit changes, and how it is now."""
    config = now.config
    by_speed = words("by its speed ({ms} ms) or start key {key}", ms=now.gap_ms, key=now.start)
    by_key = words("by its start key {key} only", key=now.start)
    none = words("none is set")
    printer = f"{config.printer}  {config.printer_preset}" if config.printer else none
    display = f"{config.display}  {config.display_preset}" if config.display else none
    return [
        (words("Language"), words("English")),
        (words("Theme"), words(_THEMES[now.theme])),
        (words("Bell for a refusal"), words("on") if config.sound else words("off")),
        (words("Keyboard scanner is known"), by_speed if config.by_speed else by_key),
        (words("Print a test page"), printer),
        (words("Test the customer's display"), display),
    ]


def _scan(seen: Burst, now: Settings, words: Words, width: int) -> Block:
    """One scan: spelled, in bytes, its times, and what it would be."""
    data = seen.data
    shown = msgspec.structs.replace(seen, pieces=((data[:MOST], 0),))
    more = (
        words.plural("and {n} byte more", "and {n} bytes more", len(data) - MOST) if len(data) > MOST else ""
    )
    size = words.plural("{n} byte", "{n} bytes", len(data))
    ending = words("ends with {sign}", sign=seen.ending) if seen.ending else words("no sign behind it")
    times = [words("{n} ms", n=seen.took_ms), words("longest gap {ms} ms", ms=seen.gap_ms)]
    lines = wrapped(width, (shown.spelled, Role.STRONG), " " if more else "", more)
    lines += wrapped(width, (data[:MOST].hex(" "), Role.SOFT))
    lines += wrapped(width, " · ".join([size, *times, ending]))
    source = seen.source or words("the keyboard")
    for one in seen.read(now.codes):
        lines += wrapped(width, words("Read from {port}: {what}", port=source, what=_taken(one, words)))
    if not seen.source and seen.gap_ms * 5 > now.gap_ms * 3:
        slow = words(
            "Nearly too slow to be told from typing: let it send {key} before each code, then 4.",
            key=now.start,
        )
        lines += wrapped(width, (slow, Role.WARNING))
    if not seen.source and seen.folded.wrong_layout:
        told = words(
            "It types US keys on an AZERTY keyboard: corrected, read as {text}.", text=seen.folded.text
        )
        lines += wrapped(width, (told, Role.WARNING))
    return lines


def _taken(one: Code | Fault, words: Words) -> str:
    if isinstance(one, Fault):
        return words(FAULT_SENTENCES[one])
    if one.reason is not None:
        return words(REASON_SENTENCES[one.reason])
    return words(_KINDS[one.kind]) + (f" ({one.aim})" if one.aim else "")
