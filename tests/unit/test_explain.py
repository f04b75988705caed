"""Sentences for outcomes, progress and options."""

import pytest

from rules.decision import Gap, Option, Outcome, Progress, Reason
from rules.explain import Voice, option_text, outcome_text, progress_text

LABELS = {
    "pay": "5 euros off",
    "coffee": "Coffee card",
    "base": "Points",
    "gold": "Gold",
    "x2": "Double points",
}


def amount(asset: str, n: int) -> str:
    return f"{n} {asset.partition(':')[0]}"


VOICE = Voice(
    lambda text: text, lambda cents: f"{cents / 100:.2f} €", lambda name: LABELS.get(name, name), amount
)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    """No reason is without a sentence, and none leaves a name in braces."""
    text = outcome_text(Outcome("base", "earn.amount", reason, "points", 3, by="x2"), VOICE)
    assert "Points" in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("base", "earn.amount", Reason.APPLIED, "points", 12), "Points: + 12 points"),
        (
            Outcome("pay", "burn.money", Reason.APPLIED, "points", 100, 500),
            "5 euros off: -5.00 € for 100 points",
        ),
        (Outcome("coffee", "stamp", Reason.APPLIED, "stamp:coffee", 2), "Coffee card: + 2 stamp"),
        (
            Outcome("coffee", "stamp", Reason.APPLIED, "reward:coffee", 1, 250),
            "Coffee card: free, worth 2.50 €",
        ),
        (
            Outcome("coffee", "stamp", Reason.APPLIED, "stamp:coffee", 1, 250),
            "Coffee card: + 1 stamp, and free goods worth 2.50 €",
        ),
        (
            Outcome("x2", "earn.multiply", Reason.BELOW_MINIMUM, gap=Gap("cents", 1680, 2000)),
            "Double points starts from a larger purchase (3.20 € more is needed)",
        ),
        (
            Outcome("pay", "burn.money", Reason.NO_BALANCE, gap=Gap("points", 40, 100)),
            "5 euros off: the balance is too low (40 of 100 points)",
        ),
        (
            Outcome("x2", "earn.multiply", Reason.EXCLUDED_BY, by="pay"),
            "Double points cannot be combined with 5 euros off",
        ),
    ],
)
def test_sentences(outcome: Outcome, text: str) -> None:
    """What a till shows."""
    assert outcome_text(outcome, VOICE) == text


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("reward", "pay", "pay", "points", 40, 100), "40 of 100 points to 5 euros off"),
        (Progress("stamps", "coffee", "reward:coffee", "stamps", 8, 10), "8 of 10 stamps: Coffee card"),
        (Progress("tier", "tiers", "gold", "points", 40, 100), "40 of 100 points to level Gold"),
        (Progress("tier", "tiers", "gold", "cents", 4000, 10000), "60.00 € to spend to level Gold"),
        (Progress("visits", "m", "m", "visits", 3, 4), "visit 3 this month, bonus at visit 4"),
    ],
)
def test_ways_to_go(progress: Progress, text: str) -> None:
    """How far the member is."""
    assert progress_text(progress, VOICE) == text


def test_offers() -> None:
    """Money for points, and goods for a card."""
    assert option_text(Option("pay", "points", 100, 500, 2), VOICE) == "5 euros off: 5.00 € for 100 points"
    assert (
        option_text(Option("coffee", "reward:coffee", 1, 250, 1), VOICE) == "Coffee card: free, worth 2.50 €"
    )


def test_translations_are_filled_after_translating() -> None:
    """The translator sees the message with its names; an invented name stays and does no harm."""
    french = {"{label}: + {amount}": "{label} : + {amount} {oops}"}
    voice = Voice(lambda text: french.get(text, text), str, lambda name: name, amount)
    outcome = Outcome("base", "earn.amount", Reason.APPLIED, "points", 3)
    assert outcome_text(outcome, voice) == "base : + 3 points {oops}"
