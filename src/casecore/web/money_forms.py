"""The forms of money: each gives a command or starts a run, and leads to what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.app.application import Application
from casecore.app.background_runs.asked import BillingRun
from casecore.app.background_runs.operation import Operation
from casecore.app.background_runs.running import OperationGoesOn, Operations
from casecore.app.command_context import CommandContext
from casecore.billing.checks import check_actor
from casecore.billing.commands import BuyerCommand, ReleaseBuyer
from casecore.contract.streams import BILLING
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import InvalidInput
from casecore.http.commanding import Commanding
from casecore.http.problems import InvalidRequest, member_at_fault
from casecore.http.protection.encoded_slashes import encoded_path
from casecore.web.door import WebDoor
from casecore.web.forms import action_of, command_id_of, read_sent
from casecore.web.pages.endpoints import PageEndpoints
from casecore.web.pages.money import buyers, confirming, runs
from casecore.web.pages.money.lists import SCOPES
from casecore.web.pages.page import AnyPage, PageAsked
from casecore.web.scopes import check_scopes
from casecore.web.visitors import Visitor

_VIEWS_SECONDS = 3.0
_RUN_SECONDS = 1.5
"""How long a run that was just started is waited for: most are done by then."""
_LOOK_SECONDS = 0.05
_WITHOUT_PAGE = ("/money/runs/charge", "/money/runs/fees", "/money/buyers/{buyer}/release")
"""Where forms are sent that are refused: somebody may ask for that address again."""
_FOR_GOOD: Mapping[str, str] = MappingProxyType({"settle": "year", "invoice": "", "correct": "document"})
"""Runs that cannot be taken back, and the field that is typed once more to confirm it; any word is enough
where there is none."""


class NotConfirmed(InvalidRequest):
    """What cannot be taken back was not confirmed by its name."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"This was not confirmed. Type {wanted}: it cannot be taken back.", "confirm")
        self.wanted = wanted


class NotTicked(InvalidRequest):
    """What cannot be taken back was not confirmed."""

    def __init__(self) -> None:
        super().__init__("This was not confirmed. Tick the box: it cannot be taken back.", "confirm")


class MoneyForms:
    """Gives the commands of forms, and starts runs."""

    def __init__(self, app: Application, door: WebDoor, pages: PageEndpoints, commanding: Commanding) -> None:
        self._vendor = app.settings.vendor
        self._door = door
        self._pages = pages
        self._commanding = commanding
        self._operations = Operations(app)

    def routes(self) -> list[Route]:
        """Their routes: one for all runs, one that decides on a buyer, one that finds a figure."""
        return [
            Route("/money/explain", self._door.inside(_find), methods=["GET"]),
            Route("/money/buyers/{buyer}/release", self._door.inside(self._release), methods=["POST"]),
            Route("/money/runs/{kind}", self._door.inside(self._run), methods=["POST"]),
            *(Route(path, self._door.inside(_lead_back), methods=["GET"]) for path in _WITHOUT_PAGE),
        ]

    def close(self) -> None:
        """Wait for the runs that go on, or leave them."""
        self._operations.close()

    async def _release(self, request: Request, visitor: Visitor) -> Response:
        buyer = request.path_params["buyer"]
        fields = await self._fields(request, visitor)
        try:
            do = action_of(ReleaseBuyer, fields)
            assert isinstance(do, ReleaseBuyer)
            actor = visitor.identity.actor
            command = BuyerCommand(command_id=command_id_of(fields), actor=actor, buyer=buyer, do=do)
            answer = await (await self._commanding.bus()).ask(command, None)
        except (Refusal, InvalidRequest) as refused:
            page, asked = buyers.PAGES[0], buyers.AskedBuyer(buyer)
            return await self._pages.refused(request, visitor, page, asked, "release", fields, refused)
        await self._commanding.is_folded(actor.organisation, BILLING, answer, _VIEWS_SECONDS)
        return RedirectResponse("/money/held?done=release", HTTPStatus.SEE_OTHER)

    async def _run(self, request: Request, visitor: Visitor) -> Response:
        kind = request.path_params["kind"]
        if kind not in runs.KINDS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        fields = await self._fields(request, visitor)
        try:
            _check_confirmed(kind, fields)
            asked = _run_of(kind, fields)
            context = CommandContext(visitor.identity.actor, command_id=command_id_of(fields))
            begun = await self._commanding.in_thread(self._begun, asked, context)
        except (Refusal, InvalidInput, OperationGoesOn) as refused:
            page, asked_page = _page_of(kind, fields)
            return await self._pages.refused(request, visitor, page, asked_page, kind, fields, refused)
        await self._wait_for(begun, visitor)
        return RedirectResponse(f"/money/runs/{begun.operation}", HTTPStatus.SEE_OTHER)

    async def _wait_for(self, begun: Operation, visitor: Visitor) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _RUN_SECONDS
        organisation = visitor.identity.actor.organisation
        while begun.status == "running" and loop.time() < give_up_at:
            await asyncio.sleep(_LOOK_SECONDS)
            begun = await self._commanding.in_thread(self._found, begun.operation, organisation)

    def _begun(self, app: Application, asked: BillingRun, context: CommandContext) -> Operation:
        return self._operations.begin(app, asked, context).operation

    def _found(self, app: Application, operation: UUID, organisation: str) -> Operation:
        del app
        return self._operations.find(operation, organisation, runs.KINDS)

    async def _fields(self, request: Request, visitor: Visitor) -> dict[str, str]:
        check_scopes(visitor.identity, SCOPES)
        check_actor(visitor.identity.actor, self._vendor)
        return await read_sent(request, visitor, SCOPES)


async def _lead_back(request: Request, visitor: Visitor) -> Response:
    """Leads to the page of a form whose own address has none."""
    check_scopes(visitor.identity, SCOPES)
    return RedirectResponse(encoded_path(request.scope).rpartition("/")[0], HTTPStatus.SEE_OTHER)


async def _find(request: Request, visitor: Visitor) -> Response:
    """Leads to where a figure is explained."""
    check_scopes(visitor.identity, SCOPES)
    figure = request.query_params.get("figure", "").strip()
    return RedirectResponse(f"/money/explain/{quote(figure)}" if figure else "/money", HTTPStatus.SEE_OTHER)


def _check_confirmed(kind: str, fields: Mapping[str, str]) -> None:
    """Raise NotConfirmed or NotTicked unless what cannot be taken back is confirmed."""
    if kind not in _FOR_GOOD:
        return
    name = _FOR_GOOD[kind]
    confirmed, wanted = fields.get("confirm", "").strip(), fields.get(name, "").strip() if name else ""
    if name and (not confirmed or confirmed != wanted):
        raise NotConfirmed(wanted)
    if not confirmed:
        raise NotTicked


def _run_of(kind: str, fields: Mapping[str, str]) -> BillingRun:
    """The run that a form asks for; a field that is left empty is left out. Raises InvalidRequest."""
    given: dict[str, Any] = {
        name: value.strip()
        for name, value in fields.items()
        if value.strip() and name not in ("form_token", "command_id", "confirm")
    }
    try:
        asked: BillingRun = msgspec.convert({"kind": kind, **given}, BillingRun, strict=False)
    except msgspec.ValidationError as wrong:
        raise InvalidRequest(str(wrong), member_at_fault(str(wrong))) from None
    return asked


def _page_of(kind: str, fields: Mapping[str, str]) -> tuple[AnyPage, PageAsked]:
    """The page of a form, as it was asked for."""
    match kind:
        case "settle":
            return confirming.SETTLING, confirming.AskedSettling(
                fields.get("year", ""), fields.get("seller", "")
            )
        case "invoice":
            return confirming.INVOICING, confirming.AskedInvoicing(fields.get("customer", ""))
        case "correct":
            return confirming.CORRECTING, confirming.AskedCorrecting(fields.get("document", ""))
        case _:
            return runs.RUNS, runs.AskedRuns()
