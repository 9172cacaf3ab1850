"""The operations of the description: one for each question, each action and each special endpoint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from inspect import cleandoc

import msgspec

from casecore.api.answers.answers import JSON, HowNew
from casecore.api.commands.resources import CASES, FIRST_ACTIONS, WITH_VERSIONS
from casecore.api.description.actions import ON_WHAT_IS_THERE, ActionEndpoint
from casecore.api.description.components import Schemas, referred
from casecore.api.description.examples import EXAMPLE_ACTIONS
from casecore.api.description.parameters import (
    IN_PATH,
    asked_parameters,
    header_parameters,
    parameter,
    path_parameters,
)
from casecore.api.description.problems import problems_of
from casecore.api.description.special_endpoint import Answered, BodyForm, SpecialEndpoint
from casecore.api.questions.question import AnyQuestion
from casecore.contract.json_schema import Json
from casecore.decider.command import Id
from casecore.identity.identity import Scope

_OF_THE_GUARD = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_ALWAYS = (*_OF_THE_GUARD, HTTPStatus.INTERNAL_SERVER_ERROR)
_OF_IDENTITIES = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_OF_ACTIONS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


def template_of(path: str) -> str:
    """A path as OpenAPI writes it: parameters by their names alone."""
    return IN_PATH.sub(r"{\1}", path)


def tag_of(path: str) -> str:
    """The part of the API to which a path belongs: its first word after the version."""
    return path.split("/")[2].partition(".")[0]


def operation_id(method: str, path: str) -> str:
    """The name of an operation, which programs that are made from the description use."""
    words = re.findall(r"\w+", template_of(path).removeprefix("/v1/"))
    return "_".join([method.lower(), *words])


def question_operation(question: AnyQuestion, schemas: Schemas) -> Json:
    """The operation that asks a question."""
    headers = ["Prefer"]
    answer_headers, answers = [], {}
    if question.version is not None:
        headers.append("If-None-Match")
        answer_headers.append("ETag")
        answers[HTTPStatus.NOT_MODIFIED] = Answered("The caller has it already.", headers=("ETag",))
    if question.cursor is not None:
        answer_headers.append("Link")
    answers[HTTPStatus.OK] = Answered(question.meaning, (BodyForm(JSON, question.answer),), answer_headers)
    path = template_of(question.path)
    asked = asked_parameters(path, question.asked, schemas)
    problems = [HTTPStatus.BAD_REQUEST, *_OF_IDENTITIES, *_ALWAYS]
    if IN_PATH.search(path) and not question.may_be_empty:
        problems.append(HTTPStatus.NOT_FOUND)
    return _operation(
        ("GET", path),
        question.meaning,
        cleandoc(question.asked.__doc__ or ""),
        question.scopes,
        parameters=[*asked, *header_parameters(headers)],
        responses=_responses(path, answers, problems, schemas),
    )


def action_operation(endpoint: ActionEndpoint, schemas: Schemas) -> Json:
    """The operation that gives a command."""
    resource, path = endpoint.resource, endpoint.path
    is_first = endpoint.verb in ("", *FIRST_ACTIONS)
    contents = (BodyForm(JSON, resource.answer),)
    headers = ("ETag", "Preference-Applied", "Idempotency-Replayed")
    answers = {}
    if is_first:
        new = (*headers, "Location")
        answers[HTTPStatus.CREATED] = Answered("It is stored, and new.", contents, new)
    if not is_first or resource is not CASES:  # the same may be registered again, and no case is opened twice
        answers[HTTPStatus.OK] = Answered("It is stored.", contents, headers)
    problems = [
        *_ALWAYS,
        *_OF_IDENTITIES,
        *_OF_ACTIONS,
    ]
    if is_first:
        problems.append(HTTPStatus.CONFLICT)
    elif resource in WITH_VERSIONS:
        problems += [HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_REQUIRED]
    elif endpoint.action in ON_WHAT_IS_THERE:
        problems.append(HTTPStatus.NOT_FOUND)
    summary, _, more = cleandoc(endpoint.action.__doc__ or "").partition("\n\n")
    parameters = [
        *path_parameters(path, {resource.address: schemas.of_request[Id]}),
        parameter("occurred_at", "query", {"type": "string", "format": "date-time"}, required=False),
        *header_parameters(["Idempotency-Key", "If-Match", "Prefer"]),
    ]
    if not endpoint.verb:
        more = "Its reference follows from the Idempotency-Key, and is answered."
    return _operation(
        ("POST", path),
        " ".join(summary.split()),
        more,
        (resource.scope,),
        parameters=parameters,
        body=_action_body(endpoint, schemas),
        responses=_responses(path, answers, problems, schemas),
    )


def special_operation(endpoint: SpecialEndpoint, schemas: Schemas) -> Json:
    """The operation of an endpoint that is neither."""
    path = template_of(endpoint.path)
    asked = asked_parameters(path, endpoint.asked, schemas) if endpoint.asked else []
    problems = [*endpoint.problems, *_OF_THE_GUARD]
    if endpoint.scopes:
        problems += [*_ALWAYS, HTTPStatus.UNAUTHORIZED]
    if 0 < len(endpoint.scopes) < len(Scope):
        problems.append(HTTPStatus.FORBIDDEN)
    body = None
    if endpoint.body is not None:
        body = {"required": True, "content": _contents((endpoint.body,), schemas.of_request)}
    return _operation(
        (endpoint.method, path),
        endpoint.summary,
        endpoint.description,
        endpoint.scopes,
        parameters=[*asked, *header_parameters(endpoint.headers)],
        body=body,
        responses=_responses(path, endpoint.answers, problems, schemas),
    )


def _operation(
    where: tuple[str, str],
    summary: str,
    description: str,
    scopes: Sequence[Scope],
    *,
    parameters: Sequence[Json],
    responses: Json,
    body: Json = None,
) -> Json:
    return {
        "operationId": operation_id(*where),
        "tags": [tag_of(where[1])],
        "summary": summary,
        **({"description": description} if description else {}),
        **({"parameters": list(parameters)} if parameters else {}),
        **({"requestBody": body} if body else {}),
        "responses": responses,
        "security": [{scheme: [scope.value]} for scope in scopes for scheme in ("key", "token")],
    }


def _action_body(endpoint: ActionEndpoint, schemas: Schemas) -> Json:
    schema = schemas.of_request[endpoint.action]
    content: Json = {"schema": schema}
    if endpoint.action in EXAMPLE_ACTIONS:
        example = msgspec.json.decode(msgspec.json.encode(EXAMPLE_ACTIONS[endpoint.action]))
        content["example"] = {name: value for name, value in example.items() if name != "action"}
    needed = bool(referred(schema, schemas.named).get("required"))
    return {"required": needed, "content": {JSON: content}}


def _contents(contents: Sequence[BodyForm], known: Mapping[object, Json]) -> Json:
    return {one.media_type: {"schema": known[one.form]} if one.form is not None else {} for one in contents}


def _responses(
    path: str, answers: Mapping[HTTPStatus, Answered], problems: Sequence[HTTPStatus], schemas: Schemas
) -> Json:
    made: dict[HTTPStatus, Json] = {}
    for status, answered in answers.items():
        made[status] = {
            "description": answered.meaning,
            **_headers(answered.headers),
            **({"content": _contents(answered.contents, schemas.of_answer)} if answered.contents else {}),
        }
    tag = tag_of(path)
    met = {known.status for known in problems_of(tag)}
    for status in met.intersection(problems):
        made[status] = {"$ref": f"#/components/responses/{response_name(tag, status)}"}
    return {str(status.value): made[status] for status in sorted(made)}


def _headers(names: Sequence[str]) -> Json:
    return {"headers": header_references(names)} if names else {}


def header_references(names: Sequence[str]) -> Json:
    """References to the descriptions of headers of answers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def response_name(tag: str, status: HTTPStatus) -> str:
    """The name of the answer that lists the problems of a part of the API with a status."""
    return f"{tag}_{status.value}"


def with_freshness(schemas: Schemas, question: AnyQuestion) -> None:
    """Let the schema of an answer say how new it is, as it does unless it comes from the store alone."""
    answer = referred(schemas.of_answer[question.answer], schemas.named)
    answer["properties"] |= referred(schemas.of_answer[HowNew], schemas.named)["properties"]
