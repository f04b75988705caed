"""Programme files: what is loaded, and every fault of a bad file at its place."""

from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256

import msgspec
import pytest

from rules.errors import Problem, ProgrammeError
from rules.kinds.base import Kind, Phase, find_kind, register
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Slot, Window
from rules.programme.values import Cents, Days
from rules.ticket import Line

HEAD = """format = 1
[programme]
id = "bakery"
name = { fr = "Carte du Coin", en = "Corner Card" }
version = 7
effective_from = 2026-03-01
effective_to = 2027-03-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
supersedes = 6
exclude = { categories = ["tobacco"] }
"""
BODY = """
[fields]
"member.diet" = { type = "enum", values = ["none", "vegan"] }
[groups]
base = "sum"
[[rule]]
id = "second"
kind = "test.toy"
group = "base"
points = 2
per = 2.50
[[rule]]
id = "first"
kind = "test.toy"
label = "Points"
priority = 5
points = 1
valid = { from = 2026-03-15T08:00:00, to = 2026-04-01 }
schedule = [{ days = ["mon", "sun"], from = 14:30:00 }, { to = 09:30:00 }]
when = "has(member.diet) && member.diet == 'vegan' && ticket.total >= 20.00"
lines = ".category == 'wine'"
min_basket = 3.00
stores = ["lyon"]
excludes = ["second"]
steps = [{ at = 4, lines = ".promo" }]
[test_policy]
life = "365d"
"""


class Step(msgspec.Struct, frozen=True):
    """A nested table of the toy kind."""

    at: int
    lines: str = ""


class Toy(msgspec.Struct, frozen=True):
    """A kind's own table."""

    points: int
    per: Cents = Cents(100)
    steps: tuple[Step, ...] = ()
    mode: str = ""


class Policy(msgspec.Struct, frozen=True):
    """A singleton's table."""

    life: Days


def check_toy(rule, programme):
    """Refuses zero points."""
    return () if rule.table.points else (Problem("give one point at least", key="points"),)


@pytest.fixture(autouse=True)
def _toy_kinds(monkeypatch):
    """Two kinds that only these tests know."""
    monkeypatch.setattr("rules.kinds.base._KINDS", dict(_kinds()))
    register(
        Kind(
            "test.toy",
            Phase.BASE,
            Toy,
            apply=lambda rule, basis: basis,
            check=check_toy,
            filters=lambda table: {f"steps.{n}.lines": s.lines for n, s in enumerate(table.steps) if s.lines},
        )
    )
    register(Kind("test_policy", Phase.POLICY, Policy, apply=lambda rule, basis: basis, singleton=True))


def _kinds():
    from rules.kinds import base

    return base._KINDS


def load(text):
    return load_programme(text.encode())


def faults(text, file="p.toml"):
    with pytest.raises(ProgrammeError) as caught:
        load_programme(text.encode(), file)
    return caught.value.problems


def one_fault(text):
    (problem,) = (each for each in faults(text) if not each.warning)
    return problem


def test_a_kind_from_one_file_loads():
    """A kind that registers itself is found by the loader, its own keys typed, nothing else touched."""
    programme = load(HEAD + BODY)
    assert find_kind("test.toy") is programme.rule("first").kind
    assert programme.rule("second").table == Toy(points=2, per=Cents(250))
    assert programme.rule("test_policy").table.life == 365


def test_header():
    """The header holds languages by name, dates, cents and exclusions."""
    header = load(HEAD + BODY).header
    assert header.name == {"fr": "Carte du Coin", "en": "Corner Card"}
    assert header.unit == {"": "point"}
    assert (header.effective_from, header.effective_to) == (date(2026, 3, 1), date(2027, 3, 1))
    assert (header.version, header.supersedes, header.earn_on, header.rounding) == (7, 6, "net", "floor")
    assert (header.count_from, header.business_day_ends) == (1, time(0))
    assert header.exclude_categories == ("tobacco",)


def test_common_keys():
    """The keys of every rule become windows, slots, cents and closures."""
    rule = load(HEAD + BODY).rule("first")
    assert rule.valid == Window(datetime(2026, 3, 15, 8), datetime(2026, 4, 1))
    assert rule.schedule == (Slot((1, 7), 870, 1440), Slot((1, 2, 3, 4, 5, 6, 7), 0, 570))
    assert (rule.min_basket, rule.stores, rule.excludes) == (300, ("lyon",), ("second",))
    assert rule.label == {"": "Points"}
    facts = {"member.diet": "vegan", "ticket.total": 2000}
    assert rule.when(facts, ()) is True
    assert rule.when({"ticket.total": 2000}, ()) is False
    assert rule.lines(facts, Line(cents=1, category="wine")) is True
    assert rule.filters["steps.0.lines"](facts, Line(cents=1, promo=True)) is True
    assert rule.condition.source == rule.when_source


@pytest.mark.parametrize("kind", ["4", "[4]"])
def test_a_kind_is_a_name(kind):
    """A number and a list are named as what there is no kind of."""
    found = faults((HEAD + BODY).replace('kind = "test.toy"\ngroup', f"kind = {kind}\ngroup"))
    assert (found[0].key, f"there is no rule kind {kind}") in [(one.key, one.message) for one in found]


def test_order_and_hash():
    """Rules come by priority, then id, whatever the order of the file; the hash is that of the bytes."""
    programme = load(HEAD + BODY)
    assert [rule.id for rule in programme.rules] == ["first", "second", "test_policy"]
    assert programme.sha256 == sha256((HEAD + BODY).encode()).hexdigest()
    assert load((HEAD + BODY).replace("\n", "\r\n")).rules[0].id == "first"


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("format = 1", "format = 2", "", "write format = 1"),
        ('id = "bakery"', 'id = "Bakery!"', "id", "small letters"),
        ('"EUR"', '"JPY"', "currency", "two decimals"),
        ("Europe/Paris", "Europe/Pariss", "timezone", "did you mean Europe/Paris?"),
        ("2027-03-01", "2026-03-01", "effective_to", "after effective_from"),
        ("version = 7", "version = 0", "version", "expected a whole number >= 1"),
        ("supersedes = 6", "supersedes = 7", "supersedes", "before this one"),
        ("version = 7", 'version = "7"', "version", "expected a whole number, found a text in quotes"),
        ("version = 7", "", "", "the key version is missing"),
        ("2026-03-01", '"2026-03-01"', "effective_from", "expected a date"),
        ('{ fr = "Carte du Coin"', '{ french = "Carte"', "name", "code"),
        ('unit = "point"', 'unit = " "', "unit", "1 to 80 characters"),
        ('unit = "point"', 'unit = "point"\nearn_on = "nett"', "earn_on", "did you mean net?"),
        ('unit = "point"', 'unit = "point"\nunits = "p"', "units", "did you mean unit?"),
        ('unit = "point"', 'unit = "point"\ncount_from = 1', "count_from", "two decimals: 1.00"),
        ('unit = "point"', 'unit = "point"\nbusiness_day_ends = 13:00:00', "business_day_ends", "before 12"),
        ('unit = "point"', 'unit = "point"\nbusiness_day_ends = 12:00:00', "business_day_ends", "before 12"),
        ("{ categories", "{ category", "exclude.category", "did you mean categories?"),
        ('type = "enum"', 'type = "text"', "member.diet.type", "use one of"),
        ('type = "enum"', 'type = "bool"', "member.diet", "only of an enum"),
        ("[groups]", '"member.tier" = { type = "bool" }\n[groups]', "member.tier", "exists already"),
        ("[groups]", '"diet" = { type = "bool" }\n[groups]', "diet", '"member."'),
        ('base = "sum"', 'base = "summ"', "base", "did you mean sum?"),
        ('kind = "test.toy"\ngroup', 'kind = "test.tox"\ngroup', "kind", "did you mean test.toy?"),
        ('kind = "test.toy"\ngroup', 'kind = "test_policy"\ngroup', "kind", "[test_policy]"),
        ('kind = "test.toy"\ngroup', "group", "kind", "add the key kind"),
        ('id = "first"', 'id = "second"', "id", "used twice"),
        ('id = "first"', 'id = "First!"', "id", "small letters"),
        ('id = "first"', 'id = ["first"]', "id", "expected a text in quotes, found a list"),
        ('id = "first"', "", "", "write an id"),
        ('group = "base"', 'group = "bass"', "group", "did you mean base?"),
        ("points = 2", "points = 0", "points", "give one point at least"),
        ("points = 2", "points = 2\nbudget = 0", "budget", "at least 1 point"),
        ("points = 2", "points = 2\nbudget = 0.00", "budget", "above 0.00"),
        ("points = 2", 'points = 2\nbudget = "1"', "budget", "whole number or a number with decimals, found"),
        ("points = 2", "pionts = 2\npoints = 2", "pionts", "did you mean points?"),
        ("points = 2", "prioritty = 2\npoints = 2", "prioritty", "did you mean priority?"),
        ("points = 2", "points = 2\nmost = { count = 1 }", "most", "no key most"),
        ("points = 2", "points = 99999999999", "points", "too large"),
        ("per = 2.50", "per = 2.5", "per", "two decimals"),
        ("per = 2.50", "per = nan", "per", "two decimals"),
        ("{ at = 4", "{ at = 4, points = 3", "steps.0.points", "no key points here; use one of: at, lines"),
        ("{ at = 4", '{ at = "4"', "steps.0.at", "expected a whole number"),
        ("to = 2026-04-01 }", "to = 2026-03-15 }", "valid", "after from"),
        ("from = 2026-03-15T08:00:00", "from = 2026-03-15T08:00:00Z", "valid.from", "offset"),
        ("from = 14:30:00", "from = 14:30:00, to = 02:00:00", "schedule", "two entries"),
        ("from = 14:30:00", "from = 14:30:01", "schedule", "whole minutes"),
        ('"mon", "sun"', '"mon", "sonday"', "schedule.0.days.1", "use one of: fri, mon"),
        ("min_basket = 3.00", "min_basket = -3.00", "min_basket", "from 0.00"),
        ('["second"]', '["secund"]', "excludes", "did you mean second?"),
        ('["second"]', '["first"]', "excludes", "first → first"),
        ("priority = 5", "priority = 5000", "priority", "<= 1000"),
        ('life = "365d"', "life = 365", "life", "in quotes"),
        (
            "[groups]",
            '"member.likes" = "text"\n[groups]',
            "member.likes",
            'a table such as { type = "bool" }',
        ),
        ('label = "Points"', 'label = " "', "label", "1 to 80"),
        ('"mon", "sun"', "", "schedule", "from before to"),
        ("[test_policy]", "[test_polizy]", "", "did you mean test_policy?"),
    ],
)
def test_each_fault(old, new, key, said):
    """One thing wrong gives one fault, under the right key and on the right line, with what to write."""
    text = (HEAD + BODY).replace(old, new, 1)
    assert text != HEAD + BODY
    problem = one_fault(text)
    assert said in problem.message
    assert problem.key == key
    changed = {n for n, line in enumerate(text.splitlines(), 1) if line not in (HEAD + BODY).splitlines()}
    assert problem.line
    assert not changed or problem.line in changed


def test_condition_fault_has_its_place_in_the_file():
    """A fault in a condition names file, line, rule, key and the column in the file's own line."""
    problem = one_fault((HEAD + BODY).replace("20.00", "2000"))
    line = next(line for line in BODY.splitlines() if line.startswith("when"))
    assert (problem.rule, problem.key) == ("first", "when")
    assert problem.source == line.replace("20.00", "2000")
    assert problem.source[problem.column - 1 :].startswith("2000")
    assert problem.render().startswith(f"p.toml:{problem.line}: first.when: cannot compare money with int")


def test_condition_over_several_lines():
    """In a multi-line text the fault still points into its own line of the file."""
    text = HEAD + BODY.replace(
        "lines = \".category == 'wine'\"", "lines = '''\n  .category == 'wine'\n  && .colour == 'red' '''"
    )
    problem = one_fault(text)
    assert text.splitlines()[problem.line - 1].startswith("  && .colour")
    assert problem.source[problem.column - 1 :].startswith(".colour")


def test_escaped_condition_falls_back_to_its_own_text():
    """Where escapes shift the columns, the caret stands under the condition itself."""
    problem = one_fault(HEAD + BODY.replace(".category == 'wine'", "\\u002ecolour == 'wine'"))
    assert (problem.source, problem.column) == (".colour == 'wine'", 1)
    assert problem.line == (HEAD + BODY)[: (HEAD + BODY).index("lines = ")].count("\n") + 1


def test_filter_inside_a_kind_table():
    """A line filter that hides in an inline table is checked and located as well."""
    problem = one_fault("# not .prom\n" + HEAD + BODY.replace('".promo"', '".prom"'))
    assert problem.key == "steps.0.lines"
    assert "did you mean promo?" in problem.message
    assert problem.source[problem.column - 1 :].startswith(".prom")


def test_tiers_are_known_to_conditions():
    """Tier ids of the file are the only ones a condition may name; without tiers there are none."""
    problem = one_fault(HEAD + BODY.replace("has(member.diet)", "member.tier == 'gold'"))
    assert "'gold' is not a possible value here" in problem.message


def test_cycle_of_exclusions():
    """Rules that exclude each other in a circle are reported once, with the way around."""
    rules = "".join(
        f'[[rule]]\nid = "{one}"\nkind = "test.toy"\npoints = 1\nexcludes = ["{two}"]\n'
        for one, two in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))
    )
    assert one_fault(HEAD + rules).message == "these rules exclude each other: a → b → c → a"


def test_all_faults_at_once():
    """A file with many faults names them all, by line, and gives no programme."""
    text = HEAD + BODY
    for old, new in (
        ("EUR", "JPY"),
        ("points = 2", "pts = 2"),
        ("20.00", "20"),
        ("365d", "1y"),
        ("base =", "bass ="),
    ):
        text = text.replace(old, new, 1)
    found = faults(text)
    assert [problem.key for problem in found] == ["currency", "", "group", "pts", "when", "life"]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"format = ", "correct the TOML syntax"),
        (b"format = 1\nformat = 1", "correct the TOML syntax"),
        (b"\xff\xfe", "UTF-8"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"9" * 5000, "too large"),
        (b"a = 1e99999999999999999999", "too large"),
        (b"# " + b"x" * (1 << 20), "1 MiB"),
        (b"a = '\x1b[2J", "TOML syntax"),
    ],
)
def test_no_toml(data, said):
    """What is no usable TOML is refused with one sentence that can be shown on a terminal."""
    (problem,) = check_programme(data)
    assert said in problem.message
    assert all(line.isprintable() for line in problem.render().splitlines())


def test_syntax_error_has_a_place():
    """A syntax error names line and column of the file."""
    (problem,) = check_programme((HEAD + "[[rule]\n").encode())
    assert (problem.line, problem.source) == (HEAD.count("\n") + 1, "[[rule]")


def test_wrong_shapes():
    """Sections of a wrong shape are named, not stumbled over."""
    found = check_programme(
        b"format=1\nprogramme=1\nfields=2\ngroups=3\nrule=[4, {}]\ntest_policy=5\ntiers=[6]"
    )
    assert {problem.line for problem in found} >= {2, 3, 4, 5, 6}


def test_warnings_are_kept():
    """A file may load and still have warnings; they are told by the check alone."""
    text = (HEAD + BODY).replace("has(member.diet) && ", "")
    assert load(text)
    (warning,) = check_programme(text.encode())
    assert warning.warning
    assert "has(member.diet)" in warning.message
    late = text.replace("2026-03-15T08:00:00, to = 2026-04-01", "2028-03-15T08:00:00")
    (never, _) = check_programme(late.encode())
    assert (never.warning, never.key, "never valid" in never.message) == (True, "valid", True)
    assert late.splitlines()[never.line - 1].startswith("valid")
    edge = text.replace("2026-03-15T08:00:00, to = 2026-04-01", "2027-03-01")
    assert [problem.key for problem in check_programme(edge.encode())] == ["valid", "when"]


@pytest.mark.parametrize(
    ("valid", "never"),
    [
        ("to = 2026-03-01", True),
        ("to = 2026-03-01T03:00:00", True),
        ("to = 2026-03-01T03:01:00", False),
        ("from = 2027-03-01T02:59:00", False),
        ("from = 2027-03-01T03:00:00", True),
    ],
)
def test_a_rule_outside_its_version(valid: str, never: bool) -> None:
    """A version begins and ends with the business day, here at three in the morning, `to` is the first moment off."""
    text = (HEAD + BODY).replace("from = 2026-03-15T08:00:00, to = 2026-04-01", valid)
    text = text.replace("[programme]\n", "[programme]\nbusiness_day_ends = 03:00:00\n")
    found = [problem.key for problem in check_programme(text.encode()) if problem.key == "valid"]
    assert found == ["valid"] * never


def test_money_is_never_a_float():
    """No float comes out of a file: TOML decimals stay exact."""
    programme = load((HEAD + BODY).replace("per = 2.50", "per = 0.07"))
    assert programme.rule("second").table.per == int(Decimal("0.07") * 100) == 7


def test_rules_stand_under_their_headings():
    """`rule = 4` is no rule; tables nested too deep are told so."""
    (problem,) = check_programme(HEAD.encode().replace(b"format = 1", b"format = 1\nrule = 4"))
    assert "under its own [[rule]]" in problem.message
    deep = check_programme((HEAD + "[rule" + ".a" * 25 + "]\n").encode())
    assert any("nested deeper" in problem.message for problem in deep)
