"""Logging in with a key of this installation, and logging out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.app.logging_in.attempts import LoginAttempts
from casecore.http.protection.exchange import check_login, note_failed_login, note_identity
from casecore.http.protection.peers import is_from_this_machine
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity
from casecore.web.door import WebDoor
from casecore.web.forms import read_form
from casecore.web.frame import page_response
from casecore.web.logging_in.leaving import Leaving, leading_to
from casecore.web.logging_in.login_page import LoginOptions, login_page
from casecore.web.logging_in.provider import ProviderEndpoints
from casecore.web.origins import check_origin, local_path
from casecore.web.rendering.refusals import said
from casecore.web.visitors import Visitor, check_form, language_for


class LoginEndpoints:
    """The page on which one logs in, and what its forms do."""

    def __init__(self, door: WebDoor, options: LoginOptions, attempts: LoginAttempts) -> None:
        self._door = door
        self._options = options
        flow = options.flow
        self._provider = ProviderEndpoints(door, options, flow, attempts) if flow else None

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route("/login", self._door.open(self._show), methods=["GET"]),
            Route("/login", self._door.open(self._log_in), methods=["POST"]),
            Route("/logout", self._door.inside(self._log_out), methods=["POST"]),
            *(self._provider.routes() if self._provider else ()),
        ]

    def close(self) -> None:
        """Finish what the provider is being asked."""
        if self._provider:
            self._provider.close()

    async def _show(self, request: Request) -> Response:
        back = local_path(request.query_params.get("back", "/"))
        return page_response(login_page(self._door, self._options, request, back))

    async def _log_in(self, request: Request) -> Response:
        check_origin(request)
        check_login(request.scope)
        fields = await read_form(request)
        back = local_path(fields.get("back", "/"))
        try:
            identity = await asyncio.to_thread(self._identify, request, fields)
        except NotAuthenticated as wrong:
            note_failed_login(request.scope)
            why = said(language_for(request), wrong, str(wrong), self._door.zone)
            body = login_page(self._door, self._options, request, back, why, tried_key="key" in fields)
            return page_response(body, HTTPStatus.UNAUTHORIZED)
        note_identity(request.scope, identity)
        answer = RedirectResponse(back, HTTPStatus.SEE_OTHER)
        await self._door.visitors.begin(request, answer, identity, by_key=True, expires_at=None)
        return answer

    async def _log_out(self, request: Request, visitor: Visitor) -> Response:
        check_form(request, visitor, (await read_form(request)).get("form_token", ""))
        id_token = await self._door.visitors.end(request)
        answer = await self._at_provider(request, id_token) if id_token else None
        answer = answer or RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        self._door.visitors.forget(request, answer)
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    async def _at_provider(self, request: Request, id_token: str) -> Response | None:
        """Leads to where one logs out at the provider, if it has such a place."""
        if self._provider is None:
            return None
        where = await self._provider.end_address(request, id_token)
        return leading_to(self._door, request, Leaving(where, self._provider.name)) if where else None

    def _identify(self, request: Request, fields: dict[str, str]) -> Identity:
        options = self._options
        if options.keys is None:
            raise NotAuthenticated("Keys are not taken here: log in with your provider.")
        if not options.keys_from_anywhere and not is_from_this_machine(request.scope):
            raise NotAuthenticated("Keys are taken from this machine only: log in with your provider.")
        key = fields.get("key", "").strip()
        if person := fields.get("person", ""):
            key = options.people.key_of(person) if is_from_this_machine(request.scope) else ""
        return options.keys.identify(key, datetime.now(UTC))
