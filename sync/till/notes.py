"""What the shop noted about a member and their last incident: what the ledger told, or what was written here since."""

from sync import field
from sync.entry import NoteBody, body_of
from sync.sqlite_driver import Connection
from sync.till import journal
from sync.till.identity import Identity
from sync.wire import MemberRow


def notes_after(
    connection: Connection, identity: Identity, row: MemberRow, here: tuple[str, str], own_seq: int
) -> tuple[str, str]:
    """(note, complaint) of the row; each that of `here` where it was written here and the row does not include it."""
    told = (
        _read(identity, row.member, row.note, field.NOTE),
        _read(identity, row.member, row.complaint, field.INCIDENT),
    )
    if told == here:
        return told
    later = [body_of(entry) for entry in journal.entries_after(connection, row.member, own_seq)]
    written = {bool(body.about) for body in later if isinstance(body, NoteBody)}
    return (here[0] if False in written else told[0], here[1] if True in written else told[1])


def _read(identity: Identity, member: int, sealed: bytes, purpose: bytes) -> str:
    try:
        return field.decrypt_note(identity.scope_key, member, sealed, purpose)
    except field.FieldUnreadable:
        return ""
