"""The forms of cases: each gives one command, and leads back to the case as it is then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import get_args
from urllib.parse import quote
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.app.cases import reference_of
from casecore.app.seen.known_names import as_written
from casecore.cases.commands import CaseCommand, OpenCase, PlainAction
from casecore.cases.refusals import CaseUnknown
from casecore.cases.topics import TOPICS
from casecore.commands.precondition import Precondition, at_version
from casecore.contract.streams import CASES
from casecore.decider.command import Action
from casecore.decider.refusal import Refusal
from casecore.http.commanding import Commanding
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.door import WebDoor
from casecore.web.forms import action_of, command_id_of, read_sent
from casecore.web.frame import page_response
from casecore.web.pages import case as case_page
from casecore.web.pages import opening
from casecore.web.pages.endpoints import PageEndpoints, read_asked
from casecore.web.scopes import check_scopes
from casecore.web.visitors import Visitor

_ACTIONS: Mapping[str, type[Action]] = MappingProxyType(
    {one.__struct_config__.tag: one for one in get_args(PlainAction) if one is not OpenCase}
)
_WAIT_SECONDS = 3.0
_VERSION = re.compile(r"[0-9]{1,9}")


class CaseForms:
    """Gives the commands of forms."""

    def __init__(self, door: WebDoor, pages: PageEndpoints, commanding: Commanding) -> None:
        self._door = door
        self._pages = pages
        self._commanding = commanding

    def routes(self) -> list[Route]:
        """Their routes: one for all actions on a case, one that opens a case, one that finds one.

        Two forms were at addresses that are those of the cases `new` and `find`, and are found there yet.
        """
        return [
            Route("/cases", self._door.inside(self._open), methods=["POST"]),
            Route("/find-case", self._door.inside(self._find), methods=["GET"]),
            Route("/cases/find", self._door.inside(self._once_find), methods=["GET"]),
            Route("/cases/new", self._door.inside(self._once_new), methods=["GET"]),
            Route("/cases/{case}/{verb}", self._door.inside(self._act), methods=["POST"]),
        ]

    async def _find(self, request: Request, visitor: Visitor) -> Response:
        check_scopes(visitor.identity, (Scope.AGENT,))
        reference = request.query_params.get("reference", "").strip()
        if not reference:
            return RedirectResponse("/cases", HTTPStatus.SEE_OTHER)
        written = await self._pages.ask(visitor, lambda app, viewer: as_written(app, reference, viewer))
        return RedirectResponse(_path_of(written), HTTPStatus.SEE_OTHER)

    async def _once_find(self, request: Request, visitor: Visitor) -> Response:
        if "reference" in request.query_params:
            return await self._find(request, visitor)
        return await self._show(request, visitor, "find")

    async def _once_new(self, request: Request, visitor: Visitor) -> Response:
        query = request.query_params
        form = f"{opening.PATH}?{query}" if query else opening.PATH
        if query and query.keys() <= set(opening.OpeningOf.__struct_fields__):
            return RedirectResponse(form, HTTPStatus.SEE_OTHER)
        try:
            return await self._show(request, visitor, "new")
        except CaseUnknown:
            return RedirectResponse(form, HTTPStatus.SEE_OTHER)

    async def _show(self, request: Request, visitor: Visitor, case: str) -> Response:
        """The page of a case."""
        page = case_page.PAGES[0]
        check_scopes(visitor.identity, page.scopes)
        asked = read_asked(request, page.asked, case=case)
        return page_response(await self._pages.body_of(request, visitor, page, asked))

    async def _open(self, request: Request, visitor: Visitor) -> Response:
        fields = await read_sent(request, visitor, (Scope.AGENT,))
        category = TOPICS[fields["topic"]].category.value if fields.get("topic") in TOPICS else ""
        try:
            command_id = command_id_of(fields)
            case = reference_of(command_id)
            do = action_of(OpenCase, {**fields, "category": category})
            return await self._give(visitor, case, command_id, do)
        except (Refusal, InvalidRequest) as refused:
            page, asked = opening.PAGES[0], opening.OpeningOf()
            return await self._pages.refused(request, visitor, page, asked, "open", fields, refused)

    async def _act(self, request: Request, visitor: Visitor) -> Response:
        verb, case = request.path_params["verb"], request.path_params["case"]
        if verb not in _ACTIONS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        fields = await read_sent(request, visitor, (Scope.AGENT,))
        try:
            do = action_of(_ACTIONS[verb], _chosen(verb, fields))
            return await self._give(visitor, case, command_id_of(fields), do, _shown(fields))
        except (Refusal, InvalidRequest) as refused:
            page, asked = case_page.PAGES[0], case_page.CaseAsked(case)
            return await self._pages.refused(request, visitor, page, asked, verb, fields, refused)

    async def _give(
        self, visitor: Visitor, case: str, command_id: UUID, do: Action, shown: Precondition | None = None
    ) -> Response:
        """Give the command, if the case is as it was shown, and lead to the case as it is then."""
        actor = visitor.identity.actor
        command = CaseCommand(command_id=command_id, actor=actor, case=case, do=do)  # type: ignore[arg-type]
        answer = await (await self._commanding.bus()).ask(command, shown)
        await self._commanding.is_folded(actor.organisation, CASES, answer, _WAIT_SECONDS)
        return RedirectResponse(
            f"{_path_of(case)}?done={do.verb}&version={answer.version}#now", HTTPStatus.SEE_OTHER
        )


def _chosen(verb: str, fields: Mapping[str, str]) -> Mapping[str, str]:
    """What a form orders, of what can be ticked and chosen in it: a name that is typed goes before."""
    match verb:
        case "assign":
            return {**fields, "agent": fields.get("other_agent", "").strip() or fields.get("agent", "")}
        case "message" if fields.get("audience") == "internal":
            ticked = [value for name, value in sorted(fields.items()) if name.startswith("reader_")]
            return {**fields, "readers": " ".join([fields.get("readers", ""), *ticked]).strip()}
        case _:
            return fields


def _shown(fields: Mapping[str, str]) -> Precondition | None:
    """At which version the case was shown, where the form says it: one takes only what nobody has."""
    given = fields.get("version", "")
    return at_version(int(given)) if _VERSION.fullmatch(given) else None


def _path_of(case: str) -> str:
    return f"/cases/{quote(case, safe='')}"
