"""The OpenAPI 3.1 document of the API, made from the tables from which it is served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from casecore.api.answers.answers import HowNew
from casecore.api.answers.catalogue import QUESTIONS
from casecore.api.commands.resources import RESOURCES
from casecore.api.description.actions import ActionEndpoint, action_endpoints
from casecore.api.description.components import Schemas, describe_types, reference_to, used_names
from casecore.api.description.operations import (
    action_operation,
    header_references,
    question_operation,
    response_name,
    special_operation,
    template_of,
    with_freshness,
)
from casecore.api.description.parts import (
    ANSWER_HEADERS,
    HEADERS_OF_PROBLEMS,
    MEANINGS,
    REQUEST_HEADERS,
    SECURITY_SCHEMES,
    TAGS,
)
from casecore.api.description.problems import problems_of
from casecore.api.description.special import SPECIAL
from casecore.contract.json_schema import KNOWN_WORDS, Json
from casecore.decider.command import Id
from casecore.http.problems import PROBLEM, Problem

_INTRODUCTION = """Commands and answers over HTTP, for an identity, which sees what is its organisation's.

Ignore members of answers that you do not know, and treat a word that is not among those listed \
(`x-extensible-enum`) as that of a newer program. Members of requests that are not listed are refused. \
An error is a problem (RFC 9457); its `code` is for programs. /docs/problems lists the codes."""


@cache
def document() -> bytes:
    """The document of this program as it is sent, made when it is first asked for."""
    return msgspec.json.encode(openapi(version("casecore")))


@cache
def openapi(program_version: str) -> dict[str, Json]:
    """The document, as JSON values; all who ask get the same ones, and change nothing in them."""
    actions = action_endpoints(RESOURCES)
    schemas = _schemas(actions)
    for question in QUESTIONS:
        with_freshness(schemas, question)
    paths: defaultdict[str, dict[str, Json]] = defaultdict(dict)
    for question in QUESTIONS:
        paths[template_of(question.path)]["get"] = question_operation(question, schemas)
    for action in actions:
        paths[action.path]["post"] = action_operation(action, schemas)
    for special in SPECIAL:
        paths[template_of(special.path)][special.method.lower()] = special_operation(special, schemas)
    tags = list(dict.fromkeys(tag for _, _, one in operations_of({"paths": paths}) for tag in one["tags"]))
    responses = _only(_referred(paths, "responses"), dict(_problem_responses(tags)))
    headers = _referred([paths, responses], "headers")
    parameters = {name: {"name": name, "in": "header", **one} for name, one in REQUEST_HEADERS.items()}
    used = used_names([paths, responses], schemas.named)
    return {
        "openapi": "3.1.0",
        "info": {"title": "casecore", "version": program_version, "description": _INTRODUCTION},
        "servers": [{"url": "/", "description": "Where this document was found."}],
        "tags": [{"name": tag, "description": TAGS.get(tag, "")} for tag in tags],
        "paths": dict(paths),
        "components": {
            "schemas": _only(used, schemas.named),
            "parameters": _only(_referred(paths, "parameters"), parameters),
            "headers": _only(headers, ANSWER_HEADERS),
            "responses": responses,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def operations_of(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Method, path and operation of each operation of a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _schemas(actions: Sequence[ActionEndpoint]) -> Schemas:
    requests: list[Any] = [
        Id,
        *(one.asked for one in QUESTIONS),
        *(one.action for one in actions),
        *(one.asked for one in SPECIAL if one.asked is not None),
        *(one.body.form for one in SPECIAL if one.body is not None and one.body.form is not None),
    ]
    answers: list[Any] = [
        Problem,
        HowNew,
        *(one.answer for one in QUESTIONS),
        *(one.resource.answer for one in actions),
        *(
            content.form
            for one in SPECIAL
            for answered in one.answers.values()
            for content in answered.contents
            if content.form is not None
        ),
    ]
    return describe_types(list(dict.fromkeys(requests)), list(dict.fromkeys(answers)))


def _referred(node: Json, kind: str) -> set[str]:
    """The names of the components of a kind that something refers to."""
    begins = f"#/components/{kind}/"
    match node:
        case {"$ref": str(target)} if target.startswith(begins):
            return {target.removeprefix(begins)}
        case dict():
            return {name for one in node.values() for name in _referred(one, kind)}
        case list():
            return {name for one in node for name in _referred(one, kind)}
        case _:
            return set()


def _only(names: set[str], known: Mapping[str, Json]) -> dict[str, Json]:
    return {name: one for name, one in known.items() if name in names}


def _problem_responses(tags: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """An answer for each part of the API and each status, with the codes that it can have."""
    for tag in tags:
        codes: defaultdict[HTTPStatus, list[str]] = defaultdict(list)
        for known in problems_of(tag):
            if known.code not in codes[known.status]:
                codes[known.status].append(known.code)
        for status in sorted(codes):
            yield response_name(tag, status), _problem_response(status, codes[status])


def _problem_response(status: HTTPStatus, codes: Sequence[str]) -> Json:
    headers = HEADERS_OF_PROBLEMS.get(status, ())
    members = {
        "status": {"const": status.value},
        "code": {"type": "string", KNOWN_WORDS: list(codes)},
    }
    schema = {**reference_to(Problem.__name__), "properties": members}
    return {
        "description": MEANINGS[status],
        **({"headers": header_references(headers)} if headers else {}),
        "content": {PROBLEM: {"schema": schema}},
    }
