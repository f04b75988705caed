"""The garbage collector at a till that is ready."""

import subprocess
import sys

_PROGRAM = """
import gc
import pos_app.compose
from pos_app.memory import settle
settle()
print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0] > 700, gc.isenabled())
"""


def test_what_start_up_made_is_left_alone() -> None:
    """Modules and classes are out of the collector's reach, and it still runs."""
    # A process of its own: what is frozen stays frozen.
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
