"""Why the ledger put an entry aside, or what it remarked on, and who has to do something."""

from collections.abc import Mapping
from typing import Final

from pos_app.languages.words import Words
from rules.sentences import mark
from sync.till.sync_log import Aside
from sync.wire import SAME_CONTACT, TWIN

_ASIDE: Final[Mapping[str, str]] = {
    "unreadable": mark("the ledger's release cannot read it; it counts after its update"),
    "programme": mark("its programme is not published; the head office publishes it"),
    "waits": mark("it needs another entry that waits"),
    "arithmetic": mark("its sums are impossible; call support"),
    "store": mark("its store is not known at the ledger; the head office adds it"),
    "member": mark("its member cannot be one; call support"),
    "grant": mark("it gives back what this till never had; call support"),
    "ticket": mark("the ticket that it names is not there"),
    "void_late": mark("it undoes a ticket too late"),
    "recovery": mark("the ledger was restored and waits for other tills"),
    "failed": mark("the ledger has a fault; it counts after its update"),
}
_REMARKS: Final[Mapping[str, str]] = {
    "duplicate": mark("it was there already and counts once"),
    TWIN: mark("the member is known under another number, and counts once"),
    "undone": mark("it was undone before it came, so nothing follows from it"),
    "no_member": mark("it had no card, so nothing follows from it"),
    "card_taken": mark("the card is another member's"),
    SAME_CONTACT: mark("another account has the same phone or e-mail: if it is one person, make them one"),
    "not_held": mark("it was given back already"),
}


def reason_text(one: Aside, words: Words) -> str:
    """The reason in words, the code where there are none for it."""
    found = _ASIDE.get(one.code) or _REMARKS.get(one.code)
    return words(found) if found else one.code or one.state
