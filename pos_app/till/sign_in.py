"""Signing in: badge, then PIN (argon2id); few tries, then a growing wait that survives a restart."""

import contextlib

from pos_app.till import rewards
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import SignIn, State, change
from pos_app.till.view import Stage
from sync.lists import StaffMember
from sync.till import config
from sync.till.errors import StoreError
from sync.tokens import card_token

MANAGER = "manager"
FREE_TRIES = 3
FIRST_WAIT_MS = 10_000
LONGEST_WAIT_MS = 600_000
LONGEST_PIN = 32


def badge(parts: Parts, state: State, code: str) -> State:
    """A badge was scanned: ask its owner for the PIN. The begun ticket stays; a new cashier takes it over."""
    words = words_of(state.language)
    staff = config.staff_by_badge(parts.reader, card_token(parts.identity.lookup_key, code))
    if staff is None:
        return change(state, notice=tell(words, "badge_unknown"))
    allows = staff.role == MANAGER and _waits_for_manager(state)
    same = state.cashier is not None and state.cashier.id == staff.id
    if same and state.stage is not Stage.LOCKED and not allows:
        return change(state, notice=tell(words, "signed_in", name=staff.name))
    return change(
        state,
        stage=Stage.LOCKED,
        sign_in=_asked(parts, staff, allows=allows),
        notice=tell(words, "pin_wanted", name=staff.name),
    )


def pin(parts: Parts, state: State, text: str) -> State:
    """A PIN was typed for the scanned badge: sign in and go back to what was begun, or count a wrong try."""
    words = words_of(state.language)
    if state.sign_in is None:
        return change(state, notice=tell(words, "badge_first"))
    staff = config.person(parts.reader, state.sign_in.staff.id)
    if staff is None:
        return change(state, sign_in=None, notice=tell(words, "badge_unknown"))
    allows = state.sign_in.allows
    asked = _asked(parts, staff, allows=allows)
    wait_ms = asked.wait_until_ms - parts.clock.wall_ms()
    if wait_ms > 0:
        return change(state, sign_in=asked, notice=tell(words, "pin_wait", seconds=-(-wait_ms // 1000)))
    if not _verify(asked.staff.pin, text):
        return _wrong(parts, state, asked.staff, allows=allows)
    wall_ms = parts.clock.wall_ms()
    with contextlib.suppress(StoreError):  # a full disk says so at the ticket; nobody is kept out for it
        parts.writer.run(lambda conn: config.record_try(conn, asked.staff.id, wall_ms, right=True))
    if allows:
        return _allowed(parts, change(state, sign_in=None, stage=resting(state), notice=None), staff)
    return change(
        state,
        cashier=asked.staff,
        barred=False,
        sign_in=None,
        stage=resting(state),
        notice=tell(words, "signed_in", name=asked.staff.name),
    )


def is_right(parts: Parts, staff: StaffMember, text: str) -> bool:
    """Whether `text` is the PIN of `staff`, away from the screen: the try counts, and none does while it must wait.

    Raises StoreError.
    """
    wall_ms = parts.clock.wall_ms()
    if _asked(parts, staff, allows=False).wait_until_ms > wall_ms:
        return False
    right = _verify(staff.pin, text)
    parts.writer.run(lambda conn: config.record_try(conn, staff.id, wall_ms, right=right))
    return right


def _allowed(parts: Parts, state: State, manager: StaffMember) -> State:
    if state.errand is not None:
        return state.errand.allowed(parts, state, manager)
    return rewards.allow(parts, state, manager)


def lock(state: State) -> State:
    """Lock the till; the begun ticket is kept, what was open beside it is left."""
    return change(
        state,
        stage=Stage.LOCKED,
        cashier=None,
        barred=False,
        sign_in=None,
        question=None,
        errand=None,
        form=None,
        returning=None,
        done=None,
        notice=None,
    )


def look_again(parts: Parts, state: State) -> State:
    """The staff list has changed: the cashier as it stands there now, barred where it names them no more."""
    if state.cashier is None:
        return state
    person = config.person(parts.reader, state.cashier.id)
    return change(state, cashier=person or state.cashier, barred=person is None)


def is_over(state: State) -> bool:
    """Whether a barred cashier has come to the end of what was begun: no ticket, no return, no form."""
    begun = state.basket is not None or state.stage in (Stage.RETURN, Stage.ENROL, Stage.ERRAND)
    return state.barred and state.cashier is not None and not begun


def sign_out(state: State) -> State:
    """Sign a barred cashier out, and say so."""
    assert state.cashier is not None
    notice = tell(words_of(state.language), "barred", name=state.cashier.name)
    return change(lock(state), done=None, notice=notice)


def resting(state: State) -> Stage:
    """The stage a till is in when nothing special is open."""
    if state.errand is not None:
        return Stage.ERRAND
    if state.form is not None:
        return Stage.ENROL
    return Stage.TICKET if state.basket is not None else Stage.IDLE


def lock_when_idle(parts: Parts, state: State) -> State:
    """Lock after the shop's idle time."""
    idle_ms = parts.clock.mono_ms() - state.touched_mono_ms
    if (
        state.stage is Stage.LOCKED and not is_allowing(state)
    ) or idle_ms < parts.options.lock_after_s * 1000:
        return state
    return lock(state)


def is_allowing(state: State) -> bool:
    """Whether a manager's PIN is awaited to allow something; the cashier is still signed in."""
    return state.sign_in is not None and state.sign_in.allows


def _waits_for_manager(state: State) -> bool:
    """Whether an errand or a reward waits for a manager, and the till is not locked for another reason."""
    if state.stage is Stage.LOCKED and not is_allowing(state):
        return False
    if state.errand is not None:
        return state.errand.wants_manager
    return state.basket is not None and state.basket.for_manager is not None


def _asked(parts: Parts, staff: StaffMember, *, allows: bool) -> SignIn:
    tries, wall_ms = config.tries(parts.reader, staff.id), parts.clock.wall_ms()
    last_ms = min(tries.wall_ms, wall_ms)
    if last_ms < tries.wall_ms:  # the clock was set back, perhaps by years: nobody is kept out so long
        with contextlib.suppress(StoreError):
            parts.writer.run(lambda conn: config.wait_anew(conn, staff.id, wall_ms))
    left = max(0, FREE_TRIES - tries.failed)
    return SignIn(staff, left, last_ms + wait_after(tries.failed) if not left else 0, allows)


def _wrong(parts: Parts, state: State, staff: StaffMember, *, allows: bool) -> State:
    words = words_of(state.language)
    wall_ms = parts.clock.wall_ms()
    try:
        parts.writer.run(lambda conn: config.record_try(conn, staff.id, wall_ms, right=False))
    except StoreError as error:  # a try that cannot be counted costs the badge
        return change(state, sign_in=None, notice=tell(words, "not_written", why=words(str(error))))
    asked = _asked(parts, staff, allows=allows)
    if asked.tries_left:
        return change(state, sign_in=asked, notice=tell(words, "pin_wrong", tries=asked.tries_left))
    seconds = -(-(asked.wait_until_ms - wall_ms) // 1000)
    return change(state, sign_in=asked, notice=tell(words, "pin_wait", seconds=seconds))


def wait_after(tries: int) -> int:
    """Milliseconds to wait after so many wrong PINs in a row: ten seconds at the third, then twice as long each."""
    return min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(tries - FREE_TRIES, 10)) if tries >= FREE_TRIES else 0


def _verify(hashed: str, text: str) -> bool:
    from nacl.exceptions import CryptoError
    from nacl.pwhash import argon2id

    if not 0 < len(text) <= LONGEST_PIN:
        return False
    try:
        return argon2id.verify(hashed.encode(), text.encode())
    except (CryptoError, ValueError, TypeError):
        return False
