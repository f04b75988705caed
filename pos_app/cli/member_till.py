"""`assidu member CODE` and `assidu member export CODE`: what a till knows of one member, without its screen."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.config import data_folder

from .failure import Failure
from .speech import speaking, words_for
from .till_line import line_of
from .till_store import check_till

if TYPE_CHECKING:
    from pos_app.languages.words import Words
    from pos_app.till.parts import Parts
    from pos_app.till.state import Who
    from sync.lists import StaffMember
    from sync.member_copy import MemberCopy
    from sync.till.database import Store


@click.command("show")
@click.argument("code")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@speaking
def show(code: str, data: Path | None, as_json: bool, lang: str | None) -> None:
    """The status of a member by card, phone, e-mail or number in reports, as this till knows it: one fact a line.

    For screen readers and pipes; the till may be at work. Nothing is written.

    Example: assidu member 2900000000012 --data ./till1
    """
    from pos_app.till.known_member import heard, sentences, view_of

    words = words_for(lang)
    with _looking(data or data_folder(), words) as parts:
        view = view_of(parts, _member(parts, code))
        words = words.paying(_currency(parts))
        if as_json:
            click.echo(msgspec.json.encode(view))
            return
        click.echo("\n".join(sentences(view, words, heard(parts, words))))


@click.command("export")
@click.argument("code")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files."
)
@speaking
def export(code: str, data: Path | None, out: Path, lang: str | None) -> None:
    """Write what is kept of a member, as text and JSON: the till's own and, on line, the ledger's.

    For the member alone. A manager's badge and PIN are asked for, and the journal says who took the copy. The till must
    not be at work: beside it, use F9 on its screen.

    Example: assidu member export 2900000000012 --out ./copies --data ./till1
    """
    from pos_app.till.consents import with_texts
    from pos_app.till.copies import save
    from pos_app.till.moment import now
    from pos_app.till.privacy import COPY, note
    from pos_app.till.state import State
    from sync.till.own_copy import own_copy

    words = words_for(lang)
    folder = data or data_folder()
    with _working(folder, words) as parts:
        who = _member(parts, code)
        assert who.member is not None
        manager = _manager(parts, words)
        note(parts, State(words.language), who.member, COPY, manager.id)
        programme = parts.programme(now(parts).bdate)
        words = words.paying(_currency(parts))
        own = own_copy(parts.reader, parts.identity, who.member, parts.clock.wall_ms())
        try:
            paths = [save(out, with_texts(parts, own), programme, words)]
            told = _from_ledger(parts, folder, who.member, manager.id)
            paths += [save(out, with_texts(parts, told), programme, words)] if told is not None else []
        except OSError as error:
            raise Failure(
                "{out} cannot be written ({reason}): choose another place.", out=out, reason=error.strerror
            ) from error
    for path in paths:
        click.echo(f"{path}\n{path.with_suffix('.json')}")
    if told is None:
        click.echo(words("Without the ledger, which was not reached: run it again on line."), err=True)


def _from_ledger(parts: "Parts", folder: Path, member: int, by: str) -> "MemberCopy | None":
    """The ledger's copy; None where it cannot be had now."""
    from sync.member_copy import CopyAnswer, CopyRequest
    from sync.till.copies import read_copy
    from sync.till.offline import Failure as NoAnswer

    with line_of(parts.identity, folder) as line:
        answer = line.ask("POST", "/member/copy", CopyAnswer, CopyRequest(member, by))
    return None if isinstance(answer, NoAnswer) else read_copy(parts.identity, answer)


def _member(parts: "Parts", code: str) -> "Who":
    from pos_app.till.known_member import find
    from pos_app.till.member import all_by_contact

    who = find(parts, code)
    if who is None and len(all_by_contact(parts, code)) > 1:
        raise Failure("several members have this phone or e-mail: give the number of a card.")
    if who is None:
        raise Failure("this till knows no member by this code: check it, or ask at a till that is on line.")
    return who


def _manager(parts: "Parts", words: "Words") -> "StaffMember":
    """Who is there, by badge and PIN: a manager."""
    from pos_app.till.sign_in import MANAGER, is_right
    from sync.till import config
    from sync.tokens import card_token

    badge = click.prompt(words("Manager's badge"), err=True)
    pin = click.prompt("PIN", hide_input=sys.stdin.isatty(), err=True)
    staff = config.staff_by_badge(parts.reader, card_token(parts.identity.lookup_key, badge.strip()))
    if staff is None or staff.role != MANAGER or not is_right(parts, staff, pin.strip()):
        raise Failure("badge or PIN is not right, or is no manager's: try again, or ask at the till.")
    return staff


@contextmanager
def _looking(folder: Path, words: "Words") -> "Iterator[Parts]":
    """The till of `folder`, for reading. Raises Failure."""
    from sync.sqlite_driver import DatabaseError
    from sync.till.database import translate
    from sync.till.looking import Looking

    check_till(folder)
    try:
        store = Looking(folder)
        try:
            yield _parts(store, words)
        finally:
            store.close()
    except DatabaseError as error:
        raise Failure.of(translate(error)) from error


@contextmanager
def _working(folder: Path, words: "Words") -> "Iterator[Parts]":
    """The till of `folder`, taken for this process. Raises Failure."""
    from sync.till.database import StoreError, open_store

    check_till(folder)
    try:
        store = open_store(folder)
        try:
            yield _parts(store, words)
        finally:
            store.close()
    except StoreError as error:
        raise Failure.of(error) from error


def _parts(store: "Store", words: "Words") -> "Parts":
    from pos_app.devices.grammar import CodeConfig
    from pos_app.till.parts import Options, Parts
    from sync.system_clock import SystemClock
    from sync.till.identity import identity
    from sync.till.writer import InlineWriter

    who = identity(store.reader())
    if who is None:
        raise Failure("this till is not paired, so it has no journal yet: nothing to check.")
    options = Options(language=words.language, codes=CodeConfig(member_prefix=who.card_prefix))
    return Parts(store, InlineWriter(store), SystemClock(), os.urandom, who, None, options)


def _currency(parts: "Parts") -> str:
    from pos_app.till.moment import now
    from pos_app.till.parts import currency_of

    return currency_of(parts.programme(now(parts).bdate))
