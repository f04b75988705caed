"""The seed that is known to find each mutant: `run.py --mutants` lives it with the fault and without."""

from typing import NamedTuple


class Known(NamedTuple):
    """A seed of so many steps; with `postgres` it is what that engine does that finds it."""

    seed: int
    steps: int = 150
    postgres: bool = False


KILLED = {
    "ack_before_commit": Known(20),
    "no_dedup": Known(19),
    "grants_again": Known(6),
    "void_frees_nothing": Known(8),
    "void_ignored_at_centre": Known(10),
    "draws_stay": Known(1),
    "honour_dropped": Known(3),
    "late_not_settled": Known(1),
    "foreign_stamps": Known(2),
    "nonce_forgotten": Known(9),
    "no_repay": Known(2),
    "restore_at_once": Known(84),
    "cursor_ahead": Known(1),
    "recall_frees": Known(4),
    "lease_not_debited": Known(1),
    "move_not_debited": Known(72),
    "floor_unlimited": Known(9),
    "floor_each_ticket": Known(218, 200),
    "cap_alone": Known(28),
    "number_given_again": Known(6),
    "gap_accepted": Known(7),
    "reclaim_by_time": Known(1),
    "draw_after_ticket": Known(7),
    "no_fence": Known(2),
    "fifo_again": Known(2),
    "expiry_takes_granted": Known(69),
    "unsent_forgotten": Known(4),
    "fork_without_remap": Known(19),
    "fork_keeps_numbers": Known(4),
    "claw_elsewhere": Known(1),
    "honour_is_a_lot": Known(3),
    "ratchet_without_previous": Known(9),
    "any_nonce": Known(14),
    "recovery_off": Known(5),
    "quarantine_blocks": Known(1),
    "reserialised": Known(12),
    "clock_in_auth": Known(1),
    "copy_is_given": Known(121),
    "netting_per_ticket": Known(16, 200),
    "one_more_topped_up": Known(424, 200),
    "receipt_kept_by_undone": Known(32),
    "debt_of_another_asset": Known(97),
    "slice_of_another": Known(86),
    "same_numbers_again": Known(762),
    "cursor_by_sequence": Known(3, postgres=True),
    "dated_by_wall": Known(1),
    "gift_beyond_share": Known(10, 200),
    "linked_not_settled": Known(45, 400),
    "salvage_without_keys": Known(54, 400),
    "restore_without_cap": Known(94),
    "void_twice": Known(194),
    "linked_card_kept": Known(90, 400),
    "moved_births_kept": Known(10007),
    "moved_by_anybody": Known(10055),
    "adjust_takes_what_is_there": Known(10057),
    "reward_back_forgotten": Known(10074),
    "found_card_stays_blocked": Known(10147),
    "lost_shares_forgotten": Known(10277, 400),
}

NOT_FOUND: tuple[str, ...] = ()
"""Of these no seed is known that finds them: the run of all fails by them."""
