"""The columns of a replay: one row a member (docs/replay.md)."""

from collections.abc import Callable, Iterable

from rules.account import POINTS, VOUCHERS, stamp_asset
from rules.history.book import Sums
from rules.history.member import Member
from rules.history.passing import moves_of
from rules.history.versions import Versions
from rules.kinds.base import Phase
from rules.kinds.earn_streak import longest_run
from rules.kinds.tiers import TIERS
from rules.kinds.transition import TRANSITION
from rules.programme.model import Rule

FIXED = (
    "member",
    "tickets",
    "qualifying",
    "visit_days",
    "net_cents",
    "reward_cents",
    "paid_cents",
    "earned",
    "honoured",
    "burned",
    "converted",
    "expired",
    "clawed",
    "deficit",
    "balance",
    "rewards",
    "vouchers_issued",
    "vouchers_used",
    "vouchers_expired",
    "tier",
)
_EARNING = (Phase.BASE, Phase.MULTIPLIER, Phase.BONUS)


def columns_of(versions: Versions) -> tuple[str, ...]:
    """The names of all columns for these versions of a programme."""
    return (
        *FIXED,
        *[f"since:{level}" for level in higher_levels(versions)],
        *[f"earned:{rule}" for rule in earning_rules(versions)],
        *[f"{what}:{rule}" for rule in _of_kind(versions, "stamp") for what in ("cards", "stamps")],
        *[f"longest:{rule}" for rule in _of_kind(versions, "earn.streak")],
    )


def rows_under(versions: Versions) -> Callable[[Member], tuple[str | int, ...]]:
    """What gives the figures of a member as `columns_of` names them: text for names, tiers and dates, else integers."""
    levels, earning = higher_levels(versions), earning_rules(versions)
    cards, streaks = _of_kind(versions, "stamp"), _of_kind(versions, "earn.streak")

    def row_of(member: Member) -> tuple[str | int, ...]:
        figures, book, state = member.figures, member.book, member.history.state
        return (
            *_fixed(member),
            *[figures.since[level].isoformat() if level in figures.since else "" for level in levels],
            *[figures.earned.get(rule, 0) for rule in earning],
            *[
                part
                for rule in cards
                for part in (
                    figures.cards.get(rule, 0),
                    book.sums.get(stamp_asset(rule), Sums()).available,
                )
            ],
            *[longest_run(state.get(rule)) for rule in streaks],
        )

    return row_of


def _fixed(member: Member) -> tuple[str | int, ...]:
    figures, book = member.figures, member.book
    points = book.total(POINTS)
    vouchers = [sums for asset, sums in book.sums.items() if asset.startswith(VOUCHERS)]
    return (
        member.name,
        figures.tickets,
        figures.qualifying,
        member.history.visits,
        figures.net,
        figures.reward,
        figures.net - figures.reward,
        points.earned,
        points.honoured,
        points.burned,
        points.converted,
        points.expired,
        points.clawed,
        points.owed,
        points.available,
        figures.rewards,
        sum([sums.earned + sums.honoured for sums in vouchers]),
        sum([sums.burned for sums in vouchers]),
        sum([sums.expired for sums in vouchers]),
        member.tier,
    )


def higher_levels(versions: Versions) -> tuple[str, ...]:
    """Every tier above the first one, from low to high."""
    return _once(level for version in versions.all for level in version.levels[1:])


def earning_rules(versions: Versions) -> tuple[str, ...]:
    """Every rule that may give points, in the programme's order; a move where one is made."""
    moves = {move.new for move in moves_of(versions.all)}
    return _once(
        rule.id
        for version in versions.all
        for rule in version.programme.rules
        if _earns(rule) or (rule.id == TRANSITION and version in moves)
    )


def _earns(rule: Rule) -> bool:
    assets = rule.kind.assets(rule.id, rule.table) if rule.kind.assets is not None else ()
    if rule.kind.name == TIERS:
        return any(level.multiply is not None for level in rule.table.levels)
    phases = {rule.kind.phase, *[phase for phase, _ in rule.kind.also]}
    return not phases.isdisjoint(_EARNING) and (POINTS in assets or not assets)


def _of_kind(versions: Versions, kind: str) -> tuple[str, ...]:
    return _once(
        rule.id for version in versions.all for rule in version.programme.rules if rule.kind.name == kind
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
