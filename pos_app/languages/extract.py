"""Bring the catalogues up to date with the code: `python -m pos_app.languages.extract`.

Finds every message in the packages, adds it to each assidu.po, drops what no code uses, compiles the .mo files and
prints the French messages that still lack a translation. Exit status 1 when one does.
"""

import ast
import datetime
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pos_app.languages.words import DOMAIN, FOLDER, LANGUAGES

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("pos_app", "rules", "sync")

# Calls whose first argument is a message, and calls whose first two are singular and plural.
SINGLE: Final = frozenset({"words", "words_for", "words_here", "mark", "said", "Failure"})
DOUBLE: Final = frozenset({"plural"})

_NO_DATE: Final = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def messages_in(source: str) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """Yield line number and message (a pair for plurals) of every marked string in a Python source."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = _name(node.func)
        if name in DOUBLE and len(node.args) > 1:
            pairs = zip(_constants(node.args[0]), _constants(node.args[1]), strict=False)
            yield from ((node.lineno, pair) for pair in pairs)
        elif name in SINGLE:
            yield from ((node.lineno, text) for text in _constants(node.args[0]))


def _name(called: ast.expr) -> str:
    """The name that is called; of `words_for(language)(…)` that of what gave the words."""
    if isinstance(called, ast.Call):
        return _name(called.func)
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _constants(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and node.value else []
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return []


def template(root: Path = ROOT) -> Catalog:
    """Every message of the packages under `root`, in the order of files and lines, each with where it stands."""
    found = Catalog(domain=DOMAIN, fuzzy=False)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            for _line, message in sorted(messages_in(path.read_text("utf-8")), key=lambda item: item[0]):
                found.add(message, locations=[(name, 0)])
    return found


def read(language: str) -> Catalog:
    """The catalogue source of a language, empty when there is none yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def po_path(language: str) -> Path:
    """Where the catalogue source of a language lies; the compiled one lies beside it as .mo."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def updated(old: Catalog, messages: Catalog, language: str) -> Catalog:
    """The messages of the code with the translations known so far; English translates to itself."""
    new = Catalog(locale=language, domain=DOMAIN, fuzzy=False, header_comment=f"# Assidu, {language}")
    new.creation_date = new.revision_date = old.creation_date
    for message in messages:
        if not message.id:
            continue
        known = old.get(message.id)
        text = message.id if language == "en" else (known.string if known else "")
        new.add(message.id, text or "", locations=message.locations)
    return new


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue as the text that lies in the .po file; no dates, so that equal messages give equal bytes."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=110, omit_header=False, include_lineno=False)
    lines = buffer.getvalue().splitlines(keepends=True)
    volatile = (
        b'"POT-Creation-Date',
        b'"PO-Revision-Date',
        b'"Generated-By',
        b'"Last-Translator',
        b'"Report-Msgid',
    )
    return b"".join(line for line in lines if not line.startswith(volatile))


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalogue compiled for gettext; equal messages give equal bytes, whenever they are compiled."""
    catalog.creation_date = catalog.revision_date = _NO_DATE
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """The English of every message without a translation (a plural counts when one form is missing)."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalog
        if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string)
    ]


def main() -> int:
    """Write both catalogues; print what lacks a French translation."""
    messages = template()
    for language in LANGUAGES:
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_bytes(updated(read(language), messages, language)))
        path.with_suffix(".mo").write_bytes(mo_bytes(read(language)))
    lacking = missing(read("fr"))
    for text in lacking:
        sys.stdout.write(f"{text}\n")
    sys.stdout.write(f"{len(messages)} messages, {len(lacking)} without French\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
