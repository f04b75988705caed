"""F1 at the till: the begun ticket, the last one and old ones, down to lots, lines and last days."""

import msgspec

from pos_app.headless.console import Console
from pos_app.till.why import Why, find
from tests.unit.till_kit import BREAD, COFFEE, PROGRAMME, Shop, card_number


def whole(why: Why | None) -> str:
    """Everything that is said, a line each."""
    assert why is not None
    lines = [text for one in why.lines for text in (one.text, *one.detail)]
    return "\n".join((*why.heading, *lines, *why.near, *why.progress)).replace("\xa0", " ")


def sold(shop: Shop, *, cents: str = "4590", card: int = 1) -> str:
    """A ticket of one amount and a coffee, recorded; its reference."""
    shop.till.scan_text(shop.member(card), "wedge")
    shop.till.scan_text(COFFEE, "wedge")
    shop.till.put_amount(cents)
    shop.till.record()
    done = shop.till.state.done
    assert done is not None
    return done.reference


def test_nothing_begun_is_not_explained(shop: Shop) -> None:
    """F1 on the idle till says nothing about tickets that are not there."""
    assert shop.till.why() is None
    assert shop.till.why("2-1-99") is None


def test_the_begun_ticket_is_told_with_detail(shop: Shop) -> None:
    """Lines, rounding, version and last day of what will be given, and what is nearly there."""
    shop.till.scan_text(shop.member(1), "wedge")
    shop.till.scan_text(BREAD, "wedge")
    text = whole(shop.till.why())
    assert text.startswith("Ticket 2-1-1 of ")
    assert "Bakery card, version 1" in text
    assert "3.5 rounded down to 3" in text
    assert "line 1, Bread: 3 points of it" in text
    assert "€1.50 more: 5 EUR off" in text


def test_a_policy_is_nothing_that_more_would_bring(shop: Shop) -> None:
    """With nothing bought yet every rule lacks a cent; how long points live is no rule to buy for."""
    shop.publish("programme", PROGRAMME + b'[expiry]\nlot_life = "365d"\n')
    shop.till.scan_text(shop.member(1), "wedge")
    why = shop.till.why()
    assert why is not None
    assert [text.partition(": ")[2] for text in why.near] == [
        "1 point per euro",
        "Coffee card",
        "5 EUR off",
        "4th visit of the month",
    ]


def test_the_done_screen_and_an_old_ticket_are_told_alike(shop: Shop) -> None:
    """What is explained of a ticket rests on the journal: it is the same later, and after a restart."""
    reference = sold(shop)
    at_once = whole(shop.till.why())
    shop.till.escape()
    assert shop.till.why() is None
    assert whole(shop.till.why(reference)) == at_once
    shop.restart()
    shop.sign_in()
    assert whole(shop.till.why(reference)) == at_once
    assert [one.reference for one in shop.till.past()] == [reference]


def test_an_old_ticket_names_lots_and_what_is_not_known(shop: Shop) -> None:
    """Rounding is reckoned again and fits what was promised; why nothing came of a balance of that day is not told,
    and that is said once, with the ticket."""
    text = whole(shop.till.why(sold(shop)))
    assert "\nLot 2-1-1-0" in text
    assert "1 point per euro: + 47 points" in text
    assert "47.5 rounded down to 47" in text
    assert {"5 EUR off gave nothing", "4th visit of the month gave nothing"} <= set(text.splitlines())
    assert text.lower().count("the account") == 1
    assert "The account before this ticket is no longer known here" in text


def test_a_burn_is_told_with_the_lots_that_paid_it(shop: Shop) -> None:
    """Which lots a reward was paid from, and which lines it went over."""
    first = sold(shop, cents="12000")
    shop.till.escape()
    shop.till.scan_text(card_number(1), "wedge")
    shop.till.put_amount("2000")
    shop.till.redeem("five", 1)
    shop.till.record()
    found = find(shop.till.parts, shop.till.state)
    assert found is not None
    five = found.explanation.rule("five")
    assert five is not None
    born = find(shop.till.parts, shop.till.state, first)
    assert born is not None
    base = born.explanation.rule("base")
    assert base is not None
    assert five.spent[0].draws[0].lot == base.given[0].lot
    assert "100 points spent for €5.00 off" in whole(shop.till.why())


def test_an_old_ticket_keeps_its_own_version(shop: Shop) -> None:
    """A programme that came later explains nothing of before."""
    reference = sold(shop)
    shop.publish(
        "programme", PROGRAMME.replace(b"per = 1.00", b"per = 2.00").replace(b"version = 1", b"version = 2")
    )
    assert "version 1" in whole(shop.till.why(reference))
    assert "47.5 rounded down to 47" in whole(shop.till.why(reference))
    shop.till.escape()
    assert "version 2" in whole(shop.till.why(sold(shop, card=2)))


def test_a_ticket_without_card_says_so(shop: Shop) -> None:
    """Everything is for members."""
    shop.till.put_amount("1000")
    shop.till.record()
    why = shop.till.why()
    assert why is not None
    assert all("for members" in one.text for one in why.lines)


def test_headless_explains_begun_and_old_tickets(shop: Shop) -> None:
    """The register asks by its own name or the printed reference; an unknown ticket is refused."""
    console = Console(shop.till)

    def ask(**command: object) -> dict[str, object]:
        answer: dict[str, object] = msgspec.json.decode(console.answer(msgspec.json.encode(command)))
        return answer

    ask(do="lines", ticket="r-1", member=shop.member(1), lines=[{"cents": 783, "sku": "X"}])
    assert ask(do="explain")["explanation"]["gross"] == 783  # type: ignore[index]
    ask(do="close", ticket="r-1")
    ask(do="cancel")
    old = ask(do="explain", ticket="r-1")
    assert old["explanation"]["rules"][0]["outcome"]["rule"]  # type: ignore[index]
    assert ask(do="explain", of=old["explanation"]["ticket"]) == old  # type: ignore[index]
    assert ask(do="explain", of="9-9-9")["code"] == "ticket_unknown"
    assert ask(do="explain", ticket="never")["code"] == "ticket_unknown"
    ask(do="lock")
    assert ask(do="explain", ticket="r-1")["code"] == "locked"
