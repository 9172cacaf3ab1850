"""The API's description is what the program serves, and valid OpenAPI 3.1."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from casecore.api.authentication import Authentication
from casecore.api.commands.resources import RESOURCES
from casecore.api.description.actions import action_endpoints
from casecore.api.description.components import describe_types
from casecore.api.description.document import openapi, operations_of
from casecore.api.description.examples import EXAMPLE_ACTIONS
from casecore.api.description.operations import template_of
from casecore.api.description.problems import all_problems
from casecore.api.server import make_api
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.contract.cases import Priority
from casecore.errors.kinds import CasecoreError

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi("0.1.0")
OPERATIONS = list(operations_of(DOCUMENT))


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The API, of which nothing is asked that needs a server."""
    home = tmp_path_factory.mktemp("home")
    settings = read_settings({"CASECORE_DATABASE": "postgresql:///none", "CASECORE_HOME": str(home)})
    with open_app(settings, Addresses("postgresql:///none", "127.0.0.1:1")) as app:
        api = make_api(app, Authentication(None, None))
        with TestClient(api):  # which closes, at its end, what the API has open
            yield api


def structure(path):
    """A path without the names of its parameters, which are the routes' own."""
    return re.sub(r"\{\w+\}", "{}", template_of(path))


def test_every_endpoint_is_described_and_nothing_else(api):
    served = {
        (method.lower(), structure(route.path))
        for route in api.routes
        for method in route.methods - {"HEAD"}
        if route.path.startswith("/v1/")
    }
    assert {(method, structure(path)) for method, path, _ in OPERATIONS} == served


def test_the_document_is_valid_openapi():
    # Imported here: all processes of a run collect the tests, and it loads slowly.
    from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

    as_sent = msgspec.json.decode(msgspec.json.encode(DOCUMENT))
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(as_sent)] == []
    for schema in as_sent["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere_and_every_component_is_used():
    text = msgspec.json.encode(DOCUMENT).decode()
    used = set(re.findall(r'"#/components/(\w+)/([\w.-]+)"', text))
    there = {
        (kind, name)
        for kind, components in DOCUMENT["components"].items()
        for name in components
        if kind != "securitySchemes"
    }
    assert used == there


def test_an_operation_has_one_name_a_summary_and_its_scopes():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    for _, path, operation in OPERATIONS:
        assert operation["summary"].endswith(".") or path == "/v1/openapi.json"
        assert operation["security"] or path == "/v1/openapi.json"
        assert {
            parameter["name"] for parameter in operation.get("parameters", ()) if "name" in parameter
        } >= set(re.findall(r"\{(\w+)\}", path))


def test_every_part_of_the_api_says_what_it_is_about():
    assert all(tag["description"] for tag in DOCUMENT["tags"])


def test_every_instant_of_an_answer_says_its_form():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for member, form in schema.get("properties", {}).items():
            if member.endswith("_at") or member == "as_of":
                assert "date-time" in str(form), (name, member)


def test_every_parameter_says_what_it_means():
    for _, path, operation in OPERATIONS:
        for parameter in operation.get("parameters", ()):
            assert "$ref" in parameter or parameter.get("description"), (path, parameter["name"])


OF_OTHER_DOORS = {
    "actor_missing",
    "api_port_taken",
    "beginning_too_slow",
    "beyond_calendar",
    "calendar_file_not_published",
    "cannot_listen",
    "certificate_unusable",
    "health_port_taken",
    "invalid_setting",
    "nothing_to_trace",
    "port_taken",
    "ports_taken",
    "start_too_late",
    "tail_lost",
    "topics_known",
    "views_behind",
}
"""Errors of use cases that no endpoint has: about files, settings, ports, topics and an operator's views."""


def test_each_error_of_the_api_and_of_its_use_cases_is_described():
    declared, waiting = set(), [CasecoreError]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if not one.__subclasses__() and one.__module__.startswith(("casecore.api.", "casecore.app.")):
            declared.add(one.code)
    served = {code for code in declared if code not in OF_OTHER_DOORS}
    assert served - {known.code for known in all_problems()} == set()


def test_what_can_be_met_has_a_place_in_the_list_of_problems():
    listed = {known.code for known in all_problems()}
    described = set()
    for response in DOCUMENT["components"]["responses"].values():
        schema = response["content"]["application/problem+json"]["schema"]
        described |= set(schema["properties"]["code"]["x-extensible-enum"])
    assert described <= listed
    assert {"illegal_move", "invalid_request", "not_authenticated", "database_unavailable"} <= described


@pytest.mark.parametrize("endpoint", action_endpoints(RESOURCES), ids=lambda endpoint: endpoint.path)
def test_each_action_has_an_example_which_its_schema_allows(endpoint):
    assert endpoint.action in EXAMPLE_ACTIONS
    body = DOCUMENT["paths"][endpoint.path]["post"]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(body["example"])
    assert msgspec.convert(body["example"], endpoint.action) == EXAMPLE_ACTIONS[endpoint.action]
    with pytest.raises(Exception, match="Additional properties are not allowed"):
        Draft202012Validator(schema).validate({**body["example"], "actor": "ida"})


class One(msgspec.Struct, tag="one", tag_field="kind", forbid_unknown_fields=True):
    """One of two."""

    priority: Priority


class Answered(msgspec.Struct):
    """What is answered, with an instant whose type does not say that it is aware."""

    ended_at: datetime | None
    anything: dict[str, object]


class Other(msgspec.Struct, tag="other", tag_field="kind", forbid_unknown_fields=True):
    """The other one."""

    at: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]+\Z")]


def test_of_several_forms_the_tag_says_which_and_words_are_closed_in_requests_only():
    found = describe_types([One | Other, One], [Other, One])
    union = found.of_request[One | Other]
    assert union["discriminator"]["propertyName"] == "kind"
    assert union["required"] == ["kind"]
    assert set(union["discriminator"]["mapping"].values()) == {
        "#/components/schemas/GivenOne",
        "#/components/schemas/GivenOther",
    }
    assert found.named["GivenOne"]["required"] == ["priority"]
    assert found.named["One"]["required"] == ["kind", "priority"]
    assert found.named["GivenOther"]["properties"]["at"]["pattern"] == "^[0-9]+$"
    words = [priority.value for priority in Priority]
    assert sorted(found.named["GivenPriority"]["enum"]) == sorted(words)
    assert sorted(found.named["Priority"]["x-extensible-enum"]) == sorted(words)
    assert found.named["GivenOne"]["additionalProperties"] is False


def test_an_instant_is_aware_and_what_may_be_anything_is_anything():
    members = describe_types([One], [Answered]).named["Answered"]["properties"]
    assert members["ended_at"] == {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
    assert members["anything"]["additionalProperties"] == {"description": "Any JSON value."}


def test_the_document_is_served_to_everybody_and_is_the_one_that_is_checked_in(api):
    client = TestClient(api)
    answer = client.get("/v1/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    written = yaml.load((ROOT / "schemas" / "openapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    assert {**answer.json(), "info": written["info"]} == written
    again = client.get("/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "form"),
    [("/docs", "text/html"), ("/docs/problems", "text/html"), ("/docs/style.css", "text/css")],
)
def test_the_pages_are_served_to_everybody_and_run_nothing(api, path, form):
    client = TestClient(api)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{form}; charset=utf-8")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
