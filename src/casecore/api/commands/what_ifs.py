"""What-ifs over HTTP: a policy is tried on the cases that an identity sees, and nothing is stored.

None needs an Idempotency-Key: nothing is changed that could be changed twice, and of one organisation one
goes on at a time. Each is in the memory of the server that tries it, as those are that the page begins.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import json_response, next_link, read_asked
from casecore.api.authentication import Authentication, check_scope
from casecore.api.questions.question import Asked
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.background_runs.operation import Failure
from casecore.app.identities import viewer_of
from casecore.app.service_levels.what_if import MOST_CHARACTERS, ChosenCalendar, read_tried_policy
from casecore.app.service_levels.what_if_runs import RunStatus, WhatIfRun, WhatIfRuns
from casecore.decider.command import Id
from casecore.evaluation.whatif import ChangeReason, ClockChange, Result
from casecore.http.asking import AnswerThreads
from casecore.http.cursors import Limit
from casecore.http.problems import problem_of
from casecore.http.requests.body import decode, read_body
from casecore.identity.identity import Identity, Scope

WHAT_IF_SCOPES = (Scope.AGENT, Scope.ANALYST)
WHAT_IFS = "/v1/service-levels/what-ifs"
_HIGHEST_CURSOR = 1_000_000

WhatIfReason = shape_of(ChangeReason, name="WhatIfReason")


class TriedCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published version of a calendar."""

    id: Id
    version: Annotated[int, msgspec.Meta(ge=1, le=9_999_999)]


class TriedPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tried: `policy` is the text of a policy's file, one of the caller's organisation.

    It is measured by `calendar`, or else by the one that the text names with its version, or else by that of
    the published policy with this id.
    """

    policy: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_CHARACTERS)]
    calendar: TriedCalendar | None = None


class WhatIfAsked(Asked, frozen=True, kw_only=True):
    """Which what-if."""

    what_if: UUID


class WhatIfChangesAsked(WhatIfAsked, frozen=True, kw_only=True):
    """Which what-if's changes: those behind the first `cursor` ones."""

    cursor: Annotated[int, msgspec.Meta(ge=0, le=_HIGHEST_CURSOR)] = 0
    limit: Limit = 100


class WhatIfClock(msgspec.Struct, frozen=True, kw_only=True):
    """How many clocks of a name have which status, as it is and as it would be; no level: of whole cases."""

    clock: str
    level: str | None
    before: dict[str, int]
    after: dict[str, int]


class WhatIfResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came out, of the cases that the identity sees.

    Of `cases_beyond_calendar` the figures are not complete: the calendar does not reach them. `left_out` are
    cases to which a newer program wrote.
    """

    cases: int
    events: int
    cases_changed: int
    cases_beyond_calendar: int
    clocks: list[WhatIfClock]
    left_out: list[str]


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """A what-if: of which policy, as of when, which `share` of it is done (from 0 to 1), and what came out.

    `result` is there when it is done, `failure` when it failed. It is kept until `kept_until`, and shorter
    where its owner tries more; null: it goes on.
    """

    what_if: UUID
    status: RunStatus
    policy: str
    at: datetime
    share: float
    kept_until: datetime | None
    failure: Failure | None
    result: WhatIfResult | None


class WhatIfChange(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of a case that would have another status; null: there is no such clock.

    `reason` says in English why, `reasons` the same as words with their values.
    """

    case: str
    clock: str
    level: str | None
    number: int
    before: str | None
    after: str | None
    reason: str
    reasons: list[WhatIfReason]  # type: ignore[valid-type]


class WhatIfChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks that would end otherwise, the first 500 by case; there are none before the what-if is done.

    `next` is where the next page goes on, null if there is none.
    """

    changes: list[WhatIfChange]
    next: int | None


_TRIED = msgspec.json.Decoder(TriedPolicy)


class WhatIfEndpoints:
    """Begins what-ifs, tells their owners of them, and ends them."""

    def __init__(
        self, runs: WhatIfRuns, threads: AnswerThreads, authentication: Authentication, vendor: str
    ) -> None:
        self._runs = runs
        self._threads = threads
        self._authentication = authentication
        self._vendor = vendor

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route(WHAT_IFS, self._begin, methods=["POST"]),
            Route(f"{WHAT_IFS}/{{what_if}}", self._tell, methods=["GET"]),
            Route(f"{WHAT_IFS}/{{what_if}}", self._end, methods=["DELETE"]),
            Route(f"{WHAT_IFS}/{{what_if}}/changes", self._changes, methods=["GET"]),
        ]

    async def _begin(self, request: Request) -> Response:
        identity = await self._identity(request)
        read_asked(request, Asked)
        tried, viewer = decode(_TRIED, await read_body(request)), viewer_of(identity, self._vendor)
        chosen = None if tried.calendar is None else ChosenCalendar(tried.calendar.id, tried.calendar.version)
        policy = await self._threads.ask(
            viewer.organisation, 0, lambda app: read_tried_policy(app, tried.policy, chosen, viewer)
        )
        run = self._runs.begin(identity.actor, viewer, policy)
        return json_response(_what_if(run), {"Location": f"{WHAT_IFS}/{run.id}"}, HTTPStatus.ACCEPTED)

    async def _tell(self, request: Request) -> Response:
        identity = await self._identity(request)
        asked: WhatIfAsked = read_asked(request, WhatIfAsked)
        return json_response(_what_if(self._runs.find(str(asked.what_if), identity.actor)))

    async def _changes(self, request: Request) -> Response:
        identity = await self._identity(request)
        asked: WhatIfChangesAsked = read_asked(request, WhatIfChangesAsked)
        run = self._runs.find(str(asked.what_if), identity.actor)
        kept = run.result.changes if run.result is not None else []
        end = asked.cursor + asked.limit
        goes_on = end if end < len(kept) else None
        answer = WhatIfChanges(changes=[_change(one) for one in kept[asked.cursor : end]], next=goes_on)
        return json_response(answer, next_link(request, None if goes_on is None else str(goes_on)))

    async def _end(self, request: Request) -> Response:
        identity = await self._identity(request)
        asked: WhatIfAsked = read_asked(request, WhatIfAsked)
        self._runs.forget(str(asked.what_if), identity.actor)
        return Response(None, HTTPStatus.NO_CONTENT, {"Cache-Control": "no-store"})

    async def _identity(self, request: Request) -> Identity:
        return check_scope(await self._authentication.identify(request), *WHAT_IF_SCOPES)


def _what_if(run: WhatIfRun) -> WhatIf:
    return WhatIf(
        what_if=UUID(run.id),
        status=run.status,
        policy=run.policy.id,
        at=run.at,
        share=run.share,
        kept_until=run.kept_until,
        failure=None if run.error is None else _failure(run.error),
        result=None if run.result is None else _result(run.result),
    )


def _failure(error: Exception) -> Failure:
    problem = problem_of(error)
    return Failure(code=problem.code, detail=problem.detail, details=problem.details)


def _result(result: Result) -> WhatIfResult:
    return WhatIfResult(
        cases=result.cases,
        events=result.events,
        cases_changed=result.cases_changed,
        cases_beyond_calendar=result.uncovered,
        clocks=[
            WhatIfClock(clock=clock, level=level, before=before, after=after)
            for (clock, level), before, after in result.clocks()
        ],
        left_out=result.left_out,
    )


def _change(change: ClockChange) -> WhatIfChange:
    return WhatIfChange(
        case=change.case,
        clock=change.clock,
        level=change.level,
        number=change.number,
        before=change.before,
        after=change.after,
        reason=change.reason,
        reasons=[shaped(one, WhatIfReason) for one in change.reasons],
    )
