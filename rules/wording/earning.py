"""Kinds that give points: what they say in their own words."""

from collections.abc import Mapping

from rules.decision import Reason
from rules.sentences import mark

EARNING: Mapping[tuple[str, Reason], str] = {
    ("earn.birthday", Reason.OUTSIDE_SCHEDULE): mark("{label} is for the days around the birthday"),
    ("earn.birthday", Reason.FIELD_ABSENT): mark("{label} needs the birthday: ask the member for it"),
    ("earn.birthday", Reason.ALREADY_USED): mark("{label} was already given this year"),
    ("earn.visit", Reason.ALREADY_USED): mark("{label} was already given today"),
    ("earn.visits", Reason.ALREADY_USED): mark("{label}: today's visit is already counted"),
    ("earn.visits", Reason.NO_EFFECT): mark("{label}: this visit is counted"),
    ("earn.streak", Reason.ALREADY_USED): mark("{label}: this period is already counted"),
    ("earn.streak", Reason.NO_EFFECT): mark("{label}: this visit is counted"),
}
