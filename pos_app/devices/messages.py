"""What the cashier is told about scanners and codes: English sentences, translated where they are shown.

A sentence holds `{port}` where the name of the port belongs.
"""

from typing import Final

from pos_app.devices.framing import Fault
from pos_app.devices.grammar import Reason
from pos_app.devices.serial_port import PortState
from rules.sentences import mark

PORT_SENTENCES: Final = {
    PortState.ABSENT: mark("Scanner {port} is not there: plug it in, the till takes it up by itself."),
    PortState.DENIED: mark(
        "No right to use scanner {port}: add this user to the group dialout (uucp on Arch), then sign in anew."
    ),
    PortState.BUSY: mark(
        "Scanner {port} is used by another program: close that program, the till takes it up by itself."
    ),
    PortState.SILENT: mark("Nothing heard from scanner {port}: scan its USB COM set-up code, then a card."),
    PortState.OPEN: mark("Scanner {port} is ready."),
}

FAULT_SENTENCES: Final = {
    Fault.TOO_LONG: mark("The scanner sent far too much for one code: scan again, one code only."),
    Fault.BINARY: mark(
        "The scanner sent noise: scan again; if it stays so, check the speed and parity of the port."
    ),
    Fault.NO_AIM: mark(
        "The scanner left out the code type: scan again; if it stays so, switch AIM identifiers on."
    ),
    Fault.GLUED: mark("Two codes came at once: scan them one at a time."),
    Fault.SPLIT: mark("Two codes came at once, or one of several lines: scan one code at a time."),
}

REASON_SENTENCES: Final = {
    Reason.EMPTY: mark("Nothing was read: scan again."),
    Reason.TOO_SHORT: mark("Only part of a code was read: scan again."),
    Reason.TOO_LONG: mark("This code is too long for a card or a product: scan another code on it."),
    Reason.BAD_CHECK_DIGIT: mark("The last digit does not fit: scan again, or check the number."),
    Reason.NOT_DIGITS: mark("This code was read wrongly: scan again."),
    Reason.CONTROL_CHARACTERS: mark("This code holds characters that no card has: scan another code on it."),
    Reason.TWO_CODES: mark("Two codes came at once: scan them one at a time."),
    Reason.ITF_LENGTH: mark("This code may have been read in part: scan again, or type the number."),
    Reason.MALFORMED_SIGNED: mark("This card code is damaged: scan again, or scan the number on the card."),
    Reason.MALFORMED_GS1: mark("This code breaks off: scan again."),
    Reason.NO_USE: mark("This code is neither a card nor a product: scan another code on it."),
}

WRONG_LAYOUT: Final = mark(
    "The scanner types on another keyboard layout: scan its AZERTY set-up code. The code was read."
)
