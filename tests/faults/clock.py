"""The program where a clock is off: `python -m tests.faults.clock WHOSE SECONDS -- submit -`.

WHOSE is `store`, for what PostgreSQL's clock says to this process (as a server does that took another's
place), or `own`, for the process's own time of day.
"""

from __future__ import annotations

import sys
import time

from casecore.store import sql

_CLOCK = "clock_timestamp()"


def of_store(seconds: float) -> None:
    """Every statement that asks PostgreSQL's clock hears another time."""
    off = f"({_CLOCK} + interval '{seconds} seconds')"
    for name in ("APPEND", "NOW"):
        statement: str = getattr(sql, name)
        assert _CLOCK in statement, f"{name} asks another clock now"
        setattr(sql, name, statement.replace(_CLOCK, off))


def own(seconds: float) -> None:
    """The time of day as Python's time.time gives it; what measures durations is another clock."""
    right = time.time
    time.time = lambda: right() + seconds


def main() -> None:
    """Run the command with its clock."""
    from casecore.cli.main import main as casecore

    whose, seconds, _, *arguments = sys.argv[1:]
    {"store": of_store, "own": own}[whose](float(seconds))
    sys.argv = ["casecore", *arguments]
    casecore()


if __name__ == "__main__":
    main()
