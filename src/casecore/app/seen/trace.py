"""Where a case's events are, for a viewer: of those that it sees, and nothing of what a quarantine holds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.seen.events import heads_of_case
from casecore.app.trace import LATEST, TracedEvent, TracedView, ViewState, trace
from casecore.visibility.rules import Viewer


class SeenSkip(NamedTuple):
    """A record of an event that an operator left out of a view, and why it had been parked."""

    version: int
    reason: str
    skipped_at: datetime


class SeenInView(NamedTuple):
    """What a view has of the case: `folded` if it has the last of the events, or an operator skipped that.

    `version` is that of the last event that it has folded, of those that the viewer sees. `parked_at` is
    since when an event that it lacks is in quarantine, for this `reason`. `error` says why the view cannot be
    asked.
    """

    view: str
    state: ViewState
    version: int | None
    parked_at: datetime | None
    reason: str | None
    skipped: list[SeenSkip]
    error: str | None


class SeenTrace(NamedTuple):
    """Where a case's events are; `earlier` ones were not looked for.

    `topics_known` is whether Kafka could be asked, to the end.
    """

    case: str
    version: int
    events: list[TracedEvent]
    earlier: int
    topics_known: bool
    views: list[SeenInView]


def seen_trace(app: Application, case: str, viewer: Viewer | None, most: int = LATEST) -> SeenTrace:
    """Where the latest events of a case are that the viewer sees, so many at most.

    Raises CaseUnknown for a case that the viewer does not see, NotRunning, TablesMissing and
    DatabaseUnavailable; that Kafka or a view is unavailable is a part of the answer.
    """
    heads = heads_of_case(app, case, viewer)
    seen = [head.version for head in heads if head.is_seen]
    latest = seen[-most:]
    # Events that were stored meanwhile are left out below.
    since_then = trace(app, str(heads[0].stream_id), len(heads) - latest[0] + 1)
    return SeenTrace(
        case=case,
        version=latest[-1],
        events=[event for event in since_then.events if event.version in latest],
        earlier=len(seen) - len(latest),
        topics_known=since_then.topics_error is None,
        views=[_seen_in(view, seen) for view in since_then.views],
    )


def _seen_in(view: TracedView, seen: Collection[int]) -> SeenInView:
    folded = view.version or 0
    skipped = [
        SeenSkip(one.version, one.reason, one.skipped_at) for one in view.skipped if one.version in seen
    ]
    last = max(seen)
    has_last = folded >= last or any(one.version == last for one in skipped)
    parked = None if has_last else view.parked
    known: ViewState = "folded" if has_last else "not_folded"
    return SeenInView(
        view=view.view,
        state="unavailable" if view.state == "unavailable" else known,
        version=None if view.version is None else max((one for one in seen if one <= folded), default=0),
        parked_at=parked.parked_at if parked else None,
        reason=parked.reason if parked else None,
        skipped=skipped,
        error=view.error,
    )
