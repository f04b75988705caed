"""What must have happened often enough in a run of many seeds: one in which nothing goes wrong proves nothing."""

from collections import Counter
from collections.abc import Mapping

FAULTS = (
    "answer lost",
    "request lost",
    "request twice",
    "delay",
    "rubbish",
    "ledger died before commit",
    "ledger fault",
    "ledger restart",
    "ledger copied",
    "ledger restored",
    "ledger begun anew",
    "second ledger refused",
    "line down",
    "power cut before a commit",
    "power cut after a commit",
    "power cut before_print",
    "till restart",
    "copy begins to live",
    "disk set back",
    "till paired again",
    "till written off",
    "key changed",
    "disk full",
    "strange entry",
    "clock set",
    "lan cut",
    "question next door lost",
    "answer from next door lost",
    "day job",
    "new rules",
)
RARE = (
    "power cut in a commit",
    "clock stands still",
    "link",
    "gifts delivered",
    "gift handed out",
    "bit flipped",
    "page spoilt",
    "disk cut short",
    "till saved",
)
JOBS = (
    "ticket moved",
    "ticket moved claimed",
    "job: claim_noted",
    "job: moved_ticket",
    "job: adjust_given",
    "job: adjust_taken",
    "job: reward_restored",
    "job: lost_blocked",
    "job: lost_replaced",
    "job: lost_found",
)
EVENTS = (
    "job: checked in",
    "job: incident_noted",
    "job: note_written",
    "job: satisfaction_noted",
    "note compared",
)
MERGES = ("job: same_written", "job: same_already")
PEOPLE = (
    "ticket restored",
    "sale offline",
    "hold granted",
    "reward asked of the ledger",
    "undo",
    "return whole",
    "return by line",
    "return by amount",
    "return blind",
    "enrolment",
    "enrolment with a card",
    "spent points",
    "spent reward",
    "spent beyond grants",
    "moved from next door",
    "not to be had next door",
    "not recorded: disk",
    "card made at a till",
    "card made at the centre",
)
BOOKS = (
    "posting ACCRUE",
    "posting TOP_UP",
    "posting HONOUR",
    "posting REPAY",
    "posting RESTORE",
    "posting EXPIRE",
    "posting OVERRIDE",
    "posting REINSTATE",
    "disposition applied",
    "disposition quarantined unreadable",
    "disposition applied ticket_unknown",
    "disposition applied duplicate",
    "netting checked",
    "lived again on sqlite",
)
SCREENS = (
    "screen: locked",
    "screen: idle",
    "screen: ticket",
    "screen: reward",
    "screen: done",
    "screen: enrol",
    "screen: return",
    "screen: info",
    "screen: warning",
    "screen: refusal",
    "screen: on line",
    "screen: no contact",
    "screen: tickets not sent",
    "screen: clock in doubt",
    "screen: reason for no contact",
    "screen: off line",
    "screen: part held elsewhere",
    "screen: confirmed",
    "screen: card not known",
    "screen: asking the ledger",
    "screen: member owes",
)
# So many steps are lived through before a rare thing is owed once; what is drawn away with its class is not.
STEPS_FOR_ONE = 40_000


def lacking(tally: Mapping[str, int], steps: int) -> list[str]:
    """What happened too rarely in `steps` steps of all seeds together."""
    least = steps // STEPS_FOR_ONE
    jobs = JOBS if any(what.startswith("job: ") for what in tally) else ()  # the first seeds have none
    later = {
        "world with events": EVENTS,
        "world with merges": MERGES,
    }  # nor has any that once found something
    also = [what for world, some in later.items() if tally.get(world, 0) > least for what in some]
    every = (*FAULTS, *RARE, *jobs, *also, *PEOPLE, *BOOKS, *SCREENS)
    return [what for what in every if tally.get(what, 0) < least]


def told(tally: Counter[str]) -> str:
    """How often each thing happened, a line each."""
    return "\n".join(f"{often:8} {what}" for what, often in sorted(tally.items()))
