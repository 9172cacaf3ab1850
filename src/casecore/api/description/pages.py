"""The description as pages for people: they need no network and no script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus

import msgspec

from casecore.api.description.document import document, operations_of
from casecore.api.description.forms import form_of, schema_section
from casecore.api.description.markup import Markup, element, joined, line, page, prose, table
from casecore.api.description.parts import MEANINGS
from casecore.api.description.problems import KnownProblem, all_problems
from casecore.contract.json_schema import KNOWN_WORDS, Json


@cache
def operations_page() -> bytes:
    """All operations, and the schemas that they refer to."""
    described = msgspec.json.decode(document())
    return page(
        f"{described['info']['title']} API",
        prose(described["info"]["description"]),
        element("p", f"Version {described['info']['version']}."),
        _who_asks(described),
        _overview(described),
        *(_part(described, tag) for tag in described["tags"]),
        element("h2", "Schemas", id="schemas"),
        *(schema_section(name, one) for name, one in described["components"]["schemas"].items()),
    )


@cache
def problems_page() -> bytes:
    """All problems, each with an anchor that the `type` of a problem names."""
    by_status: defaultdict[HTTPStatus, defaultdict[str, list[KnownProblem]]]
    by_status = defaultdict(lambda: defaultdict(list))
    for known in all_problems():
        by_status[known.status][known.code].append(known)
    return page(
        "Problems",
        prose(
            "An answer that is an error is a problem (RFC 9457), `application/problem+json`. Its `code` is "
            "one of these; `detail` says what is wrong and what would be right, `field` names "
            "the member of the body that is at fault, and `details` has the values that the message names."
        ),
        *(_status(status, by_status[status]) for status in sorted(by_status)),
    )


def _status(status: HTTPStatus, codes: Mapping[str, list[KnownProblem]]) -> Markup:
    entries = (
        element("dt", element("a", code, href=f"#{code}"), id=code)
        + joined(element("dd", line(known.meaning)) for known in knowns)
        for code, knowns in codes.items()
    )
    return element(
        "section",
        element("h2", f"{status.value} {status.phrase}", id=f"status-{status.value}"),
        prose(MEANINGS[status]),
        element("dl", *(Markup(entry) for entry in entries)),
    )


def _who_asks(described: Json) -> Markup:
    schemes = described["components"]["securitySchemes"]
    return element(
        "section",
        element("h2", "Who asks", id="who-asks"),
        prose("Every request but those for this description has the header `Authorization: Bearer …`, with:"),
        element("ul", *(element("li", line(one["description"])) for one in schemes.values())),
    )


def _overview(described: Json) -> Markup:
    rows = [
        (
            method.upper(),
            element("a", element("code", path), href=f"#{operation['operationId']}"),
            line(operation["summary"]),
        )
        for method, path, operation in operations_of(described)
    ]
    return element(
        "section",
        element("h2", "Operations", id="operations"),
        table("All operations", ("method", "path", "what it does"), rows),
    )


def _part(described: Json, tag: Json) -> Markup:
    name = tag["name"]
    operations = [one for one in operations_of(described) if name in one[2]["tags"]]
    met = {
        status: answer
        for _, _, operation in operations
        for status, answer in operation["responses"].items()
        if _is_problem(status)
    }
    rows = (_problem(status, _found(described, met[status])) for status in sorted(met))
    return element(
        "section",
        element("h2", name, id=f"part-{name}"),
        prose(tag["description"]),
        *(_operation(described, *one) for one in operations),
        element("h3", f"Problems of {name}", id=f"problems-{name}"),
        table(f"Problems of {name}", ("status", "meaning", "codes"), rows),
    )


def _is_problem(status: str) -> bool:
    return int(status) >= HTTPStatus.BAD_REQUEST


def _problem(status: str, answer: Json) -> tuple[str, ...]:
    (content,) = answer["content"].values()
    codes = content["schema"]["properties"]["code"][KNOWN_WORDS]
    links = (element("a", code, href=f"/docs/problems#{code}") for code in codes)
    return (
        element("a", status, href=f"/docs/problems#status-{status}"),
        answer["description"],
        joined(links, " "),
    )


def _operation(described: Json, method: str, path: str, operation: Json) -> Markup:
    name = operation["operationId"]
    scopes = sorted({scope for way in operation["security"] for scope in next(iter(way.values()))})
    body = operation.get("requestBody", {}).get("content", {})
    return element(
        "article",
        element("h3", element("a", f"{method.upper()} {path}", href=f"#{name}"), id=name),
        prose(operation["summary"]),
        prose(operation.get("description", "")),
        element("p", f"Scope: {' or '.join(scopes)}." if scopes else "Needs no identity."),
        table(
            "Parameters",
            ("name", "in", "needed", "form", "meaning"),
            (_parameter(_found(described, one)) for one in operation.get("parameters", ())),
        ),
        *(_body(media_type, content) for media_type, content in body.items()),
        table("Answers", ("status", "meaning", "headers", "body"), _answers(operation)),
        _problems(operation),
    )


def _parameter(parameter: Json) -> tuple[str, ...]:
    return (
        element("code", parameter["name"]),
        parameter["in"],
        "required" if parameter.get("required") else "",
        form_of(parameter["schema"]),
        line(parameter.get("description", "")),
    )


def _body(media_type: str, content: Json) -> Markup:
    example = content.get("example")
    shown = msgspec.json.format(msgspec.json.encode(example), indent=2).decode() if example else ""
    return joined(
        [
            element(
                "p", "Body: ", element("code", media_type), ", ", form_of(content.get("schema", {})), "."
            ),
            element("pre", element("code", shown), tabindex="0") if shown else Markup(""),
        ]
    )


def _answers(operation: Json) -> Iterator[tuple[str, ...]]:
    for status, answer in operation["responses"].items():
        if not _is_problem(status):
            forms = (
                joined([element("code", media_type), ": ", form_of(one.get("schema", {}))])
                for media_type, one in answer.get("content", {}).items()
            )
            names = (element("code", name) for name in answer.get("headers", {}))
            yield status, line(answer["description"]), joined(names, " "), joined(forms, " ")


def _problems(operation: Json) -> Markup:
    statuses = ", ".join(status for status in operation["responses"] if _is_problem(status))
    tag = operation["tags"][0]
    return element("p", "Or a problem: ", element("a", statuses, href=f"#problems-{tag}"), ".")


def _found(described: Json, node: Json) -> Json:
    if "$ref" not in node:
        return node
    _, kind, name = node["$ref"].removeprefix("#/").split("/")
    return described["components"][kind][name]
