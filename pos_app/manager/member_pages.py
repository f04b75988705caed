"""Members, campaigns and provision as text and CSV."""

from collections.abc import Sequence

import msgspec

from pos_app.languages.words import Words
from pos_app.manager.crowd import Crowd
from pos_app.manager.dashboard import Campaign
from pos_app.manager.shop import Shop
from pos_app.manager.telling import share
from pos_app.till.labels import label
from pos_app.tools.table import comma_separated, table
from sync.figures import COHORTS, Cohort, Provision, RuleCost


def members_page(crowd: Crowd, words: Words) -> str:
    """Levels, who stays away, who still comes."""
    levels = [
        (one.tier or words("no level"), *map(words.number, (one.members, one.today, one.week)))
        for one in crowd.levels
    ]
    head = (words("Levels"), words("members"), words("new today"), words("this week"))
    counts = [
        (words("members"), words.number(crowd.members)),
        (words("new today"), words.number(crowd.joined_today)),
        (words("this week"), words.number(crowd.joined_week)),
        (words("red alerts"), words.number(len(crowd.alerts))),
        (words("at risk"), words.number(crowd.at_risk)),
        (words("dormant"), words.number(crowd.dormant)),
        (words("never bought"), words.number(crowd.never)),
    ]
    still = (words("STILL COMING"), words("joined"), *(words("after {n} months", n=n) for n in COHORTS))
    cohorts = [_cohort(one, words) for one in crowd.cohorts]
    told = table(still, cohorts) if cohorts else words("The ledger has not told it yet.")
    return "\n\n".join([table(counts[0], counts[1:]), table(head, levels), told])


def _cohort(one: Cohort, words: Words) -> tuple[str, ...]:
    cells = [share(count, one.joined, words) if count >= 0 else "" for count in one.still]
    return (f"{one.month:%m/%Y}", words.number(one.joined), *cells)


def cohorts_csv(crowd: Crowd) -> str:
    """Who of each month still comes, as counts; empty where that month has not come."""
    rows = [
        (one.month, one.joined, *(count if count >= 0 else "" for count in one.still))
        for one in crowd.cohorts
    ]
    return comma_separated(("month", "joined", *(f"after_{n}_months" for n in COHORTS)), rows)


def campaigns_page(found: Sequence[Campaign], shop: Shop, words: Words) -> str:
    """The rules in force."""
    head = (
        "",
        words("until"),
        words("given"),
        words("cost"),
        words("used"),
        words("shown"),
        words("taken"),
    )
    rows = [
        (
            label(shop.programme, one.rule, words),
            words.date(one.last) if one.last is not None else "",
            words.number(one.given) if one.given is not None else "?",
            words.money(one.cost) if one.cost is not None else "?",
            words.number(one.redeemed) if one.redeemed is not None else "?",
            words.number(one.shown),
            words.number(one.taken),
        )
        for one in found
    ]
    note = words("Given and used: points of the chain this month. Shown and taken: tickets of this store.")
    return "\n\n".join([table(head, rows), note])


def campaigns_csv(found: Sequence[Campaign]) -> str:
    """The same as CSV, rules by their ids."""
    names = [name for name in Campaign.__struct_fields__ if name != "label"]
    return comma_separated(names, [[getattr(one, name) for name in names] for one in found])


def provision_head(words: Words) -> tuple[str, ...]:
    """What is told of the provision: opened + issued - used - lapsed - taken back = closed."""
    return (
        words("opened"),
        words("issued"),
        words("used"),
        words("lapsed"),
        words("taken back"),
        words("closed"),
    )


def provision_figures(one: Provision, words: Words) -> tuple[str, ...]:
    """The units of one asset, in the order of the heading."""
    units = (one.opened, one.issued, one.burned, one.lapsed, one.clawed, one.closed)
    return tuple(map(words.number, units))


def provision_page(provision: Sequence[Provision], costs: Sequence[RuleCost], words: Words) -> str:
    """What the chain owes by asset, and what its rules gave and took."""
    head = (words("PROVISION"), *provision_head(words), words("worth"))
    rows = [
        (
            one.asset,
            *provision_figures(one, words),
            words.money(one.cents) if one.cents >= 0 else "?",
        )
        for one in provision
    ]
    rules = [(one.rule, one.asset, words.number(one.given), words.number(one.taken)) for one in costs]
    titles = (words("rule"), words("what it is of"), words("given"), words("used"))
    return "\n\n".join([table(head, rows), table(titles, rules)])


def provision_csv(provision: Sequence[Provision]) -> str:
    """The same as CSV."""
    return comma_separated(Provision.__struct_fields__, [msgspec.structs.astuple(one) for one in provision])
