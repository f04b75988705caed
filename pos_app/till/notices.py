"""Every sentence a till says about what happened, by its stable code: what to tell the customer, what to press.

Those of a ticket that is being made are in `sale_notices`.
"""

from typing import Final

from pos_app.languages.words import Words
from pos_app.till.sale_notices import SALE
from pos_app.till.view import Level, Notice
from rules.sentences import mark

_INFO, _WARNING, _REFUSAL = Level.INFO, Level.WARNING, Level.REFUSAL

SENTENCES: Final[dict[str, tuple[Level, str]]] = {
    # signing in
    "locked": (_REFUSAL, mark("The till is locked: scan your badge first.")),
    "badge_unknown": (_REFUSAL, mark("This badge is not known here: ask a manager, or scan another badge.")),
    "pin_wrong": (_REFUSAL, mark("Wrong PIN: {tries} tries left.")),
    "pin_wait": (_REFUSAL, mark("Too many wrong PINs: wait {seconds} seconds, then type it again.")),
    "pin_wanted": (_INFO, mark("{name}: type your PIN, then Enter.")),
    "badge_first": (_REFUSAL, mark("Scan your badge, then type the PIN.")),
    "barred": (_REFUSAL, mark("{name} may no longer sign in here: scan another badge.")),
    "signed_in": (_INFO, mark("Signed in: {name}.")),
    "store_damaged": (
        _REFUSAL,
        mark("This till's memory is damaged: restart the till, it checks itself; nothing is recorded."),
    ),
    **SALE,
    # recording
    "recorded": (_INFO, mark("Recorded {amount}.")),
    "already_recorded": (_INFO, mark("This ticket is recorded already: here is its first record.")),
    "disk": (_REFUSAL, mark("The ticket is NOT recorded: {why}")),
    "not_written": (_REFUSAL, mark("Nothing was written: {why}")),
    "not_printed": (_WARNING, mark("Ticket {reference} is recorded, not printed: F9, 2, 1 prints it.")),
    "not_printed_some": (
        _WARNING,
        mark("Papers recorded, not printed: {n}, the last of ticket {reference}. F9, 2, 4 lists them."),
    ),
    "not_wanted": (_INFO, mark("Noted: none of these papers is printed any more.")),
    "all_printed": (_INFO, mark("Every paper has been printed.")),
    "restored": (_INFO, mark("The ticket begun before the restart is back: check it, then Enter.")),
    "elsewhere": (
        _WARNING,
        mark("This till came to another machine: it earns, and gives rewards once it is connected."),
    ),
    "reprinted": (_INFO, mark("A duplicate of the receipt is printing.")),
    "nothing_to_print": (_INFO, mark("There is no ticket to print yet.")),
    "no_programme": (
        _WARNING,
        mark("No programme is here yet: tickets are recorded, points are counted later."),
    ),
    # undo, return
    "undone": (_INFO, mark("Ticket {reference} is undone: points and rewards are back as before.")),
    "undo_asked": (_WARNING, mark("Undo ticket {reference}, {amount}? Enter undoes it, Esc keeps it.")),
    "nothing_to_undo": (_REFUSAL, mark("The last ticket can no longer be undone: press F6 for a return.")),
    "return_wanted": (_INFO, mark("Scan the receipt, or type its number.")),
    "ticket_unknown": (
        _WARNING,
        mark("This ticket is not on this till: type the amount given back, the ledger does the rest."),
    ),
    "ticket_other": (
        _WARNING,
        mark(
            "Here this number is another ticket's: type the amount given back, the ledger finds the right one."
        ),
    ),
    "paired_before": (
        _WARNING,
        mark(
            "This till was paired with this code before: nothing was done. To pair it again, make a new code."
        ),
    ),
    "ticket_number": (
        _REFUSAL,
        mark("This is no ticket number: type it as on the receipt, such as 2-1-1790."),
    ),
    "receipt_check": (
        _REFUSAL,
        mark("This till's journal has no such ticket: type it again with the six characters behind it."),
    ),
    "receipt_against": (
        _REFUSAL,
        mark("This till's disk has lost a printed ticket: nothing is given here until it is paired again."),
    ),
    "return_too_much": (
        _REFUSAL,
        mark("Only {amount} is left to give back on this ticket: type so much or less."),
    ),
    "return_nothing": (
        _REFUSAL,
        mark("Nothing is left to give back on this ticket: Esc leaves it as it is."),
    ),
    "return_amount": (_REFUSAL, mark("Type the amount given back first.")),
    "returned": (_INFO, mark("Return of {amount} recorded.")),
    # enrolment
    "enrol_card_taken": (_REFUSAL, mark("This card belongs to a member already: scan another card.")),
    "enrol_product": (
        _REFUSAL,
        mark("This is a product of the shop, no card: scan a card, or leave it empty."),
    ),
    "enrol_first": (_REFUSAL, mark("A member is being enrolled: F3 creates, Esc leaves. Then scan again.")),
    "enrol_card": (_REFUSAL, mark("This is no card's code: scan another card, or leave it empty.")),
    "enrol_name": (
        _REFUSAL,
        mark("A first name has at most {most} characters: shorten it, or leave it empty."),
    ),
    "enrol_field": (_REFUSAL, mark("{field} cannot be used: type it again, or leave it empty.")),
    "enrol_contact": (_REFUSAL, mark("This is no phone number or e-mail: type it again, or leave it empty.")),
    "enrol_contact_several": (
        _REFUSAL,
        mark("Several members have this phone or e-mail: leave with Esc, and find them by F2."),
    ),
    "enrol_birthday": (_REFUSAL, mark("Type the birthday as day/month, such as 08/11, or leave it empty.")),
    "enrol_sponsor": (
        _REFUSAL,
        mark("This card belongs to no member: scan the sponsor's card again, or leave it empty."),
    ),
    "enrol_consent": (_REFUSAL, mark("Press a digit of the consents that are shown.")),
    "enrol_sponsor_blocked": (
        _REFUSAL,
        mark(
            "This card is somebody's, and blocked: scan a new card, or go on without one who brought the member."
        ),
    ),
    "enrol_needs_phone": (
        _REFUSAL,
        mark("For offers by SMS a phone number is needed: type it, or take these offers off."),
    ),
    "enrol_needs_email": (
        _REFUSAL,
        mark("For offers by e-mail an address is needed: type it, or take these offers off."),
    ),
    "enrol_needs_contact": (
        _REFUSAL,
        mark("For offers a phone number or e-mail is needed: type it, or press 1."),
    ),
    "enrol_known": (_WARNING, mark("Already a member: {name}. Enter attaches, Esc goes back.")),
    "enrolled": (_INFO, mark("Welcome: the member is enrolled. Q (or F9, 2, 3) shows a new card as a code.")),
    "consent_given": (_INFO, mark("Written down: {label} is given.")),
    "note_written": (_INFO, mark("The note is written down.")),
    "note_gone": (_INFO, mark("The note is taken away.")),
    "return_first": (
        _REFUSAL,
        mark("A return is begun: Enter finishes it, Esc leaves it. Then scan again."),
    ),
    "note_first": (_REFUSAL, mark("Finish the note with Enter or leave it with Esc, then scan again.")),
    "note_long": (_REFUSAL, mark("A note has one line of at most {n} characters: make it shorter.")),
    "note_enrol_first": (
        _REFUSAL,
        mark("Nobody is enrolled with this card yet: enrol the member first, F3."),
    ),
    "consent_withdrawn": (_INFO, mark("Written down: {label} is withdrawn.")),
    "card_code_nobody": (
        _REFUSAL,
        mark("Only the number of a card that was just made here can be shown: ask for the card."),
    ),
    "no_numbers": (
        _REFUSAL,
        mark("No member number is left on this till: connect it to the network, then enrol."),
    ),
    # personal data
    "personal_nobody": (_REFUSAL, mark("Scan the member's card first, then open this page.")),
    "copy_made": (_INFO, mark("The copy lies in the till's folder: {file}.")),
    "copy_asked": (_INFO, mark("Copy of this till: {file}. That of the ledger comes beside it.")),
    "copy_refused": (_WARNING, mark("The ledger gives no copy of this member.")),
    "copy_unwritten": (_REFUSAL, mark("The copy cannot be written ({why}): free some room, then try again.")),
    "erase_word": (_REFUSAL, mark("To erase type {word}, or go back with Esc.")),
    "member_erased": (_INFO, mark("Erased: tell the member that the card is nobody's from now on.")),
    "same_unknown": (
        _REFUSAL,
        mark("No account is known under this: scan the other card, or type it again."),
    ),
    "same_already": (_REFUSAL, mark("This card is of the same account already: scan the other one.")),
    "same_written": (_INFO, mark("Written down: the accounts become one when the ledger has heard of it.")),
    # what a register has sold already
    "number_taken": (
        _REFUSAL,
        mark("{number} is recorded already with another amount: give each ticket a number of its own."),
    ),
    "return_unknown": (
        _REFUSAL,
        mark("{number} was not sold here: take it back where it was sold, or name it as its receipt does."),
    ),
    "other_currency": (
        _REFUSAL,
        mark("The ticket is in {currency}, this shop counts in {ours}: send it in {ours}."),
    ),
    "no_card": (_REFUSAL, mark("What stands as the member is no card: send the number as it is scanned.")),
    "sold_bare": (
        _WARNING,
        mark(
            "A register sold on a card that is not taken: no points. The card's member claims them later (F9)."
        ),
    ),
    # the day and the clock
    "day_closed": (_INFO, mark("The day is closed: {amount}, tickets: {tickets}.")),
    "day_closed_returns": (
        _INFO,
        mark("The day is closed: {amount}, tickets: {tickets}. Given back: {returned}."),
    ),
    "day_unsent": (
        _WARNING,
        mark(
            "Not sent: tickets {n}, other {others}, since {when}. Leave this till on until then, or close once more."
        ),
    ),
    "finish_ticket": (
        _REFUSAL,
        mark("A ticket is begun: Enter records it, Esc leaves it, then close the day."),
    ),
    "clock_doubt": (
        _WARNING,
        mark("The clock is in doubt: earning goes on; correct the date of this machine."),
    ),
    "adjust_given": (_INFO, mark("{amount} given; they can be spent once the ledger has counted them.")),
    "adjust_taken": (_INFO, mark("{amount} taken, as soon as the ledger counts it.")),
    "adjust_number": (_REFUSAL, mark("Type whole points, up to a million; - before them takes them.")),
    "adjust_alone": (_INFO, mark("You are signed in here yourself: another manager allows it, too.")),
    "adjust_same": (_REFUSAL, mark("The same manager twice: scan the badge of another one.")),
    "manager_only": (_REFUSAL, mark("This is for managers: scan a manager's badge first, then F9.")),
    "not_here": (_REFUSAL, mark("This does not work now: press a key that is shown below.")),
}


def tell(words: Words, code: str, **values: object) -> Notice:
    """The notice of `code` in the language of `words`, its `{names}` filled from `values`."""
    level, sentence = SENTENCES[code]
    return Notice(level, words(sentence, **values), code)
