"""Kinds that keep count and the policies of a programme (stamps, tiers, expiry …), in their own words."""

from collections.abc import Mapping

from rules.decision import Reason
from rules.sentences import mark

KEEPING: Mapping[tuple[str, Reason], str] = {
    ("stamp", Reason.ALREADY_USED): mark("{label}: today's stamp is already given"),
    ("cap", Reason.APPLIED): mark("{label}: {cut} above the limit are not given"),
    ("cap", Reason.SETTLED_LATER): mark("{label}: what is above this till's share comes later if it is due"),
    ("cap", Reason.NO_EFFECT): mark("{label}: nothing to cut"),
    ("convert", Reason.NO_BALANCE): mark("{label}: not enough points yet"),
    ("convert", Reason.NO_EFFECT): mark("{label}: enough points, the voucher is made by itself"),
    ("tiers", Reason.NO_EFFECT): mark("The ticket counts for the member's level"),
    ("incidents", Reason.APPLIED): mark("The incident is noted"),
    ("incidents", Reason.NO_EFFECT): mark("No incident on this ticket"),
    ("transition", Reason.NO_EFFECT): mark("The move to another programme changes nothing on this ticket"),
    ("dormancy", Reason.APPLIED): mark("The first visit after a long absence"),
    ("dormancy", Reason.NO_EFFECT): mark("No long absence before this ticket"),
    ("consent", Reason.NO_EFFECT): mark("Consent is asked for at the counter, not by a ticket"),
    ("retention", Reason.NO_EFFECT): mark("A visit starts the time anew for which data are kept"),
    ("expiry", Reason.APPLIED): mark("The points of this ticket have a last day"),
    ("expiry", Reason.NO_EFFECT): mark("No points on this ticket that could expire"),
}
