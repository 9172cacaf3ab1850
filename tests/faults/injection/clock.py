"""The program where a clock is off: `python -m tests.faults.injection.clock WHOSE SECONDS -- submit -`.

WHOSE is `store`, for what PostgreSQL's clock says to this process (as a server does that took another's
place), or `own`, for the process's own time of day.
"""

from __future__ import annotations

import os
import sys
import time

import psycopg

from casecore.store import sql
from casecore.store.migrations import all_migrations

_CLOCK = "clock_timestamp()"


def of_store(seconds: float) -> None:
    """Whatever asks PostgreSQL's clock hears another time: our statement, and the store's own function."""
    off = f"({_CLOCK} + interval '{seconds} seconds')"
    assert _CLOCK in sql.NOW, "another clock is asked now"
    sql.NOW = sql.NOW.replace(_CLOCK, off)
    [function] = [each.sql for each in all_migrations() if each.name == "append"]
    assert _CLOCK in function, "another clock is asked now"
    replaced = function.replace("create function", "create or replace function", 1).replace(_CLOCK, off)
    with psycopg.connect(os.environ["CASECORE_DATABASE"]) as connection:
        connection.execute(replaced.encode())


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
