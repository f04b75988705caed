"""Rules as programme files write them, where several tests are about the same rules."""

POINT_A_EURO = """
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
"""
LAUNCH = """
[[rule]]
id = "launch"
kind = "earn.amount"
points = 1
per = 1.00
budget = 100
"""


def capped(visits: int, points: int, *, cap: str = "daily") -> str:
    """Five points for at most so many visits a week, and at most so many points of `base` a day, by the rule `cap`."""
    return f"""
[[rule]]
id = "hello"
kind = "earn.visit"
points = 5
max = {{ count = {visits}, per = "week" }}

[[rule]]
id = "{cap}"
kind = "cap"
of = ["base"]
max = {points}
per = "day"
"""
