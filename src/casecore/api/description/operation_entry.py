"""One operation as people read it: what it is for, what it takes, what it answers, and a request of it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from casecore.api.description.curl import request_of_curl
from casecore.api.description.forms import field_name, form_of
from casecore.api.description.markup import Markup, element, fields, joined, line, prose
from casecore.contract.json_schema import Json


def operation_entry(described: Json, method: str, path: str, operation: Json) -> Markup:
    """The entry, with an anchor of its own."""
    name = operation["operationId"]
    parameters = [found_in(described, one) for one in operation.get("parameters", ())]
    body = operation.get("requestBody", {}).get("content", {})
    return element(
        "article",
        element("h3", element("a", method_badge(method), f" {path}", href=f"#{name}"), id=name),
        element(
            "div",
            prose(operation["summary"]),
            prose(operation.get("description", "")),
            _scope(operation),
            _parameters(parameters),
            *(_body(media_type, content) for media_type, content in body.items()),
            element("h4", "Answers"),
            fields(_answers(operation), "statuses"),
            _problems(operation),
            class_="text",
        ),
        element("pre", element("code", request_of_curl(method, path, parameters, body)), class_="request"),
        class_="operation",
    )


def method_badge(method: str) -> Markup:
    """The method, in a colour of its own."""
    return element("span", method.upper(), class_=f"method {method}")


def is_problem(status: str) -> bool:
    """Whether an answer with this status is a problem."""
    return int(status) >= HTTPStatus.BAD_REQUEST


def found_in(described: Json, node: Json) -> Json:
    """What a node of the description is, or refers to."""
    if "$ref" not in node:
        return node
    _, kind, name = node["$ref"].removeprefix("#/").split("/")
    return described["components"][kind][name]


def _scope(operation: Json) -> Markup:
    scopes = sorted({scope for way in operation["security"] for scope in next(iter(way.values()))})
    text = f"Scope: {' or '.join(scopes)}." if scopes else "Needs no identity."
    return element("p", text, class_="soft")


def _parameters(parameters: list[Json]) -> Markup:
    if not parameters:
        return Markup("")
    entries = (
        (
            field_name(one["name"], one["schema"], is_needed=bool(one.get("required")), note=one["in"]),
            line(one.get("description", "")),
        )
        for one in parameters
        if one["in"] != "header"
    )
    headers = [
        joined([_link(one["name"], "header"), " (required)" if one.get("required") else ""])
        for one in parameters
        if one["in"] == "header"
    ]
    return joined(
        [
            element("h4", "Parameters"),
            fields(entries),
            element("p", "Headers: ", joined(headers, ", "), ".") if headers else Markup(""),
        ]
    )


def _link(name: str, kind: str) -> Markup:
    return element("a", name, href=f"#{kind}-{name}", class_="name")


def _body(media_type: str, content: Json) -> Markup:
    form = form_of(content["schema"]) if content.get("schema") else Markup("")
    parts = [element("code", media_type), *([", ", form] if form else []), "."]
    return joined([element("h4", "Body"), element("p", *parts)])


def _answers(operation: Json) -> Iterator[tuple[str, str]]:
    for status, answer in operation["responses"].items():
        if not is_problem(status):
            bodies = [
                joined(
                    [element("code", media_type), *([" ", form_of(one["schema"])] if "schema" in one else [])]
                )
                for media_type, one in answer.get("content", {}).items()
            ]
            headers = [_link(name, "answer-header") for name in answer.get("headers", {})]
            parts = [
                line(answer["description"]),
                *([joined([" Body: ", joined(bodies, " or "), "."])] if bodies else []),
                *([joined([" Headers: ", joined(headers, ", "), "."])] if headers else []),
            ]
            yield element("code", status), joined(parts)


def _problems(operation: Json) -> Markup:
    statuses = ", ".join(status for status in operation["responses"] if is_problem(status))
    tag = operation["tags"][0]
    return element("p", "Or a problem: ", element("a", statuses, href=f"#problems-{tag}"), ".")
