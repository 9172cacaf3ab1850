"""The JSON Schema of each type of event, generated from the types, so that both always agree."""

from __future__ import annotations

from inspect import cleandoc

import msgspec

from casecore.contract.envelope import Fact
from casecore.contract.json_schema import Json, portable, with_open_words
from casecore.contract.types import EventType
from casecore.contract.wire import schema_urn

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event_type: EventType) -> dict[str, Json]:
    """The JSON Schema (draft 2020-12) of the body of a type's records, personal fields marked x-personal.

    It allows fields that it does not name: a later release may add optional ones to the same version. An
    enumeration is a string with its known words beside it, for the same reason. What it asserts means the
    same to a validator in any language: patterns are in the part that all regular expressions share, and
    formats are registered ones.
    """
    fact = Fact[event_type.struct]  # type: ignore[name-defined]
    (reference,), definitions = msgspec.json.schema_components([fact], ref_template="#/$defs/{name}")
    root = definitions.pop(reference["$ref"].rpartition("/")[2])
    return {
        "$schema": DIALECT,
        "$id": schema_urn(event_type.wire_name),
        "title": event_type.wire_name,
        "description": cleandoc(event_type.struct.__doc__ or ""),
        **{key: _tidy(value) for key, value in root.items() if key not in ("title", "description")},
        "$defs": {name: _tidy(with_open_words(definitions[name])) for name in sorted(definitions)},
    }


def _tidy(node: Json) -> Json:
    """Docstrings without their indentation, which differs between versions of Python; no OpenAPI keyword."""
    match node:
        case dict():
            kept = {key: _tidy(value) for key, value in portable(node).items() if key != "discriminator"}
            if isinstance(kept.get("description"), str):
                kept["description"] = cleandoc(kept["description"])
            return kept
        case list() | tuple():  # a default may be a tuple, which is an array in JSON
            return [_tidy(item) for item in node]
        case _:
            return node
