"""Any sequence of commands leaves the till standing, its chain whole, and every unit in one place."""

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.entry import Draw, GrantReturnBody, RefundBody, TicketBody, VoidBody, body_of, lot_id
from sync.till import journal_check
from tests.unit.till_kit import BADGE, BREAD, COFFEE, PIN, Shop, card_number

MEMBERS = (1, 2)
_texts = st.sampled_from(
    [
        "4590",
        "45,90",
        "120,00",
        "999999",
        "abc",
        "",
        card_number(1),
        card_number(9),
        "2-1-1",
        "T2-1-3",
        "0612345678",
    ]
)
BARE = (
    *("enter", "escape", "undo", "rewards", "items", "reprint", "open_return", "return_confirm"),
    *("open_enrol", "enrol_confirm", "close_day", "tick", "accept", "wait", "offline", "online", "restart"),
)
_codes = st.sampled_from([card_number(1), card_number(2), card_number(9), COFFEE, BREAD, "T2-1-1"])
_steps = st.one_of(
    st.tuples(st.just("scan"), _codes),
    st.tuples(st.sampled_from(["key_in", "typed", "return_reference"]), _texts),
    st.tuples(st.sampled_from(BARE), st.none()),
    st.tuples(st.sampled_from(["choose", "remove_line", "return_line"]), st.integers(0, 3)),
    st.tuples(st.just("return_amount"), st.sampled_from([0, 100, 5000])),
    st.tuples(st.just("sale"), st.sampled_from(MEMBERS)),
)


def carry_out(shop: Shop, name: str, value: object) -> None:
    """One step of a wild cashier, a restart or a change of the line among them."""
    if name == "accept":
        shop.accept_all()
    elif name == "wait":
        shop.clock.pass_ms(70_000)
    elif name == "offline":
        shop.go_offline()
    elif name == "online":
        shop.ledger.online = True
    elif name == "restart":
        shop.restart()
        shop.scan(BADGE)
        shop.till.pin(PIN)
    elif name == "sale":
        shop.sale(card_number(int(str(value))), "6000")
    elif name in ("scan", "key_in"):
        getattr(shop, name)(value)
    elif value is None:
        getattr(shop.till, name)()
    else:
        getattr(shop.till, name)(value)


def expected(shop: Shop) -> Counter[tuple[str, str]]:
    """What every birth slice must hold, from the journal alone."""
    held: Counter[tuple[str, str]] = Counter()
    tickets: dict[str, tuple[TicketBody, tuple[int, int, int]]] = {}
    for entry in shop.entries():
        body = body_of(entry)
        if isinstance(body, TicketBody):
            tickets[entry.ticket or ""] = (body, (entry.dev, entry.inc, entry.seq))
            count_ticket(held, *tickets[entry.ticket or ""], sign=1)
        elif isinstance(body, VoidBody):
            count_ticket(held, *tickets[body.of], sign=-1)
        elif isinstance(body, RefundBody):
            count_draws(held, (draw for claw in body.claws for draw in claw.draws), 1)
        elif isinstance(body, GrantReturnBody):
            for piece in body.slices:
                held[body.grant, piece.asset] -= piece.quantity
    return Counter({key: units for key, units in held.items() if units})


def count_ticket(
    held: Counter[tuple[str, str]], body: TicketBody, place: tuple[int, int, int], *, sign: int
) -> None:
    """Add (or take away) a ticket: its draws, then the lots it gave birth to."""
    for part in (*body.burns, *body.converted):
        count_draws(held, part.draws, sign)
    count_births(held, body, place, sign)


def count_draws(held: Counter[tuple[str, str]], draws: Iterable[Draw], sign: int) -> None:
    """Take drawn units out of their slices (or put them back)."""
    for draw in draws:
        held[draw.grant, draw.asset] -= sign * draw.quantity


def count_births(
    born: Counter[tuple[str, str]], body: TicketBody, place: tuple[int, int, int], sign: int
) -> None:
    """Add (or take away) the lots a ticket gave birth to."""
    for n, given_ in enumerate((*body.promised, *body.converted)):
        born[lot_id(*place, n), given_.asset] += sign * given_.quantity


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_steps, max_size=25))
def test_wild_cashier(steps: list[tuple[str, object]]) -> None:
    """Nothing raises, every view can be built, the chain verifies, and slices agree with the journal."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder) / "till")
        shop.sign_in()
        for member in MEMBERS:
            shop.member(member)
        for name, value in steps:
            carry_out(shop, name, value)
            assert shop.view.status.till == "Till 2"
        conn = shop.store.reader()
        assert journal_check.verify(conn).ok
        rows = conn.execute(
            "SELECT grant_id, asset, quantity FROM slice WHERE quantity > 0 AND kind = 'birth'"
        )
        assert Counter({(grant, asset): units for grant, asset, units in rows}) == expected(shop)
        shop.close()
