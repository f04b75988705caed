"""A ticket as a history remembers it while it may still come back."""

from collections.abc import Mapping

import msgspec

from rules.account import Account
from rules.basis import eligible
from rules.decision import Burn, Contribution, Decision, Outbound
from rules.evaluate import evaluate
from rules.fold import fold
from rules.history.profile import Profile
from rules.history.versions import Version
from rules.kinds.referral import REFERRAL
from rules.kinds.tiers import less_returns, tier_of
from rules.refund import Back, Return, gone, restored
from rules.ticket import Ticket


class Row(msgspec.Struct):
    """What one rule gave on a ticket: at the till, by settlement, and what came back (as the ledger keeps it)."""

    rule: str
    asset: str
    scope: tuple[str, str]
    promised: int = 0
    topped: int = 0
    clawed: int = 0
    settled: int = 0
    taken: int = 0

    @property
    def given(self) -> int:
        """What counts as earned so far."""
        return self.promised + self.topped - self.clawed


class Redeemed(msgspec.Struct):
    """A burn, what each lot gave for it, and what was given back: in all, and to each lot."""

    burn: Burn
    drawn: dict[str, int]
    back: int
    done: dict[str, int]

    @property
    def steps_back(self) -> int:
        """Whole redemptions that were given back."""
        return self.burn.steps * self.back // self.burn.quantity if self.burn.quantity else 0


class Sale(msgspec.Struct):
    """A ticket of a member who returns something somewhere in the history.

    `before` is the history before the ticket, `balance` and `deficit` what was held when it was sold. `live` is
    false once the whole ticket came back. `order` is the ticket's place among all of the history, `profile` what it
    told of the member, `referred` the sponsors that it has something for.
    """

    ticket: Ticket
    version: Version
    before: Account
    balance: Mapping[str, int]
    deficit: Mapping[str, int]
    redeemed: list[Redeemed]
    promised: tuple[Contribution, ...]
    settled: tuple[Contribution, ...]
    rows: dict[tuple[str, str], Row]
    tier: str
    net: int
    reward: int
    returns: list[Return]
    order: int = 0
    profile: Profile | None = None
    referred: tuple[Outbound, ...] = ()
    backs: tuple[Back, ...] = ()
    live: bool = True

    def contribution(self, rule: str, asset: str) -> Contribution | None:
        """The contribution that a row stands for: as it was given, else as it was settled."""
        for one in (*self.promised, *self.settled):
            if (one.rule, one.asset) == (rule, asset):
                return one
        return None

    def settle(self, account: Account) -> tuple[Account, tuple[Contribution, ...]]:
        """The history after the ticket, and what the rules give it now; nothing once it came back."""
        if self.profile is not None:
            account = self.profile.known(account)
        if not self.live:
            self.referred = ()
            return account, ()
        then = msgspec.structs.replace(account, balance=self.balance, deficit=self.deficit)
        programme = self.version.programme
        burns = tuple([each.burn for each in self.redeemed])
        decision = evaluate(self.ticket, then, programme, burns=burns, tell=False)
        after = less_returns(fold(account, self.ticket, decision), decision, programme, self.backs)
        self.tier = tier_of(after, programme, self.ticket.bdate)
        self.referred = referred_by(self.ticket, decision)
        return after, decision.contributions

    def amounts(self) -> tuple[int, int]:
        """Net and reward in cents of what was kept of the ticket."""
        if not self.backs:
            return self.net, self.reward
        if gone(self.backs):
            return 0, 0
        counted = [self.backs[n] for n in eligible(self.version.header, self.ticket.lines)]
        kept = sum(back.of_cents - back.cents for back in counted)
        off = sum(restored(each.burn, self.backs)[1] for each in self.redeemed if each.burn.allocation)
        return max(0, kept), self.reward - off


def referred_by(ticket: Ticket, decision: Decision) -> tuple[Outbound, ...]:
    """What a ticket has for the member's sponsor; an event refers nobody, so that this ends."""
    if not decision.outbound or ticket.event is not None:
        return ()
    return tuple([one for one in decision.outbound if one.what == REFERRAL and one.member is not None])
