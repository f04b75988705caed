"""Lives of a till that go on from another one, and what they send once more."""

from sync.entry import Burned, Draw, Remap, decode
from sync.ledger.reconcile import reconcile
from sync.wire import ReconcileAnswer, ReconcileRequest, Unsent
from tests.unit.ledger_kit import Shop, TillSim, Written
from tests.unit.ledger_kit import burn as burn_of


def burn(quantity: int, paid: Draw) -> Burned:
    """A redemption that pays for all of a ticket of ten euros, so that it earns nothing."""
    return burn_of(quantity, paid, cents=1000)


def copy_of(till: TillSim) -> TillSim:
    """Another till with the same folder."""
    copy = TillSim(till.shop, till.paired, till.seed)
    copy.copy = till.copy + 1
    copy.head, copy.written, copy.accepted = till.head, list(till.written), till.accepted
    copy.ratchet, copy.nonce, copy.anchor, copy.last_gno = (
        till.ratchet,
        till.nonce,
        till.anchor,
        till.last_gno,
    )
    return copy


async def ask(shop: Shop, till: TillSim, before: TillSim, first: int = 1) -> ReconcileAnswer:
    """What the centre has of a former life from entry `first` on."""
    unsent = tuple(
        Unsent(seq, digest, decode(data).orig or digest)
        for seq, (data, digest, _) in enumerate(before.written, 1)
        if seq >= first
    )
    return await reconcile(shop.ledger, till.device, ReconcileRequest(before.paired.inc, unsent))


def send(till: TillSim, before: TillSim, seq: int, *remap: tuple[str, str]) -> Written:
    """Write an entry of a former life once more."""
    data, digest, _ = before.written[seq - 1]
    entry = decode(data)
    fields = {
        "orig": entry.orig or digest,
        "remap": tuple(Remap(*one) for one in remap),
        "member": entry.member,
        "anchor": entry.anchor,
    }
    return till.write(entry.kind, entry.body, ticket=entry.ticket, **fields)


def lot(written: Written, n: int = 0) -> str:
    return f"{written.dev}-{written.inc}-{written.seq}-{n}"
