"""Products as the lists of shops name them (docs/shop-folder.md, catalogue.csv)."""

from collections.abc import Container, Mapping

from rules.sentences import mark
from sync.ledger.cells import BadCell, whole
from sync.lists import Product
from sync.numbers import has_good_check_digit, is_gsrn, is_member_number

CATALOGUE_COLUMNS = ("code", "sku", "name_fr", "name_en", "category", "subcategory", "cents")
GTIN_LENGTHS = (8, 12, 13, 14)


def product_of(row: Mapping[str, str], seen: Container[str], card_prefix: str) -> Product:
    """The product of a row whose code is none of those `seen`. Raises BadCell.

    A code that tills read as a card (docs/cards.md: 13 digits from `card_prefix`, or a GSRN) could never be sold.
    """
    code = row["code"]
    if not (code and code.isascii() and code.isprintable()):
        raise BadCell(mark('code "{code}" must be digits or plain letters.'), code=code)
    if code.isdigit() and len(code) in GTIN_LENGTHS and not has_good_check_digit(code):
        raise BadCell(mark("the check digit of code {code} is wrong."), code=code)
    if is_member_number(code, card_prefix) or is_gsrn(code):
        sentence = mark(
            "code {code} has the form of a member's card, tills would take it for one: "
            "give the product another code, or the chain another card_prefix."
        )
        raise BadCell(sentence, code=code)
    if code in seen:
        raise BadCell(mark("code {code} is there twice."), code=code)
    if not row["sku"]:
        raise BadCell(mark("the sku is empty."))
    return Product(
        code=code,
        sku=row["sku"],
        name={"fr": row["name_fr"] or row["name_en"], "en": row["name_en"] or row["name_fr"]},
        category=row["category"],
        subcategory=row["subcategory"],
        cents=whole("cents", row["cents"]),
    )
