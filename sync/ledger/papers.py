"""What the ledger vouches for of a till's life; the till keeps it for a ledger that was restored (sync/papers.py)."""

from collections.abc import Callable

import msgspec

from sync.ledger.records import Incarnation
from sync.ledger.work import Work
from sync.papers import Paper, paper_bytes


async def paper_of(work: Work, till: Incarnation, public_key: bytes, sign: Callable[[bytes], bytes]) -> Paper:
    """The word that `public_key` is the key of this life, now or from its first use on."""
    life = await work.tx.life(till.dev, till.inc)
    key = len(await work.tx.former_keys(till.dev, till.inc)) + (public_key != till.public_key)
    paper = Paper(
        till.dev,
        till.inc,
        till.store,
        till.till,
        public_key,
        till.genesis,
        till.paired_ms,
        life.fork_inc,
        key,
    )
    return msgspec.structs.replace(paper, signature=sign(paper_bytes(paper)))
