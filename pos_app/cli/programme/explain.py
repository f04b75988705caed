"""`assidu programme explain`: why these points, why not that offer, how far, for one ticket of a history."""

import json
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click

import rules.kinds.all  # noqa: F401 - every kind of rule
from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, faulty, name_first, versions_of
from pos_app.cli.speech import speaking, words_for
from pos_app.history.open import open_history
from pos_app.history.order import in_order
from pos_app.history.reader import Complain, Entry, HistoryError, Reader
from pos_app.languages.words import Words
from pos_app.till.labels import voice_of
from rules.errors import ProgrammeError
from rules.history.counters import joined
from rules.history.record import Record, RecordError
from rules.programme.model import Programme
from rules.sentences import sentence_of
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
    is replayed first. Lines that cannot be counted are named, and the exit status is 2.

    Example: assidu programme explain programme.toml --tickets 2026.ndjson --ticket 41877 --lang fr
    """
    programmes = versions_of(files)
    words = words_for(lang)
    left_out: list[str] = []

    def complain(number: int, why: str) -> None:
        left_out.append(words("line {line}: {reason}", line=number, reason=words(why)))

    try:
        reader = open_history(tickets)
        entries = _in_time(reader, complain)
        places = {id(record): number for number, record in entries}
        origin, referred = _origin(entries, ticket)
        wanted = _wanted(entries, origin, member)
        told = explain_record(
            wanted,
            _before(entries, wanted, programmes),
            programmes,
            redeem=redeem == "auto",
            referred=referred,
            complain=lambda record, why: complain(places[id(record)], why),
        )
    except HistoryError as error:
        raise Failure.of(error) from error
    except RecordError as error:
        raise Failure(
            "The ticket {ticket} cannot be explained: {fault}.",
            ticket=wanted.ticket,
            fault=sentence_of(error),
        ) from error
    except ProgrammeError as error:
        raise faulty(error) from error
    click.echo(_written(told, words, as_json=as_json))
    _fail_on(left_out)


def _in_time(reader: Reader, complain: Complain) -> list[Entry]:
    """All records by time, those of one moment in the order of the file; one that comes twice counts once."""
    return list(in_order(sorted(reader.entries(complain), key=lambda entry: entry[1].at), complain))


def _origin(entries: list[Entry], ticket: str) -> tuple[str, str]:
    """The ticket to look for, and the event of the sponsor that was asked for instead (TICKET/RULE), or ""."""
    origin = ticket.rpartition("/")[0]
    named = {record.ticket for _, record in entries}
    return (origin, ticket) if ticket not in named and origin in named else (ticket, "")


def _wanted(entries: list[Entry], ticket: str, member: str) -> Record:
    """The record to explain: the last that fits. Raises Failure."""
    fitting = [
        record
        for _, record in entries
        if (not ticket or record.ticket == ticket)
        and (not member or record.member == member)
        and (ticket or not record.refund_of)
    ]
    if not fitting:
        raise _none(ticket, member)
    found = fitting[-1]
    if found.refund_of:
        raise Failure(
            "{ticket} is a return of the ticket {sale}: explain that one.",
            ticket=found.ticket,
            sale=found.refund_of,
        )
    return found


def _none(ticket: str, member: str) -> Failure:
    """Nothing fits what was asked for."""
    values = {"ticket": ticket, "member": member}
    if ticket and member:
        return Failure(
            "There is no ticket {ticket} of member {member} in this history: check the name.", **values
        )
    if ticket:
        return Failure("There is no ticket {ticket} in this history: check the name.", **values)
    if member:
        return Failure("There is no sale of member {member} in this history: check the name.", **values)
    return Failure("There is no sale in this history: check the name.")


def _before(entries: list[Entry], wanted: Record, programmes: list[Programme]) -> Iterator[Record]:
    """The member's records up to the ticket; those of all members where they concern each other."""
    shared = joined(programmes)
    earlier = takewhile(lambda record: record is not wanted, [record for _, record in entries])
    return (record for record in earlier if shared or record.member == wanted.member)


def _written(told: Told, words: Words, *, as_json: bool) -> str:
    voice = voice_of(told.programme, words)
    if as_json:
        return json.dumps(as_data(told.explanation, voice), ensure_ascii=False, indent=2)
    return "\n".join(_printable(line) for line in text_lines(told.explanation, voice))


def _fail_on(left_out: list[str]) -> None:
    """Name what was left out on standard error, the first ones of many; raise Failure when there is any."""
    name_first(left_out)
    if left_out:
        raise Failure("{count} line(s) were left out: correct them, then explain again.", count=len(left_out))


def _printable(text: str) -> str:
    return "".join([char if char.isprintable() or char in "\u00a0\u202f" else "?" for char in text])
