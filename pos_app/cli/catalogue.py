"""`assidu catalogue import`: products from a list."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.cli.asking import ask
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.importing import finish
from pos_app.cli.speech import progress, speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.lists import Product


@click.group()
def catalogue() -> None:
    """The products that tills know: import.

    Example: assidu catalogue import products.csv --dry-run --db chain.db
    """


@catalogue.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print counts and refused lines as JSON.")
@speaking
def import_catalogue(
    file: Path, dry_run: bool, database: "Database", as_json: bool, lang: str | None
) -> None:
    """Add products, or change them by their code, from CSV or .ndjson; tills get them at their next contact.

    Columns: code, sku, name_fr, name_en, category, subcategory, cents. Products that the file does not name stay. Each
    line that is refused is named with the reason, the others are taken. A second run changes nothing. A code that tills
    would take for a member's card is refused.

    Example: assidu catalogue import products.csv --db chain.db
    """
    from sync.ledger.catalogue import ImportProducts, PublishProducts, parts
    from sync.ledger.import_members import PrepareImport
    from sync.ledger.import_rows import Columns, Row, read_list
    from sync.ledger.products import CATALOGUE_COLUMNS, product_of
    from sync.ledger.shop_files import ShopFault

    words = words_for(lang)
    seen: set[str] = set()
    prefix = ask(database, PrepareImport()).card_prefix

    def make(row: Row) -> "Product":
        product = product_of(row, seen, prefix)
        seen.add(product.code)
        return product

    try:
        taken, refused = read_list(file, Columns(CATALOGUE_COLUMNS), make)
    except ShopFault as fault:
        raise Failure.of(fault) from fault
    counted = Counter({"new": 0, "changed": 0, "same": 0})
    with progress(words("Importing")) as tell:
        done = 0
        for part in parts([product for _, product in taken]):
            counted.update(msgspec.structs.asdict(ask(database, ImportProducts(part, dry_run))))
            done += len(part)
            tell(done / len(taken))
    if not dry_run:
        ask(database, PublishProducts())
    finish(dict(counted), refused, words, dry=dry_run, as_json=as_json)
