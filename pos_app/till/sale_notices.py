"""What a till says while a ticket is made, by its stable code: scans, amounts, rewards."""

from typing import Final

from pos_app.till.view import Level
from rules.sentences import mark

_INFO, _WARNING, _REFUSAL = Level.INFO, Level.WARNING, Level.REFUSAL

SALE: Final[dict[str, tuple[Level, str]]] = {
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
    "signed_elsewhere": (
        _REFUSAL,
        mark("Another till took this code: no card on this sale. Ask for a fresh code, not a picture."),
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
    "amount_whole_letters": (_REFUSAL, mark("This is no amount: type it as 45 or as 45.90.")),
    "amount_decimals": (_REFUSAL, mark("Type two digits after the comma, such as 45,90.")),
    "amount_too_long": (_REFUSAL, mark("This is too long for an amount: type it again.")),
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
}
