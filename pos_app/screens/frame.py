"""What every screen shares: status line, alert, notice, what to do, key bar. Pure functions from a view to rows."""

from collections.abc import Callable, Mapping
from typing import Final

from pos_app.languages.words import Words
from pos_app.till.view import Level, Notice, Stage, Status, View
from pos_app.widgets.rows import (
    BLANK,
    Block,
    Role,
    Row,
    bar,
    cells,
    fitted,
    padded,
    row,
    rule,
    spread,
    width_of,
    wrapped,
)
from sync.till.loading import Loading

MINIMUM: Final = (80, 24)
ROOMY: Final = 30  # rows: on fewer what happened takes the place of what can be done, which the keys say, too
Body = Callable[[int, int], Block]

_FIRST: Final = ("Enter", "Esc", "*", "Backspace")
_ROLES: Final = {Level.INFO: Role.INFO, Level.WARNING: Role.WARNING, Level.REFUSAL: Role.REFUSAL}


def page(view: View, words: Words, width: int, height: int, body: Body) -> Block:
    """A whole screen of exactly `height` rows: status, alert, the body given by `body(width, height)`, notice, keys."""
    top = [*status_line(view.status, words, width), *alert_rows(view, words, width)]
    bottom = [
        *message_rows(view, words, width, prompt=view.notice is None or height >= ROOMY),
        rule(width),
        *key_bar(with_pages(view.keys, words), words, width),
    ]
    room = max(0, height - len(top) - len(bottom))
    middle = fitted(body(width, room), room, words("more: F1"))
    middle += [BLANK] * (room - len(middle))
    return [padded(line, width) for line in (*top, *middle, *bottom)][:height]


def status_line(status: Status, words: Words, width: int) -> Block:
    """Who and where on the left; network, what waits and the time on the right. All reversed in training."""
    role = Role.TRAINING if status.training else Role.STATUS
    till = words("Till {name}", name=status.till) if status.till.isdecimal() else status.till
    left = " · ".join(text for text in (status.store, till, status.cashier) if text)
    if status.training:
        left = words("TRAINING, nothing is recorded") + " · " + left
    time = status.time if status.clock_trusted else words("{time} (clock in doubt)", time=status.time)
    network, waiting, sent = _network(status, words), _waiting(status, words), _sent(status, words)
    right = " · ".join(text for text in (network, sent, waiting, time) if text)
    if cells(left) + cells(right) + 2 > width - 2:
        right = " · ".join(text for text in (network, waiting, time) if text)
    lines = spread(width - 2, [(left, role)], [(right, role)])
    return [_tinted(((" ", role), *line), width, role) for line in lines]


def _tinted(line: Row, width: int, role: Role) -> Row:
    return tuple((text, role) for text, _ in padded(line, width))


def _network(status: Status, words: Words) -> str:
    if not status.paired:
        return words("NO LEDGER")
    if status.online:
        return words("ONLINE")
    return words("OFFLINE since {since}", since=status.since) if status.since else words("OFFLINE")


def _waiting(status: Status, words: Words) -> str:
    if not status.paired:
        return ""
    return words.plural("{n} to send", "{n} to send", status.waiting)


def _sent(status: Status, words: Words) -> str:
    """How many entries the ledger took today; said where there is room for it, else on the help page."""
    return words.plural("{n} sent", "{n} sent", status.sent) if status.paired and status.sent else ""


def age(seconds: int, words: Words) -> str:
    """Seconds as the words of one unit: 40 s, 12 min, 3 h, 2 days."""
    if seconds < 120:
        return words("{n} s", n=seconds)
    if seconds < 3600:
        return words("{n} min", n=seconds // 60)
    if seconds < 172_800:
        return words("{n} h", n=seconds // 3600)
    return words("{n} days", n=seconds // 86_400)


def alert_rows(view: View, words: Words, width: int) -> Block:
    """One alert at most, the most pressing one, on as many rows as it takes; a line across when there is none."""
    status = view.status
    for label, text in (
        (words("ALERT"), view.alert),
        (words("SCANNER"), status.scanner),
        (words("PRINTER"), status.printer),
        (words("REGISTER"), status.register),
    ):
        if text:
            return _labelled(label, Role.WARNING, text, width)
    if status.paired and not status.online:
        # Why is said where nothing is begun; a ticket needs the room.
        why = status.reason if view.stage in (Stage.IDLE, Stage.LOCKED) else ""
        return _labelled(words("OFFLINE"), Role.WARNING, _offline(status, words), width, why)
    if status.loading is None:
        return [rule(width)]
    if status.loading.refused:
        return _labelled(words("MEMBERS"), Role.WARNING, words(status.loading.refused), width)
    return [_loading(status.loading, words, width)]


def _loading(loading: Loading, words: Words, width: int) -> Row:
    """How far the list of members is; the till sells meanwhile."""
    percent = min(99, 100 * loading.done // max(1, loading.total))
    text = words("list of members: {percent} %", percent=percent)
    if loading.rest_s is not None:
        text += " · " + words("{age} left", age=age(loading.rest_s, words))
    head = words("MEMBERS")
    room = width - cells(head) - cells(text) - 6
    return row(" ", (f" {head} ", Role.INFO), " ", *bar(max(4, min(20, room)), percent, 100), " ", text)


def _offline(status: Status, words: Words) -> str:
    parts = [words("earning works")]
    if status.waiting:
        parts.append(words("oldest to send {age}", age=age(status.oldest_s, words)))
    if status.known:
        parts.append(words("balances as of {known}", known=status.known))
    return " · ".join(parts)


def _labelled(label: str, role: Role, text: str, width: int, before: str = "") -> Block:
    head = f" {label} "
    lines = [line for part in (before, text) if part for line in wrapped(width - len(head) - 3, part)]
    first = row(" ", (head, role), " ", *lines[0])
    return [first, *(row(" " * (len(head) + 2), *line) for line in lines[1:])]


def message_rows(view: View, words: Words, width: int, *, prompt: bool = True) -> Block:
    """What happened, and with `prompt` what can be done now."""
    lines: Block = notice_rows(view.notice, words, width)
    if prompt and view.prompt and not (view.notice and view.notice.text == view.prompt):
        lines += [row(" ", *line) for line in wrapped(width - 2, (view.prompt, Role.SOFT))]
    return lines


def notice_rows(notice: Notice | None, words: Words, width: int) -> Block:
    """One notice, a word before it says how loud it is."""
    if notice is None:
        return []
    labels = {
        Level.INFO: words("NOTE"),
        Level.WARNING: words("CHECK"),
        Level.REFUSAL: words("STOP"),
    }
    return _labelled(labels[notice.level], _ROLES[notice.level], notice.text, width)


def with_pages(keys: Mapping[str, str], words: Words) -> Mapping[str, str]:
    """Help and menu work always, whether the till speaks of them or not."""
    return {"F1": words("Help"), "F9": words("Menu"), **keys}


def key_bar(keys: Mapping[str, str], words: Words, width: int) -> Block:
    """The keys that work now with their words, in the order of the keyboard, on as many rows as it takes."""
    names = {"Enter": words("Enter"), "Esc": words("Esc"), "Backspace": words("Backspace")}
    lines: list[Row] = [()]
    used = 0
    for key, what in sorted(keys.items(), key=_place):
        entry = row((names.get(key, key), Role.KEY), (f" {what}" if what else "", Role.TEXT))
        size = width_of(entry)
        if used and used + 1 + size > width:
            lines.append(())
            used = 0
        lines[-1] += (*row(" " if used else ""), *entry)
        used += size + (1 if used else 0)
    return lines


def _place(entry: tuple[str, str]) -> tuple[int, int]:
    name = entry[0]
    if name[:1] == "F" and name[1:].isdigit():
        return (1, int(name[1:]))
    return (0, _FIRST.index(name) if name in _FIRST else len(_FIRST))
