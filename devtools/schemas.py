"""The JSON Schema of each type of event, generated from the types, so that both always agree."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any, TypeAlias

import msgspec

from casecore.contract.envelope import Fact
from casecore.contract.types import EventType

Json: TypeAlias = Any
"""A JSON document: the standard defines the form of a schema, and no type of ours does."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event_type: EventType) -> dict[str, Json]:
    """The JSON Schema (draft 2020-12) of the body of a type's records, personal fields marked x-personal.

    It allows fields that it does not name: a later release may add optional ones to the same version.
    """
    fact = Fact[event_type.struct]  # type: ignore[name-defined]
    (reference,), definitions = msgspec.json.schema_components([fact], ref_template="#/$defs/{name}")
    root = definitions.pop(reference["$ref"].rpartition("/")[2])
    return {
        "$schema": DIALECT,
        "$id": schema_id(event_type.wire_name),
        "title": event_type.wire_name,
        "description": cleandoc(event_type.struct.__doc__ or ""),
        **{key: _tidy(value) for key, value in root.items() if key not in ("title", "description")},
        "$defs": {name: _tidy(definitions[name]) for name in sorted(definitions)},
    }


def schema_id(wire_name: str) -> str:
    """The stable name of a type's schema: a URN, since no server needs to provide it."""
    return f"urn:casecore:schema:{wire_name}"


def _tidy(node: Json) -> Json:
    """Docstrings without their indentation, which differs between versions of Python; no OpenAPI keyword."""
    match node:
        case dict():
            kept = {key: _tidy(value) for key, value in node.items() if key != "discriminator"}
            if isinstance(kept.get("description"), str):
                kept["description"] = cleandoc(kept["description"])
            return kept
        case list() | tuple():  # a default may be a tuple, which is an array in JSON
            return [_tidy(item) for item in node]
        case _:
            return node
