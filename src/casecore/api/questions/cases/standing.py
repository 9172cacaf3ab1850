"""What can be asked about a case as it stood at an instant, as it was known by another one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from casecore.api.questions.as_of import AskedAsOf, read_as_of
from casecore.api.questions.cases.cases import CaseName
from casecore.api.questions.page import RowCount, asked_place, next_page, part_after
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.seen.past_case import PastCase, past_case
from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.case_as_of import case_as_of
from casecore.clocks.instants import instant
from casecore.contract.envelope import Instant
from casecore.evaluation.known_case import Stay
from casecore.http.cursors import LONGEST_PAGE, Limit
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

CaseAsItStood = shape_of(PastCase, name="CaseAsItStood")


class StandingOf(AskedAsOf, frozen=True, kw_only=True):
    """Which case, and as of when.

    What had happened by `at`, of what was recorded by `recorded_by`. With one alone: what had happened by
    `at` as it is known now, or what had happened and was recorded by `recorded_by`.
    """

    case: CaseName
    limit: Limit = LONGEST_PAGE
    cursor: str | None = None


class CaseStay(msgspec.Struct, frozen=True, kw_only=True):
    """The case was with an organisation at a level, or resolved there; no level: nobody had taken it."""

    start_at: datetime
    end_at: datetime
    organisation: str
    level: str | None
    is_resolved: bool


class CaseStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stood `at` an instant, by what was recorded by `recorded_by`, null for by now.

    `stays` follow each other from its opening to its end, or to the instant; `next` is the cursor of their
    next page, null if there is none. It keeps the instant, so that all pages are of the first one's.
    """

    at: datetime
    recorded_by: datetime | None
    case: CaseAsItStood  # type: ignore[valid-type]
    stays: list[CaseStay]
    next: str | None


class _StayPlace(NamedTuple):
    """Behind so many stays of a case as it stood at an instant."""

    at: Instant
    stays: RowCount


def standing(app: Application, viewer: Viewer, asked: StandingOf) -> CaseStanding:
    """A case as it stood."""
    begun = asked_place(asked, _StayPlace)
    as_of = read_as_of(asked) or AsOf(begun.at if begun else datetime.now(UTC))
    found = case_as_of(app, asked.case, as_of, viewer)
    page = part_after(
        asked, found.known.stays, begun.stays if begun else 0, lambda stays: _StayPlace(as_of.at, stays)
    )
    return CaseStanding(
        at=as_of.at,
        recorded_by=as_of.recorded_by,
        case=shaped(past_case(found.known), CaseAsItStood),
        stays=[_stay(one) for one in page.rows],
        next=page.next,
    )


def _stay(stay: Stay) -> CaseStay:
    return CaseStay(
        start_at=instant(stay.start),
        end_at=instant(stay.end),
        organisation=stay.organisation,
        level=stay.level.value if stay.level else None,
        is_resolved=stay.is_resolved,
    )


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/cases/{case}/standing", (Scope.AGENT,), StandingOf, CaseStanding, standing, cursor=next_page
    ),
)
