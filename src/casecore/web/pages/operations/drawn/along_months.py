"""Months along a picture, and series of figures in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from casecore.web.charts.parts import ChartSeries, Figure
from casecore.web.pages.operations.periods import months_between
from casecore.web.pages.operations.sketch import PictureSubject


def months_of(subject: PictureSubject) -> list[date]:
    """The months of the days that are shown, from the first to the last."""
    first, last = subject.span.since, subject.span.until
    found = [one.month for one in subject.rows]
    if not found:
        return []
    return months_between(first or min(found), last or max(found))


def series_of(
    of_month: Mapping[date, Any],
    months: Sequence[date],
    figure: Callable[[Any], Figure],
    kind: str,
    label: str = "",
) -> ChartSeries:
    """A figure for each month; where a month has no row, nobody knows one."""
    figures = [figure(of_month[one]) if one in of_month else Figure(None, "") for one in months]
    return ChartSeries(label, kind, figures)
