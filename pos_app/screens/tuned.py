"""Textual's switches for a till; imported before Textual, which reads them once.

No kitty key protocol (odd key codes end in errors), no animations, and repaints within 4 ms instead of 17. What comes
40 ms behind an Esc is a key of its own: within Textual's 100 ms a digit there is read as Alt with it, another sign. The
size comes from the terminal itself: an exported COLUMNS or LINES would hide every change of it.
"""

import os
from typing import Final

COLOURLESS: Final = bool(os.environ.pop("NO_COLOR", ""))
"""Whether no colour is wanted (no-color.org). Textual would make grey ones: the theme without any is ours."""

for _name, _value in (
    ("TEXTUAL_DISABLE_KITTY_KEY", "1"),
    ("TEXTUAL_ANIMATIONS", "none"),
    ("TEXTUAL_FPS", "250"),
    ("ESCDELAY", "40"),
):
    os.environ.setdefault(_name, _value)
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)
