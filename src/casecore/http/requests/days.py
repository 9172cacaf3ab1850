"""Days that are asked about: every door answers for as many."""

from __future__ import annotations

from datetime import date

from casecore.http.problems import InvalidRequest

MOST_DAYS = 7_400
"""Twenty years: each day is a row."""


def check_days(since: date, until: date) -> None:
    """Raise InvalidRequest for more days than are answered for at once; both are included."""
    if (until - since).days >= MOST_DAYS:
        raise InvalidRequest(f"from since to until there are more than {MOST_DAYS:,} days: ask for fewer")
