"""What somebody can do with a case now."""

from __future__ import annotations

from datetime import UTC, datetime

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.cases.possible import PossibleAction, possible_actions
from casecore.cases.state import Case, evolve
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.stored_facts import fact_of
from casecore.visibility.rules import Viewer


def actions_on_case(
    app: Application, case: str, actor: GivenActor, viewer: Viewer | None
) -> tuple[PossibleAction, ...]:
    """All actions on a case, each with the refusal that its command would get from this actor now.

    Raises CaseUnknown, also for a case that the viewer does not see, TablesMissing and DatabaseUnavailable.
    """
    found: Case | None = None
    now = datetime.now(UTC)
    for event in stored_in_pieces(app, case, viewer):
        found, now = evolve(found, fact_of(event)), max(now, event.recorded_at)
    assert found is not None  # a stream has an event
    return possible_actions(found, actor, Context(now, now, app.settings.vendor))
