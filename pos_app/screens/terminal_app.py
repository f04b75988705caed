"""What the till's app and that of the first start have in common: themes, and scans of keyboard scanners."""

import os
import time
from typing import ClassVar, TypeVar

from pos_app.screens import tuned  # sets Textual's switches, so it must come first

# isort: split
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme
from textual.timer import Timer

from pos_app.devices.wedge import Wedge, WedgeConfig, WedgeResult
from pos_app.screens.keyboard import quicken
from pos_app.widgets.themes import STYLES, Theme, has_halves, offered, theme, theme_for

R = TypeVar("R")
quicken()


class TerminalApp(App[R]):
    """An app in its own theme that tells a scanner's keys from typing before any screen sees them."""

    CSS_PATH = STYLES / "assidu.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = "#board"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", show=False, priority=True)]

    def __init__(self, theme: str, wedge: WedgeConfig) -> None:
        """`theme` is one of dark, light, ansi, mono or "auto"."""
        super().__init__()
        self._wedge_config = wedge
        self._wedge = Wedge(wedge)
        self._release_timer: Timer | None = None
        self.halves = has_halves(os.environ)
        self.palette = self._dress(theme_for(theme, os.environ, colourless=tuned.COLOURLESS))

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, where it is one for a terminal of a Unix on standard output."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from pos_app.screens.on_output import OutputDriver

        return OutputDriver

    def scan_typed(self, text: str, times: tuple[int, ...]) -> None:
        """A keyboard scanner typed `text`; `times` are the milliseconds of its keys, none for a paste."""
        raise NotImplementedError

    def scan_too_long(self) -> None:
        """A burst beyond all sense was thrown away."""

    def action_help_quit(self) -> None:
        """Ctrl+C does nothing: a scanner or a stray hand must not end it."""

    # --- keyboard scanners

    @property
    def wedge(self) -> WedgeConfig:
        """How a keyboard scanner is recognised."""
        return self._wedge_config

    def recognise(self, config: WedgeConfig) -> None:
        """Recognise keyboard scanners by `config` from now on."""
        self._wedge_config, self._wedge = config, Wedge(config)

    async def on_event(self, event: events.Event) -> None:
        """A keyboard scanner is told from typing before any screen sees a key."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self._settle(self._wedge.key(event.character, event.key, int(event.time * 1000)))
            self._plan_flush()
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            await self._settle(self._wedge.paste(event.text))
        else:
            await super().on_event(event)

    async def _settle(self, result: WedgeResult) -> None:
        for key in result.typing:
            await super().on_event(events.Key(key.key, key.char))
        if result.scan is not None:
            self.scan_typed(result.scan, result.times)
        elif result.too_long:
            self.scan_too_long()

    def _plan_flush(self) -> None:
        if self._release_timer is not None:
            self._release_timer.stop()
            self._release_timer = None
        if self._wedge.holding:
            wait_ms = self._wedge_config.gap_ms + 2
            self._release_timer = self.set_timer(wait_ms / 1000, self._release)

    async def _release(self) -> None:
        self._release_timer = None
        await self._settle(self._wedge.flush(now_ms()))
        if self._wedge.holding:
            self._release_timer = self.set_timer(0.05, self._release)

    # --- themes

    def next_theme(self) -> None:
        """The next of the themes that this terminal can show."""
        names = offered(os.environ, colourless=tuned.COLOURLESS)
        self.palette = self._dress(names[(names.index(self.palette.name) + 1) % len(names)])

    def _dress(self, name: str) -> Theme:
        palette = theme(name)
        self.register_theme(
            TextualTheme(
                name=f"assidu-{name}",
                primary=_colour(palette, palette.foreground),
                foreground=_colour(palette, palette.foreground),
                background=_colour(palette, palette.background),
                dark=palette.dark,
                ansi=palette.ansi,
                variables=BUILTIN_THEMES["ansi-dark"].variables if palette.ansi else {},
            )
        )
        self.theme = f"assidu-{name}"
        return palette


def now_ms() -> int:
    """The milliseconds that keys are told with."""
    return int(time.monotonic() * 1000)


def _colour(palette: Theme, name: str) -> str:
    return f"ansi_{name}" if palette.ansi else name
