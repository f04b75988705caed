"""Members of the store found by their name, where a shop wants that."""

import unicodedata

import msgspec

from sync import field
from sync.sqlite_driver import Connection
from sync.till import members
from sync.till.identity import Identity


class Named(msgspec.Struct, frozen=True):
    """A member found by name: the name, and day and month of birth where they are known ("" else)."""

    member: int
    display: str
    birthday: str = ""


def named(connection: Connection, identity: Identity, text: str, most: int) -> tuple[Named, ...]:
    """At most `most` members of the store's scope of whose name a word begins with each word of `text`.

    Names lie encrypted, so that every one of them is opened for it.
    """
    wanted = _plain(text).split()
    found: list[Named] = []
    for member, display in connection.execute("SELECT member, display FROM profile ORDER BY member"):
        name = _display(identity, member, display)
        parts = _plain(name).split()
        if wanted and all(any(part.startswith(word) for part in parts) for word in wanted):
            known = members.load(connection, identity, member)
            born = known.account.birthday if known is not None else None
            found.append(Named(member, name, f"{born[1]:02d}/{born[0]:02d}" if born is not None else ""))
            if len(found) == most:
                break
    return tuple(found)


def _display(identity: Identity, member: int, sealed: bytes) -> str:
    try:
        return field.decrypt_display(identity.scope_key, member, sealed)
    except field.FieldUnreadable:
        return ""


def _plain(text: str) -> str:
    """Small letters without accents: how names are compared."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in bare if not unicodedata.combining(char))
