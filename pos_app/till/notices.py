"""Every sentence a till says about what happened, by its stable code: what to tell the customer, what to press."""

from typing import Final

from pos_app.languages.words import Words
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
    # scanning and typing
    "same_scan": (_INFO, mark("Same code again: counted once.")),
    "voucher_unknown": (
        _REFUSAL,
        mark("This is no voucher of this chain, or it is damaged: give it back to the customer."),
    ),
    "voucher_card_first": (
        _REFUSAL,
        mark("Whose voucher this is, is not known here: scan the card first, then the voucher."),
    ),
    "voucher_spent": (
        _REFUSAL,
        mark("This voucher was used already, has lapsed, or is another member's: it cannot be taken."),
    ),
    "voucher_twice": (_INFO, mark("This voucher is on the ticket already.")),
    "voucher_from": (_REFUSAL, mark("This voucher can be used from {day}: give it back to the customer.")),
    "voucher_purchase": (_INFO, mark("{label}: scan or type the purchase first, then the voucher.")),
    "voucher_taken": (_INFO, mark("{label}: on the ticket. Keep the paper.")),
    "signed_unknown_key": (
        _REFUSAL,
        mark("This code is signed by a key that is not known here: scan the number on the card."),
    ),
    "signed_revoked_key": (
        _REFUSAL,
        mark("Cards of this make are no longer good: scan the number on the card, and ask for a new card."),
    ),
    "signed_forged": (_REFUSAL, mark("This code is not genuine: scan the number on the card.")),
    "signed_expired": (
        _REFUSAL,
        mark("This card's code has expired: scan the number on the card, and ask for a new card."),
    ),
    "signed_stale": (_REFUSAL, mark("This code is too old: show a fresh one on the phone.")),
    "signed_replaced": (
        _REFUSAL,
        mark("This card was replaced by a newer one: ask for that one, or type the phone number."),
    ),
    "signed_shown": (
        _REFUSAL,
        mark("This code was shown here before: ask for a fresh one on the phone, not a picture of it."),
    ),
    "signed_unknown_phone": (
        _REFUSAL,
        mark("The key of this phone is not known here: scan the card, then show the phone's key once."),
    ),
    "phone_asked": (_INFO, mark("Asking the ledger about this phone… Scan its code again in a moment.")),
    "phone_scan_card": (_REFUSAL, mark("Scan the member's card first, then the phone's key.")),
    "phone_not_own": (
        _REFUSAL,
        mark("This phone's key is not good, too old or another member's: show it anew on the phone."),
    ),
    "phone_known": (_INFO, mark("The phone is known from now on. Number for the app: {number}.")),
    "card_lost": (_REFUSAL, mark("This card was reported lost on {day}: ask for the name, then F7.")),
    "card_stolen": (
        _REFUSAL,
        mark("This card was reported stolen on {day}: it is not taken. Call a manager."),
    ),
    "card_replaced": (_REFUSAL, mark("This card was replaced on {day}: ask for the new one.")),
    "card_not_taken": (_REFUSAL, mark("This card is blocked: ask for the new one, or for the phone number.")),
    "lost_not_theirs": (
        _REFUSAL,
        mark("This is none of this member's cards: scan one of theirs, or choose."),
    ),
    "lost_taken": (_REFUSAL, mark("This card is somebody's already: scan a new one.")),
    "lost_no_card": (_REFUSAL, mark("This is no card: scan the new card.")),
    "lost_replaced": (_INFO, mark("The new card is good, the old one is blocked. Points stay: {points}.")),
    "phone_blocked": (_INFO, mark("The code of the member's phone is not taken any more. Cards stay good.")),
    "lost_blocked": (_INFO, mark("Blocked: the card is not taken any more. Points stay: {points}.")),
    "lost_found": (_INFO, mark("The card is taken again.")),
    "signed_nobody": (_REFUSAL, mark("The ledger knows nobody with this card: scan the number on it.")),
    "card_unknown": (_WARNING, mark("Card not known. Enrol it? F3 / Esc")),
    "card_later": (_WARNING, mark("Card not known here: points are counted once the ledger is reached.")),
    "card_asked": (_INFO, mark("Asking the ledger about this card…")),
    "card_blocked": (_WARNING, mark("This card is blocked: no points, no rewards. The sale goes on.")),
    "card_shared": (
        _WARNING,
        mark("Two members have this number: ask for the name. Scan it again for the other one."),
    ),
    "contact_shared": (
        _WARNING,
        mark("Several members have this phone or e-mail: ask for the name. Type it again for the next one."),
    ),
    "contact_choose": (
        _WARNING,
        mark("Several members have this phone or e-mail: ask for the name, choose."),
    ),
    "contact_several": (_REFUSAL, mark("Several members have this phone or e-mail: scan the card instead.")),
    "same_member": (_INFO, mark("The same member: the ticket stays as it is.")),
    "member_shown": (_INFO, mark("The same member, shown by card or phone: the ticket stays.")),
    "replace_member": (_WARNING, mark("Another card: Enter replaces the member, Esc keeps the first.")),
    "contact_unknown": (_REFUSAL, mark("Nobody is known under this number: F3 enrols, or type it again.")),
    "product_unknown": (
        _REFUSAL,
        mark("Product {product} is not in the catalogue: type its amount instead."),
    ),
    "nothing_typed": (_INFO, mark("Scan a card or a product, or type the amount.")),
    # amounts
    "amount_letters": (_REFUSAL, mark("This is no amount: type digits only, 4590 is 45.90.")),
    "amount_decimals": (_REFUSAL, mark("Type two digits after the comma, such as 45,90.")),
    "amount_too_long": (_REFUSAL, mark("An amount has at most 7 digits: type it again.")),
    "amount_zero": (_REFUSAL, mark("Type an amount above zero.")),
    "amount_ceiling": (
        _WARNING,
        mark("{amount} is above this shop's limit: Enter once more if it is right."),
    ),
    "amount_waits": (_INFO, mark("{amount}: scan the card, or Enter for no card.")),
    "amount_wanted": (_INFO, mark("Type the amount or scan the products first.")),
    "no_such_line": (_REFUSAL, mark("There is no such line on this ticket: press a number that is shown.")),
    "bad_lines": (_REFUSAL, mark("The lines cannot be read: send whole cents and at most {most} lines.")),
    # rewards
    "no_ticket": (_REFUSAL, mark("There is no ticket begun: scan a card or type an amount first.")),
    "no_member": (_REFUSAL, mark("No card on this ticket: scan the card to use a reward.")),
    "event_nobody": (_REFUSAL, mark("No card is scanned: scan the card of the member it happened to first.")),
    "satisfaction_noted": (_INFO, mark("Mark {mark} noted: say thank you.")),
    "satisfaction_already": (_INFO, mark("This visit has its mark already: {mark}.")),
    "satisfaction_low": (_WARNING, mark("Mark {mark} noted: ask what went wrong, and say sorry.")),
    "checked_in": (_INFO, mark("Check-in noted: {place}.")),
    "checked_in_points": (_INFO, mark("Check-in noted: {place}, + {points}.")),
    "checked_in_already": (_INFO, mark("{place}: noted today already, it counts once a day.")),
    "terms_told": (_INFO, mark("The member was told of the new programme.")),
    "terms_accepted": (_INFO, mark("Noted: the member accepts the new terms.")),
    "terms_refused": (_INFO, mark("Noted: the member refuses the new terms.")),
    "find_nobody": (_REFUSAL, mark("Nobody is found by this: type it again, or scan the card.")),
    "moved_ticket": (_INFO, mark("Ticket {reference} is the other member's: the ledger gives the points.")),
    "move_none": (_INFO, mark("There is no ticket of a member to move.")),
    "move_same": (_INFO, mark("The ticket is this member's already.")),
    "move_reward": (
        _REFUSAL,
        mark("A reward was used on this ticket: take the goods back with F6 and sell them again."),
    ),
    "move_returned": (_REFUSAL, mark("This ticket was undone or returned: there is nothing to move.")),
    "claim_noted": (_INFO, mark("Receipt {reference} is noted: the ledger gives the points.")),
    "claim_number": (
        _REFUSAL,
        mark("This is no number of a receipt: type it as printed, with the six characters behind it."),
    ),
    "claim_taken": (_REFUSAL, mark("This receipt is counted already, or was undone: it counts once.")),
    "reward_none": (
        _INFO,
        mark(
            "No gift of this till; of others only on line. A free item or a discount comes back with its line (F6)."
        ),
    ),
    "reward_exchanged": (_INFO, mark("Exchanged: {what}. Say sorry.")),
    "reward_exchanged_uncounted": (
        _INFO,
        mark("Exchanged: {what}. This till has no share of it: have the gifts counted."),
    ),
    "reward_restored": (_INFO, mark("Taken back: {what}. Its points return to the member.")),
    "enrol_sponsor_noted": (_INFO, mark("Brought by {name}: noted. Now the new card, or none.")),
    "enrol_sponsor_gone": (_INFO, mark("Brought by nobody: scan the sponsor's card again if it was right.")),
    "no_purchase": (
        _INFO,
        mark("This till has no purchase of this member: ask for the receipt, or try the till that sold it."),
    ),
    "vouchers_card_first": (_REFUSAL, mark("Scan the member's card first, then print the vouchers.")),
    "no_vouchers": (_INFO, mark("This member has no voucher that can be used.")),
    "voucher_prints": (_INFO, mark("The voucher is printing.")),
    "no_printer": (
        _WARNING,
        mark("This till has no printer: F9, 8 shows the receipt, the card brings vouchers up at any till."),
    ),
    "no_gifts": (_INFO, mark("This programme hands out no gifts.")),
    "answer_noted": (_INFO, mark("Noted, thank you.")),
    "no_question": (_INFO, mark("There is nothing to ask this member.")),
    "too_many_guesses": (
        _REFUSAL,
        mark("Too many numbers that nobody has: scan the card, or wait {seconds} seconds."),
    ),
    "no_training": (_REFUSAL, mark("There is no room to practise in: free some on this machine's disk.")),
    "visit_asked": (
        _WARNING,
        mark("A visit without purchase? Enter records it, Esc goes back; or type the amount."),
    ),
    "no_incidents": (_INFO, mark("This programme counts no incidents: tell a manager.")),
    "incident_noted": (_INFO, mark("Noted: {kind}. Say sorry, and put it right if you can.")),
    "incident_red": (_WARNING, mark("RED ALERT, noted: {kind}. Call a manager to this customer now.")),
    "no_rewards": (_INFO, mark("No reward can be used on this ticket.")),
    "no_such_reward": (_REFUSAL, mark("There is no reward with this number: press one that is shown.")),
    "reward_beyond": (_WARNING, mark("{reason} The customer keeps everything; the sale goes on.")),
    "reward_asked": (_INFO, mark("Asking the ledger to confirm this reward…")),
    "reward_called_back": (
        _INFO,
        mark("{where} Enter records the sale without it."),
    ),
    "reward_floor": (
        _INFO,
        mark("{points} of these points are given subject to confirmation: tell the customer."),
    ),
    "manager_wanted": (
        _WARNING,
        mark(
            "More than this till may give by itself: scan a manager's badge. Enter records the sale without it."
        ),
    ),
    "trust_number": (
        _WARNING,
        mark("On a number only {points} more points today: scan signed card or phone, or a manager's badge."),
    ),
    "trust_signed": (
        _WARNING,
        mark("On this card only {points} more points today: show the phone's code, or a manager's badge."),
    ),
    "manager_vouches": (_INFO, mark("{name} answers for this member: the reward is on the ticket.")),
    "manager_allowed": (_INFO, mark("{name} allows it: {points} points are given subject to confirmation.")),
    "reward_next_door": (
        _INFO,
        mark("Held at another till of the store, which is asked… Enter records the sale without it."),
    ),
    "reward_gone": (_REFUSAL, mark("This reward is no longer covered: choose again, then Enter.")),
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
