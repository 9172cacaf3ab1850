"""How cases were resolved: by which code, and in the words of who resolved them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.service_levels.as_of import AsOf
from casecore.contract.personal import legible
from casecore.visibility.rules import Viewer
from projections.kit.errors import ViewMissing, ViewOutdated
from projections.timeline.queries import resolutions_of


class SeenResolution(NamedTuple):
    """How a case was resolved; `summary` is empty where nothing was written."""

    code: str
    summary: str
    resolved_at: datetime
    person: str
    organisation: str


def look_at_resolutions(
    app: Application, references: Collection[str], viewer: Viewer | None, as_of: AsOf | None = None
) -> Mapping[str, SeenResolution]:
    """How the cases were resolved last, by reference, of those that the viewer sees: in one question.

    Without those that never were, and those that the view of their events does not have yet, be it all of
    them. Raises TablesMissing, WrongSchema and DatabaseUnavailable.
    """
    at, recorded_by = (as_of.at, as_of.recorded_by) if as_of else (None, None)
    try:
        found = app.ask(resolutions_of, references, viewer, at, recorded_by)
    except (ViewMissing, ViewOutdated):
        return {}
    return {
        reference: SeenResolution(
            code=one.code,
            summary=legible(one.summary) or "",
            resolved_at=one.resolved_at,
            person=one.person,
            organisation=one.organisation,
        )
        for reference, one in found.items()
    }
