"""From where on a programme is too complicated, and why (rules.md section 7).

These are judgements, kept in one place so that they can be argued with. They hold for what a customer meets; what
only the shop has to know (caps, expiry, tiers' windows, consent, incidents) is not counted.
"""

from collections.abc import Mapping

from rules.sentences import mark

RULES, CURRENCIES, STEPS, LEVELS, FIRST_REWARD = "rules", "currencies", "steps", "levels", "first_reward"
UNREACHABLE, DEAD_END, NO_REWARD = "unreachable", "dead_end", "no_reward"

MOST: Mapping[str, int] = {
    RULES: 7,
    CURRENCIES: 2,
    STEPS: 3,
    LEVELS: 4,
    FIRST_REWARD: 84,
}

WHY: Mapping[str, str] = {
    RULES: mark(
        "{have} rules to understand, at most {most}: nobody keeps more in mind, and no cashier explains them"
    ),
    CURRENCIES: mark(
        "{have} kinds of currency ({names}), at most {most}: members must know what they are collecting"
    ),
    STEPS: mark(
        "{have} steps from the purchase to the benefit ({names}), at most {most}: each one loses members"
    ),
    LEVELS: mark("{have} levels, at most {most}: members must know which one is next"),
    FIRST_REWARD: mark(
        "the median member waits {weeks} weeks for the first reward, at most 12: who gets nothing in a season gives up"
    ),
    UNREACHABLE: mark("nobody can reach {names}: it costs {have}, and {most} is the most that can be held"),
    DEAD_END: mark("nothing can be had for {names}: add a reward or do not give it"),
    NO_REWARD: mark("there is no reward: add one that a member reaches within weeks"),
}

# How much one very good customer may bring in a week; beyond it a reward is out of everybody's reach.
WEEKLY_CENTS = 200_00
WEEKLY_UNITS = 40
WEEKLY_VISITS = 7
# How long anybody saves for a reward where points do not expire.
LONGEST_WEEKS = 104
