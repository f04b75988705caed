"""Marks the sentences that people read on a till, so that the catalogues of the languages hold them."""


def mark(message: str) -> str:
    """Return the message as it is; the extraction finds it, the screen translates it."""
    return message
