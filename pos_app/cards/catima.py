"""A link that puts a card into Catima, a wallet of cards on the phone; it works without a network.

Everything stands behind the #, which no server is ever sent. The app reads `store`, `note` and `cardid`, each encoded
on its own, and then the whole once more (CatimaLoyalty/Android, ImportURIHelper).
"""

from urllib.parse import quote, quote_plus

_SHARE = "https://catima.app/share#"


def catima_link(store: str, number: str) -> str:
    """The link for the card `number` of `store`, shown by the app as a QR code."""
    fields = {"store": store, "note": "", "cardid": number, "barcodetype": "QR_CODE"}
    return _SHARE + quote("&".join(f"{key}={quote_plus(text)}" for key, text in fields.items()), safe="")
