"""A case as the view has it: one trip to the server where the view is as new as the store."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.seen.look import look_at_view
from casecore.contract.streams import case_stream_id
from casecore.errors.kinds import CasecoreError, Kind
from casecore.store.latest import last_of_streams
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog
from projections.workload.projection import WORKLOAD
from projections.workload.queries import case_beside_log
from projections.workload.tables import CaseRow


class CaseNotInViews(CasecoreError):
    """The views do not have the case yet."""

    kind = Kind.UNAVAILABLE

    def __init__(self, case: str) -> None:
        super().__init__(f"the views have not come to the case {case} yet: ask again in a moment")
        self.case = case


class CaseLook(NamedTuple):
    """A case; `row` is None while the view does not have it.

    `version` is that of the last event in the row that the viewer sees, 0 for none. `fresh` is whether the
    view has all events of the case that the viewer sees.
    """

    version: int
    row: CaseRow | None
    fresh: bool


def look_at_case(app: Application, case: str, viewer: Viewer | None) -> CaseLook:
    """A case, once the view has what the viewer sees of it, or as long as is waited.

    Raises CaseUnknown, also for one that the viewer does not see, KeyParked, ViewMissing, ViewOutdated and
    DatabaseUnavailable.
    """
    last = last_of_streams([case_stream_id(case)])

    def look() -> BesideLog[CaseRow]:
        beside = app.ask(case_beside_log, *last)
        return BesideLog(beside, beside.row if beside else None)

    looked = look_at_view(app, WORKLOAD, case, viewer, look)
    return CaseLook(looked.version, looked.found, looked.is_fresh)
