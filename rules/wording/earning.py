"""Kinds that give points: what they say in their own words."""

from collections.abc import Mapping

from rules.decision import Reason
from rules.sentences import mark

EARNING: Mapping[tuple[str, Reason], str] = {
    ("earn.unit", Reason.NO_EFFECT): mark("{label}: no whole unit on this ticket"),
    ("earn.birthday", Reason.OUTSIDE_SCHEDULE): mark("{label} is for the days around the birthday"),
    ("earn.birthday", Reason.FIELD_ABSENT): mark("{label} needs the birthday: ask the member for it"),
    ("earn.birthday", Reason.ALREADY_USED): mark("{label} was already given this year"),
    ("earn.visit", Reason.ALREADY_USED): mark("{label} was already given today"),
    ("earn.visits", Reason.ALREADY_USED): mark("{label}: today's visit is already counted"),
    ("earn.visits", Reason.NO_EFFECT): mark("{label}: this visit is counted"),
    ("earn.streak", Reason.ALREADY_USED): mark("{label}: this period is already counted"),
    ("earn.streak", Reason.NO_EFFECT): mark("{label}: this visit is counted"),
    ("earn.comeback", Reason.NO_EFFECT): mark("{label} is for coming back after an absence"),
    ("earn.once", Reason.NO_EFFECT): mark("{label} is for new members"),
    ("earn.event", Reason.NO_EFFECT): mark("{label} is earned in another way"),
    ("earn.event", Reason.NO_ELIGIBLE_LINE): mark("{label} is only for what the member has bought"),
    ("earn.event", Reason.ALREADY_USED): mark("{label} was already given for this"),
    ("referral", Reason.NO_EFFECT): mark("{label} is for members whom somebody brought in"),
    ("referral", Reason.ALREADY_USED): mark("{label} was already given for this member"),
}
