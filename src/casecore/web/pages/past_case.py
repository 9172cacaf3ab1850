"""As of when a page shows a case: the instants that somebody has put into the form."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from casecore.app.service_levels.as_of import AsOf
from casecore.http.problems import InvalidRequest

_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def read_as_of(at: str, recorded_by: str, zone: ZoneInfo) -> AsOf | None:
    """As of when a page is asked for, None for now; with one of both it is the same for the other.

    What had happened by an instant alone is as it is known now. Raises InvalidRequest.
    """
    happened, known = _instant(at, zone), _instant(recorded_by, zone)
    if happened is None:
        return None if known is None else AsOf(known, known)
    if known is not None and known < happened:
        raise InvalidRequest(
            "what had happened by then was not all recorded by the earlier time: give a later time for what "
            "was known, or an earlier one for what had happened"
        )
    return AsOf(happened, known)


def query_of(as_of: AsOf) -> str:
    """The same as a query of the API."""
    found = {"at": as_of.at, "recorded_by": as_of.recorded_by}
    return urlencode({name: _text(value) for name, value in found.items() if value is not None})


def _instant(given: str, zone: ZoneInfo) -> datetime | None:
    if not given.strip():
        return None
    try:
        found = datetime.fromisoformat(given.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{given[:50]!r} is not a time: write it as 2026-03-31T17:00") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise InvalidRequest(f"{given[:50]!r} is out of range: give a year of {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
