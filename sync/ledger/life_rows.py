"""Rows about the lives of a till: what each goes on from, and what became of entries that were sent once more."""

import msgspec


class Life(msgspec.Struct, frozen=True):
    """A life of a till that has had one before, or whose key was replaced.

    It shares the entries of its life `fork_inc` (0 for none) up to `fork_seq`. `next_key` replaces the incarnation's
    public key when it is first used (b"" for none).
    """

    dev: int
    inc: int
    fork_inc: int = 0
    fork_seq: int = 0
    next_key: bytes = b""


class Resubmitted(msgspec.Struct, frozen=True):
    """The accepted entry (dev, inc, seq) is what the entry with the hash `orig` became."""

    dev: int
    orig: bytes
    inc: int
    seq: int


class FormerKey(msgspec.Struct, frozen=True):
    """A public key that an incarnation had before; they are in the order of `last_seq`.

    That is the last entry accepted under it, or a number more than that of the key before.
    """

    dev: int
    inc: int
    last_seq: int
    public_key: bytes
