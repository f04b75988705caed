"""`assidu programme explain`: why these points, why not that offer, how far, for one ticket of a history."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

import rules.kinds.all  # noqa: F401 - every kind of rule
from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, versions_of
from pos_app.cli.speech import speaking, words_for
from pos_app.history.open import open_history
from pos_app.history.reader import HistoryError, Reader
from pos_app.till.labels import voice_of
from rules.errors import ProgrammeError
from rules.history.record import Record, RecordError
from rules.programme.model import Programme
from rules.telling.render import as_data, text_lines
from rules.telling.replayed import Told, explain_record


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--tickets", required=True, type=PATH, help="The history, as for replay.")
@click.option("--ticket", default="", help="The ticket to explain; without it the last sale.")
@click.option("--member", default="", help="Only tickets of this member.")
@click.option(
    "--redeem",
    type=click.Choice(["auto", "none"]),
    default="none",
    show_default=True,
    help="auto: every ticket takes one step of the first redemption that is possible.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
@speaking
def explain(
    files: tuple[Path, ...],
    tickets: Path,
    ticket: str,
    member: str,
    redeem: str,
    as_json: bool,
    lang: str | None,
) -> None:
    """Explain one ticket of a history: lines, rounding, caps, lots and last days, and what was not given and why.

    FILES are the versions of one programme; the ticket's business date chooses. The member's history up to the ticket
    is replayed first.

    Example: assidu programme explain programme.toml --tickets 2026.ndjson --ticket 41877 --lang fr
    """
    programmes = versions_of(files)
    left_out: list[str] = []
    try:
        reader = open_history(tickets)
        wanted = _wanted(reader, ticket, member)
        told = explain_record(
            wanted,
            _before(reader, wanted, programmes),
            programmes,
            redeem=redeem == "auto",
            complain=lambda record, why: left_out.append(f"ticket {record.ticket}: {why}"),
        )
    except HistoryError as error:
        raise Failure(_printable(str(error))) from error
    except RecordError as error:
        raise Failure(_printable(f"The ticket {wanted.ticket} cannot be explained: {error}.")) from error
    except ProgrammeError as error:
        raise Failure("; ".join(problem.message for problem in error.problems) + ".") from error
    for text in left_out:
        click.echo(_printable(f"left out, {text}"), err=True)
    click.echo(_written(told, lang, as_json=as_json))


def _wanted(reader: Reader, ticket: str, member: str) -> Record:
    """The record to explain: the last that fits, by time, then place in the file. Raises Failure."""
    found: Record | None = None
    for _, record in reader.entries(_ignore):
        fits = (not ticket or record.ticket == ticket) and (not member or record.member == member)
        if not fits or (record.refund_of and not ticket):
            continue
        if found is None or record.at >= found.at:
            found = record
    if found is None:
        which = f"ticket {ticket}" if ticket else "sale"
        whose = f" of member {member}" if member else ""
        raise Failure(_printable(f"There is no {which}{whose} in this history: check the name."))
    if found.refund_of:
        text = f"{found.ticket} is a return of the ticket {found.refund_of}: explain that one."
        raise Failure(_printable(text))
    return found


def _before(reader: Reader, wanted: Record, programmes: list[Programme]) -> Iterator[Record]:
    """The member's records up to the ticket, by time; those of all members where they share a campaign's budget."""
    shared = any(rule.budget is not None for one in programmes for rule in one.rules)
    passed = False
    found = []
    for _, record in reader.entries(_ignore):
        if record == wanted:
            passed = True
            continue
        earlier = record.at < wanted.at or (record.at == wanted.at and not passed)
        if earlier and (shared or record.member == wanted.member):
            found.append(record)
    return iter(sorted(found, key=lambda one: one.at))


def _written(told: Told, lang: str | None, *, as_json: bool) -> str:
    voice = voice_of(told.programme, words_for(lang))
    if as_json:
        return json.dumps(as_data(told.explanation, voice), ensure_ascii=False, indent=2)
    return "\n".join(_printable(line) for line in text_lines(told.explanation, voice))


def _ignore(_number: int, _why: str) -> None:
    """Lines that cannot be read are named by `replay`; one ticket is explained without them."""


def _printable(text: str) -> str:
    return "".join([char if char.isprintable() or char in "\u00a0\u202f" else "?" for char in text])
