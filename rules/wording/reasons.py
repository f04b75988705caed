"""What is said of any rule, by reason; a kind that knows better says so in the table of its family."""

from collections.abc import Mapping

from rules.decision import Reason
from rules.sentences import mark

BY_REASON: Mapping[Reason, str] = {
    Reason.APPLIED: mark("{label}: + {amount}"),
    Reason.NOT_YET_VALID: mark("{label} has not begun yet"),
    Reason.ENDED: mark("{label} has ended"),
    Reason.OUTSIDE_SCHEDULE: mark("{label} does not run at this time"),
    Reason.CONDITION_FALSE: mark("{label}: the conditions are not met"),
    Reason.FIELD_ABSENT: mark("{label} needs something the member has not told us"),
    Reason.BELOW_MINIMUM: mark("{label} starts from a larger purchase"),
    Reason.NO_ELIGIBLE_LINE: mark("{label}: nothing on this ticket counts for it"),
    Reason.NOT_BEST_IN_GROUP: mark("{label} gives way to {by}"),
    Reason.EXCLUDED_BY: mark("{label} cannot be combined with {by}"),
    Reason.CAP_REACHED: mark("{label}: the limit is reached"),
    Reason.CAP_CUT: mark("{label}: + {amount}, cut by {by}"),
    Reason.BUDGET_SPENT: mark("{label}: the budget of the campaign is spent"),
    Reason.NO_BALANCE: mark("{label}: the balance is too low"),
    Reason.NOT_YET_AVAILABLE: mark("{label}: owned, but not usable yet"),
    Reason.ALREADY_USED: mark("{label} was already given"),
    Reason.ON_HOLD: mark("{label}: this card is on hold"),
    Reason.WRONG_STORE: mark("{label} does not run in this shop"),
    Reason.WRONG_CHANNEL: mark("{label} does not run on this channel"),
    Reason.NOT_MEMBER: mark("{label} is for members"),
    Reason.NO_EFFECT: mark("{label} changes nothing on this ticket"),
    Reason.SETTLED_LATER: mark("{label} will be added later if it is due"),
    Reason.UNCONFIRMED: mark("{label} can be given only once the ledger has confirmed it"),
    Reason.NOT_CHOSEN: mark("{label} was not chosen"),
}

REST_LATER = mark("{label}: + {amount}, the rest will be added later if it is due")
BUDGET_CUT = mark("{label}: + {amount}, the last of the campaign's budget")
