"""The sentences of the whole explanation: version, lines, rounding, limits, lots, clauses."""

from collections.abc import Mapping

from rules.sentences import mark

VERSION = mark("{programme}, version {version}, {hash}")
IN_FORCE = mark("In force from {first} to {last}")
TICKET = mark("Ticket {ticket} of {first}: {money}")
REWARDS = mark("Rewards take {money} off; {paid} is left to pay")
INCOMPLETE = mark("The account before this ticket is no longer known here: what depended on it is not told")

WHY = mark("WHY")
NEAR = mark("NEARLY")
FAR = mark("HOW FAR")
NOW = mark("POSSIBLE NOW")

COUNTED = mark("Counted: {money} on {lines}")
ROUNDING: Mapping[str, str] = {
    "floor": mark("{exact} rounded down to {result}"),
    "half_up": mark("{exact} rounded to the nearest: {result}"),
    "carry": mark("{exact} rounded down to {result}; the ledger keeps the rest"),
}
TIMES = mark("Times {factor}: {base} {unit} of {on}")
CUT = mark("{by} took {cut} of {whole}")
CUT_BUDGET = mark("The budget left {quantity} of {whole}")
WINNER = mark("Only the best of its group counts: {by}")

SHARED_LINE = mark("line {n}, {name}: {share} of it")
DISCOUNT_LINE = mark("line {n}, {name}: -{money}")
LINE = mark("line {n}")
LINES = mark("lines {n}")
NO_NAME = mark("amount")

GIVEN = mark("{amount}: usable from {first} to {last}")
GIVEN_FOREVER = mark("{amount}: usable from {first}, no last day")
LOT = mark("Lot {lot}")
BY_TICKET = mark("Belongs to the whole ticket: it goes when all of it comes back")
SPENT = mark("{amount} spent for {money} off")
TURNED = mark("{label} is full: {amount}, usable to {last}")
TURNED_FOREVER = mark("{label} is full: {amount}, no last day")
DRAWN = mark("{amount} of lot {lot}")
NOT_KNOWN = mark("{label} gave nothing")

USES: Mapping[str, str] = {
    "day": mark("Had {have} of {need} times this day"),
    "week": mark("Had {have} of {need} times this week"),
    "month": mark("Had {have} of {need} times this month"),
    "year": mark("Had {have} of {need} times this year"),
    "ever": mark("Had {have} of {need} times"),
}
BUDGET = mark("Budget of the campaign: {need}")
BUDGET_LEFT = mark("Budget of the campaign: {left} of {need} was left")

FROM_DAY = mark("Runs from {first}")
TO_DAY = mark("Runs until {last}")
HOURS = mark("Runs {days}, {from} to {to}")
ANY_DAY = mark("every day")
STORES = mark("Runs in {names}")
CHANNELS = mark("Runs on {names}")
MINIMUM = mark("From a ticket of {money}")
ONLY_LINES = mark("Counts lines with {clause}")
WEEKDAYS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)

MET = mark("Met: {clause}")
NOT_MET = mark("Not met: {clause}")
ABSENT = mark("Not told by the member: {clause}")
SIDES = mark("has {have}, needs {need}")

NEARLY: Mapping[str, str] = {
    "cents": mark("{left} more: {label}"),
    "points": mark("{left} {unit} more: {label}"),
    "visits": mark("{label}: visits still to come: {left}"),
    "lines": mark("{label}: products still to add: {left}"),
    "units": mark("{label}: units still to add: {left}"),
    "stamps": mark("{label}: stamps still to come: {left}"),
    "days": mark("{label}: days still to go: {left}"),
}
NEARLY_ANY = mark("{have} of {need}: {label}")

HELD = mark("The member has {amount}")
HELD_OF = mark("The member has {amount}: {label}")
LOT_OF = mark("{amount} of {first}, {label}, ticket {ticket}: to {last}")
LOT_OF_FOREVER = mark("{amount} of {first}, {label}, ticket {ticket}: no last day")
LOT_PLAIN = mark("{amount} of {first}: to {last}")
LOT_PLAIN_FOREVER = mark("{amount} of {first}: no last day")
NOT_BEFORE = mark("usable from {first}")
OWED = mark("{amount} owed: taken back after it was spent")
ELSEWHERE = mark("{amount} without known lots here")
