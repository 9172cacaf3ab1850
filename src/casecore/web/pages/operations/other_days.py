"""The days around those that a picture shows: as many before and after them, and twice as many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from casecore.http.requests.days import MOST_DAYS
from casecore.web.pages.operations.asked import BERLIN, LOWEST_YEAR, DaysShown, OfCases, query_of
from casecore.web.pages.operations.chips import SpanLink
from casecore.web.pages.operations.periods import days_of_months, months_between
from casecore.web.pages.operations.pictures import ShownPicture
from casecore.web.rendering.reader import PageReader

_DAY = timedelta(days=1)


def earlier_later_wider(
    asked: OfCases, shown: ShownPicture, days: DaysShown, reader: PageReader, now: datetime
) -> list[SpanLink]:
    """Where a picture leads to other days; nothing of one that is of now.

    None of them begins after today, nor is of more days than a picture can show.
    """
    if days.since is None or days.until is None:
        return []
    before, after = _around(days.since, days.until, by_month=shown.by_month)
    steps = (
        (reader.gettext("← earlier"), before, days.since - _DAY),
        (reader.gettext("later →"), days.until + _DAY, after),
        (reader.gettext("wider"), before, days.until),
    )
    return list(_links(asked, shown, steps, now.astimezone(BERLIN).date()))


def _links(
    asked: OfCases, shown: ShownPicture, steps: tuple[tuple[str, date, date], ...], today: date
) -> Iterator[SpanLink]:
    for title, since, until in steps:
        if since.year >= LOWEST_YEAR and since <= today and (until - since).days < MOST_DAYS:
            href = shown.path + query_of(asked, since=since.isoformat(), until=until.isoformat())
            yield SpanLink(title, href, is_current=False)


def _around(since: date, until: date, *, by_month: bool) -> tuple[date, date]:
    """Where as many days begin that end before these, and where as many end that begin after them.

    Whole months stay whole.
    """
    if by_month and since.day == 1:
        count = len(months_between(since, until))
        first = since.year * 12 + since.month - 1 - count
        last = until.year * 12 + until.month - 1 + count
        [ends] = days_of_months([date(last // 12, last % 12 + 1, 1)])
        return date(first // 12, first % 12 + 1, 1), ends.last
    length = until - since + _DAY
    return since - length, until + length
