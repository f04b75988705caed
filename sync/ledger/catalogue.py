"""Products that were imported, in parts and with a last word that gives them to the tills (section 5.1)."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from rules.sentences import mark
from sync.ledger.accept import Refused
from sync.ledger.given_rows import CATALOGUE
from sync.ledger.operation import Operation
from sync.ledger.publications import PUBLICATIONS, put
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.lists import Product
from sync.wire import pack

IMPORTED = "imported"  # the name of the list; those of shop folders are named by their chain
PART_BYTES = 512 * 1024
LARGEST = 32 * 1024 * 1024  # what a till fetches as one file


class Compared(msgspec.Struct, frozen=True):
    """How many products are new, changed, and there already as they are."""

    new: int = 0
    changed: int = 0
    same: int = 0


class ImportProducts(Operation[Compared], frozen=True):
    """Products to be added or changed by their code; with `dry` they are compared only."""

    products: tuple[Product, ...]
    dry: bool = False

    name: ClassVar[str] = "import-products"
    answer: ClassVar[type[msgspec.Struct]] = Compared

    async def run(self, ledger: Ledger) -> Compared:
        """Take them; tills get them with PublishProducts."""
        if self.dry:
            return await ledger.read(lambda work: _take(work, self.products, dry=True))
        return await ledger.write(lambda work: _take(work, self.products, dry=False))


async def _take(work: Work, products: Sequence[Product], *, dry: bool) -> Compared:
    if not dry:
        await work.tx.alone(PUBLICATIONS)
    held = dict(await work.tx.products())
    given = [(one.code, pack(one)) for one in products]
    fresh = [(code, data) for code, data in given if held.get(code) != data]
    new = sum(1 for code, _ in fresh if code not in held)
    if not dry:
        await work.tx.save_products(fresh)
    return Compared(new, len(fresh) - new, len(given) - len(fresh))


class ProductsPublished(msgspec.Struct, frozen=True):
    """The `number` of the publication that holds now, and how many products there are."""

    number: int
    products: int


class PublishProducts(Operation[ProductsPublished], frozen=True):
    """Give all imported products to the tills."""

    name: ClassVar[str] = "publish-products"
    answer: ClassVar[type[msgspec.Struct]] = ProductsPublished

    async def run(self, ledger: Ledger) -> ProductsPublished:
        """Raises LedgerRefusal for more than a till takes."""
        return await ledger.write(_publish)


async def _publish(work: Work) -> ProductsPublished:
    products = [msgspec.msgpack.decode(data, type=Product) for _, data in await work.tx.products()]
    data = pack(tuple(products))
    if len(data) > LARGEST:
        raise Refused("too_large", mark("The catalogue is larger than 32 MiB: tills cannot take it."))
    row = await put(work, CATALOGUE, IMPORTED, data)
    return ProductsPublished(row.number, len(products))


def parts(products: Sequence[Product]) -> Iterator[tuple[Product, ...]]:
    """`products` in parts that fit into one request each."""
    part: list[Product] = []
    size = 0
    for one in products:
        if part and size > PART_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(one)
        size += len(pack(one))
    if part:
        yield tuple(part)
