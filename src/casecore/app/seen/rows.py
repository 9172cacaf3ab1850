"""Many cases beside the log in one question, for a door at which many ask for one case each."""

from __future__ import annotations

from collections.abc import Collection
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID

from casecore.app.freshness.result import Freshness
from casecore.app.seen.case import CaseLook
from casecore.postgres.connection import Session
from casecore.postgres.limits import VIEW_READER
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.messages import sees_event
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import StreamBesideLog, streams_beside_log
from projections.workload.projection import WORKLOAD
from projections.workload.tables import CASES_TABLE, CaseRow

# To plan the question takes longer than to answer it; each stream is found by a key, however many there are.
_PLAN_ONCE = "set plan_cache_mode = 'force_generic_plan'"


class CurrentCase(NamedTuple):
    """A case that the view has as the store does, and how new it is."""

    case: CaseLook
    freshness: Freshness


class CaseRows:
    """Finds cases beside the log, in a session of its own; one thread's."""

    def __init__(self, database: str) -> None:
        """`database` is a libpq URI; it is connected to when a case is first looked for."""
        self._session = Session(database, VIEW_READER, "casecore look", first=(_PLAN_ONCE,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def find(self, stream_ids: Collection[UUID]) -> dict[UUID, StreamBesideLog[CaseRow]]:
        """What log and view have of these streams; one that is in no log is missing.

        Raises ViewMissing, ViewOutdated, TablesMissing and DatabaseUnavailable.
        """
        latest = last_of_streams(stream_ids)
        with self._session.connection() as connection:
            found = streams_beside_log(connection, WORKLOAD, *latest, CASES_TABLE, CaseRow)
        return {one.stream_id: one for one in found}

    def close(self) -> None:
        """Close the session."""
        self._session.close()


def current_case(viewer: Viewer | None, beside: StreamBesideLog[CaseRow] | None) -> CurrentCase | None:
    """The case as a viewer sees it, where nothing else has to be looked at to know that.

    None where `look_at_case` is to answer: it is not there, or not for the viewer, or the view lacks
    something, or the last event is one that the viewer does not see.
    """
    if (
        beside is None
        or beside.row is None
        or beside.folded < beside.version
        or not sees_case(viewer, beside.body)
        or not sees_event(viewer, beside.type, beside.body)
    ):
        return None
    return CurrentCase(
        CaseLook(beside.version, beside.row, fresh=True), Freshness(beside.head_recorded_at, 0)
    )
