"""What operators can ask about how the installation runs."""

from __future__ import annotations

import msgspec

from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.engine_room.lag import Lags, lag_now
from casecore.app.engine_room.processes import Processes, processes_now
from casecore.app.engine_room.work import WorkNow, work_now
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

ProcessesAnswer = shape_of(Processes)
LagAnswer = shape_of(Lags, name="Lag")
WorkAnswer = shape_of(WorkNow, name="WorkAtHand")


class InstallationOf(Asked, frozen=True):
    """It is as it is now."""


def processes(app: Application, viewer: Viewer, _: InstallationOf) -> msgspec.Struct:
    """What runs, whether it is well and why not, and the last word of the audit."""
    found: msgspec.Struct = shaped(processes_now(app, viewer), ProcessesAnswer)
    return found


def lag(app: Application, viewer: Viewer, _: InstallationOf) -> msgspec.Struct:
    """How far the relay and each view are behind the store."""
    found: msgspec.Struct = shaped(lag_now(app, viewer), LagAnswer)
    return found


def work(app: Application, viewer: Viewer, _: InstallationOf) -> msgspec.Struct:
    """The runs that have not ended, and the views that are being built again."""
    found: msgspec.Struct = shaped(work_now(app, viewer), WorkAnswer)
    return found


_OPERATORS = (Scope.OPERATOR,)

QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/installation/processes", _OPERATORS, InstallationOf, ProcessesAnswer, processes),
    Question("/v1/installation/lag", _OPERATORS, InstallationOf, LagAnswer, lag),
    Question("/v1/installation/work", _OPERATORS, InstallationOf, WorkAnswer, work),
)
