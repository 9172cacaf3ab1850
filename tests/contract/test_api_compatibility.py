"""What may replace the published description of the API, and what would break a program that uses it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from casecore.api.description.document import openapi
from devtools import generate
from devtools.api_compatibility import breaking_api_changes
from devtools.generate import GenerationRefused, generated_files

ROOT = Path(__file__).parents[2]
Json = Any

RELEASED = msgspec.json.decode(msgspec.json.encode(openapi("0.1.0")))


class Mutation(NamedTuple):
    """A change to the description, and words that must be in what is said of it."""

    name: str
    change: Callable[[Json], object]
    says: str = ""


def of(document: Json, name: str) -> Json:
    return document["components"]["schemas"][name]


def listing(document: Json) -> Json:
    return document["paths"]["/v1/cases"]["get"]


def opening(document: Json) -> Json:
    return document["paths"]["/v1/cases"]["post"]


def parameter(document: Json, name: str) -> Json:
    return next(one for one in listing(document)["parameters"] if one.get("name") == name)


def codes(document: Json) -> Json:
    problem = document["components"]["responses"]["cases_422"]["content"]["application/problem+json"]
    return problem["schema"]["properties"]["code"]["x-extensible-enum"]


def tidings(schema: Json) -> Json:
    """A member of an answer with words that may grow."""
    schema["properties"]["mood"] = {"type": "string", "x-extensible-enum": ["good", "bad"]}
    return schema


NEEDED = {"name": "colour", "in": "query", "required": True, "schema": {"type": "string"}}

BREAKING = [
    Mutation(
        "path removed", lambda d: d["paths"].pop("/v1/cases/{case}"), "/v1/cases/{case}: the operation was"
    ),
    Mutation(
        "operation removed", lambda d: d["paths"]["/v1/cases"].pop("post"), "POST /v1/cases: the operation"
    ),
    Mutation("renamed", lambda d: listing(d).update(operationId="list"), "operationId was get_cases"),
    Mutation("scope narrowed", lambda d: listing(d)["security"].pop(), "was enough"),
    Mutation(
        "parameter removed",
        lambda d: listing(d)["parameters"].remove(parameter(d, "agent")),
        "agent (query) was",
    ),
    Mutation(
        "parameter needed", lambda d: listing(d)["parameters"].append(NEEDED), "colour (query) is required"
    ),
    Mutation(
        "parameter becomes needed", lambda d: parameter(d, "agent").update(required=True), "is required now"
    ),
    Mutation(
        "bound of a parameter",
        lambda d: parameter(d, "limit")["schema"].update(maximum=10),
        "maximum was 1000",
    ),
    Mutation(
        "default of a parameter",
        lambda d: parameter(d, "limit")["schema"].update(default=9),
        "the default was 100",
    ),
    Mutation(
        "type of a parameter", lambda d: parameter(d, "agent")["schema"].update(type="integer"), "was allowed"
    ),
    Mutation(
        "header becomes needed",
        lambda d: d["components"]["parameters"]["Prefer"].update(required=True),
        "Prefer (header) is required now",
    ),
    Mutation(
        "word not taken", lambda d: of(d, "GivenPriority")["enum"].remove("low"), "the word 'low' was removed"
    ),
    Mutation(
        "member not taken",
        lambda d: of(d, "OpenCase")["properties"].pop("subject"),
        "subject: the property was",
    ),
    Mutation(
        "member needed", lambda d: of(d, "OpenCase")["required"].append("subject"), "subject: it is required"
    ),
    Mutation("text shortened", lambda d: of(d, "Line").update(maxLength=10), "maxLength was 200, and is 10"),
    Mutation("text formed", lambda d: of(d, "Id").update(pattern="^C"), "pattern"),
    Mutation(
        "null not taken",
        lambda d: of(d, "OpenCase")["properties"]["subject"]["anyOf"].pop(),
        "null was allowed",
    ),
    Mutation(
        "body's form", lambda d: opening(d)["requestBody"].update(content={}), "a body of application/json"
    ),
    Mutation("answer removed", lambda d: opening(d)["responses"].pop("201"), "201 was an answer"),
    Mutation(
        "header removed",
        lambda d: opening(d)["responses"]["201"]["headers"].pop("Location"),
        "201: the header Location was removed",
    ),
    Mutation(
        "header not always there",
        lambda d: d["components"]["headers"]["ETag"].update(required=False),
        "the header ETag was always there",
    ),
    Mutation(
        "answered otherwise",
        lambda d: listing(d)["responses"]["200"].update(content={"text/csv": {}}),
        "application/json was answered",
    ),
    Mutation(
        "member not answered", lambda d: of(d, "Case")["properties"].pop("agent"), "agent: the property was"
    ),
    Mutation(
        "member not always there",
        lambda d: of(d, "Case")["required"].remove("agent"),
        "agent: it was required",
    ),
    Mutation(
        "answered as another type",
        lambda d: of(d, "Case")["properties"]["version"].update(type="string"),
        "is",
    ),
    Mutation(
        "answered as null",
        lambda d: of(d, "Case")["properties"]["version"].update(type=["integer", "null"]),
        "version: null was not allowed",
    ),
    Mutation(
        "format not kept",
        lambda d: of(d, "Case")["properties"]["opened_at"].pop("format"),
        "format was date-time",
    ),
    Mutation(
        "code removed", lambda d: codes(d).remove("illegal_move"), "the word 'illegal_move' was removed"
    ),
]

ALLOWED = [
    Mutation("the same", lambda d: d.copy()),
    Mutation("new path", lambda d: d["paths"].update({"/v1/new": d["paths"]["/v1/cases"]})),
    Mutation("new parameter", lambda d: listing(d)["parameters"].append({**NEEDED, "required": False})),
    Mutation(
        "parameter may be left out",
        lambda d: d["components"]["parameters"]["Idempotency-Key"].pop("required"),
    ),
    Mutation("wider parameter", lambda d: parameter(d, "limit")["schema"].update(maximum=5000)),
    Mutation("new word taken", lambda d: of(d, "GivenPriority")["enum"].append("whenever")),
    Mutation("new member taken", lambda d: of(d, "OpenCase")["properties"].update(colour={"type": "string"})),
    Mutation("longer text", lambda d: of(d, "Line").update(maxLength=500)),
    Mutation("member may be left out", lambda d: of(d, "OpenCase")["required"].remove("seller")),
    Mutation("any text taken", lambda d: of(d, "Id").pop("pattern")),
    Mutation("new answer", lambda d: listing(d)["responses"].update({"206": listing(d)["responses"]["200"]})),
    Mutation("a problem less", lambda d: listing(d)["responses"].pop("400")),
    Mutation("new member answered", lambda d: tidings(of(d, "Case"))),
    Mutation("member always there", lambda d: of(d, "OneCase")["required"].append("behind")),
    Mutation("never null", lambda d: of(d, "Case")["properties"]["agent"]["anyOf"].pop()),
    Mutation("new code", lambda d: codes(d).append("out_of_paper")),
    Mutation("scope added", lambda d: listing(d)["security"].append({"key": ["analyst"]})),
    Mutation("other words", lambda d: listing(d).update(summary="All of them.", description="Other words.")),
    Mutation(
        "in place",
        lambda d: listing(d)["responses"].update({"400": d["components"]["responses"]["cases_400"]}),
    ),
]


def changed(mutation: Mutation) -> Json:
    new = copy.deepcopy(RELEASED)
    mutation.change(new)
    return new


@pytest.mark.parametrize("mutation", BREAKING, ids=lambda one: one.name)
def test_a_change_that_breaks_a_program_is_named(mutation: Mutation) -> None:
    new = changed(mutation)
    assert new != RELEASED
    changes = breaking_api_changes(RELEASED, new)
    assert any(mutation.says in change for change in changes), changes


@pytest.mark.parametrize("mutation", ALLOWED, ids=lambda one: one.name)
def test_a_change_that_breaks_nobody_is_allowed(mutation: Mutation) -> None:
    assert breaking_api_changes(RELEASED, changed(mutation)) == []


def test_a_word_of_an_answer_may_come_and_none_may_go() -> None:
    few, more = copy.deepcopy(RELEASED), copy.deepcopy(RELEASED)
    tidings(of(few, "Case"))
    tidings(of(more, "Case"))["properties"]["mood"]["x-extensible-enum"].append("mixed")
    assert breaking_api_changes(few, more) == []
    assert any("the word 'mixed' was removed" in change for change in breaking_api_changes(more, few))


def test_generating_refuses_a_break_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / "schemas" / "openapi.yaml").write_bytes((ROOT / "schemas" / "openapi.yaml").read_bytes())
    without = changed(BREAKING[0])
    generate._api_changes.cache_clear()
    monkeypatch.setattr(generate, "openapi", lambda _: without)
    with pytest.raises(GenerationRefused) as refused:
        generated_files(tmp_path)
    generate._api_changes.cache_clear()
    assert "openapi.yaml GET /v1/cases/{case}: the operation was removed" in str(refused.value)
    assert "keep what was there" in str(refused.value)
