"""As of when, and by whose knowledge, a question is asked."""

from __future__ import annotations

from datetime import UTC, datetime

from casecore.api.questions.question import Asked
from casecore.app.service_levels.as_of import AsOf
from casecore.contract.envelope import Instant
from casecore.http.problems import InvalidRequest

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Of what can be asked about."""


class AskedAsOf(Asked, frozen=True):
    """What had happened by the instant `at`, of what was recorded by `recorded_by`.

    With `recorded_by` alone, what had happened and was recorded by then; without both, as it is now.
    """

    at: Instant | None = None
    recorded_by: Instant | None = None


def read_as_of(asked: AskedAsOf) -> AsOf | None:
    """As of when it is asked, None for now; raises InvalidRequest."""
    at = _checked("at", asked.at)
    known = _checked("recorded_by", asked.recorded_by)
    if at is None:
        return None if known is None else AsOf(known, known)
    if known is not None and known < at:
        raise InvalidRequest(
            f"recorded_by is before at, and what happened by {at.isoformat()} was not all recorded then: "
            "give a later recorded_by, or an earlier at"
        )
    return AsOf(at, known)


def _checked(name: str, given: Instant | None) -> datetime | None:
    if given is None:
        return None
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise InvalidRequest(f"{name} is {given.isoformat()}: give an instant of {FIRST_YEAR} to {LAST_YEAR}")
    return given.astimezone(UTC)
