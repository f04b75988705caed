"""Dormancy, consent and retention: what the chain says about members who stay away and about their data."""

from datetime import date, timedelta

import pytest

from rules.account import Account
from rules.decision import Reason
from rules.explain import Voice, outcome_text
from rules.kinds.consent import purposes_of, to_ask
from rules.kinds.dormancy import offer_of, status_of
from rules.kinds.retention import retention_of
from rules.programme.load import check_programme
from tests.unit.kind_kit import DAY, HEADER, evaluate, faults, programme, reason, sale

SLEEP = """[dormancy]
at_risk = "45d"
dormant = "120d"
offer = "back"
[[rule]]
id = "back"
kind = "voucher"
value = 5.00
"""
ASK = """[consent]
purposes = [
  { id = "terms", required = true, label.fr = "Règlement", text.fr = "J'accepte." },
  { id = "news", version = 3, label = "News", text = "Write to me about new goods." },
]
"""
KEEP = '[retention]\ninactive_months = 36\nwarn = "30d"\n'


@pytest.mark.parametrize(
    ("absent", "status"), [(0, "active"), (44, "active"), (45, "at_risk"), (119, "at_risk"), (120, "dormant")]
)
def test_a_member_falls_asleep(absent: int, status: str) -> None:
    """By days since the last visit, or since enrolment for who never came; the offer comes with it."""
    loaded, last = programme(SLEEP), DAY - timedelta(days=absent)
    for account in (Account(member=1, last_visit=last), Account(member=1, since=last)):
        assert status_of(account, loaded, DAY) == status
        assert offer_of(account, loaded, DAY) == ("" if status == "active" else "back")


def test_a_status_that_nobody_can_know_is_absent() -> None:
    """A thin account without a last visit, and a programme without the table."""
    assert status_of(Account(member=1, known="thin", since=DAY), programme(SLEEP), DAY) is None
    assert status_of(Account(member=1, last_visit=DAY), programme(""), DAY) is None
    assert offer_of(Account(member=1), programme(SLEEP), DAY) == ""


def test_conditions_see_the_status_before_the_ticket() -> None:
    """The first ticket of a dormant member doubles, the second of the day does not."""
    text = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
    text += "when = \"member.status == 'dormant' && ticket.total >= 10.00\"\n"
    loaded = programme(SLEEP + text)
    asleep = Account(member=1, last_visit=DAY - timedelta(days=200))
    decision = evaluate(sale(DAY), asleep, loaded)
    assert (decision.earned(), reason(decision, "dormancy")) == (10, Reason.APPLIED)
    awake = evaluate(sale(DAY), Account(member=1, last_visit=DAY), loaded)
    assert (awake.earned(), reason(awake, "dormancy")) == (0, Reason.NO_EFFECT)
    assert reason(evaluate(sale(DAY), Account(member=1, known="thin"), loaded), "base") is Reason.FIELD_ABSENT


def test_what_the_policies_say_on_a_ticket() -> None:
    """Days of absence in words; consent and retention have no say."""
    voice = Voice(str, str, str, lambda asset, n: f"{n} {asset}")
    account = Account(member=1, last_visit=DAY - timedelta(days=200))
    told = {
        one.rule: outcome_text(one, voice)
        for one in evaluate(sale(DAY), account, programme(SLEEP + ASK + KEEP)).outcomes
    }
    assert told["dormancy"] == "The first visit after a long absence (200 days without a visit)"
    assert told["consent"] == "Consent is asked for at the counter, not by a ticket"
    assert told["retention"] == "A visit starts the time anew for which data are kept"


def test_what_a_member_is_asked() -> None:
    """Each purpose once a version, in the language of the member, the required ones marked."""
    loaded = programme(ASK)
    terms, news = purposes_of(loaded)
    assert (terms.words("fr"), terms.words("de")) == (
        ("Règlement", "J'accepte."),
        ("Règlement", "J'accepte."),
    )
    both = programme(
        ASK.replace('"News"', '{ fr = "Nouveautés", en = "News" }')
        .replace('"Write', '{ fr = "Écrivez", en = "Write')
        .replace('goods."', 'goods." }')
    )
    assert [purposes_of(both)[1].words(language)[0] for language in ("en", "fr", "de")] == [
        "News",
        "Nouveautés",
        "Nouveautés",
    ]
    assert (terms.required, news.required) == (True, False)
    assert to_ask(loaded, {}) == (terms, news)
    assert to_ask(loaded, {"terms": 1, "news": 2}) == (news,)
    assert to_ask(loaded, {"terms": 1, "news": 3}) == ()
    assert to_ask(programme(""), {}) == ()


def test_how_long_data_are_kept() -> None:
    """Months from the last contact, and the day of the warning before it."""
    kept = retention_of(programme(KEEP))
    assert kept is not None
    assert kept.ends(date(2024, 2, 29)) == date(2027, 2, 28)
    assert kept.warns(date(2024, 2, 29)) == date(2027, 1, 29)
    assert retention_of(programme("")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SLEEP.replace("120d", "45d"), "more days for dormant"),
        (SLEEP.replace("45d", "0d"), "at least one day"),
        (SLEEP.replace('"back"\n[[', '"bakc"\n[['), "no voucher bakc"),
        ("[consent]\npurposes = []\n", "at least one purpose"),
        (ASK.replace('"news"', '"terms"'), "stands here twice"),
        (
            "[consent]\npurposes = ["
            + ", ".join(f'{{ id = "p{n}", label = "L", text = "T" }}' for n in range(9))
            + "]\n",
            "asks for 8 purposes",
        ),
        (ASK.replace('"news"', '"News letter"'), "write an id"),
        (ASK.replace('"Write to me about new goods."', '""'), "1 to 1000"),
        (ASK.replace('label = "News"', 'label = { fr = "Nouveautés" }'), "same languages"),
        (ASK.replace('label = "News"', 'label = ""'), "1 to 80"),
        (ASK.replace("version = 3", "version = 0"), ">= 1"),
        (KEEP.replace("30d", "0d"), "at least one day before"),
        (KEEP.replace("36", "0"), ">= 1"),
    ],
)
def test_wrong_tables_are_load_errors(text: str, said: str) -> None:
    """Each fault says what to write."""
    assert said in faults(text)


def test_keeping_data_beyond_the_reference_is_a_warning() -> None:
    """More than three years load, and the person who checks the file is told; three, and a day's warning, are fine."""
    (problem,) = check_programme(HEADER + KEEP.replace("36", "37").encode())
    assert (problem.warning, problem.key) == (True, "inactive_months")
    assert "three years" in problem.message
    assert check_programme(HEADER + KEEP.replace("30d", "1d").encode()) == ()


@pytest.mark.parametrize(
    "name", ["consent", "dormancy", "expiry", "incidents", "retention", "tiers", "transition"]
)
def test_a_rule_may_have_the_name_of_a_table(name: str) -> None:
    """It is a rule like any other: nobody takes its keys for those of the table."""
    loaded = programme(f'[[rule]]\nid = "{name}"\nkind = "earn.visit"\npoints = 1\n')
    assert loaded.policy(name) is None
    assert evaluate(sale(DAY), Account(member=1), loaded).earned() == 1


@pytest.mark.parametrize(
    "text",
    [
        ASK.replace("Write to me about new goods.", "x" * 1000),
        SLEEP.replace("45d", "1d").replace('offer = "back"\n', ""),
    ],
)
def test_the_longest_text_and_the_shortest_absence(text: str) -> None:
    """A thousand characters; one day, and nothing offered."""
    assert faults(text) == ""


@pytest.mark.parametrize(("warn", "said"), [(27, ""), (28, "after the member was last heard of")])
def test_a_warning_comes_after_the_last_contact_whatever_the_month(warn: int, said: str) -> None:
    """Data kept for one month, which may be a February."""
    found = faults(KEEP.replace("36", "1").replace("30d", f"{warn}d"))
    assert said in found if said else not found
