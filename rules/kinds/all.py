"""Every rule kind of this release, registered by being imported."""

from rules.kinds import (
    burn_donation,
    burn_gift,
    burn_money,
    burn_partner,
    burn_percent,
    burn_product,
    cap,
    earn_amount,
    earn_birthday,
    earn_multiply,
    earn_streak,
    earn_visit,
    earn_visits,
    expiry,
    stamp,
    tiers,
)

__all__ = [
    "burn_donation",
    "burn_gift",
    "burn_money",
    "burn_partner",
    "burn_percent",
    "burn_product",
    "cap",
    "earn_amount",
    "earn_birthday",
    "earn_multiply",
    "earn_streak",
    "earn_visit",
    "earn_visits",
    "expiry",
    "stamp",
    "tiers",
]
