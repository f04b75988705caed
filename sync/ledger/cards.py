"""Signed cards: the chain's keys for them, and the texts that are printed on them (devices.md section 4).

Each issue of a member's signed card is one more card of theirs, known by its keyed hash like any other, so that tills
hear of it the way they hear of every card. The issue after it voids it: a till that knows the later one refuses it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.sentences import said
from sync.card_code import CARD_KEYS, LAST_KID, CardCode, CardKey, card_name, read_keys, written
from sync.card_marks import blocked_mark
from sync.ledger.caller import LedgerRefusal
from sync.ledger.operation import Operation
from sync.ledger.publications import PUBLICATIONS, put
from sync.ledger.records import MemberRecord
from sync.ledger.service import Ledger
from sync.ledger.shown import ShownCode
from sync.ledger.work import Work
from sync.thin import THIN, card_key
from sync.tokens import card_token
from sync.wire import pack

LAST_ISSUE = 255
SEED_BYTES = 32
MOST_AT_ONCE = 500


class SignedCard(msgspec.Struct, frozen=True):
    """The text for the QR code of the card `number`, the `issue`-th of its member, good before the day `expires`.

    Without a text, nobody has this number.
    """

    number: str
    text: str = ""
    issue: int = 0
    expires: date | None = None


class SignedCards(msgspec.Struct, frozen=True):
    """One for each number that was asked for, in that order."""

    cards: tuple[SignedCard, ...]


class SignCards(Operation[SignedCards], frozen=True):
    """Sign cards for the members who have the printed or foreign `numbers`, for `days` from today (UTC).

    A member who has a signed card gets the same once more; the next one, which voids it, with `renew` or where that
    one is blocked.
    """

    numbers: tuple[str, ...]
    days: int
    renew: bool = False

    name: ClassVar[str] = "sign-cards"
    answer: ClassVar[type[msgspec.Struct]] = SignedCards

    async def run(self, ledger: Ledger) -> SignedCards:
        """The cards. Raises LedgerRefusal."""
        if not 0 < len(self.numbers) <= MOST_AT_ONCE:
            raise LedgerRefusal("cards", said("Sign between 1 and {most} cards at once.", most=MOST_AT_ONCE))
        return await ledger.write(self._sign)

    async def _sign(self, work: Work) -> SignedCards:
        await work.tx.alone(PUBLICATIONS)
        kid, seed = await _signing_key(work)
        key = Ed25519PrivateKey.from_private_bytes(seed)
        expires = datetime.fromtimestamp(work.now_ms / 1000, UTC).date() + timedelta(days=self.days)
        done: list[SignedCard] = []
        for number in self.numbers:
            record = await _member(work, number)
            if record is None:
                done.append(SignedCard(number))
                continue
            issue = await _issue(work, record, renew=self.renew)
            code = CardCode(record.member, kid, issue, expires)
            done.append(SignedCard(number, written(code, key.sign), issue, expires))
        return SignedCards(tuple(done))


class CardKeys(msgspec.Struct, frozen=True):
    """The chain's keys for cards; the last that is not revoked signs."""

    keys: tuple[CardKey, ...]


class ChangeCardKeys(Operation[CardKeys], frozen=True):
    """Begin a `new` key, or `revoke` one by its number (0 for none), which voids all cards that it has signed."""

    new: bool = False
    revoke: int = 0

    name: ClassVar[str] = "card-keys"
    answer: ClassVar[type[msgspec.Struct]] = CardKeys

    async def run(self, ledger: Ledger) -> CardKeys:
        """The keys afterwards. Raises LedgerRefusal."""
        return await ledger.write(self._change)

    async def _change(self, work: Work) -> CardKeys:
        await work.tx.alone(PUBLICATIONS)
        keys = await published(work)
        if self.revoke:
            if self.revoke not in [one.kid for one in keys]:
                raise LedgerRefusal(
                    "card_key", said("There is no card key {kid}: list them first.", kid=self.revoke)
                )
            keys = tuple(
                msgspec.structs.replace(one, revoked=True) if one.kid == self.revoke else one for one in keys
            )
            await put(work, CARD_KEYS, CARD_KEYS, pack(keys))
        return CardKeys(await _with_new(work, keys) if self.new else keys)


class CodesTwice(msgspec.Struct, frozen=True):
    """Every ticket that was shown a code which another was shown, too, by day and code."""

    codes: tuple[ShownCode, ...]


class ShownTwice(Operation[CodesTwice], frozen=True):
    """Which tickets were sold on one and the same code of a phone (failure table, row 25)."""

    name: ClassVar[str] = "codes-twice"
    answer: ClassVar[type[msgspec.Struct]] = CodesTwice

    async def run(self, ledger: Ledger) -> CodesTwice:
        """The tickets."""
        return CodesTwice(await ledger.read(lambda work: work.tx.shown_twice()))


async def published(work: Work) -> tuple[CardKey, ...]:
    """The keys that tills were told; none before the first card."""
    rows = [row for row in await work.tx.published() if row.what == CARD_KEYS]
    data = await work.tx.blob(rows[-1].sha256) if rows else None
    return () if data is None else read_keys(data)


async def _signing_key(work: Work) -> tuple[int, bytes]:
    """Number and seed of the key that signs now; it is made for the first card and after a revocation."""
    keys = await published(work)
    if all(one.revoked for one in keys):
        keys = await _with_new(work, keys)
    kid = max(one.kid for one in keys if not one.revoked)
    seed = await work.tx.value(_seed_name(kid))
    if seed is None:
        raise LedgerRefusal(
            "card_key", said("The secret of card key {kid} is not here: make a new key.", kid=kid)
        )
    return kid, seed


async def _with_new(work: Work, keys: Sequence[CardKey]) -> tuple[CardKey, ...]:
    kid = max((one.kid for one in keys), default=0) + 1
    if kid > LAST_KID:
        raise LedgerRefusal(
            "card_key", said("All {most} card keys are used: sign with one that is good.", most=LAST_KID)
        )
    seed = work.random(SEED_BYTES)
    await work.tx.save_value(_seed_name(kid), seed)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    more = (*keys, CardKey(kid, public))
    await put(work, CARD_KEYS, CARD_KEYS, pack(more))
    return more


async def _member(work: Work, number: str) -> MemberRecord | None:
    """The enrolled member who has the card `number`."""
    found = await work.tx.member_of_card(card_token(work.keys.lookup, number))
    record = None if found is None else await work.tx.member(found)
    return None if record is None or record.state == "provisional" else record


async def _issue(work: Work, record: MemberRecord, *, renew: bool) -> int:
    """The issue that the member's card has now; every issue up to it is a card of theirs."""
    issue = 0
    while (
        issue < LAST_ISSUE
        and await work.tx.member_of_card(_token(work, record.member, issue + 1)) is not None
    ):
        issue += 1
    if issue and not renew and not await _is_blocked(work, record.member, issue):
        return issue
    if issue == LAST_ISSUE:
        raise LedgerRefusal(
            "card_issue",
            said("This member had {most} signed cards: enrol them anew for one more.", most=issue),
        )
    token = _token(work, record.member, issue + 1)
    await work.tx.bind_card(token, record.member)
    await work.tx.log(THIN, card_key(token))
    await work.announce(record.member)
    return issue + 1


async def _is_blocked(work: Work, member: int, issue: int) -> bool:
    """Whether that issue was lost, stolen or replaced: printed once more it would be refused at every till."""
    mark = blocked_mark(work.keys.lookup, _token(work, member, issue))
    return await work.tx.member_of_card(mark) is not None


def _token(work: Work, member: int, issue: int) -> bytes:
    return card_token(work.keys.lookup, card_name(member, issue))


def _seed_name(kid: int) -> str:
    return f"card_key:{kid}"
