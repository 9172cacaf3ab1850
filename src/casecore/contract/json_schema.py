"""What all published schemas have in common: words that may grow, and a form that every validator takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON document: the standard defines the form of a schema, and no type of ours does."""

KNOWN_WORDS = "x-extensible-enum"
"""The keyword that lists the known words of an enumeration, as others that publish APIs use it."""

DECIMAL_TEXT = r"^-?[0-9]+(\.[0-9]+)?$"
"""A decimal number as text, such as 19 or 8.1."""


def portable(node: Mapping[str, Json]) -> dict[str, Json]:
    """What a schema asserts at one place, in the form that validators of every language take.

    ECMA-262, which JSON Schema's patterns follow, knows only `^` and `$` for the ends. Nobody registered a
    format for decimal text. A tag is a constant.
    """
    kept = dict(node)
    if isinstance(kept.get("pattern"), str):
        kept["pattern"] = kept["pattern"].replace(r"\A", "^").replace(r"\Z", "$")
    if kept.get("format") == "decimal":
        del kept["format"]
        kept["pattern"] = DECIMAL_TEXT
    if len(kept.get("enum", ())) == 1:
        kept["const"] = kept.pop("enum")[0]
    return kept


def with_open_words(definition: Mapping[str, Json]) -> Mapping[str, Json]:
    """An enumeration as a string that may come to hold further words; any other definition as it is."""
    if "enum" not in definition:
        return definition
    rest = {key: value for key, value in definition.items() if key != "enum"}
    return {**rest, "type": "string", KNOWN_WORDS: definition["enum"]}
