"""mutmut with limits of processor time alone: a busy machine must not look like a mutant that runs for ever."""

from mutmut.__main__ import cli
from mutmut.workers import isolation

isolation.register_timeout = lambda pid, timeout_s: None

if __name__ == "__main__":
    cli()
