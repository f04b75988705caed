"""What the headless till answers with: the view in short, and what a ticket came to."""

from typing import Any

import msgspec

from pos_app.printing.rows import placed
from pos_app.printing.viewer import viewed
from pos_app.till import why
from pos_app.till.parts import Parts
from pos_app.till.record import unpack
from pos_app.till.slip import printed, slip
from pos_app.till.till import Till
from pos_app.till.view import View
from sync.chain import entry_hash, tail
from sync.entry import EntryKind, RefundBody, body_of, encode, reference
from sync.till import journal
from sync.till.tickets import TicketResult

Answer = dict[str, Any]


def brief(view: View) -> Answer:
    """What a register needs after each step: stage, notice, member, worth of the ticket."""
    found: Answer = {"stage": view.stage.value}
    if view.notice is not None:
        found["notice"] = {"code": view.notice.code, "text": view.notice.text}
    if view.alert:
        found["alert"] = view.alert
    if view.member is not None:
        one = view.member
        found["member"] = {
            "name": one.name,
            "card": one.card,
            "balance": one.balance,
            "usable": one.usable,
            "known": one.known,
            "freshness": one.freshness,
        }
    if view.ticket is not None:
        sale = view.ticket
        found["ticket"] = {
            "total": sale.total,
            "reward": sale.reward,
            "due": sale.due,
            "earn": [{"label": one.label, "amount": one.amount} for one in sale.earn],
            "rewards": [
                {
                    "rule": one.rule,
                    "label": one.label,
                    "price": one.price,
                    "chosen": one.chosen,
                    "possible": one.possible,
                    "reason": one.reason,
                }
                for one in sale.rewards
            ],
        }
    if view.errand is not None:
        found["page"] = msgspec.to_builtins(view.errand)
    return found


def record_of(result: TicketResult) -> Answer:
    """A recorded ticket for the register."""
    return {**recorded(result.result), "voided": result.voided}


def recorded(data: bytes) -> Answer:
    """A stored record for the register."""
    what = unpack(data)
    return {
        "reference": what.reference,
        "tail": what.tail,
        "total": what.total,
        "paid": what.paid,
        "gained": [{"rule": g.rule, "asset": g.asset, "quantity": g.quantity} for g in what.gained],
        "used": [
            {"rule": g.rule, "asset": g.asset, "quantity": g.quantity, "cents": g.cents} for g in what.used
        ],
        "balance": what.balance,
        "later": [*what.full, *what.later],
    }


def returned_before(parts: Parts, name: str) -> Answer | None:
    """The return that was recorded under `name`, for the register; None when there is none."""
    entries = journal.entries_of(parts.reader, name) if name else []
    found = next((one for one in entries if one.kind == EntryKind.REFUND), None)
    if found is None:
        return None
    body = body_of(found)
    assert isinstance(body, RefundBody)
    return {
        "reference": reference(found.dev, found.inc, found.seq),
        "tail": tail(entry_hash(found.prev, encode(found))),
        "total": body.cents,
        "paid": body.cents - sum(one.cents for one in body.restored),
        "gained": [{"rule": c.rule, "asset": c.asset, "quantity": -c.quantity} for c in body.claws],
        "used": [
            {"rule": r.rule, "asset": r.asset, "quantity": r.quantity, "cents": r.cents}
            for r in body.restored
        ],
        "balance": None,
        "later": [],
    }


def receipt_of(parts: Parts, result: bytes, language: str) -> list[str]:
    """The stored record as its receipt has it, a text for each row of paper."""
    printer = parts.options.printer
    paper = viewed(printed(parts, slip(result, language)), printer.page)
    return [placed(row, printer.columns) for row in paper.rows]


def explanation_of(till: Till, reference: str) -> Answer | None:
    """A ticket explained, the begun or shown one without a reference: in short, and whole. None when there is none."""
    found = why.data(till.parts, till.state, reference)
    if found is None:
        return None
    words = found["words"]
    short = [*(one["text"] for one in found["rules"]), *words["turned"], *words["near"], *words["progress"]]
    return {"why": short, "explanation": found}
