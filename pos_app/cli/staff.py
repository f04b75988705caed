"""`assidu staff …`: who may sign in at the tills."""

import json
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.cli.asking import ask, stores_of
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.speech import speaking, words_for
from pos_app.tools.table import table
from rules.sentences import mark

if TYPE_CHECKING:
    from sync.ledger.database import Database

SHORTEST_PIN, LONGEST_PIN = 4, 12
_ROLES = {"cashier": mark("cashier"), "manager": mark("manager")}


@click.group()
def staff() -> None:
    """Who may sign in at the tills: add, list, revoke.

    Example: assidu staff list --db chain.db
    """


@staff.command()
@click.argument("staff_id", metavar="ID")
@click.option("--name", required=True, help="As tills and receipts show it.")
@click.option("--badge", required=True, metavar="CODE", help="What the badge's bar code says.")
@click.option("--role", type=click.Choice(("cashier", "manager")), default="cashier", show_default=True)
@click.option("--stores", default="", metavar="A,B", help="Only at these stores; by default at all.")
@on_database
@speaking
def add(
    staff_id: str, name: str, badge: str, role: str, stores: str, database: "Database", lang: str | None
) -> None:
    """Let somebody sign in, or change what is known of them; the PIN is asked without echo, or read from a pipe.

    Example: assidu staff add c2 --name Camille --badge BDG-0002 --stores halles --db chain.db
    """
    from sync.ledger.staff import AddStaff

    words = words_for(lang)
    hashed = _hashed(_pin(words("PIN"), words("PIN once more")))
    person = msgspec.convert(
        {
            "id": staff_id,
            "person": name,
            "role": role,
            "badge": badge,
            "pin": hashed,
            "stores": stores_of(stores),
        },
        AddStaff,
    )
    if ask(database, person).new:
        click.echo(words("{name} may sign in now: tills know it at their next contact.", name=name))
    else:
        click.echo(words("What is known of {name} has changed.", name=name))


def _pin(question: str, again: str) -> str:
    """The PIN, typed twice without echo, or the first line of what is piped in. Raises Failure."""
    if sys.stdin.isatty():
        pin = str(click.prompt(question, hide_input=True, err=True))
        if pin != click.prompt(again, hide_input=True, err=True):
            raise Failure("the two PINs differ: type the same one twice.")
    else:
        pin = sys.stdin.readline().rstrip("\r\n")
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise Failure(
            "a PIN has {least} to {most} digits: choose another one.",
            least=SHORTEST_PIN,
            most=LONGEST_PIN,
        )
    return pin


def _hashed(pin: str) -> str:
    from nacl.pwhash import argon2id

    return argon2id.str(pin.encode()).decode()


@staff.command("list")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the people as JSON.")
@speaking
def list_staff(database: "Database", as_json: bool, lang: str | None) -> None:
    """Everybody who may sign in, where, and who may no longer; never a badge or a PIN.

    Example: assidu staff list --db chain.db
    """
    from sync.ledger.staff import ListStaff

    answer, words = ask(database, ListStaff()), words_for(lang)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False, indent=2))
        return
    rows = [
        (
            one.id,
            one.name,
            words(_ROLES[one.role]),
            ", ".join(one.stores) or words("all stores"),
            words("revoked") if one.revoked else "",
        )
        for one in answer.people
    ]
    click.echo(table((words("id"), words("name"), words("role"), words("stores"), ""), rows))


@staff.command()
@click.argument("staff_id", metavar="ID")
@on_database
@speaking
def revoke(staff_id: str, database: "Database", lang: str | None) -> None:
    """Shut somebody out: tills hear of it before anything else; a ticket that is begun may still be recorded.

    Example: assidu staff revoke c2 --db chain.db
    """
    from sync.ledger.staff import RevokeStaff

    answer, words = ask(database, RevokeStaff(staff_id)), words_for(lang)
    if answer.number:
        click.echo(words("{id} may no longer sign in: tills know it at their next contact.", id=staff_id))
    else:
        click.echo(words("{id} was revoked before: nothing has changed.", id=staff_id))
