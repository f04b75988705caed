"""What the imports have in common: every refused line is named, and the end says what has changed."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pos_app.cli.failure import Failure
from pos_app.languages.words import Words
from rules.language.faults import printable
from rules.sentences import said

if TYPE_CHECKING:
    from sync.ledger.import_rows import RefusedLine

WRONG_FILE = "the file cannot be imported"


def reason(one: "RefusedLine", words: Words) -> str:
    """Why a line was refused, in words."""
    return printable(words(one.sentence, **one.values))


def finish(
    counted: dict[str, int], refused: Sequence["RefusedLine"], words: Words, *, dry: bool, as_json: bool
) -> None:
    """Say what an import came to. Raises Failure when a line was refused."""
    refused = sorted(refused, key=lambda one: one.line)
    if as_json:
        lines = [{"line": one.line, "reason": reason(one, words)} for one in refused]
        click.echo(json.dumps({**counted, "refused": lines, "dry_run": dry}, ensure_ascii=False, indent=2))
    else:
        for one in refused:
            click.echo(words("line {line}: {reason}", line=one.line, reason=reason(one, words)), err=True)
        click.echo(_summary(counted, words, dry=dry))
    if refused:
        others = said("nothing was changed" if dry else "the others are imported")
        raise Failure(
            "{count} line(s) refused, {others}: correct the lines named above, then import again.",
            count=len(refused),
            others=others,
        )


def _summary(counted: dict[str, int], words: Words, *, dry: bool) -> str:
    if dry:
        return words("Dry run: {new} would be new, {changed} changed, {same} are there already.", **counted)
    return words("{new} new, {changed} changed, {same} there already.", **counted)
