"""The operations of the description as a page for people: it needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from casecore.api.description.curl import PREPARED
from casecore.api.description.document import document, operations_of
from casecore.api.description.forms import field_name, schema_section
from casecore.api.description.markup import Markup, element, fields, joined, line, page, prose
from casecore.api.description.operation_entry import found_in, is_problem, method_badge, operation_entry
from casecore.contract.json_schema import KNOWN_WORDS, Json

_Operation = tuple[str, str, Json]


@cache
def operations_page() -> bytes:
    """All operations, and the schemas that they refer to."""
    described = msgspec.json.decode(document())
    tags = sorted(described["tags"], key=lambda tag: str(tag["name"]))
    schemas = described["components"]["schemas"]
    return page(
        "/docs",
        f"{described['info']['title']} API",
        _contents(described, tags),
        prose(described["info"]["description"]),
        element("p", f"Version {described['info']['version']}.", class_="soft"),
        _who_asks(described),
        _headers(described),
        *(_part(described, tag) for tag in tags),
        element(
            "section",
            element("h2", "Schemas", id="schemas"),
            *(schema_section(name, one) for name, one in schemas.items()),
        ),
    )


def _contents(described: Json, tags: Sequence[Json]) -> Markup:
    def entry(name: str, anchor: str, operations: Sequence[_Operation] = ()) -> Markup:
        inner = [
            element(
                "li",
                element("a", method_badge(method), f" {_short(path, name)}", href=f"#{one['operationId']}"),
            )
            for method, path, one in operations
        ]
        return element(
            "li", element("a", name, href=f"#{anchor}"), element("ul", *inner) if inner else Markup("")
        )

    return element(
        "ul",
        entry("Who asks", "who-asks"),
        entry("Headers", "headers"),
        *(entry(tag["name"], f"part-{tag['name']}", _operations(described, tag)) for tag in tags),
        entry("Schemas", "schemas"),
    )


def _short(path: str, part: str) -> str:
    """A path below that of its part."""
    return path.removeprefix("/v1/").removeprefix(f"{part}/")


def _operations(described: Json, tag: Json) -> list[_Operation]:
    return [one for one in operations_of(described) if tag["name"] in one[2]["tags"]]


def _who_asks(described: Json) -> Markup:
    schemes = described["components"]["securitySchemes"]
    return element(
        "section",
        element("h2", "Who asks", id="who-asks"),
        prose("Every request but those for this description has the header `Authorization: Bearer …`, with:"),
        element("ul", *(element("li", line(one["description"])) for one in schemes.values())),
        prose(
            "The requests on this page are for a shell in which this was entered. Whoever needs another "
            "scope than `agent` names it with `--scope`."
        ),
        element("pre", element("code", PREPARED)),
    )


def _headers(described: Json) -> Markup:
    components = described["components"]
    asked = (
        (
            _anchor("header", name, field_name(name, one["schema"], is_needed=False)),
            joined([line(one["description"]), *_example(one)]),
        )
        for name, one in components["parameters"].items()
    )
    answered = (
        (
            _anchor("answer-header", name, field_name(name, one["schema"], is_needed=False)),
            line(one["description"]),
        )
        for name, one in components["headers"].items()
    )
    return element(
        "section",
        element("h2", "Headers", id="headers"),
        element("h3", "Of requests", id="headers-of-requests"),
        fields(asked),
        element("h3", "Of answers", id="headers-of-answers"),
        fields(answered),
    )


def _anchor(kind: str, name: str, shown: Markup) -> Markup:
    return element("span", shown, id=f"{kind}-{name}")


def _example(header: Json) -> Iterator[Markup]:
    if "example" in header:
        yield joined([" Such as ", element("code", header["example"]), "."])


def _part(described: Json, tag: Json) -> Markup:
    name = tag["name"]
    operations = _operations(described, tag)
    met = {
        status: answer
        for _, _, operation in operations
        for status, answer in operation["responses"].items()
        if is_problem(status)
    }
    return element(
        "section",
        element("h2", name, id=f"part-{name}"),
        prose(tag["description"]),
        fields(
            (
                element("a", method_badge(method), f" {path}", href=f"#{one['operationId']}"),
                line(one["summary"]),
            )
            for method, path, one in operations
        ),
        *(operation_entry(described, *one) for one in operations),
        element("h3", f"Problems of {name}", id=f"problems-{name}"),
        fields((_problem(status, found_in(described, met[status])) for status in sorted(met)), "statuses"),
    )


def _problem(status: str, answer: Json) -> tuple[str, str]:
    (content,) = answer["content"].values()
    codes = content["schema"]["properties"]["code"][KNOWN_WORDS]
    links = (element("li", element("a", code, href=f"/docs/problems#{code}")) for code in codes)
    return (
        element("a", status, href=f"/docs/problems#status-{status}"),
        joined([element("p", answer["description"]), element("ul", *links, class_="codes")]),
    )
