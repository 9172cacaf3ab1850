"""The operations of the description as tests ask them, and how an answer differs from what is documented."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from jsonschema import Draft202012Validator

from casecore.api.description.document import openapi, operations_of
from casecore.api.description.examples import VENDOR

DOCUMENT = msgspec.json.decode(msgspec.json.encode(openapi("0.1.0")))
FIRST = {"cases": "open", "parties": "register", "licences": "activate"}
"""The action of each part that makes something new."""


class Asked(NamedTuple):
    """An operation of the description."""

    method: str
    path: str
    described: Any

    @property
    def part(self) -> str:
        return self.path.split("/")[2]

    @property
    def verb(self) -> str:
        return self.path.rpartition("/")[2] if self.path.count("/") > 3 else ""

    @property
    def is_first(self) -> bool:
        return self.verb in ("", FIRST.get(self.part))

    @property
    def example(self) -> Any:
        """Its body in the description, about the vendor of the tests' installation."""
        content = self.described.get("requestBody", {}).get("content", {})
        example = content.get("application/json", {}).get("example")
        return msgspec.json.decode(msgspec.json.encode(example).replace(VENDOR.encode(), b"vendor"))


OPERATIONS = [Asked(method.upper(), path, found) for method, path, found in operations_of(DOCUMENT)]


def actions(part: str) -> dict[str, Asked]:
    return {asked.verb: asked for asked in OPERATIONS if asked.part == part and asked.method == "POST"}


def faults(asked: Asked, status: str, answer: Any) -> list[str]:
    """How an answer differs from what is documented."""
    if answer.status_code != int(status):
        return [f"it is {answer.status_code} {answer.content[:300]!r}"]
    documented = followed(asked.described["responses"][status])
    found = []
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name, header in documented.get("headers", {}).items():
        schema = followed(header)
        if name.lower() in headers:
            found += invalid(schema["schema"], headers[name.lower()])
        elif schema.get("required"):
            found.append(f"the header {name} is not there")
    contents = documented.get("content", {})
    media_type = headers.get("content-type", "")
    if media_type not in contents and (contents or answer.content):
        return [*found, f"it is {media_type}"]
    if media_type == "application/json" or media_type.endswith("+json"):
        found += invalid(contents[media_type]["schema"], msgspec.json.decode(answer.content))
    return found


def followed(node: Any) -> Any:
    if "$ref" not in node:
        return node
    _, kind, name = node["$ref"].removeprefix("#/").split("/")
    return DOCUMENT["components"][kind][name]


def invalid(schema: Any, value: object) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]
