"""A request of curl for each operation, as its page shows it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from casecore.api.description.examples import CUSTOMER, SELLER
from casecore.contract.json_schema import Json

PREPARED = (
    'export AUTH="Authorization: Bearer $(casecore identity add seller:nord:ida)" API=http://127.0.0.1:9480/v1\n'
    "key() { echo \"Idempotency-Key: $(python3 -c 'import uuid; print(uuid.uuid4())')\"; }"
)
"""What the requests refer to, as docs/api.md has it."""

_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "buyer": CUSTOMER,
        "calendar": "nord-hours",
        "case": "C-1",
        "clock": "resolution",
        "customer": CUSTOMER,
        "figure": "charge:1",
        "holder": "level_0",
        "key": "K",
        "level": "level_0",
        "number": "RE-2026-000001",
        "operation": "0b7d3f5e-52f5-4b7e-9d0b-2a5a7d1c9e44",
        "organisation": "nord",
        "package": "P-1",
        "party": SELLER,
        "policy": "nord-level-0",
        "seller": SELLER,
        "state": "opened",
        "view": "workload",
        "what_if": "0b7d3f5e-52f5-4b7e-9d0b-2a5a7d1c9e44",
        "year": "2026",
    }
)
"""Values of parameters without which there is no request."""
_BODIES: Mapping[str, Json] = MappingProxyType(
    {
        "/v1/billing/runs": {"kind": "charge"},
        "/v1/policies/{policy}/pin": {"reason": "They were opened before it was published."},
    }
)
"""Bodies of what is no action; calendars and policies are too long for a line."""
_SHORT = 60
_DAY = "2026-03-02"


def request_of_curl(method: str, path: str, parameters: list[Json], body: Json | None) -> str:
    """The request; `parameters` are those of the operation, and `body` its content by media type."""
    words = ["curl"]
    names = {one["name"] for one in parameters if one.get("required") or one["in"] == "path"}
    if path != "/v1/openapi.json":
        words.append('-H "$AUTH"')
    if "Idempotency-Key" in names:
        words.append('-H "$(key)"')
    if method == "delete":
        words.append("-X DELETE")
    words.append(_address(path, parameters))
    if method == "post":
        words += _given(body or {}, _BODIES.get(path))
    return " ".join(words)


def _address(path: str, parameters: list[Json]) -> str:
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", _VALUES[one["name"]])
    address = f"$API{path.removeprefix('/v1')}"
    query = [
        f"{one['name']}={quote(_value_of(one))}"
        for one in parameters
        if one["in"] == "query" and one.get("required")
    ]
    return f'"{address}?{"&".join(query)}"' if query else address


def _value_of(parameter: Json) -> str:
    """A value that the parameter may have: of several words the first one, else one that is known for it."""
    schema = parameter["schema"]
    words = schema.get("x-extensible-enum") or schema.get("enum")
    if words:
        return str(words[0])
    if schema.get("format") == "date":
        return _DAY
    if schema.get("type") == "integer":
        return str(schema.get("minimum", 1))
    return _VALUES[parameter["name"]]


def _given(body: Json, known: Json | None) -> list[str]:
    ((media_type, content),) = body.items() if body else (("application/json", {}),)
    if media_type != "application/json":
        return [f"-H 'Content-Type: {media_type}'", "-T lines.jsonl -X POST"]
    if "example" not in content and known is None:
        return ["--json @body.json"]
    example = msgspec.json.encode(content.get("example", known))
    short = msgspec.json.format(example, indent=0).decode()
    if len(short) <= _SHORT:
        return [f"--json {shlex.quote(short)}"]
    return [f"--json {shlex.quote(msgspec.json.format(example, indent=2).decode())}"]
