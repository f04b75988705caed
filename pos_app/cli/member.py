"""`assidu member`: the status and the copy of one, and the import of those of an older programme."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_app.cli.asking import ask
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.importing import finish
from pos_app.cli.member_till import export, show
from pos_app.cli.speech import progress, speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database

AT_ONCE = 200  # lines a request: sealed, they fill about a quarter of what one may hold


class _Members(click.Group):
    """`assidu member CODE` is `assidu member show CODE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A word that is no command is the code of a member."""
        if args[0] not in self.commands:
            return "show", show, args
        return super().resolve_command(ctx, args)


@click.group(cls=_Members, subcommand_metavar="CODE | COMMAND [ARGS]...")
def member() -> None:
    """Members: the status of one by card, phone, e-mail or number; a copy of their data; import of a list.

    Example: assidu member 2900000000012 --data ./till1
    """


member.add_command(show)
member.add_command(export)


@member.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be new, and change nothing.")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print counts and refused lines as JSON.")
@speaking
def import_members(file: Path, dry_run: bool, database: "Database", as_json: bool, lang: str | None) -> None:
    """Take members over, from CSV or .ndjson, with cards, contacts, points that end, stamps and level.

    Columns, all but one of the first two optional: number or id (of the older programme), cards, first_name, last_name,
    birthday, since, store, phone, email, tier, tier_since, points, stamp:RULE, reward:RULE, voucher:RULE; a quantity
    may have its last day, as in 120@2027-03-31. Each line that is refused is named with the reason, the others are
    taken. Who is here already, by card or id, stays as they are: a second run changes nothing.

    Example: assidu member import members.csv --db chain.db
    """
    from sync.ledger.import_members import ImportMembers, PrepareImport
    from sync.ledger.import_rows import read_list
    from sync.ledger.member_rows import COLUMNS, Reader, bare, closed
    from sync.ledger.shop_files import ShopFault

    words = words_for(lang)
    known = ask(database, PrepareImport())
    try:
        taken, refused = read_list(file, COLUMNS, Reader(known.card_prefix))
    except ShopFault as fault:
        raise Failure.of(fault) from fault
    counted = {"new": 0, "changed": 0, "same": 0}
    with progress(words("Importing")) as tell:
        for start in range(0, len(taken), AT_ONCE):
            part = dict(taken[start : start + AT_ONCE])
            seen = ask(database, ImportMembers(tuple(bare(*one) for one in part.items()), dry=True))
            refused += seen.refused
            counted["same"] += seen.same
            new = [(line, part[line]) for line in seen.new]
            if not dry_run and new:
                done = ask(database, ImportMembers(closed(new, known.sealing_key)))
                refused += done.refused
                counted["same"] += done.same
                new = [one for one in new if one[0] in done.new]
            counted["new"] += len(new)
            tell(min(1, (start + AT_ONCE) / len(taken)))
    finish(counted, refused, words, dry=dry_run, as_json=as_json)
