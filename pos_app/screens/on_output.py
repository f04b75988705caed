"""The screen on standard output. Textual draws it on standard error, which a service sends to its journal."""

import io
import sys
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver


class OutputDriver(LinuxDriver):
    """What Textual drives a terminal with, on standard output; standard error is left to sentences of faults."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        output = sys.__stdout__
        assert isinstance(output, io.TextIOWrapper), "there is a terminal, which was looked at before"
        output.reconfigure(errors="backslashreplace")  # as standard error: no sign may end the drawing
        self._file = output
