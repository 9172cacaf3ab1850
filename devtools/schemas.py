"""The JSON Schema of each type of event, generated from the types, so that both always agree."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any, TypeAlias

import msgspec

from casecore.contract.envelope import Fact
from casecore.contract.types import EventType
from casecore.contract.wire import schema_urn

Json: TypeAlias = Any
"""A JSON document: the standard defines the form of a schema, and no type of ours does."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

KNOWN_WORDS = "x-extensible-enum"
"""The keyword that lists the known words of an enumeration, as others that publish APIs use it."""

DECIMAL_TEXT = r"^-?[0-9]+(\.[0-9]+)?$"
"""A decimal number as text, such as 19 or 8.1."""


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
        "$defs": {name: _tidy(_open(definitions[name])) for name in sorted(definitions)},
    }


def portable(node: Mapping[str, Json]) -> dict[str, Json]:
    """What a schema asserts at one place, in the form that validators of every language take.

    ECMA-262, which JSON Schema's patterns follow, knows only `$` for the end. Nobody registered a format for
    decimal text. A tag is a constant.
    """
    kept = dict(node)
    if "pattern" in kept:
        kept["pattern"] = kept["pattern"].replace(r"\Z", "$")
    if kept.get("format") == "decimal":
        del kept["format"]
        kept["pattern"] = DECIMAL_TEXT
    if len(kept.get("enum", ())) == 1:
        kept["const"] = kept.pop("enum")[0]
    return kept


def _open(definition: Mapping[str, Json]) -> Mapping[str, Json]:
    """An enumeration as a string that may come to hold further words; any other definition as it is."""
    if "enum" not in definition:
        return definition
    rest = {key: value for key, value in definition.items() if key != "enum"}
    return {**rest, "type": "string", KNOWN_WORDS: definition["enum"]}


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
