"""The smallest Textual app with an Input: the yardstick for first paint and for the echo of a key."""

from textual.app import App, ComposeResult
from textual.widgets import Input, Label


class EmptyApp(App[None]):
    """One word and one field."""

    def compose(self) -> ComposeResult:
        """The word is what the bench waits for."""
        yield Label("empty")
        yield Input()


EmptyApp().run()
