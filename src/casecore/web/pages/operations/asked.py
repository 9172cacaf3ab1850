"""Of which cases and days a picture is: as its address says it, and what that means where it says nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from casecore.app.pictures.catalogue import Picture
from casecore.contract.cases import Priority
from casecore.http.problems import InvalidRequest
from casecore.http.requests.days import check_days
from casecore.web.pages.page import Look, PageAsked
from projections.pictures.asked import Behind, PictureFilter
from projections.workload.pictures import MovedDays, moved_days

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = 90
"""Of a picture by day, unless its address says others."""
_MONTHS_BACK = 11
_QUIET = timedelta(days=31)
"""After so many days without anything, the days shown end with the last on which something happened."""
_PRIORITIES = tuple(one.value for one in Priority)
LOWEST_YEAR, _HIGHEST_YEAR = 1970, 2200


class OfCases(PageAsked, frozen=True):
    """Which cases and days; an empty filter does not matter. `wall` is 1, or round, for a wall screen."""

    organisation: str = ""
    customer: str = ""
    seller: str = ""
    topic: str = ""
    priority: str = ""
    since: str = ""
    until: str = ""
    target: str = ""
    wall: str = ""


class DaysShown(NamedTuple):
    """Days that are shown, both included; None is whatever there is. `moved` is when anything happened."""

    since: date | None = None
    until: date | None = None
    moved: MovedDays = MovedDays(None, None)


def filter_of(asked: OfCases, look: Look) -> PictureFilter:
    """Which cases are asked about, without days; raises InvalidRequest."""
    if asked.priority not in ("", *_PRIORITIES):
        raise InvalidRequest(f"priority is {asked.priority[:50]!r}; possible are: {', '.join(_PRIORITIES)}")
    return PictureFilter(
        organisation=asked.organisation.strip() or None,
        customer=asked.customer.strip() or None,
        seller=asked.seller.strip() or None,
        topic=asked.topic or None,
        priority=asked.priority or None,
        at=look.now,
    )


def span_of(asked: OfCases, look: Look, moved: MovedDays, *, by_month: bool) -> DaysShown:
    """Which days are shown: those that the address says, or the last 90, or the last twelve months.

    They end today, or when the last thing happened, if that is long ago.
    """
    since, until, _ = days_of(asked)
    today = look.now.astimezone(BERLIN).date()
    if until is None:
        last = moved.last_on
        until = today if last is None or today - last < _QUIET else last
        until = max(until, since) if since else until
    if since is None:
        since = months_before(until) if by_month else until - timedelta(days=DAYS - 1)
    _check_span(since, until)
    return DaysShown(since, until, moved)


def days_of(asked: OfCases) -> DaysShown:
    """Which days the address says, and no others; raises InvalidRequest."""
    since, until = _day("since", asked.since), _day("until", asked.until)
    if since is not None and until is not None:
        _check_span(since, until)
    return DaysShown(since, until)


def months_before(until: date) -> date:
    """The first day of the twelve months that end with a day."""
    months = until.year * 12 + until.month - 1 - _MONTHS_BACK
    return date(months // 12, months % 12 + 1, 1)


def moved_of(look: Look, which: PictureFilter) -> MovedDays:
    """When anything happened to these cases."""
    return look.app.ask(moved_days, which, look.viewer)


def query_of(asked: OfCases, **changes: str) -> str:
    """The same in an address: what differs from nothing, begun with a question mark."""
    given = {**msgspec.structs.asdict(asked), **changes}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"?{query}" if query else ""


def api_of(picture: Picture, which: PictureFilter, behind: Behind | None = None) -> str:
    """Where programs find the same rows, or the cases behind one of their figures."""
    given: dict[str, object] = which._replace(at=None)._asdict()
    path = f"/v1/{picture.path}"
    if behind is not None:
        given, path = {**given, **behind.keys, "figure": behind.figure}, f"{path}/cases"
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return path + (f"?{query}" if query else "")


def _check_span(since: date, until: date) -> None:
    if since > until:
        raise InvalidRequest(f"since is {since}, which is after until, {until}: put the earlier day first")
    check_days(since, until)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not LOWEST_YEAR <= found.year <= _HIGHEST_YEAR:
        raise InvalidRequest(
            f"{name} is {text[:50]!r}: write a day as 2026-03-31, from {LOWEST_YEAR} to {_HIGHEST_YEAR}"
        )
    return found
