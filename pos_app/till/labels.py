"""Names of rules and amounts of assets, as people read them."""

from collections.abc import Mapping

from pos_app.languages.words import Words
from rules.account import POINTS, Account
from rules.explain import Voice
from rules.programme.model import Programme
from rules.sentences import mark

VOUCHER = "voucher:"
FREE = "reward:"
# What tables of the programme are called that have no label of their own.
_TABLES: Mapping[str, str] = {
    "tiers": mark("Level"),
    "expiry": mark("Last days of points"),
    "incidents": mark("Incidents"),
    "transition": mark("Move to another programme"),
}


def label(programme: Programme | None, rule_id: str, words: Words) -> str:
    """What the programme calls a rule, else the rule's id."""
    rule = programme.rule(rule_id) if programme is not None else None
    if rule is None:
        return rule_id
    plain = words(_TABLES[rule_id]) if rule_id in _TABLES else rule_id
    return rule.label.get(words.language) or next(iter(rule.label.values()), plain)


def unit(programme: Programme | None, words: Words, n: int) -> str:
    """What the programme calls its points; in French the plural starts at two, in English all but one is plural."""
    names = programme.header.unit if programme is not None else {}
    name = names.get(words.language) or next(iter(names.values()), "point")
    single = abs(n) < 2 if words.language == "fr" else abs(n) == 1
    return name if single or name.endswith(("s", "x", ".")) else name + "s"


def counts_points(programme: Programme | None) -> bool:
    """Whether the programme gives or takes points at all; one of stamps alone has no balance to speak of."""
    if programme is None:
        return True
    return any(
        rule.kind.assets is not None and POINTS in rule.kind.assets(rule.id, rule.table)
        for rule in programme.rules
    )


def amount_text(programme: Programme | None, asset: str, n: int, words: Words) -> str:
    """So many of an asset: "45 points", "1 stamp", "2 free items", "1 x Cake voucher"."""
    if asset == POINTS:
        return f"{words.number(n)} {unit(programme, words, n)}"
    if asset.startswith("stamp:"):
        return words.plural("{n} stamp", "{n} stamps", n)
    if asset.startswith(VOUCHER):
        return f"{words.number(n)} x {label(programme, asset.removeprefix(VOUCHER), words)}"
    return words.plural("{n} free item", "{n} free items", n)


def short_text(programme: Programme | None, asset: str, n: int, words: Words) -> str:
    """So many of an asset where its name stands elsewhere: "1 voucher"."""
    if asset.startswith(VOUCHER):
        return words.plural("{n} voucher", "{n} vouchers", n)
    return amount_text(programme, asset, n, words)


def signed(programme: Programme | None, asset: str, n: int, words: Words) -> str:
    """A change of an asset: "+ 45 points", "- 100 points"."""
    return f"{'-' if n < 0 else '+'} {short_text(programme, asset, abs(n), words)}"


def voice_of(programme: Programme | None, words: Words) -> Voice:
    """How explanations speak: in the language of `words`, with the names of the programme."""
    return Voice(
        say=words,
        money=words.money if programme is None else words.paying(programme.header.currency).money,
        label=lambda rule: label(programme, rule, words),
        amount=lambda asset, n: amount_text(programme, asset, n, words),
        unit=unit(programme, words, 2),
        day=words.date,
        point="," if words.language == "fr" else ".",
        language=words.language,
    )


def last_check(account: Account, words: Words) -> str:
    """What the cashier asks before a card or a phone is believed to be the member's."""
    born = account.birthday
    if born is not None:
        return words("Ask for the birthday: {day}.", day=f"{born[1]:02d}/{born[0]:02d}")
    return words("Ask for the name, and the e-mail or the phone.")
