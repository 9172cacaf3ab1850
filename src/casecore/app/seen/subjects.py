"""What cases are about in the words of who opened them: by it people know one again in a list."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from casecore.app.application import Application
from casecore.contract.personal import legible
from casecore.visibility.rules import Viewer
from projections.kit.errors import ViewMissing, ViewOutdated
from projections.timeline.queries import subjects_of


def look_at_subjects(
    app: Application, references: Collection[str], viewer: Viewer | None
) -> Mapping[str, str]:
    """The subjects of the cases in a list, by reference, of those that the viewer sees: in one question.

    Without cases that have none, and those that the view of their events does not have yet, be it all of
    them: a list is of use without. Raises TablesMissing, WrongSchema and DatabaseUnavailable.
    """
    try:
        found = app.ask(subjects_of, references, viewer)
    except (ViewMissing, ViewOutdated):
        return {}
    return {reference: text for reference, one in found.items() if (text := legible(one))}
