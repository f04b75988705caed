"""What is loaded before the first paint: the screens, and nothing of what the till works with."""

import subprocess
import sys

HEAVY = (
    "rules.kinds",
    "rules.programme",
    "sync.till.database",
    "serial",
    "httpx",
    "cryptography",
    "babel",
    "pos_app.till.till",
)


def test_the_screens_load_without_rules_store_and_devices() -> None:
    """A module that one of the screens needs later is imported where it is needed."""
    code = f"import sys, pos_app.app; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
