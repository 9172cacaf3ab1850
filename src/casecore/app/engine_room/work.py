"""What is at work beside the processes: runs that somebody asked for, and views that are built again."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from casecore.app.application import Application
from casecore.app.engine_room.rights import check_operates
from casecore.decider.command import GivenActor
from casecore.store.operations import OperationRecords, StoredOperation
from casecore.visibility.rules import Viewer
from projections.catalogue import VIEWS
from projections.kit.rebuild.progress import RebuildProgress, rebuild_progress

MOST_OPERATIONS = 50

_read_actor = msgspec.json.Decoder(GivenActor).decode


class OperationAtWork(NamedTuple):
    """A run that has not ended, and who asked for it; `interrupted`: its server ended before it did.

    What exactly was asked for is the business of who asked.
    """

    operation: UUID
    kind: str
    status: Literal["running", "interrupted"]
    person: str
    organisation: str
    started_at: datetime


class WorkNow(NamedTuple):
    """What is at work now: the latest runs that have not ended, and what is built of the views."""

    looked_at: datetime
    operations: list[OperationAtWork]
    rebuilds: list[RebuildProgress]


def work_now(app: Application, viewer: Viewer | None) -> WorkNow:
    """The runs that have not ended, and the views that are being built.

    Raises InstallationNotYours, TablesMissing and DatabaseUnavailable.
    """
    check_operates(viewer)
    with closing(OperationRecords(app.database)) as records:
        operations = [_at_work(one) for one in records.unended(MOST_OPERATIONS)]
    found = [rebuild_progress(app.database, VIEWS[name]) for name in sorted(VIEWS)]
    return WorkNow(datetime.now(UTC), operations, [one for one in found if one is not None])


def _at_work(stored: StoredOperation) -> OperationAtWork:
    by = _read_actor(stored.given_by)
    return OperationAtWork(
        operation=stored.id,
        kind=stored.kind,
        status="running" if stored.goes_on else "interrupted",
        person=by.person,
        organisation=by.organisation,
        started_at=stored.started_at,
    )
