"""New members through a real till and a real ledger: the enrolment bonus, and what their purchase brings a sponsor."""

from pathlib import Path

from sync.entry import TicketBody
from sync.ledger.report import Balances
from tests.e2e.joined import HEAD, Joined

PROGRAMME = (
    HEAD
    + b"""
[[rule]]
id = "welcome"
kind = "earn.once"
on = "enrolment"
points = 40

[[rule]]
id = "friend"
kind = "referral"
sponsor_points = 50
sponsored_points = 25
qualifies = "ticket.total >= 20.00"
within = "60d"
vesting = "14d"

[[rule]]
id = "five"
kind = "burn.money"
points = 50
value = 5.00
"""
)


def promised(joined: Joined) -> list[dict[str, int]]:
    """What every ticket of the till gave, by rule."""
    bodies = [body for body in joined.written("TICKET") if isinstance(body, TicketBody)]
    return [{one.rule: one.quantity for one in body.promised} for body in bodies]


def usable(joined: Joined, member: int) -> int:
    """Points the member can spend today, as this till knows them."""
    account = joined.counter.account(member)
    assert account is not None
    return sum(lot.quantity for lot in account.holdings if lot.available_on <= joined.today)


def figures(books: Balances) -> tuple[int, int, int, int]:
    """Points given, kept although not earned, taken back, left."""
    points = (one.get("points", 0) for one in (books.earned, books.honoured, books.clawed))
    given, kept, back = points
    return given, kept, back, books.balance() - books.deficit.get("points", 0)


def test_a_member_enrolled_offline_is_welcomed_once(tmp_path: Path) -> None:
    """The first ticket has the bonus while the line is down, the next has not, and the ledger settles the same."""
    with Joined(tmp_path, PROGRAMME) as joined:
        joined.line.up = False
        card, member = joined.enrol()
        joined.sale("", 1000)
        joined.sale(card, 1000)
        assert promised(joined) == [{"base": 10, "welcome": 40}, {"base": 10}]
        joined.pass_days(1)
        joined.sale(card, 1000)
        assert promised(joined)[2] == {"base": 10}
        joined.line.up = True
        joined.sync()
        assert figures(joined.books(member)) == (70, 0, 0, 70)
        joined.sale(card, 500)
        joined.sync()
        assert figures(joined.books(member)) == (75, 0, 0, 75)
        assert usable(joined, member) == 75


def test_a_welcome_goes_with_the_goods_and_comes_with_the_next_ticket(tmp_path: Path) -> None:
    """The first purchase wholly given back takes its bonus; the ledger gives it with the purchase that is now first."""
    with Joined(tmp_path, PROGRAMME) as joined:
        card, member = joined.enrol()
        first = joined.sale("", 1000)
        joined.pass_days(1)
        joined.sale(card, 1000)
        joined.give_back(first)
        joined.sync()
        given, kept, back, left = figures(joined.books(member))
        assert (kept, left) == (0, given - back)
        assert left == 50
        assert usable(joined, member) == 50


def test_a_friend_brings_the_sponsor_points_after_a_while(tmp_path: Path) -> None:
    """Enrolled offline with the sponsor's card: one qualifying purchase counts, and is usable after the vesting."""
    with Joined(tmp_path, PROGRAMME) as joined:
        card, sponsor = joined.enrol()
        joined.sale("", 1000)
        joined.sync()
        joined.line.up = False
        friend_card, friend = joined.enrol(sponsor=card)
        joined.sale("", 1000)
        joined.sale(friend_card, 3000)
        assert promised(joined)[1:] == [{"base": 10, "welcome": 40}, {"base": 30, "friend": 25}]
        joined.line.up = True
        joined.sync()
        assert figures(joined.books(friend)) == (105, 0, 0, 105)
        assert figures(joined.books(sponsor)) == (100, 0, 0, 100)
        assert usable(joined, sponsor) == 50
        assert usable(joined, friend) == 80
        joined.pass_days(13)
        assert usable(joined, sponsor) == 50
        joined.pass_days(1)
        assert usable(joined, sponsor) == 100
        joined.sale(friend_card, 5000)
        joined.sync()
        assert promised(joined)[3] == {"base": 50}
        assert figures(joined.books(sponsor)) == (100, 0, 0, 100)


def test_goods_given_back_take_the_referral_from_both(tmp_path: Path) -> None:
    """Before the vesting is over, and after the sponsor has spent the points: then they are owed."""
    for days, spent in ((3, False), (20, True)):
        folder = tmp_path / str(days)
        folder.mkdir()
        with Joined(folder, PROGRAMME) as joined:
            card, sponsor = joined.enrol()
            joined.sale("", 1000)
            _, friend = joined.enrol(sponsor=card)
            bought = joined.sale("", 3000)
            joined.pass_days(days)
            if spent:
                joined.redeem(card, "five", 2, 2000)
            joined.sync()
            joined.give_back(bought)
            joined.sync()
            given, kept, back, left = figures(joined.books(friend))
            assert (given - back, kept, left) == (0, 0, 0)
            given, kept, back, left = figures(joined.books(sponsor))
            assert (kept, back) == (0, 50)
            assert left == (-40 if spent else 50)
