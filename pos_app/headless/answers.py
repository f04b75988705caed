"""What the headless till answers with: the view in short, and what a ticket came to."""

from typing import Any

from pos_app.till import why
from pos_app.till.record import unpack
from pos_app.till.till import Till
from pos_app.till.view import View
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


def explanation_of(till: Till, reference: str) -> Answer | None:
    """A ticket explained, the begun or shown one without a reference: in short, and whole. None when there is none."""
    found = why.data(till.parts, till.state, reference)
    if found is None:
        return None
    words = found["words"]
    short = [*(one["text"] for one in found["rules"]), *words["turned"], *words["near"], *words["progress"]]
    return {"why": short, "explanation": found}
