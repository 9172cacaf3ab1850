"""Views: whether they have come as far as one's own write, built again, compared, and their quarantine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic, sleep
from typing import NamedTuple
from uuid import UUID

from casecore.app.application import Application
from casecore.audit.run_once import TopicAudit, audit_topics
from casecore.contract.streams import StreamKind, kind_of
from casecore.errors.kinds import CasecoreError, Kind, NotFound
from casecore.postgres.errors import UNAVAILABLE, DatabaseError
from projections.catalogue import VIEWS
from projections.kit.collector import quieten_collector
from projections.kit.errors import KeyParked, ViewMissing, ViewOutdated
from projections.kit.fold.records import RecordPlace
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import quarantine
from projections.kit.quarantine.newer import waiting_for_newer
from projections.kit.quarantine.quarantine import ParkedKey
from projections.kit.quarantine.retrying import Retried
from projections.kit.reading.folded import folded_events
from projections.kit.reading.waiting import wait_for_version
from projections.kit.rebuild.rebuild import RebuildReport, audit_view
from projections.kit.rebuild.rebuild import rebuild as rebuild_view
from projections.kit.rebuild.shadow_build import BuildProgress

_LOOK_SECONDS = 0.1


class ViewUnknown(NotFound):
    """There is no view of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no view {name!r}; there are: {', '.join(sorted(VIEWS))}")


class ViewsBehind(CasecoreError):
    """The views have not folded what is stored in time; the message says how far each is."""

    kind = Kind.UNAVAILABLE


class AuditReport(NamedTuple):
    """What an audit of everything has found.

    `left_out` is what only a newer program can read: it is not compared, and does not count as a difference.
    """

    topics: TopicAudit
    views: list[RebuildReport]
    left_out: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether anything is not as it must be."""
        return self.topics.difference is not None or any(view.equal is False for view in self.views)


def find_view(name: str) -> AnyProjection:
    """The view of that name; raises ViewUnknown."""
    if name not in VIEWS:
        raise ViewUnknown(name)
    return VIEWS[name]


def has_folded(
    app: Application,
    view: str,
    stream_id: UUID,
    version: int,
    limit_seconds: float,
) -> bool:
    """Whether a view has folded a version of a stream, or does so within a limit.

    Raises ViewUnknown, KeyParked, ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    return app.ask(wait_for_version, find_view(view), stream_id, version, limit_seconds)


def have_folded(
    app: Application, kind: StreamKind, stream_id: UUID, version: int, limit_seconds: float
) -> bool:
    """Whether all views of a kind of stream have folded a version of one, or do so within a limit.

    A view that has the stream in quarantine, that is not built, or that cannot be asked now is behind: the
    version is stored, whatever becomes of the question.
    """
    give_up_at = monotonic() + limit_seconds
    try:
        return all(
            app.ask(wait_for_version, view, stream_id, version, max(0.0, give_up_at - monotonic()))
            for view in VIEWS.values()
            if kind in view.kinds
        )
    except (KeyParked, ViewMissing, ViewOutdated, DatabaseError, *UNAVAILABLE):
        return False


def stored_events_of_views(app: Application) -> dict[str, int]:
    """How many events of each view's kinds the store has, by the view's name."""
    by_type = app.log.count_by_type()
    return {
        name: sum(count for wire_name, count in by_type.items() if kind_of(wire_name) in VIEWS[name].kinds)
        for name in sorted(VIEWS)
    }


def wait_until_folded(
    app: Application,
    limit_seconds: float,
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
) -> None:
    """Wait until the views have folded all that is stored now; raises ViewsBehind after the limit.

    `on_progress` gets a view's name, how many events it has folded, and of how many.
    """
    give_up_at = monotonic() + limit_seconds
    stored = stored_events_of_views(app)
    while True:
        folded = {name: app.ask(folded_events, VIEWS[name]) for name in stored}
        for name, total in stored.items():
            on_progress(name, folded[name], total)
        if all(folded[name] >= total for name, total in stored.items()):
            return
        if monotonic() > give_up_at:
            raise ViewsBehind(f"the views have not caught up in {limit_seconds:.0f} seconds: {folded}")
        sleep(_LOOK_SECONDS)


def rebuild(
    app: Application,
    view: str,
    processes: int | None = None,
    on_progress: Callable[[BuildProgress], None] = lambda _: None,
) -> RebuildReport:
    """Build a view again beside the live one, compare them, and swap it in.

    `processes` build at once, by default one for each core. Raises ViewUnknown, and what a rebuild raises.
    """
    projection = find_view(view)
    quieten_collector()
    return rebuild_view(
        projection,
        app.view_servers,
        on_progress,
        cores_or(processes),
    )


def audit(
    app: Application,
    processes: int | None = None,
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
    on_topics: Callable[[TopicAudit], None] = lambda _: None,
) -> AuditReport:
    """Compare store, topics and views, row by row.

    `on_progress` hears what is compared, how far it is, and of how much; `on_topics` what was found in the
    topics, before the views are compared. Raises what `audit_topics` and `audit_view` raise.
    """
    quieten_collector()
    prefix = app.settings.topic_prefix
    topics = audit_topics(
        app.database, app.kafka, prefix, lambda done, total: on_progress("store and topics", done, total)
    )
    on_topics(topics)
    views = []
    for name in sorted(VIEWS):
        views.append(
            audit_view(
                VIEWS[name],
                app.view_servers,
                lambda progress, name=name: on_progress(f"view {name}", progress.done, progress.total),  # type: ignore[misc]
                cores_or(processes),
            )
        )
    waiting = (waiting_in(app, name) for name in sorted(VIEWS))
    left_out = set().union(*waiting, *(view.left_out for view in views))
    return AuditReport(topics, views, tuple(sorted(left_out)))


def list_parked(app: Application, view: str | None = None) -> list[tuple[str, ParkedKey]]:
    """Every parked key, with its view's name; of one view, or of all."""
    chosen = [find_view(view)] if view else [VIEWS[name] for name in sorted(VIEWS)]
    return [
        (each.name, parked) for each in chosen for parked in app.ask(partial(quarantine.list_parked, each))
    ]


def waiting_in(app: Application, view: str) -> tuple[str, ...]:
    """What waits in a view's quarantine for a newer program, by name: what is exported of it lacks these."""
    return tuple(sorted(app.ask(partial(waiting_for_newer, find_view(view)))))


def retry_parked(app: Application, view: str, key: str | None = None) -> list[Retried]:
    """Apply a view's parked records again, in order; of one key, or of all."""
    return app.ask(partial(quarantine.retry, find_view(view)), key)


def skip_parked(
    app: Application, view: str, key: str, decision: str, first: RecordPlace | None = None
) -> Retried:
    """Leave a key's first parked record out for good, with a reason, and apply the rest.

    With `first` nothing is done unless that is the first one still.
    """
    return app.ask(partial(quarantine.skip, find_view(view)), key, decision, first)


def cores_or(processes: int | None) -> int:
    """So many processes, or else one for each core that this process may use."""
    if processes is not None:
        return processes
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def projections_of(names: Iterable[str]) -> list[AnyProjection]:
    """The views of these names, or all; raises ViewUnknown."""
    return [find_view(name) for name in names] or [VIEWS[name] for name in sorted(VIEWS)]
