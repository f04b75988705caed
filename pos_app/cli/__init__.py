"""The command line: `assidu …`."""

from pos_app.cli.main import main

__all__ = ["main"]
