"""What a move to a new programme comes to, as tables for people."""

from collections.abc import Iterator

from pos_app.languages.words import Words
from pos_app.tools.table import table
from rules.sentences import mark
from rules.tools.move import Bill, Message, Move, Provision

_BY = {
    "tier": mark("By tier"),
    "store": mark("By store"),
    "seen": mark("By days since the last visit"),
}
_ANSWERS = {
    "refused": mark("if all refused the new terms"),
    "silent": mark("if nobody answered"),
}


def transition_text(found: Move, words: Words) -> str:
    """The bill, the groups, the provision and the messages."""
    return "\n\n".join(_parts(found, words))


def _parts(found: Move, words: Words) -> Iterator[str]:
    told = ", ".join(words.date(day) for day in found.told)
    yield words("Move on {day}; members are told on {told}.", day=words.date(found.day), told=told)
    rows = [(words("all members"), found.total)]
    rows += [(words(_ANSWERS[bill.name]), bill) for bill in found.answers]
    yield _bills(rows, words)
    if found.vouchers:
        issued = ", ".join(f"{words.number(n)} × {name}" for name, n in found.vouchers.items())
        yield words("Vouchers issued: {vouchers}", vouchers=issued)
    for by, title in _BY.items():
        some = [(bill.name or "–", bill) for bill in found.groups if bill.by == by]
        if [name for name, _ in some] != ["–"]:
            yield f"{words(title)}\n{_bills(some, words)}"
    yield _provision(found.provision, words)
    yield _messages(found.messages, words)


def _bills(rows: list[tuple[str, Bill]], words: Words) -> str:
    head = [
        "",
        words("members"),
        words("with a balance"),
        words("balance"),
        words("converted"),
        words("vouchers"),
    ]
    head += [words("their value"), words("new points"), words("bonus"), words("lapsed"), words("kept")]
    money, number = words.money, words.number
    return table(
        head,
        [
            [
                name,
                number(bill.members),
                number(bill.with_balance),
                money(bill.held),
                money(bill.converted),
                number(bill.vouchers),
                money(bill.voucher_value),
                number(bill.new_points),
                money(bill.bonus_value),
                money(bill.lapsed),
                money(bill.kept),
            ]
            for name, bill in rows
        ],
    )


def _provision(found: Provision, words: Words) -> str:
    rows = [
        (words("opened on the day members are told"), found.opened),
        (words("added by purchases since"), found.added),
        (words("used by redemptions"), -found.used),
        (words("released by what lapsed before the move"), -found.released),
        (words("taken back with returns"), -found.taken_back),
        (words("used by the conversion"), -found.converted),
        (words("released by what lapses at the move"), -found.lapsed),
        (words("left standing"), found.kept),
    ]
    return table([words("Provision"), ""], [[name, words.money(cents)] for name, cents in rows])


def _messages(found: tuple[Message, ...], words: Words) -> str:
    names = {"till": words("at the till"), "letter": words("by letter")}
    head = [words("To be told"), words("members"), words("messages"), words("cost")]
    rows = [
        [
            names.get(each.channel, each.channel),
            *map(words.number, (each.members, each.messages)),
            words.money(each.cost),
        ]
        for each in found
    ]
    total = sum(each.cost for each in found)
    members, messages = sum(each.members for each in found), sum(each.messages for each in found)
    rows.append([words("together"), words.number(members), words.number(messages), words.money(total)])
    return table(head, rows)
