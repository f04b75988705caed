"""What a back-test found, as tables for people and as rows for spreadsheets."""

from collections.abc import Mapping, Sequence

import msgspec

from pos_app.languages.words import Words
from pos_app.tools.table import comma_separated, table
from rules.sentences import mark
from rules.tools.comparison import Group, Outcome

BY: Mapping[str, str] = {
    "tier": mark("By tier"),
    "store": mark("By store"),
    "spend": mark("By fifth of spend (1 spends least)"),
    "regularity": mark("By fifth of regularity (1 comes least often)"),
}
_FIELDS = msgspec.structs.fields(Group)


def as_text(outcomes: Sequence[Outcome], names: Sequence[str], words: Words) -> str:
    """The tables: totals of every programme side by side, then each programme's groups. `names` are the columns."""
    parts = [_totals(outcomes, names, words)]
    for outcome, name in zip(outcomes, names, strict=True):
        for by, title in BY.items():
            groups = [group for group in outcome.groups if group.by == by]
            if [group.name for group in groups] != [""]:
                parts.append(
                    f"{name}: {words(title)}\n{_groups(groups, words, compared=outcome is not outcomes[0])}"
                )
        if outcome.unpriced:
            text = words(
                "Without a known value, counted as nothing: {assets}", assets=", ".join(outcome.unpriced)
            )
            parts.append(f"{name}: {text}")
    return "\n\n".join(parts)


def _totals(outcomes: Sequence[Outcome], names: Sequence[str], words: Words) -> str:
    """One line a figure, one column a programme."""
    number, money = words.number, words.money
    rows: list[list[str]] = []

    def row(title: str, *cells: str) -> None:
        rows.append([title, *cells])

    totals = [outcome.total for outcome in outcomes]
    row(words("members"), *[number(each.members) for each in totals])
    row(words("tickets"), *[number(each.tickets) for each in totals])
    row(words("spend"), *[money(each.net) for each in totals])
    row(words("points issued"), *[number(each.issued) for each in totals])
    row(words("points burned"), *[number(each.burned) for each in totals])
    row(words("points converted"), *[number(each.converted) for each in totals])
    row(words("points expired"), *[number(each.expired) for each in totals])
    row(words("rewards given"), *[money(each.reward) for each in totals])
    row(words("still owed (liability)"), *[money(each.liability) for each in totals])
    row(words("cost"), *[money(each.cost) for each in totals])
    row(words("cost as a share of spend"), *[share(each.cost, each.net, words) for each in totals])
    if len(outcomes) > 1:
        row(words("members who gain"), *["", *[number(each.gain) for each in totals[1:]]])
        row(words("members who lose"), *["", *[number(each.lose) for each in totals[1:]]])
    return table(["", *names], rows)


def _groups(groups: Sequence[Group], words: Words, *, compared: bool) -> str:
    number, money = words.number, words.money
    head = ["", words("members"), words("spend"), words("issued"), words("burned"), words("expired")]
    head += [words("rewards"), words("owed"), words("share")]
    head += [words("gain"), words("lose")] if compared else []
    rows = [
        [
            group.name or "–",
            number(group.members),
            money(group.net),
            number(group.issued),
            number(group.burned),
            number(group.expired),
            money(group.reward),
            money(group.liability),
            share(group.cost, group.net, words),
            *([number(group.gain), number(group.lose)] if compared else []),
        ]
        for group in groups
    ]
    return table(head, rows)


def share(part: int, whole: int, words: Words) -> str:
    """`part` of `whole` in percent, with one decimal."""
    tenths = (abs(part) * 2000 + whole) // (2 * whole) if whole > 0 else 0
    return f"{words.decimal(tenths, 1)} %"


def as_csv(outcomes: Sequence[Outcome], names: Sequence[str]) -> str:
    """One row a programme and group, amounts in cents; the row of all members has no `by`."""
    head = ["programme", *[field.name for field in _FIELDS], "cost"]
    rows = [
        [name, *msgspec.structs.astuple(group), group.cost]
        for outcome, name in zip(outcomes, names, strict=True)
        for group in (outcome.total, *outcome.groups)
    ]
    return comma_separated(head, rows)


def as_data(outcomes: Sequence[Outcome], names: Sequence[str]) -> list[dict[str, object]]:
    """What `--format json` prints: amounts in cents."""
    return [
        {"name": name, **msgspec.to_builtins(outcome)} for outcome, name in zip(outcomes, names, strict=True)
    ]
