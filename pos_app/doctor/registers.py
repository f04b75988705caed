"""What cash registers of this machine come in by: the address, the word that proves one, the folder for tickets."""

import os
from collections.abc import Iterator
from pathlib import Path

from pos_app.config import TillConfig
from pos_app.doctor.finding import Finding, fault, good, look
from pos_app.headless.http_door import HttpDoor
from pos_app.headless.inbox.folder import BadFolder, glance
from pos_app.headless.token import FILE_NAME, BadToken, read_token
from pos_app.languages.words import Words
from rules.sentences import said, sentence_of
from sync.till.bounded import BadAddress


def registers(folder: Path, config: TillConfig, *, running: bool) -> Iterator[Finding]:
    """Whether what till.toml opens for registers is open to them, and to nobody else."""
    if config.register:
        yield _address(config.register, running=running)
        yield _token(folder / FILE_NAME, running=running)
    if config.inbox:
        yield from _inbox(folder / config.inbox)


def _address(address: str, *, running: bool) -> Finding:
    name = said("registers")
    if running:
        return good(name, said("{address} is in use by the running till", address=address))
    try:
        HttpDoor(address, "", bytes, lambda: Words("en")).server_close()
    except BadAddress as error:
        return fault(name, sentence_of(error))
    return good(name, said("{address} is free for the till", address=address))


def _token(path: Path, *, running: bool) -> Finding:
    name = said("register's token")
    if not os.path.lexists(path):
        if running:
            return fault(name, said("It is gone while the till is at work: start the till again."))
        return good(name, said("it is made when the till starts"))
    try:
        read_token(path)
    except BadToken as error:
        return fault(name, sentence_of(error))
    except OSError as error:
        return fault(name, said("It cannot be read ({reason}): check your rights.", reason=error.strerror))
    return good(name, said("there, this user's alone (mode 0600)"))


def _inbox(path: Path) -> Iterator[Finding]:
    name = said("register's folder")
    try:
        waiting, refused = glance(path)
    except BadFolder as error:
        yield fault(name, said(str(error), port=path.name))
        return
    yield good(name, said("this user's alone to write; files to be read: {count}", count=waiting))
    if refused:
        yield look(
            said("refused files"),
            said(
                "{count} in {folder}: read why beside them, then take them away.",
                count=refused,
                folder="refused/",
            ),
        )
