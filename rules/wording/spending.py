"""Kinds that spend points or give rewards: what they say in their own words, and how an offer reads."""

from collections.abc import Mapping

from rules.decision import Reason
from rules.sentences import mark

SPENDING: Mapping[tuple[str, Reason], str] = {
    ("burn.money", Reason.APPLIED): mark("{label}: -{money} for {amount}"),
    ("burn.percent", Reason.APPLIED): mark("{label}: -{money} for {amount}"),
    ("burn.percent", Reason.NO_ELIGIBLE_LINE): mark("{label}: nothing is left that it could lower"),
    ("burn.gift", Reason.APPLIED): mark("{label}: to hand out, for {amount}"),
    ("burn.gift", Reason.BUDGET_SPENT): mark("{label}: none is left that could be given here now"),
    ("burn.donation", Reason.APPLIED): mark("{label}: given, for {amount}"),
    ("burn.partner", Reason.APPLIED): mark("{label}: on its way, for {amount}"),
    ("voucher", Reason.APPLIED): mark("{label}: -{money}"),
    ("voucher", Reason.BELOW_MINIMUM): mark("{label} can be used from a larger purchase"),
    ("voucher", Reason.CONDITION_FALSE): mark("{label}: what goes with it is not on this ticket"),
    ("voucher", Reason.NO_ELIGIBLE_LINE): mark("{label}: nothing on this ticket can be paid with it"),
    ("voucher", Reason.NO_BALANCE): mark("{label}: the member has none"),
    ("voucher", Reason.NOT_YET_AVAILABLE): mark("{label} cannot be used yet"),
    **{
        (kind, Reason.ON_HOLD): mark("{label}: owned; the ledger has to confirm it first")
        for kind in (
            "burn.donation",
            "burn.gift",
            "burn.money",
            "burn.partner",
            "burn.percent",
            "burn.product",
            "earn.birthday",
            "stamp",
            "voucher",
        )
    },
    ("burn.product", Reason.APPLIED): mark("{label}: free for {amount}, worth {money}"),
}

FREE = mark("{label}: free, worth {money}")
STAMPED_AND_FREE = mark("{label}: + {amount}, and free goods worth {money}")

OFFER = mark("{label}: {money} for {amount}")
OFFER_BESIDE = mark("{label}: for {amount}")
OFFER_FREE = mark("{label}: free, worth {money}")
