"""The member's vouchers, each to be printed: those that the ledger made have no receipt they stand on."""

from typing import Final

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.labels import VOUCHER
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import Given
from pos_app.till.slip import voucher_slip
from pos_app.till.state import State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from pos_app.till.vouchers import terms_of, titled
from rules.account import Holding
from sync.till import spool
from sync.till.errors import StoreError
from sync.tokens import voucher_code, voucher_lot

MOST: Final = 6


class VouchersPage(Errand, frozen=True):
    """A digit a voucher; those that lapse first stand first."""

    held: tuple[Holding, ...]
    version: str

    def look(self, parts: Parts, state: State) -> ErrandView:
        programme = parts.programme_of(self.version)
        words = words_of(state.language)
        choices = []
        for digit, one in enumerate(self.held, 1):
            given = _given(one)
            what = ", ".join(terms_of(given, programme, words))
            text = words("{label}: {what}", label=titled(given, programme, words), what=what)
            choices.append(ErrandChoice(digit, text))
        hint = words("Each is printed with its code; with the card it is there without paper, too.")
        return ErrandView(
            words("VOUCHERS"),
            (ErrandLine(hint, Tone.SOFT),),
            tuple(choices),
            keys={"Enter": words("Back")},
        )

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        one, words = self.held[digit - 1], words_of(state.language)
        if not parts.options.prints:
            return change(state, notice=tell(words, "no_printer"))
        job = voucher_slip(_given(one), one.lot, self.version, state.language)
        try:
            parts.writer.run(lambda conn: spool.add_job(conn, "", "voucher", job))
        except StoreError as error:
            return change(state, notice=tell(words, "not_written", why=words(str(error))))
        return change(state, notice=tell(words, "voucher_prints"))


def _given(one: Holding) -> Given:
    first = one.available_on if one.available_on > one.earned_on else None
    return Given(one.asset.removeprefix(VOUCHER), one.asset, one.quantity, first=first, last=one.last_day)


def open_page(parts: Parts, state: State) -> State:
    """The page, where the member of the ticket has a voucher."""
    words, basket = words_of(state.language), state.basket
    if basket is None or basket.who is None:
        return change(state, notice=tell(words, "vouchers_card_first"))
    key, day = parts.identity.lookup_key, now(parts).bdate
    programme = parts.programme_of(basket.programme)
    held = [
        one
        for one in basket.who.account.holdings
        if terms_of(_given(one), programme, words)
        and one.last_day >= day
        and voucher_lot(key, voucher_code(key, one.lot)) == one.lot
    ]
    held.sort(key=lambda one: (one.last_day, one.lot))
    if not held:
        return change(state, notice=tell(words, "no_vouchers"))
    return opened(state, VouchersPage(tuple(held[:MOST]), basket.programme))
