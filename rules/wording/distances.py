"""How far something is: gaps of one outcome by their unit, and ways of a member by what they lead to."""

from collections.abc import Mapping

from rules.sentences import mark

GAPS: Mapping[str, str] = {
    "cents": mark("{left} more is needed"),
    "points": mark("{have} of {need} {unit}"),
    "stamps": mark("{have} of {need} stamps"),
    "stamp": mark("{have} of {need} stamps"),
    "face": mark("worth {need}, the rest lapses"),
    "visits": mark("visit {have}, bonus at visit {need}"),
    "absent": mark("{have} days without a visit"),
    "days": mark("days still to go: {left}"),
    "weeks": mark("{have} of {need} weeks in a row"),
    "months": mark("{have} of {need} months in a row"),
    "fields": mark("{have} of {need} answers given"),
}
ANY_GAP = mark("{have} of {need}")

WAYS: Mapping[str, str] = {
    "reward": mark("{have} of {need} {unit} to {goal}"),
    "voucher": mark("{have} of {need} {unit}: {goal}"),
    "stamps": mark("{have} of {need} stamps: {label}"),
    "tier": mark("{have} of {need} {unit} to level {goal}"),
    "tier_cents": mark("{left} to spend to level {goal}"),
    "tier_visits": mark("{have} of {need} visits to level {goal}"),
    "lapse": mark("{have} {unit} can be used until {until}, then they lapse"),
    "keep": mark("{left} {unit} by {until} keep the level {goal}"),
    "keep_cents": mark("{left} to spend by {until} to keep the level {goal}"),
    "keep_visits": mark("{left} visits by {until} keep the level {goal}"),
    "visits": mark("visit {have} this month, bonus at visit {need}"),
    "visits_in_window": mark("visit {have}, bonus at visit {need}: {label}"),
    "once": mark("{have} of {need} answers given: {label}"),
    "referral": mark("1 purchase by {until} counts for {label}"),
    "alert": mark("Take special care: incidents weigh {have}, alert from {need}"),
    "streak_days": mark("1 visit by {until} keeps the streak: {have} of {need} days"),
    "streak_weeks": mark("1 visit by {until} keeps the streak: {have} of {need} weeks"),
    "streak_months": mark("1 visit by {until} keeps the streak: {have} of {need} months"),
    "streak": mark("1 visit starts a streak: {label}"),
}
