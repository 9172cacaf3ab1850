"""The forms of a what-if: one begins a run, and leads to its page, and one ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.app.application import Application
from casecore.app.identities import viewer_of
from casecore.app.service_levels.what_if import MOST_CHARACTERS, read_tried_policy
from casecore.app.service_levels.what_if_runs import WhatIfGoesOn, WhatIfRuns, WhatIfsBusy
from casecore.contract.service_levels import Policy
from casecore.errors.kinds import CasecoreError, InvalidInput
from casecore.http.asking import AnswerThreads
from casecore.http.problems import InvalidRequest, status_of
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.policy_text import PlacedFault, placed
from casecore.web.door import WebDoor
from casecore.web.forms import read_sent
from casecore.web.frame import page_response
from casecore.web.pages.endpoints import PageEndpoints
from casecore.web.pages.page import Refused
from casecore.web.pages.service_levels.what_if import (
    FORM,
    WhatIfOf,
    load_what_if,
    read_chosen,
    run_page,
)
from casecore.web.rendering.refusals import said
from casecore.web.visitors import Visitor, language_for


class InvalidTypedPolicy(InvalidInput):
    """A policy that was typed cannot be tried; each fault has its line."""

    def __init__(self, faults: Sequence[PlacedFault]) -> None:
        super().__init__("; ".join(fault.text for fault in faults))
        self.faults = faults


class WhatIfForms:
    """Begins and ends what-ifs."""

    def __init__(
        self, runs: WhatIfRuns, vendor: str, door: WebDoor, pages: PageEndpoints, threads: AnswerThreads
    ) -> None:
        self._runs = runs
        self._vendor = vendor
        self._door = door
        self._pages = pages
        self._threads = threads

    def routes(self) -> list[Route]:
        """Their routes, and that of a run's page."""
        return [
            Route(FORM.path, self._door.inside(self._begin), methods=["POST"]),
            Route(f"{FORM.path}/{{run}}/cancel", self._door.inside(self._cancel), methods=["POST"]),
            *self._pages.routes([run_page(self._runs)]),
        ]

    async def _begin(self, request: Request, visitor: Visitor) -> Response:
        fields = await read_sent(request, visitor, FORM.scopes)
        try:
            policy = await self._read(visitor, fields)
            viewer = viewer_of(visitor.identity, self._vendor)
            run = self._runs.begin(visitor.identity.actor, viewer, policy)
        except (InvalidTypedPolicy, InvalidRequest, WhatIfGoesOn, WhatIfsBusy) as refused:
            return await self._refused(request, visitor, fields, refused)
        return RedirectResponse(f"{FORM.path}/{run.id}", HTTPStatus.SEE_OTHER)

    async def _cancel(self, request: Request, visitor: Visitor) -> Response:
        await read_sent(request, visitor, FORM.scopes)
        run = request.path_params["run"]
        self._runs.cancel(run, visitor.identity.actor)
        return RedirectResponse(f"{FORM.path}/{run}", HTTPStatus.SEE_OTHER)

    async def _read(self, visitor: Visitor, fields: Mapping[str, str]) -> Policy:
        """The policy that was typed, read in a thread."""
        text = fields.get("policy", "").replace("\r\n", "\n")
        chosen = read_chosen(fields.get("calendar", ""))
        if not text.strip():
            raise InvalidRequest(
                "there is no policy: paste one, or begin with one that is published", "policy"
            )
        if len(text) > MOST_CHARACTERS:
            raise InvalidRequest(f"the policy has more than {MOST_CHARACTERS:,} characters", "policy")
        viewer = viewer_of(visitor.identity, self._vendor)

        def read(app: Application) -> Policy:
            try:
                return read_tried_policy(app, text, chosen, viewer)
            except InvalidServiceLevelFile as wrong:
                raise InvalidTypedPolicy(placed(text, wrong.faults)) from None

        return await self._threads.ask(viewer.organisation, 0, read)

    async def _refused(
        self, request: Request, visitor: Visitor, fields: Mapping[str, str], refused: CasecoreError
    ) -> Response:
        """The form with what was typed, and what is wrong with it."""
        is_faulty = isinstance(refused, InvalidTypedPolicy)
        more = Refused(
            form="what_if",
            why="" if is_faulty else said(language_for(request), refused, str(refused), self._door.zone),
            field="policy" if is_faulty else getattr(refused, "at_fault", ""),
            typed=fields,
        )
        faults = refused.faults if isinstance(refused, InvalidTypedPolicy) else ()
        page = FORM._replace(load=partial(load_what_if, faults=faults))
        body = await self._pages.body_of(request, visitor, page, WhatIfOf(), more)
        return page_response(body, status_of(refused))
