"""What narrows a page down, each with the address of the page without it; and spans of days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from casecore.http.requests.days import MOST_DAYS
from casecore.web.pages.operations.asked import (
    DAYS,
    DaysShown,
    OfCases,
    days_of,
    months_before,
    query_of,
)
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.words import N_
from projections.workload.pictures import MovedDays

_FILTERS = {
    "organisation": N_("Organisation"),
    "customer": N_("Customer"),
    "seller": N_("Seller"),
    "topic": N_("Topic"),
    "priority": N_("Priority"),
}
_OF_WORDS = ("topic", "priority")


class FilterChip(NamedTuple):
    """A filter that is set, and the address of the page without it."""

    label: str
    value: str
    without: str


class SpanLink(NamedTuple):
    """Days to choose, and whether they are those that are shown."""

    title: str
    href: str
    is_current: bool


def chips_of(asked: OfCases, path: str, reader: PageReader, but: Collection[str] = ()) -> list[FilterChip]:
    """The filters of a page; `but` are names that are no filters there: of its row, or of other pictures."""

    def without(*names: str) -> str:
        return path + query_of(asked, after="", **dict.fromkeys(names, ""))

    found = [
        FilterChip(
            reader.gettext(label),
            reader.word(name, value) if name in _OF_WORDS else value,
            without(name),
        )
        for name, label in _FILTERS.items()
        if name not in but and (value := getattr(asked, name).strip())
    ]
    days = days_of(asked)
    if (days.since or days.until) and "days" not in but:
        found.append(FilterChip(reader.gettext("Days"), span_text(days, reader), without("since", "until")))
    if asked.target and "target" not in but:
        target = f"{asked.target.strip()} %"
        found.append(FilterChip(reader.gettext("Target"), target, without("target")))
    return found


def span_text(days: DaysShown, reader: PageReader) -> str:
    """Days in a few words."""
    if days.since and days.until:
        return f"{reader.day(days.since)} – {reader.day(days.until)}"
    if days.since:
        return reader.gettext("from %(day)s", day=reader.day(days.since))
    return reader.gettext("to %(day)s", day=reader.day(days.until)) if days.until else ""


def span_links(
    asked: OfCases, path: str, reader: PageReader, usual: DaysShown, by_month: bool | None
) -> Sequence[SpanLink]:
    """The last days, the last months, and all on which anything happened.

    `usual` are the days that are shown where the address says none: twelve months if `by_month`, 90 days if
    not, and where it is None some of both.
    """
    if usual.until is None:
        return ()
    last, shown = usual.until, days_of(asked)

    def link(title: str, span: DaysShown) -> SpanLink:
        since, until = (day.isoformat() if day else "" for day in (span.since, span.until))
        return SpanLink(title, path + query_of(asked, since=since, until=until), shown == span)

    days, months = DaysShown(last - timedelta(days=DAYS - 1), last), DaysShown(months_before(last), last)
    found = [link(reader.gettext("usual days"), DaysShown())] if by_month is None else []
    found.append(link(reader.gettext("90 days"), DaysShown() if by_month is False else days))
    found.append(link(reader.gettext("12 months"), DaysShown() if by_month else months))
    whole = whole_span(usual.moved)
    if whole is not None:
        first = reader.day(whole[0])
        title = reader.gettext("all since %(day)s", day=first)
        if whole[0] != usual.moved.first_on:
            title = reader.gettext("from %(day)s", day=first)
        found.append(link(title, DaysShown(*whole)))
    return found


def whole_span(moved: MovedDays) -> tuple[date, date] | None:
    """The days on which anything happened, as many as a picture can show; None where nothing did."""
    if moved.first_on is None or moved.last_on is None:
        return None
    return max(moved.first_on, moved.last_on - timedelta(days=MOST_DAYS - 1)), moved.last_on
