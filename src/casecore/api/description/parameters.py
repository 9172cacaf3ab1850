"""The parameters of operations: of paths, of queries, and headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from casecore.api.description.components import Schemas, referred
from casecore.api.description.parts import PARAMETERS
from casecore.contract.json_schema import Json

IN_PATH = re.compile(r"\{(\w+)(?::\w+)?\}")
"""A parameter of a path, as routes write it."""


def asked_parameters(path: str, asked: type[msgspec.Struct], schemas: Schemas) -> list[Json]:
    """Those of a question, in its path and its query."""
    form = referred(schemas.of_request[asked], schemas.named)
    fields: Mapping[str, Json] = form.get("properties", {})
    in_path = set(IN_PATH.findall(path))
    return [
        *path_parameters(path, fields),
        *(
            parameter(name, "query", _without_null(schema), required=name in form.get("required", ()))
            for name, schema in fields.items()
            if name not in in_path
        ),
    ]


def path_parameters(path: str, fields: Mapping[str, Json]) -> list[Json]:
    """Those of a path, whose schemas are among the fields."""
    return [parameter(name, "path", fields[name], required=True) for name in IN_PATH.findall(path)]


def parameter(name: str, place: str, schema: Json, *, required: bool) -> Json:
    """One, with what it means."""
    kept = dict(schema)
    meaning = kept.pop("description", None) or PARAMETERS.get(name)
    return {
        "name": name,
        "in": place,
        **({"description": meaning} if meaning else {}),
        "required": required,
        "schema": kept,
    }


def _without_null(schema: Json) -> Json:
    """A parameter that may be left out: nobody sends it as null."""
    if schema.get("default", ...) is not None or "anyOf" not in schema:
        return schema
    forms = [one for one in schema["anyOf"] if one != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **(forms[0] if len(forms) == 1 else {"anyOf": forms})}


def header_parameters(names: Sequence[str]) -> list[Json]:
    """References to the descriptions of headers of requests."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]
