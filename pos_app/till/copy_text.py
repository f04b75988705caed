"""A member's copy as text to read, in French or English: one fact a line."""

import datetime
from collections.abc import Callable, Iterator

from pos_app.languages.words import Words
from pos_app.till.labels import amount_text, label, signed
from rules.account import FOREVER
from rules.programme.model import Programme
from sync import complaint
from sync.member_copy import CopiedTicket, MemberCopy

Shown = Callable[[str, int], str]


def as_text(copy: MemberCopy, programme: Programme | None, words: Words) -> str:
    """The whole copy."""
    made = words.date(datetime.datetime.fromtimestamp(copy.made_ms / 1000, datetime.UTC).date())
    where = words("the ledger") if copy.source == "ledger" else words("till {till}", till=copy.source)
    title = words(
        "What is kept of member {member}: {where}, {day}", member=copy.member, where=where, day=made
    )
    parts = (
        _who(copy, words),
        _balance(copy, programme, words),
        _consents(copy, words),
        _visits(copy, words),
        _tickets(copy, programme, words),
        _moves(copy, programme, words),
    )
    return "\n\n".join([title, *("\n".join(part) for part in map(list, parts) if part)]) + "\n"


def _who(copy: MemberCopy, words: Words) -> Iterator[str]:
    yield words("WHO")
    if copy.name:
        yield words("First name: {name}", name=copy.name)
    yield from _noted(copy, words)
    if copy.birthday:
        yield words("Birthday (month-day): {day}", day=copy.birthday)
    if copy.since is not None:
        yield words("Member since {day}", day=words.date(copy.since))
    if copy.store:
        yield words("Store: {store}", store=copy.store)
    if copy.level:
        yield words("Level: {tier}", tier=copy.level)
    if copy.sponsor is not None:
        yield words("Brought in by member {member}", member=copy.sponsor)
    for name, value in sorted(copy.fields.items()):
        yield f"{name}: {value}"
    yield words("Cards known by a keyed hash: {n}", n=copy.cards)
    yield words("Phone numbers and e-mails known by a keyed hash: {n}", n=copy.contacts)
    if copy.sealed:
        what = ", ".join(copy.sealed)
        yield words("Kept sealed, opened for nobody but the ledger: {what}", what=what)


def _noted(copy: MemberCopy, words: Words) -> Iterator[str]:
    if copy.note:
        yield words("Note: {note}", note=copy.note)
    about = complaint.read(copy.complaint)
    if about is not None:
        yield words("Noted of what went wrong on {day}: {note}", day=words.date(about.on), note=about.words)


def _balance(copy: MemberCopy, programme: Programme | None, words: Words) -> Iterator[str]:
    if not (copy.balance or copy.lots):
        return
    yield words("BALANCE")
    for asset, quantity in sorted(copy.balance.items()):
        yield amount_text(programme, asset, quantity, words)
    for lot in copy.lots:
        if lot.left and lot.last_day != FOREVER:
            amount = amount_text(programme, lot.asset, lot.left, words)
            yield words("{amount} until {day}", amount=amount, day=words.date(lot.last_day))


def _consents(copy: MemberCopy, words: Words) -> Iterator[str]:
    if copy.consents:
        yield words("CONSENTS")
    for one in copy.consents:
        day = words.date(datetime.datetime.fromtimestamp(one.at_ms / 1000, datetime.UTC).date())
        said = words("given") if one.given else words("withdrawn")
        yield words(
            "{day} {purpose}: {said}, wording {wording}",
            day=day,
            purpose=one.purpose,
            said=said,
            wording=one.wording,
        )
        if one.text:
            yield f"  {one.text}"


def _visits(copy: MemberCopy, words: Words) -> Iterator[str]:
    if copy.visits:
        yield words("STORES")
    for store, day in sorted(copy.visits.items()):
        yield words("{store}: last seen {day}", store=store, day=words.date(day))


def _tickets(copy: MemberCopy, programme: Programme | None, words: Words) -> Iterator[str]:
    if copy.tickets:
        yield words("PURCHASES AND EVENTS")
    for one in copy.tickets:
        yield from _ticket(one, programme, words)


def _ticket(one: CopiedTicket, programme: Programme | None, words: Words) -> Iterator[str]:
    what = words.money(sum(line.cents for line in one.lines)) if one.event is None else one.event.name
    yield f"{words.date(one.day)} {one.store} {one.reference}: {what}"
    for line in one.lines:
        if line.sku:
            yield f"  {line.qty} x {line.sku} {line.category} {words.money(line.cents)}"
    for given in one.given:
        amount = signed(programme, given.asset, given.quantity, words)
        yield f"  {label(programme, given.rule, words)}: {amount}"
    for used in one.used:
        amount = signed(programme, used.asset, -used.quantity, words)
        yield f"  {label(programme, used.rule, words)}: {amount}, {words.money(used.cents)}"


def _moves(copy: MemberCopy, programme: Programme | None, words: Words) -> Iterator[str]:
    if copy.moves:
        yield words("MOVEMENTS IN THE BOOKS")
    for one in copy.moves:
        amount = amount_text(programme, one.asset, one.quantity, words)
        yield f"{words.date(one.day)} {one.cause}: {amount}, {one.source} > {one.target}"
