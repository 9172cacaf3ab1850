"""A case as the view has it, for a viewer: one trip to the server where the view is as new as the store."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.seen.events import look_at_seen
from casecore.contract.streams import case_stream_id
from casecore.store.latest import last_of_streams
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog
from projections.workload.projection import WORKLOAD
from projections.workload.queries import case_beside_log
from projections.workload.tables import CaseRow


class SeenCase(NamedTuple):
    """A case; `version` is that of the last event in the row that the viewer sees."""

    version: int
    row: CaseRow


def find_seen_case(app: Application, case: str, viewer: Viewer | None) -> SeenCase:
    """A case as the view has it.

    Raises CaseUnknown for one that the viewer does not see, CaseNotInViews, KeyParked, ViewMissing,
    ViewOutdated and DatabaseUnavailable.
    """
    last = last_of_streams([case_stream_id(case)])

    def look() -> BesideLog[CaseRow]:
        beside = app.ask(case_beside_log, *last)
        return BesideLog(beside, beside.row if beside else None)

    return SeenCase(*look_at_seen(app, WORKLOAD, case, viewer, look))
