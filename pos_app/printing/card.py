"""The slip that a new member takes home: the card's number as a QR code, and a link for the phone."""

from pos_app.cards.catima import catima_link
from pos_app.languages.words import Words
from pos_app.printing.escpos import Align
from pos_app.printing.profile import Profile
from pos_app.printing.rows import QrRow, Row, Sheet


def card_rows(shop: str, title: str, number: str, words: Words, profile: Profile) -> tuple[Row | QrRow, ...]:
    """The rows of the slip: `title` is what the programme is called, `number` the whole number of the card."""
    sheet = Sheet(words, profile)
    sheet.say(shop, bold=True, align=Align.CENTRE)
    sheet.say(title, align=Align.CENTRE)
    sheet.say(words("YOUR CARD"), bold=True, align=Align.CENTRE)
    sheet.qr(number)
    sheet.say(words("Show this code at the till, or say its number."), align=Align.CENTRE)
    if profile.layout.catima and profile.qr != "none":
        sheet.rule()
        sheet.say(words("On the phone, in the Catima app:"), align=Align.CENTRE)
        sheet.rows.append(QrRow(catima_link(title or shop, number)))
    return tuple(sheet.rows)
