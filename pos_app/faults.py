"""What ends a till before its time, for every entry point."""


class CannotStart(Exception):
    """The till cannot start or go on here; the text is one sentence that says what to do."""
