"""What falls due, and what was met and missed: by the view, or by the events where the view cannot know."""

from __future__ import annotations

from casecore.app.application import Application
from casecore.app.service_levels.as_of import (
    AsOf,
    DueAsOf,
    Progress,
    due_as_of,
)
from casecore.app.service_levels.report_as_of import ReportAsOf, report_as_of, report_of
from casecore.app.service_levels.report_sums import ReportSums
from casecore.visibility.rules import Viewer
from projections.sla.queries import DueFilter, due_next, is_later_known
from projections.sla.reports import AttainmentFilter, attainment, clocks_behind, count_without_policy, revised


def due(
    app: Application,
    which: DueFilter,
    as_of: AsOf | None = None,
    on_progress: Progress = lambda _: None,
    viewer: Viewer | None = None,
) -> DueAsOf:
    """Clocks that are not done, by when they fall or fell due; as of now, if `as_of` is None.

    Of the cases that a viewer sees. `on_progress` gets the share of the cases that were read, if they are.
    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    if as_of is not None and _must_read_events(app, as_of, viewer):
        app.freshness.of_events(app.log.head(), as_of.recorded_by)
        return due_as_of(app, which, as_of, on_progress=on_progress, viewer=viewer)
    return DueAsOf(app.ask(due_next, which, as_of.at if as_of else None, viewer), ())


def report(
    app: Application,
    which: AttainmentFilter,
    as_of: AsOf | None = None,
    on_progress: Progress = lambda _: None,
    most_listed: int = 0,
    viewer: Viewer | None = None,
) -> ReportAsOf:
    """How many clocks were met and missed, and how many cases lack a policy; as `due`.

    So many of the clocks are listed. Figures and list are of one moment.
    """
    if as_of is not None and _must_read_events(app, as_of, viewer):
        app.freshness.of_events(app.log.head(), as_of.recorded_by)
        return report_as_of(app, which, as_of, most_listed, on_progress=on_progress, viewer=viewer)
    at = as_of.at if as_of else None
    without_policy = app.ask(count_without_policy, which, viewer)
    if not most_listed:
        found, changed = app.ask(attainment, which, at, viewer), app.ask(revised, which, at, viewer)
        return ReportAsOf(found, without_policy, (), changed)
    sums = ReportSums(most_listed)
    sums.add(app.ask(clocks_behind, which, at, viewer))
    return report_of(sums, without_policy)


def _must_read_events(app: Application, as_of: AsOf, viewer: Viewer | None) -> bool:
    return as_of.recorded_by is not None or app.ask(is_later_known, as_of.at, viewer)
