"""What can be asked about cases."""

from __future__ import annotations

from typing import Annotated

import msgspec

from casecore.api.cursors import read_cursor, write_cursor
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.cases import find_seen_case
from casecore.contract.cases import Level, State
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.workload.queries import CaseFilter, CasePlace, list_cases
from projections.workload.tables import CaseRow

MOST_LISTED = 1_000

# How many messages a case has would say that there are some that the viewer does not see.
Case = shape_of(CaseRow, name="Case", without=("messages",))


class CaseOf(Asked, frozen=True):
    """Which case."""

    case: str


class CasesOf(Asked, frozen=True):
    """Which cases, of those that the identity sees; open ones, unless a state or `ended` is given."""

    state: State | None = None
    level: Level | None = None
    organisation: str | None = None
    agent: str | None = None
    customer: str | None = None
    ended: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_LISTED)] = 100
    cursor: str | None = None


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands."""

    case: Case  # type: ignore[valid-type]


class CasesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, those opened last first; `next` is the cursor of the next page, null if there is none."""

    cases: list[Case]  # type: ignore[valid-type]
    next: str | None


def one_case(app: Application, viewer: Viewer, asked: CaseOf) -> CaseAnswer:
    """A case as it stands."""
    return CaseAnswer(case=shaped(find_seen_case(app, asked.case, viewer), Case))


def cases(app: Application, viewer: Viewer, asked: CasesOf) -> CasesAnswer:
    """Cases, those opened last first."""
    place = read_cursor(asked.cursor, CasePlace) if asked.cursor else None
    which = CaseFilter(
        state=asked.state.value if asked.state else None,
        level=asked.level.value if asked.level else None,
        organisation=asked.organisation,
        agent=asked.agent,
        customer=asked.customer,
        open_only=not asked.ended and asked.state is None,
        limit=asked.limit + 1,
        after=place,
    )
    found = app.ask(list_cases, which, viewer)
    listed, more = found[: asked.limit], len(found) > asked.limit
    following = write_cursor(CasePlace(listed[-1].opened_at, listed[-1].reference)) if more else None
    return CasesAnswer(cases=[shaped(one, Case) for one in listed], next=following)


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/cases", (Scope.AGENT,), CasesOf, CasesAnswer, cases, cursor=lambda answer: answer.next),
    Question(
        "/v1/cases/{case}",
        (Scope.AGENT,),
        CaseOf,
        CaseAnswer,
        one_case,
        version=lambda answer: str(answer.case.version),
    ),
)
